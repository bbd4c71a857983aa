// A stand-in for kubelets and the scheduler on fake nodes: binds pods of one namespace, lays out the
// files their containers would read and remembers them, marks pods Ready after a delay, fails them
// on demand, ends deleted ones. No container runs. A pod whose ConfigMap is missing is held.
import { setTimeout as pause } from "node:timers/promises";
import { contentTypes, type Client, type Json } from "./client.ts";
import { layFiles, needsOf, type Files, type Laid } from "./pod-files.ts";
import {
  endedStatus,
  failingStatus,
  heldStatus,
  readiness,
  runningStatus,
  type Exit,
} from "./pod-status.ts";

/** Why a container ends by itself. */
type Failure = Exit & {
  readonly container: string;
  /** The pod is Ready for a moment before each end, as one without a readiness probe is. */
  readonly readyBefore?: boolean;
};

export type Start = {
  readonly pod: string;
  readonly uid: string;
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Container -> absolute path -> text, as read at this start. */
  readonly files: Readonly<Record<string, Files>>;
};

/** May be changed at any time; the next step of a pod follows it. */
type Behaviour = {
  readyAfterMillis: number;
  /** From deletion to the end of its containers (nova-compute 34 may take 180 s). */
  endAfterMillis: number;
  /** From there to the end of the object; a DaemonSet has made the replacement by then. */
  goneAfterMillis: number;
  restartAfterMillis: number;
  fails: (pod: Json, files: Readonly<Record<string, Files>>) => Failure | undefined;
};

