// Gates that a source closed and then fell silent: they stay closed until it speaks again, or until
// what they rest on is something else. Remembered in the state with their time.

import type { GateName, Reason } from "./gates.ts";
import { sameJson } from "../../nova/text/same-json.ts";
import type { Millis, Snapshot } from "./snapshot.ts";
import type { Hold, State } from "./state.ts";

/** The gates that are remembered: nothing else that is asked can be silent and have held before. */
type Remembered = Extract<GateName, "HardwareContradicts" | "NoHostCanServe">;

/** One of them now: what it holds, what it rests on, and whether its source was heard this time. */
export type HeldNow = {
  readonly key: string;
  readonly gate: Reason;
  readonly rests: string;
  readonly heard: boolean;
};

export function holdKey(gate: Remembered, what: string): string {
  return `${gate} ${what}`;
}

/** Why it is still held although nobody says so now. */
export function stillHeld(holds: State["holds"], key: string, rests: string): Reason | undefined {
  const known = holds?.[key];
  return known?.rests === rests ? known.gate : undefined;
}

/** What the next state remembers: what was not heard of keeps its words and its time. */
export function holdsAfter(
  now: Millis,
  before: State["holds"],
  held: readonly HeldNow[],
): State["holds"] {
  if (held.length === 0) return undefined;
  const next = Object.fromEntries(
    held.map(({ key, gate, rests, heard }): readonly [string, Hold] => {
      const known = before?.[key];
      if (!heard && known !== undefined) return [key, known];
      const made: Hold = { gate, since: known?.since ?? now, rests };
      return [key, sameJson(known, made) ? known! : made];
    }),
  );
  return before !== undefined && sameJson(before, next) ? before : next;
}

/** An entry on a node: it rests on the content of the whitelist that is in force. */
export function hardwareHoldOf(
  node: string,
  entry: string,
  { seen, state }: { readonly seen: Snapshot; readonly state: State },
): { readonly key: string; readonly rests: string } {
  const name = entry.split("/")[1] ?? "";
  const accepted = state.accepted[`PciWhitelist/${name}`];
  const stored = seen.objects.whitelists.find(
    (whitelist) => whitelist.metadata.name === name,
  )?.metadata;
  const { uid = "", generation = 0 } = accepted ?? stored ?? {};
  return { key: holdKey("HardwareContradicts", `${node} ${entry}`), rests: `${uid} ${generation}` };
}
