// The ledger of a namespace's pods, from the API server's own stream: which pods there were, which
// fragment each names, in which order they came, and how many computes were down at worst. It loses
// no event: a stream that breaks is an error of the test.
import { fragmentNamePattern } from "../../../src/api/names.ts";
import type { Client, Json } from "../../control-plane/client.ts";

export type PodRecord = {
  readonly uid: string;
  readonly name: string;
  /** Label `component`: compute, os-api, ... */
  readonly component: string;
  node: string | undefined;
  /** The fragment that its volumes name. */
  readonly fragment: string | undefined;
  ready: boolean;
  leaving: boolean;
  /** Position in the stream at which it appeared, and first was Ready. */
  readonly cameAt: number;
  readyAt: number | undefined;
  goneAt: number | undefined;
};

export type Ledger = {
  /** Every pod that ever was, in the order of creation. */
  readonly all: () => readonly PodRecord[];
  readonly present: () => readonly PodRecord[];
  /** Counts from here: pods that came later, by component. */
  readonly mark: () => Mark;
  readonly stop: () => Promise<void>;
};

type Mark = {
  /** Pods that were made since, by component; those that were not restarted are absent. */
  readonly made: () => Readonly<Record<string, number>>;
  readonly pods: (component: string) => readonly PodRecord[];
  /** The most nodes without a Ready nova-compute at any one moment since. */
  readonly worstDown: () => number;
};

export function keepLedger(
  api: Omit<Client, "close">,
  namespace: string,
  computeNodes: () => readonly string[],
): Ledger {
  const pods = new Map<string, PodRecord>();
  const stopped = new AbortController();
  const downs: { readonly at: number; readonly down: number }[] = [];
  let position = 0;
  let broken: unknown;

  const see = (type: string, pod: Json): void => {
    position += 1;
    const record = pods.get(pod.metadata.uid as string) ?? recordOf(pod, position);
    pods.set(record.uid, record);
    record.node = pod.spec.nodeName as string | undefined;
    record.leaving = pod.metadata.deletionTimestamp !== undefined;
    record.ready = isReady(pod);
    if (record.ready) record.readyAt ??= position;
    if (type === "DELETED") record.goneAt = position;
    downs.push({ at: position, down: downNow() });
  };
  const downNow = (): number => {
    const up = new Set(
      [...pods.values()].filter((pod) => isPresent(pod) && pod.ready).map((pod) => pod.node),
    );
    return computeNodes().filter((node) => !up.has(node)).length;
  };
  const watching = (async () => {
    const path = `/api/v1/namespaces/${namespace}/pods?watch=1`;
    for await (const { type, object } of api.watch(path, stopped.signal)) see(type, object);
    throw new Error("the stream ended");
  })().catch((error: unknown) => {
    if (!stopped.signal.aborted) broken = error;
  });
  const whole = () => {
    if (broken !== undefined) throw new Error("the ledger's stream broke", { cause: broken });
    return [...pods.values()];
  };

  return {
    all: whole,
    present: () => whole().filter(isPresent),
    mark: () => {
      const from = position;
      const since = () => whole().filter((record) => record.cameAt > from);
      return {
        made: () => countBy(since().map((record) => record.component)),
        pods: (component) => since().filter((record) => record.component === component),
        worstDown: () =>
          Math.max(0, ...downs.filter((down) => down.at > from).map((down) => down.down)),
      };
    },
    stop: async () => {
      stopped.abort();
      await watching;
    },
  };
}

function recordOf(pod: Json, cameAt: number): PodRecord {
  return {
    uid: pod.metadata.uid as string,
    name: pod.metadata.name as string,
    component: (pod.metadata.labels?.component ?? "") as string,
    node: undefined,
    fragment: fragmentOf(pod),
    ready: false,
    leaving: false,
    cameAt,
    readyAt: undefined,
    goneAt: undefined,
  };
}

function isPresent(record: PodRecord): boolean {
  return record.goneAt === undefined && !record.leaving;
}

function fragmentOf(pod: Json): string | undefined {
  const names = ((pod.spec.volumes ?? []) as readonly Json[]).flatMap((volume) =>
    [volume, ...((volume.projected?.sources ?? []) as readonly Json[])].map(
      (value) => value.configMap?.name as string | undefined,
    ),
  );
  return names.find((name) => name !== undefined && fragmentNamePattern.test(name));
}

export function isReady(pod: Json): boolean {
  const conditions = (pod.status?.conditions ?? []) as readonly Json[];
  return conditions.some((condition) => condition.type === "Ready" && condition.status === "True");
}

function countBy(words: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