export type Kubelets = {
  readonly behaviour: Behaviour;
  /** Every start of a pod's containers, in order; a crash loop adds one for each attempt. */
  readonly starts: readonly Start[];
  /** Files of a container at the last start of the pod of that name or uid. */
  reads(pod: string, container: string): Files | undefined;
  /** Pods that wait for a ConfigMap or Secret, with the reason. */
  held(): Readonly<Record<string, string>>;
  addNode(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
  /** A dead node starts and ends nothing, is not Ready, and neither are its pods. */
  setDead(name: string, dead: boolean): Promise<void>;
  /** Deletes the Node and ends its pods. */
  removeNode(name: string): Promise<void>;
  /** Streams that ended and were opened again. */
  relists(): number;
  stop(): Promise<void>;
};

type Life = { ip: string; startedAt?: string; ready?: boolean; restarts: number; ending?: boolean };

export function startKubelets(
  api: Client | Omit<Client, "close">,
  namespace: string,
  behaviour: Partial<Behaviour> = {},
): Kubelets {
  const how: Behaviour = {
    readyAfterMillis: 0,
    endAfterMillis: 0,
    goneAfterMillis: 0,
    restartAfterMillis: 200,
    fails: () => undefined,
    ...behaviour,
  };
  const pods = new Map<string, Json>();
  const lives = new Map<string, Life>();
  const busy = new Set<string>();
  const again = new Set<string>();
  const starts: Start[] = [];
  const held = new Map<string, string>();
  const dead = new Set<string>();
  const nodes: string[] = [];
  const stopped = new AbortController();
  let ips = 0;
  let relists = 0;
  const base = `/api/v1/namespaces/${namespace}`;

  const now = () => `${new Date().toISOString().slice(0, 19)}Z`;
  const wait = (millis: number) =>
    millis === 0 ? Promise.resolve() : pause(millis, undefined, { signal: stopped.signal });

  // --- seeing pods: list, then watch; when the stream ends, the same again ---

  async function see(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        const { body } = await api.request("GET", `${base}/pods`);
        const present = new Set<string>();
        for (const pod of body.items as Json[]) {
          present.add(pod.metadata.uid as string);
          noticed(pod);
        }
        for (const uid of pods.keys()) if (!present.has(uid)) forget(uid);
        const path = `${base}/pods?watch=1&resourceVersion=${body.metadata.resourceVersion}`;
        for await (const { type, object } of api.watch(path, stopped.signal)) {
          if (type === "DELETED") forget(object.metadata.uid as string);
          else if (object.kind === "Pod") noticed(object);
          else break;
        }
      } catch {
        // The API server may be away or cut a slow stream: see again.
      }
      relists++;
      await wait(100).catch(() => undefined);
    }
  }

  function forget(uid: string): void {
    pods.delete(uid);
    lives.delete(uid);
    held.delete(uid);
  }

  function noticed(pod: Json): void {
    const uid = pod.metadata.uid as string;
    pods.set(uid, pod);
    if (busy.has(uid)) again.add(uid);
    else void work(uid);
  }

  /** One step at a time for each pod. */
  async function work(uid: string): Promise<void> {
    busy.add(uid);
    do {
      again.delete(uid);
      const pod = pods.get(uid);
      if (pod !== undefined && !stopped.signal.aborted)
        await step(uid, pod).catch(() => again.add(uid));
      if (again.has(uid)) await wait(20).catch(() => undefined);
    } while (again.has(uid) && !stopped.signal.aborted);
    busy.delete(uid);
  }

  async function step(uid: string, pod: Json): Promise<void> {
    const node = pod.spec.nodeName as string | undefined;
    if (node === undefined) return bind(pod);
    if (dead.has(node)) return;
    let life = lives.get(uid);
    if (life === undefined) lives.set(uid, (life = { ip: address(ips++), restarts: 0 }));
    if (pod.metadata.deletionTimestamp !== undefined) return end(uid, pod, life);
    if (life.startedAt === undefined) return begin(uid, pod, life);
  }

  // --- the moments of a pod ---

  async function bind(pod: Json): Promise<void> {
    if (pod.metadata.deletionTimestamp !== undefined) return;
    const name = targetOf(pod) ?? nodes.find((node) => !dead.has(node));
    if (name === undefined) return;
    const { name: podName, uid } = pod.metadata;
    await api.request("POST", `${base}/pods/${podName}/binding`, {
      metadata: { name: podName, uid },
      target: { apiVersion: "v1", kind: "Node", name },
    });
  }

  async function begin(uid: string, pod: Json, life: Life): Promise<void> {
    const laid = await lay(pod);
    if (laid.is === "held") {
      if (!held.has(uid)) await write(pod, heldStatus({ pod, now: now() }));
      held.set(uid, laid.why);
      await wait(100);
      again.add(uid);
      return;
    }
    held.delete(uid);
    life.startedAt = now();
    if (laid.is === "refused") {
      const exit = { exitCode: 128, message: laid.why };
      return write(
        pod,
        failingStatus(moment(pod, life), laid.container, {
          reason: "RunContainerError",
          exit,
          restarts: 0,
        }),
      );
    }
    void live(uid, pod, life, laid.files).catch(() => undefined);
  }

  /** From the first start on, beside other steps, so that a deletion is seen at once. */
  async function live(
    uid: string,
    pod: Json,
    life: Life,
    first: Readonly<Record<string, Files>>,
  ): Promise<void> {
    let files = first;
    for (;;) {
      remember(pod, files);
      const failure = how.fails(pod, files);
      if (failure === undefined) break;
      if (failure.readyBefore === true) await setRunning(pod, life, true);
      await write(
        pod,
        failingStatus(moment(pod, life), failure.container, {
          reason: "CrashLoopBackOff",
          exit: failure,
          restarts: life.restarts++,
        }),
      );
      await wait(how.restartAfterMillis);
      if (!isAlive(uid)) return;
      const laid = await lay(pod);
      if (laid.is === "laid") files = laid.files;
    }
    if (how.readyAfterMillis > 0) {
      await setRunning(pod, life, false);
      await wait(how.readyAfterMillis);
    }
    if (isAlive(uid)) await setRunning(pod, life, true);
  }

  function isAlive(uid: string): boolean {
    const pod = pods.get(uid);
    return (
      pod !== undefined && pod.metadata.deletionTimestamp === undefined && !stopped.signal.aborted
    );
  }

  async function setRunning(pod: Json, life: Life, ready: boolean): Promise<void> {
    life.ready = ready;
    const status = runningStatus(moment(pod, life), ready, life.startedAt!);
    for (const containerStatus of status.containerStatuses as Json[])
      containerStatus.restartCount = life.restarts;
    await write(pod, status);
  }

  function end(uid: string, pod: Json, life: Life): void {
    if (life.ending === true) return;
    life.ending = true;
    void (async () => {
      await wait(how.endAfterMillis);
      const node = pod.spec.nodeName as string;
      while (dead.has(node)) await wait(50);
      if (how.goneAfterMillis > 0) {
        await write(pod, endedStatus(moment(pod, life)));
        await wait(how.goneAfterMillis);
      }
      const body = { gracePeriodSeconds: 0, preconditions: { uid } };
      await api.request("DELETE", `${base}/pods/${pod.metadata.name}`, body);
    })().catch(() => undefined);
  }

  // --- small things ---

  const moment = (pod: Json, life: Life) => ({ pod, ip: life.ip, now: now() });

  async function lay(pod: Json): Promise<Laid> {
    const found = new Map<string, Files>();
    for (const [kind, name] of needsOf(pod)) {
      const object = await api.get(`${base}/${kind}/${name}`);
      if (object !== undefined) found.set(`${kind}/${name}`, textsOf(kind, object));
    }
    return layFiles(pod, (kind, name) => found.get(`${kind}/${name}`));
  }

  function remember(pod: Json, files: Readonly<Record<string, Files>>): void {
    const { name, uid, labels = {} } = pod.metadata;
    starts.push({ pod: name, uid, node: pod.spec.nodeName, labels, files });
  }

  async function write(pod: Json, status: Json): Promise<void> {
    const { name, uid } = pod.metadata;
    const headers = { "content-type": contentTypes.strategic };
    const body = { metadata: { uid }, status };
    await api.request("PATCH", `${base}/pods/${name}/status`, body, headers);
  }

  async function setNodeReady(name: string, status: string): Promise<void> {
    const condition = {
      type: "Ready",
      status,
      lastHeartbeatTime: now(),
      lastTransitionTime: now(),
    };
    const headers = { "content-type": contentTypes.strategic };
    const body = { status: { conditions: [condition] } };
    await api.request("PATCH", `/api/v1/nodes/${name}/status`, body, headers);
  }

  const podsOn = (node: string) => [...pods.values()].filter((pod) => pod.spec.nodeName === node);

  const seeing = see();
  return {
    behaviour: how,
    starts,
    reads: (pod, container) =>
      starts.findLast((start) => start.pod === pod || start.uid === pod)?.files[container],
    held: () =>
      Object.fromEntries([...held].map(([uid, why]) => [pods.get(uid)?.metadata.name ?? uid, why])),
    addNode: async (name, labels = {}) => {
      await api.create("/api/v1/nodes", nodeObject(name, labels, now()));
      // Admission adds the not-ready taint whatever the conditions say; a kubelet's heartbeat and
      // the node controller would remove it.
      const headers = { "content-type": contentTypes.merge };
      await api.request("PATCH", `/api/v1/nodes/${name}`, { spec: { taints: null } }, headers);
      nodes.push(name);
    },
    setDead: async (name, isDead) => {
      if (isDead) dead.add(name);
      else dead.delete(name);
      await setNodeReady(name, isDead ? "Unknown" : "True");
      for (const pod of podsOn(name)) {
        const life = lives.get(pod.metadata.uid as string);
        const ready = !isDead && life?.ready === true;
        if (life?.ready !== undefined) await write(pod, { conditions: readiness(now(), ready) });
        if (!isDead) noticed(pod);
      }
    },
    removeNode: async (name) => {
      await api.remove(`/api/v1/nodes/${name}`);
      nodes.splice(nodes.indexOf(name), 1);
      for (const pod of podsOn(name))
        await api.remove(`${base}/pods/${pod.metadata.name}`, { gracePeriodSeconds: 0 });
    },
    relists: () => relists,
    stop: async () => {
      stopped.abort();
      await seeing;
      for (const name of nodes.splice(0)) await api.remove(`/api/v1/nodes/${name}`);
    },
  };
}

/** The node that a DaemonSet's pod was made for. */
function targetOf(pod: Json): string | undefined {
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const fields = ((required?.nodeSelectorTerms ?? []) as Json[]).flatMap(
    (term) => (term.matchFields ?? []) as Json[],
  );
  return fields.find((field) => field.key === "metadata.name")?.values?.[0] as string | undefined;
}

function textsOf(kind: "configmaps" | "secrets", object: Json): Files {
  const data = (object.data ?? {}) as Record<string, string>;
  if (kind === "configmaps") return data;
  const decoded = Object.entries(data).map(([key, value]) => [
    key,
    Buffer.from(value, "base64").toString("utf8"),
  ]);
  return Object.fromEntries(decoded) as Files;
}

function nodeObject(name: string, labels: Readonly<Record<string, string>>, now: string): Json {
  const capacity = { cpu: "64", memory: "256Gi", pods: "110" };
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } },
    status: {
      conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: now, reason: "StandIn" }],
      capacity,
      allocatable: capacity,
    },
  };
}

/** Distinct for each pod: a pod keeps its first address, the API server refuses another. */
function address(index: number): string {
  return `10.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}
