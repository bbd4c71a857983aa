// The last words of a container that failed: the end of its log, bounded. Never kept longer than
// the pod is asked about.

import { Failure } from "../../api/failure.ts";
import { corePath } from "../wire/paths.ts";
import type { Requests } from "../wire/requests.ts";

type LogWish = { readonly pod: string; readonly uid: string; readonly container: string };

const tailLines = 200;
/** Asked for from the beginning of the tail, so more than is kept of its end. */
const limitBytes = 256 * 1024;
const keptCharacters = 16 * 1024;

export type Logs = {
  readonly read: (
    namespace: string,
    wishes: readonly LogWish[],
  ) => Promise<Readonly<Record<string, string>>>;
};

/**
 * A text that was found is kept while its pod is asked about: a later restart says the same. Where
 * there is none the answer is "", so that nobody waits for it: a dead kubelet has no log to give.
 */
export function readLogs(rest: Requests): Logs {
  const known = new Map<string, string>();
  return {
    read: async (namespace, wishes) => {
      const wanted = new Set(wishes.map((wish) => wish.uid));
      for (const uid of known.keys()) if (!wanted.has(uid)) known.delete(uid);
      for (const wish of wishes) {
        if (known.has(wish.uid)) continue;
        const text = await logOf(rest, namespace, wish);
        if (text !== "") known.set(wish.uid, text);
      }
      return Object.fromEntries(wishes.map(({ uid }) => [uid, known.get(uid) ?? ""] as const));
    },
  };
}

/** The container that ended; when none did before, the one that runs or just stopped. */
async function logOf(rest: Requests, namespace: string, wish: LogWish): Promise<string> {
  return (await tail(rest, namespace, wish, true)) || (await tail(rest, namespace, wish, false));
}

async function tail(
  rest: Requests,
  namespace: string,
  { pod, container }: LogWish,
  previous: boolean,
): Promise<string> {
  const query = new URLSearchParams({
    container,
    previous: String(previous),
    tailLines: String(tailLines),
    limitBytes: String(limitBytes),
  });
  const path = `${corePath(namespace, "pods", pod)}/log?${query.toString()}`;
  try {
    const text = await rest.text({
      method: "GET",
      path,
      accept: "*/*",
      once: true,
      timeoutMillis: 5_000,
    });
    return text.slice(-keptCharacters);
  } catch (error) {
    // No log is no reason to stop: the exit code and the state of the pod say enough.
    if (error instanceof Failure) return "";
    throw error;
  }
}
