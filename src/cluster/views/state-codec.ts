// The state in a ConfigMap: JSON, gzip, base64 in binaryData. What cannot be read is said, never
// guessed at; what a newer operator wrote is not touched.

import { constants, gunzipSync, gzipSync } from "node:zlib";
import type { StateView } from "../../plan/terms/snapshot.ts";
import { stateVersion, type State } from "../../plan/terms/state.ts";

export const stateKey = "state.json.gz";

/** Of unpacked JSON: far beyond 6,000 nodes, and no bomb. */
const unpackedLimitBytes = 64 * 1024 * 1024;

type PackedState = { readonly base64: string; readonly bytes: number };

/** Equal states are equal bytes: gzip writes no time, and keys keep their order. */
export function packState(state: State): PackedState {
  const packed = gzipSync(JSON.stringify(state), { level: constants.Z_DEFAULT_COMPRESSION });
  return { base64: packed.toString("base64"), bytes: packed.length };
}

export function unpackState(base64: string | undefined, resourceVersion: string): StateView {
  if (base64 === undefined) return unreadable(`it has no key ${stateKey}`);
  const packed = Buffer.from(base64, "base64");
  try {
    const text = gunzipSync(packed, { maxOutputLength: unpackedLimitBytes }).toString("utf8");
    const state = JSON.parse(text) as State | null;
    if (typeof state !== "object" || typeof state?.version !== "number")
      return unreadable("it holds no state of this operator");
    if (state.version > stateVersion) {
      return unreadable(
        `a newer operator wrote it (version ${state.version}, this one reads ${stateVersion})`,
      );
    }
    return { is: "read", resourceVersion, state, bytes: packed.length };
  } catch (error) {
    return unreadable(`it is damaged (${(error as Error).message})`);
  }
}

function unreadable(reason: string): StateView {
  return { is: "unreadable", reason };
}
