// The ledger of Nova's pods: which came, read what, and restarted how often. Looks at them several
// times a second and forgets none, so that a pod that lived between two steps counts too.
import type { Client } from "../control-plane/client.ts";
import { list, type KubeObject } from "./kubernetes-api.ts";
import { novaNamespace } from "./layout.ts";

type PodObject = KubeObject & {
  readonly spec: {
    readonly nodeName?: string;
    readonly affinity?: unknown;
    readonly containers: readonly { readonly name: string }[];
    readonly volumes?: readonly Volume[];
  };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly restartCount: number;
      readonly state?: ContainerState;
      readonly lastState?: ContainerState;
    }[];
  };
};

type ContainerState = { readonly terminated?: { readonly message?: string } };

type Volume = {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly projected?: {
    readonly sources: readonly { readonly configMap?: { readonly name: string } }[];
  };
};

/** One pod that was ever seen. */
export type Seen = {
  readonly uid: string;
  readonly name: string;
  readonly component: string;
  readonly node: string;
  readonly fragment?: string;
  /** Counted from the start of the story, so that two pods have an order. */
  readonly number: number;
  restarts: number;
  /** End of the log of a container that ended, as Kubernetes keeps it. */
  lastWords?: string;
  ready: boolean;
  gone: boolean;
};

export type Mark = { readonly number: number; readonly restarts: ReadonlyMap<string, number> };

export type Ledger = {
  look(): Promise<readonly Seen[]>;
  mark(): Promise<Mark>;
  /** Pods that came after the mark, and older ones whose container restarted since. */
  since(mark: Mark): Promise<readonly Seen[]>;
  all(): readonly Seen[];
  stop(): void;
};

export function ledger(api: Client): Ledger {
  const seen = new Map<string, Seen>();
  const path = `/api/v1/namespaces/${novaNamespace}/pods?labelSelector=application%3Dnova`;

  async function look(): Promise<readonly Seen[]> {
    const pods = await list<PodObject>(api, path);
    const present = new Set(pods.map((pod) => pod.metadata.uid));
    for (const pod of pods) note(pod);
    for (const other of seen.values()) if (!present.has(other.uid)) other.gone = true;
    return [...seen.values()].filter((row) => !row.gone);
  }

  function note(pod: PodObject): void {
    const { uid } = pod.metadata;
    const container = pod.status.containerStatuses?.[0];
    const restarts = container?.restartCount ?? 0;
    const words = (container?.state ?? {}).terminated ?? container?.lastState?.terminated;
    const known = seen.get(uid);
    const ready = isReady(pod);
    if (known !== undefined && known.node !== "") {
      known.restarts = Math.max(known.restarts, restarts);
      known.ready = ready;
      if (words?.message !== undefined) known.lastWords = words.message;
      return;
    }
    const fragment = fragmentOf(pod);
    seen.set(uid, {
      uid,
      name: pod.metadata.name,
      component: pod.metadata.labels?.["component"] ?? "",
      node: pod.spec.nodeName ?? "",
      ...(fragment === undefined ? {} : { fragment }),
      number: known?.number ?? seen.size,
      restarts,
      ready,
      gone: false,
    });
  }

  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void look()
      .catch(() => undefined)
      .finally(() => (looking = false));
  }, 300);
  return {
    look,
    mark: async () => {
      await look();
      const restarts = new Map([...seen.values()].map((row) => [row.uid, row.restarts]));
      return { number: seen.size, restarts };
    },
    since: async (mark) => {
      await look();
      return [...seen.values()].filter(
        (row) => row.number >= mark.number || row.restarts > (mark.restarts.get(row.uid) ?? 0),
      );
    },
    all: () => [...seen.values()],
    stop: () => clearInterval(timer),
  };
}

function isReady(pod: PodObject): boolean {
  const ready = pod.status.conditions?.some((c) => c.type === "Ready" && c.status === "True");
  return ready === true && pod.metadata.deletionTimestamp === undefined;
}

/** The fragment that the pod's own volumes name. */
function fragmentOf(pod: PodObject): string | undefined {
  return (pod.spec.volumes ?? [])
    .flatMap((volume) => [volume, ...(volume.projected?.sources ?? [])])
    .map((source) => source.configMap?.name)
    .find((name) => name?.startsWith("nova-pci-") === true);
}
