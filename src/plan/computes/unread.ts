// A pod that was made after its node was assigned a fragment and reads another one. An API server
// that is late by a moment is asked once more. One that does not see the assignment any more would
// have nova-compute restarted for ever: every one up to 1.36 (measured) once the policy or its
// binding was deleted and made again, until it is started anew, because the cache of its parameters
// stands still.

import { assignmentName } from "../../api/names.ts";
import type { NodeRecord } from "../terms/state.ts";
import type { Sight } from "../gates/sight.ts";
import type { Millis } from "../terms/time.ts";
import type { Cause } from "./evidence.ts";

/** Watches of API servers lag by milliseconds (p99 30 ms), and under load by seconds. */
const lateMillis = 30_000;
/** Restarts that a late API server may cost. */
const mostAgain = 2;

type Unread =
  | { readonly do: "again"; readonly record: NodeRecord }
  | { readonly do: "wait"; readonly until: Millis }
  | { readonly do: "stop"; readonly cause: Cause };

/** `record.pod` is this pod, seen since `record.since`. */
export function unread(record: NodeRecord, sight: Sight, now: Millis): Unread {
  const again = (record.unread ?? 0) + 1;
  const pod = sight.pod!;
  if (again > mostAgain) return { do: "stop", cause: causeOf(record, sight) };
  const until = record.since + lateMillis;
  if (again === mostAgain && now < until) return { do: "wait", until };
  return { do: "again", record: { ...record, unread: again, replaces: pod.uid } };
}

function causeOf({ assigned }: NodeRecord, { pod, reads }: Sight): Cause {
  const why = `pod ${pod!.name} reads ${reads ?? "nothing"} although ${assigned} was assigned before it was made, three times in a row: an API server does not see changes of ConfigMap ${assignmentName}, as after its policy or binding was deleted and made again`;
  return { sign: "Unread", why, cure: "restart every kube-apiserver, then delete the pod" };
}

/** It reads what it was assigned. */
export function read({ unread: _, ...record }: NodeRecord): NodeRecord {
  return record;
}
