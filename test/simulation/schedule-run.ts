// Runs one schedule: builds the installation, lets things happen, watches every invariant after
// every event, then lets the world come to rest and asks the questions of the end.

import {
  assignmentName,
  fragmentAnnotation,
  passthroughName,
  type Kind,
} from "../../src/api/names.ts";
import type { Cache } from "../../src/embedded/cache.ts";
import { makeChance } from "../../src/embedded/chance.ts";
import { defineKind, makeCluster, passTime, type Cluster } from "../../src/embedded/cluster.ts";
import { withAnnotation } from "../../src/embedded/effects.ts";
import type { Trouble } from "../../src/embedded/kubelet.ts";
import type { Workload } from "../../src/embedded/objects.ts";
import { isGoing, nodeOf } from "../../src/embedded/pods.ts";
import {
  live,
  startOperator,
  type Execute,
  type Operator,
  type Round,
} from "../../src/embedded/operator.ts";
import { addUsualWorkloads, computeLabel } from "../../src/embedded/workloads.ts";
import { makeWorld, type Fault } from "../../src/embedded/world.ts";
import type { Effect, Plan } from "../../src/plan/effects.ts";
import type { Snapshot } from "../../src/plan/snapshot.ts";
import { aliasesIn, entriesOf, isDevice, offered, parsed } from "./conf.ts";
import { makeIntent, productsOf, selectsPool, type Intent } from "./intent.ts";
import { invariants } from "./invariants.ts";
import { graceMillis } from "./content-invariants.ts";
import { minReadyMillis } from "./rollout-invariants.ts";
import { calmAfter, products, type Happening, type Schedule } from "./schedule.ts";
import type { Scene, Watcher } from "./scene.ts";
import { makeTruth, type Truth } from "./truth.ts";

export type Violation = {
  readonly invariant: string;
  readonly message: string;
  /** Seconds since the start of the schedule. */
  readonly at: number;
};

export type Result = {
  readonly violations: readonly Violation[];
  readonly rounds: number;
  readonly effects: number;
  readonly restarts: number;
  readonly events: number;
  /** Seconds from the last happening until nothing was written any more. */
  readonly quietAfter: number;
};

/** The code under test: the real one, or a mutant of it. */
export type Machine = {
  readonly plan: (seen: Snapshot) => Plan;
  readonly execute: Execute;
};

type Run = {
  readonly schedule: Schedule;
  readonly machine: Machine;
  readonly cluster: Cluster;
  readonly truth: Truth;
  readonly intent: Intent;
  readonly watchers: readonly Watcher[];
  readonly violations: Violation[];
  readonly trace: (line: string) => void;
  readonly slow: Map<string, number>;
  readonly operators: Operator[];
  acting: Operator | undefined;
  /** Holds the lease; undefined while nobody does. */
  leader: Operator | undefined;
  readonly faults: Fault[];
  crashes: number;
  cloudDownUntil: number;
  servers: number;
  effects: number;
  restarts: number;
  events: number;
  rounds: number;
  /** Rounds in the virtual minute that began at `minuteAt`. */
  roundsInMinute: number;
  minuteAt: number;
  lastWriteAt: number;
  calm: boolean;
  readonly start: number;
};

export async function runSchedule(
  schedule: Schedule,
  machine: Machine,
  trace: (line: string) => void = () => undefined,
): Promise<Result> {
  const run = build(schedule, machine, trace);
  for (const one of schedule.happenings) {
    run.cluster.clock.after(one.at * 1000, () => {
      if (!run.calm) happen(one, run);
    });
  }
  lead(run);
  await pass(run, calmAfter * 1000);
  const stopped = run.violations.length > 0;
  if (!stopped) await comeToRest(run);
  return {
    violations: run.violations,
    rounds: run.rounds,
    effects: run.effects,
    restarts: run.restarts,
    events: run.events,
    quietAfter: Math.round((run.lastWriteAt - run.start) / 1000) - calmAfter,
  };
}

function build(schedule: Schedule, machine: Machine, trace: (line: string) => void): Run {
  const { setting } = schedule;
  const slow = new Map<string, number>();
  const chance = makeChance(schedule.seed).fork(77);
  const factor = (node: string): number => slow.get(node) ?? 1;
  const hooks: { started?: Watcher["started"] } = {};
  const cluster: Cluster = makeCluster({
    seed: schedule.seed,
    injection: setting.delivery === "Injected",
    admissionLagMillis: (own) => (own.yes(0.9) ? own.between(1, 30) : own.between(30, 3000)),
    knobs: {
      startMillis: (node) => chance.between(500, 2500) * factor(node),
      readyMillis: (node) => setting.readySeconds * 1000 * factor(node),
      stopMillis: () => chance.between(100, 3000),
      trouble: (started) => {
        hooks.started?.(started);
        const service = cluster.serviceOf(started.pod.metadata.labels);
        return troubleOf(started.text, service ?? "", started.node === setting.nodes[0]?.name);
      },
    },
  });
  const truth = makeTruth(cluster, setting.credentials);
  const intent = makeIntent(() => cluster.clock.now());
  const violations: Violation[] = [];
  const run: Run = {
    schedule,
    machine,
    cluster,
    truth,
    intent,
    watchers: [],
    violations,
    trace,
    slow,
    operators: [],
    acting: undefined,
    leader: undefined,
    faults: [],
    crashes: 0,
    cloudDownUntil: 0,
    servers: 0,
    effects: 0,
    restarts: 0,
    events: 0,
    rounds: 0,
    roundsInMinute: 0,
    minuteAt: 0,
    lastWriteAt: 0,
    calm: false,
    start: cluster.clock.now() + 30_000,
  };
  const scene: Scene = {
    cluster,
    schedule,
    truth,
    intent,
    round: () => run.acting?.last(),
    violated: (invariant, message) => violate(run, invariant, message),
  };
  (run.watchers as Watcher[]).push(...invariants.map((one) => one.watch(scene)));
  furnish(run);
  passTime(cluster.clock, 30_000);
  truth.refresh();
  hooks.started = (started) => {
    for (const one of run.watchers) one.started?.(started);
  };
  cluster.store.watch((change) => {
    for (const one of run.watchers) one.changed?.(change);
  });
  return run;
}

function violate(run: Run, invariant: string, message: string): void {
  const at = seconds(run);
  run.trace(`${at.toFixed(1).padStart(7)}  !! ${invariant}: ${message}`);
  if (run.violations.length < 5) run.violations.push({ invariant, message, at });
}

function seconds(run: Run): number {
  return (run.cluster.clock.now() - run.start) / 1000;
}

function furnish(run: Run): void {
  const { cluster, schedule } = run;
  const { setting } = schedule;
  for (const one of setting.nodes) addNode(run, one.name, one.pool);
  const mounts = setting.delivery === "Mounted";
  addUsualWorkloads(cluster, {
    api: { kind: setting.api, replicas: setting.apiReplicas, mounts },
    scheduler: { mounts },
    conductor: { mounts },
    compute: { mounts, strategy: { type: setting.compute, maxUnavailable: 1 } },
  });
  if (mounts) {
    // A chart that mounts our files is installed after them: they exist, empty.
    for (const service of ["api", "scheduler", "conductor", "compute"]) {
      cluster.store.create("ConfigMap", {
        metadata: {
          name: `nova-pci-${service}`,
          labels: { "app.kubernetes.io/managed-by": "nova-pci-operator" },
        },
        data: { "95-nova-pci.conf": "" },
      });
    }
  }
  if (setting.budget !== "none") {
    cluster.store.create("PodDisruptionBudget", {
      metadata: { name: "nova-compute" },
      spec: {
        selector: { application: "nova", component: "compute" },
        ...(setting.budget === "loose" ? { minAvailable: 1 } : { maxUnavailable: 1 }),
      },
    });
  }
  cluster.store.create("PciPassthrough", {
    metadata: { name: passthroughName },
    spec: passthroughSpec(schedule),
  });
}

function passthroughSpec({ setting }: Schedule): Readonly<Record<string, unknown>> {
  return {
    release: "2025.1",
    adopt: true,
    rollout: {
      maxUnavailable: setting.maxUnavailable,
      canary: { count: setting.canaryCount, bakeSeconds: 10 },
      minReadySeconds: minReadyMillis / 1000,
      settleSeconds: 3,
      verifyTimeoutSeconds: 120,
      failureLimit: setting.failureLimit,
      autoRollback: setting.autoRollback,
      removalGraceSeconds: graceMillis / 1000,
      quiesceSeconds: 60,
    },
  };
}

function addNode(run: Run, name: string, pool: string): void {
  if (run.cluster.store.get("Node", name) !== undefined) return;
  run.cluster.addNode(name, { [computeLabel]: "enabled", pool });
}

/** What Nova does with such a file (products of schedule.ts). */
function troubleOf(text: string | undefined, service: string, first: boolean): Trouble | undefined {
  const exits = (message: string): Trouble => ({ is: "exits", code: 1, message });
  if (service === "compute") {
    const found = offered(text);
    if (found.has("dead"))
      return exits("nova.exception.PciConfigInvalidSpec: Invalid [pci]device_spec config: dead");
    if (found.has("dea1")) return { is: "never-ready" };
    if (found.has("dea2")) return { is: "silent" };
    if (found.has(products.badOnFirst) && first)
      return exits("nova.exception.PciDeviceNotFound: PCI device not found: de03");
    const bad = [...aliasesIn(text).values()].includes(products.badAliasOnCompute);
    return bad
      ? exits("nova.exception.PciInvalidAlias: Invalid PCI alias definition: bad2")
      : undefined;
  }
  if (service !== "api") return undefined;
  const found = [...aliasesIn(text).values()];
  if (found.includes("bad0"))
    return exits("nova.exception.PciInvalidAlias: Invalid PCI alias definition: bad0");
  return found.includes("bad1") ? { is: "never-ready" } : undefined;
}

// --- operators ------------------------------------------------------------------------------------

function lead(run: Run): void {
  if (run.leader !== undefined) return;
  const { clock } = run.cluster;
  const world = makeWorld(run.cluster, {
    credentials: run.schedule.setting.credentials,
    cloudDown: () => clock.now() < run.cloudDownUntil,
    fault: (effect) => nextFault(effect, run),
    performing: (effect) => {
      run.acting = operator;
      if (effect.do !== "event") run.lastWriteAt = clock.now();
      for (const one of run.watchers) one.before?.(effect);
    },
    performed: (effect, done) => {
      run.effects += 1;
      if (done && effect.do === "remove-pod") run.restarts += 1;
      run.trace(
        `${seconds(run).toFixed(1).padStart(7)}  ${operator === run.leader ? "" : "(late) "}${describe(effect)}${done ? "" : "  refused"}`,
      );
      for (const one of run.watchers) one.after?.(effect, done);
    },
  });
  const operator = startOperator(world, clock, {
    plan: run.machine.plan,
    execute: run.machine.execute,
    gatherMillis: 100,
    pollMillis: 30_000,
    driftMillis: 60_000,
    planned: (round) => {
      countRound(run);
      for (const one of run.watchers) one.planned?.(round);
      const draws = round.plan.effects.some((one) => one.do === "create-fragment");
      if (draws || run.leader?.rounds() === 3) checkOrder(round, run);
    },
  });
  run.operators.push(operator);
  run.leader = operator;
}

/** More rounds in a minute than anything that happens can ask for: the operator turns in circles. */
const roundsPerMinute = 300;

function countRound(run: Run): void {
  const now = run.cluster.clock.now();
  run.rounds += 1;
  if (now - run.minuteAt >= 60_000) {
    run.minuteAt = now;
    run.roundsInMinute = 0;
  }
  run.roundsInMinute += 1;
  if (run.roundsInMinute === roundsPerMinute) {
    const plan = run.leader?.last()?.plan;
    violate(
      run,
      "no-circles",
      `${roundsPerMinute} plans within a minute; again at ${(plan?.againAt ?? 0) - now} ms: ${(plan?.effects ?? []).map(describe).join(", ")}`,
    );
  }
}

function nextFault(effect: Effect, run: Run): Fault | undefined {
  if (run.calm || effect.do === "event") return undefined;
  if (run.crashes > 0) {
    run.crashes -= 1;
    return "crash-after";
  }
  const fault = run.faults.shift();
  if (fault !== undefined)
    run.trace(`${seconds(run).toFixed(1).padStart(7)}  fault ${fault} on ${effect.do}`);
  return fault;
}

/** Does the same plan come out when every list is turned round? */
function checkOrder(round: Round, run: Run): void {
  const { seen } = round;
  const turned: Snapshot = {
    ...seen,
    objects: {
      ...seen.objects,
      aliases: [...seen.objects.aliases].reverse(),
      whitelists: [...seen.objects.whitelists].reverse(),
      flavors: [...seen.objects.flavors].reverse(),
    },
    pods: [...seen.pods].reverse(),
    nodes: [...seen.nodes].reverse(),
    workloads: [...seen.workloads].reverse(),
  };
  const other = run.machine.plan(turned);
  if (sorted(other.effects) !== sorted(round.plan.effects)) {
    violate(run, "order-free", "the same snapshot in another order gives another plan");
  }
}

/** The keys of an object are a set; the order of a list is meaning. */
function sorted(effects: readonly Effect[]): string {
  const byKey = (_key: string, value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return effects
    .map((one) => JSON.stringify(one, byKey))
    .sort()
    .join("\n");
}

/** Lets time pass; a dead operator is followed by a new one. */
async function pass(run: Run, millis: number): Promise<void> {
  const { clock } = run.cluster;
  const until = clock.now() + millis;
  // Time passes even when nothing happens.
  clock.after(millis, () => undefined);
  await live(
    clock,
    until,
    () => run.operators,
    () => {
      run.events += 1;
      run.truth.refresh();
      for (const one of run.watchers) one.happened?.();
      succeed(run);
      if (run.violations.length > 0) throw new Stop();
    },
  ).catch((error: unknown) => {
    if (!(error instanceof Stop)) throw error;
  });
}

/** A violation ends the run: what follows it proves nothing. */
class Stop extends Error {}

function succeed(run: Run): void {
  for (const operator of run.operators) {
    const bug = operator.bug();
    if (bug !== undefined) return violate(run, "no-bug", bug.stack ?? bug.message);
  }
  if (run.leader?.world.isDead() !== true) return;
  forget(run, run.leader);
  run.leader = undefined;
  run.cluster.clock.after(run.calm ? 2000 : 1000 + (run.effects % 7) * 2000, () => lead(run));
}

function forget(run: Run, operator: Operator): void {
  const at = run.operators.indexOf(operator);
  if (at >= 0) run.operators.splice(at, 1);
}

// --- what happens ---------------------------------------------------------------------------------

type Having<One, Name> = One extends { readonly do: infer Names }
  ? Name extends Names
    ? One
    : never
  : never;

type Doing = {
  readonly [Name in Happening["do"]]: (one: Having<Happening, Name>, run: Run) => void;
};

const doings: Doing = {
  apply: (one, run) => {
    // The API server knows no such kind: whoever applies it tries again.
    if (run.intent.lost.has(one.kind)) {
      return void run.cluster.clock.after(20_000, () => doings.apply(one, run));
    }
    run.intent.apply(one);
    put(run, one.kind, one.name, one.spec);
  },
  delete: (one, run) => {
    const { store } = run.cluster;
    run.intent.remove(one.kind, one.name);
    if (store.get(one.kind, one.name) !== undefined && !run.intent.lost.has(one.kind)) {
      store.remove(one.kind, one.name);
    }
  },
  "wipe-status": (one, run) => {
    if (run.cluster.store.get(one.kind, one.name) === undefined) return;
    run.cluster.store.edit(one.kind, one.name, ({ metadata, spec }) => ({ metadata, spec }));
  },
  "lose-kind": (one, run) => loseKind(run, one.kind, one.backAfter),
  pause: (one, run) =>
    editPassthrough(run, (spec) => ({
      ...spec,
      rollout: { ...(spec.rollout as object), paused: one.paused },
    })),
  release: (one, run) =>
    editPassthrough(run, (spec) => ({
      ...spec,
      removals: [{ kind: one.kind, name: one.name, force: one.force }],
    })),
  "kill-node": (one, run) => run.cluster.kubelets.kill(one.node),
  "revive-node": (one, run) => run.cluster.kubelets.revive(one.node),
  "add-node": (one, run) => addNode(run, one.node, one.pool),
  "remove-node": (one, run) => {
    const { store } = run.cluster;
    if (store.list("Node").length <= 2 || store.get("Node", one.node) === undefined) return;
    store.remove("Node", one.node);
  },
  "label-node": (one, run) => {
    if (run.cluster.store.get("Node", one.node) === undefined) return;
    run.cluster.store.edit("Node", one.node, (old) => ({
      ...old,
      metadata: { ...old.metadata, labels: { ...old.metadata.labels, pool: one.pool } },
    }));
  },
  "slow-node": (one, run) => {
    run.slow.set(one.node, one.factor);
    run.cluster.clock.after(180_000, () => void run.slow.delete(one.node));
  },
  "delete-pod": (one, run) => withPod(run, one.node, (pod) => run.cluster.store.remove("Pod", pod)),
  "crash-pod": (one, run) => withPod(run, one.node, (pod) => run.cluster.kubelets.crash(pod)),
  "crash-api": (_one, run) => {
    const pods = run.cluster.store.list("Pod");
    const pod = pods.find((each) => run.cluster.serviceOf(each.metadata.labels) === "api");
    if (pod !== undefined) run.cluster.kubelets.crash(pod.metadata.name);
  },
  stall: (one, run) => cacheOf(run)?.stall(one.kind, later(run, one.seconds)),
  lose: (one, run) => cacheOf(run)?.lose(one.kind, later(run, one.seconds)),
  repeat: (one, run) => cacheOf(run)?.repeat(one.kind),
  fault: (one, run) => void run.faults.push(one.fault),
  "crash-each-write": (one, run) => {
    run.crashes += one.writes;
  },
  "restart-operator": (_one, run) => run.leader?.world.kill(),
  "hand-over": (one, run) => handOver(run, one.thawAfter, one.inFlight),
  "cloud-down": (one, run) => {
    run.cloudDownUntil = later(run, one.seconds);
  },
  "boot-server": (one, run) => bootServer(run, one.node),
  "delete-servers": (one, run) => {
    const { cloud } = run.cluster;
    for (const server of cloud.servers()) {
      if (server.host === one.node) cloud.removeServer(server.id);
    }
  },
  "disable-service": (one, run) => run.cluster.cloud.setDisabled(one.node, "maintenance"),
  "enable-service": (one, run) => {
    const { cloud } = run.cluster;
    if (cloud.reasonOf(one.node) === "maintenance") cloud.setDisabled(one.node, undefined);
  },
  "undo-api": (_one, run) => undoApi(run),
  "strip-api": (_one, run) => editApi(run, (old) => withAnnotation(old, undefined, "kubectl")),
};

function happen(one: Happening, run: Run): void {
  run.trace(`${seconds(run).toFixed(1).padStart(7)}  >> ${JSON.stringify(one)}`);
  const act = doings[one.do] as (one: Happening, run: Run) => void;
  act(one, run);
}

function cacheOf(run: Run): Cache | undefined {
  return run.leader?.world.cache;
}

function later(run: Run, inSeconds: number): number {
  return run.cluster.clock.now() + inSeconds * 1000;
}

function put(run: Run, kind: Kind, name: string, spec: Readonly<Record<string, unknown>>): void {
  const { store } = run.cluster;
  if (run.intent.lost.has(kind)) return;
  const found = store.get(kind, name);
  if (found === undefined) {
    store.create(kind, { metadata: { name }, spec });
    return;
  }
  if (JSON.stringify(found.spec) === JSON.stringify(spec)) return;
  store.edit(kind, name, (old) => ({ ...old, spec }));
}

function editPassthrough(
  run: Run,
  edit: (spec: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
): void {
  run.cluster.store.edit("PciPassthrough", passthroughName, (old) => ({
    ...old,
    spec: edit(old.spec),
  }));
}

function withPod(run: Run, node: string, act: (pod: string) => void): void {
  const pod = run.truth.pod(node);
  if (pod !== undefined) act(pod.metadata.name);
}

/** Terminating, then the objects go one after another, then the definition; later all comes back. */
function loseKind(run: Run, kind: Kind, backAfter: number): void {
  const { store, clock } = run.cluster;
  if (run.intent.lost.has(kind)) return;
  run.intent.lost.add(kind);
  store.edit("CustomResourceDefinition", kind, (old) => ({
    ...old,
    metadata: { ...old.metadata, finalizers: ["cleanup"], deletionTimestamp: "now" },
  }));
  const objects = store.list(kind);
  objects.forEach((one, index) => {
    clock.after(200 + index * 300, () => {
      if (store.get(kind, one.metadata.name) !== undefined) store.remove(kind, one.metadata.name);
    });
  });
  const gone = (): void => {
    // Objects that a finalizer still holds keep their definition.
    if (store.list(kind).length > 0) return void clock.after(1000, gone);
    store.erase("CustomResourceDefinition", kind);
    clock.after(backAfter * 1000, () => {
      defineKind(store, kind);
      // Whoever applies the definition applies the objects a while later.
      clock.after((backAfter % 8) * 15_000, () => {
        run.intent.lost.delete(kind);
        for (const wish of run.intent.written()) {
          if (wish.kind === kind) put(run, kind, wish.name, wish.spec);
        }
      });
    });
  };
  clock.after(500 + objects.length * 300, gone);
}

function handOver(run: Run, thawAfter: number, inFlight: number): void {
  const old = run.leader;
  if (old === undefined) return;
  old.world.freeze();
  run.leader = undefined;
  run.cluster.clock.after(3000, () => lead(run));
  run.cluster.clock.after(3000 + thawAfter * 1000, () => {
    old.world.thaw(inFlight);
    run.cluster.clock.after(500, () => {
      old.world.kill();
      forget(run, old);
    });
  });
}

/** A server can only be scheduled to a host that is up, enabled and offers the device. */
function bootServer(run: Run, node: string): void {
  const { cloud } = run.cluster;
  if (!run.truth.isUp(node) || cloud.reasonOf(node) !== undefined) return;
  const text = run.truth.process(node)?.text;
  const product = [...offered(text)][0];
  if (product === undefined) return;
  const alias = [...aliasesIn(text)].find(([, serves]) => serves === product)?.[0];
  if (alias === undefined || !meansOnApi(alias, product, run)) return;
  run.servers += 1;
  cloud.addServer({ id: `server-${run.servers}`, host: node, aliases: [alias], address: product });
}

/**
 * nova-api puts what the name means to it into the request. A request in the very moment in which
 * nova-api learns another meaning is the race that no guard can see (src/plan/removal.ts).
 */
function meansOnApi(alias: string, product: string, run: Run): boolean {
  const { store, kubelets } = run.cluster;
  const template = store.get(run.schedule.setting.api, "nova-api-osapi")?.spec.template;
  const next = run.truth.textOf(template?.metadata.annotations?.[fragmentAnnotation]);
  const pods = store
    .list("Pod")
    .filter((pod) => run.cluster.serviceOf(pod.metadata.labels) === "api" && pod.status.ready);
  const texts = [next, ...pods.map((pod) => kubelets.runs(pod)?.text)];
  return pods.length > 0 && texts.every((text) => aliasesIn(text).get(alias) === product);
}

function editApi(run: Run, edit: (old: Workload) => Workload): void {
  const kind = run.schedule.setting.api;
  run.cluster.store.edit(kind, "nova-api-osapi", edit);
}

/** `kubectl rollout undo`: the template names the fragment before the current one again. */
function undoApi(run: Run): void {
  const { store } = run.cluster;
  const current = store.get(run.schedule.setting.api, "nova-api-osapi");
  const now = current?.spec.template.metadata.annotations?.[fragmentAnnotation];
  const older = store
    .list("ConfigMap")
    .map((one) => one.metadata.name)
    .filter((name) => name.startsWith("nova-pci-api-") && name !== now)
    .at(-1);
  if (older !== undefined && now !== undefined) {
    editApi(run, (old) => withAnnotation(old, older, "kubectl"));
  }
}

// --- the end --------------------------------------------------------------------------------------

const restMinutes = 150;
/** By then what nothing names any more was collected (src/plan/delivery.ts: an hour). */
const collectMinutes = 70;

async function comeToRest(run: Run): Promise<void> {
  const { clock, kubelets } = run.cluster;
  run.calm = true;
  run.faults.length = 0;
  run.crashes = 0;
  run.cloudDownUntil = 0;
  run.slow.clear();
  for (const node of run.schedule.setting.nodes) {
    if (!kubelets.isAlive(node.name)) kubelets.revive(node.name);
  }
  for (const one of [...run.operators]) {
    if (one === run.leader) continue;
    one.world.kill();
    forget(run, one);
  }
  const end = clock.now() + restMinutes * 60_000;
  // What was lost for a while is back by then.
  await pass(run, 240_000);
  while (clock.now() < end && !isQuiet(run)) {
    await pass(run, 60_000);
    if (run.violations.length > 0) return;
  }
  if (!isQuiet(run)) {
    const { plan } = run.leader?.last() ?? {};
    return violate(
      run,
      "converges",
      `still writing ${restMinutes} minutes later: ${(plan?.effects ?? []).map(describe).join(", ")}; gates ${JSON.stringify(plan?.gates ?? [])}`,
    );
  }
  if (run.schedule.seed % 8 === 0) await pass(run, collectMinutes * 60_000);
  await askOnceMore(run, "looked again");
  run.leader?.world.kill();
  await askOnceMore(run, "a new operator");
  if (run.violations.length > 0) return;
  checkContent(run);
  checkServices(run);
  checkHealth(run);
}

/** Nothing was written for six minutes, and nothing timed is near. */
function isQuiet(run: Run): boolean {
  const { clock } = run.cluster;
  const last = run.leader?.last();
  if (last === undefined || clock.now() - run.lastWriteAt < 360_000) return false;
  const { againAt } = last.plan;
  return againAt === undefined || againAt - clock.now() > 60_000 || againAt <= last.seen.now;
}

async function askOnceMore(run: Run, who: string): Promise<void> {
  const before = run.effects;
  run.leader?.nudge();
  await pass(run, 30_000);
  if (run.violations.length > 0 || run.effects === before) return;
  const plan = run.leader?.last()?.plan;
  violate(
    run,
    "converged-writes-nothing",
    `${who}: ${run.effects - before} effects, last plan ${(plan?.effects ?? []).map(describe).join(", ")}`,
  );
}

function checkServices(run: Run): void {
  for (const { metadata } of run.cluster.store.list("Node")) {
    const reason = run.cluster.cloud.reasonOf(metadata.name);
    // Nothing proved that a nova-compute that is still down is fit for guests.
    if (run.truth.state()?.nodes[metadata.name]?.phase !== "idle") continue;
    if (reason?.startsWith("nova-pci-operator") === true) {
      violate(run, "services-enabled", `${metadata.name}: ${reason}`);
    }
  }
}

/** What failed was put back: every nova-api pod, and every nova-compute of a living node, is up. */
function checkHealth(run: Run): void {
  const { store, kubelets } = run.cluster;
  const { setting } = run.schedule;
  const plan = run.leader?.last()?.plan;
  if (!setting.autoRollback || setting.delivery === "Mounted" || setting.budget === "broken")
    return;
  if (isStuckByUndo(run)) return;
  if (plan === undefined || gatesAll(plan)) return;
  for (const { metadata } of store.list("Node")) {
    if (!kubelets.isAlive(metadata.name) || run.truth.isUp(metadata.name)) continue;
    if (run.truth.pod(metadata.name) === undefined) continue;
    violate(run, "all-up", `nova-compute on ${metadata.name} stays down`);
  }
  for (const pod of store.list("Pod")) {
    if (run.cluster.serviceOf(pod.metadata.labels) !== "api" || pod.status.ready) continue;
    violate(run, "all-up", `${pod.metadata.name} stays down`);
  }
}

/** `kubectl rollout undo` to a file that fails is respected, and stops half-way. */
function isStuckByUndo(run: Run): boolean {
  if (!run.schedule.happenings.some((one) => one.do === "undo-api")) return false;
  return run.cluster.store
    .list("Pod")
    .some((pod) => run.cluster.serviceOf(pod.metadata.labels) === "api" && !pod.status.ready);
}

type End = { readonly run: Run; readonly plan: Plan; readonly excused: (word: string) => boolean };

/** Every healthy compute runs what it is assigned, and that is what was asked for. */
function checkContent(run: Run): void {
  const plan = run.leader?.last()?.plan;
  const state = run.truth.state();
  if (plan === undefined || state === undefined) return;
  if (run.schedule.setting.delivery === "Mounted") return;
  const waits = plan.gates.map((one) => JSON.stringify(one)).join("\n");
  const quarantined = Object.values(state.quarantined).map((one) => one.line);
  const words = `${waits}\n${quarantined.join("\n")}`;
  const end: End = { run, plan, excused: (word) => words.includes(word) };
  for (const { metadata } of run.cluster.store.list("Node")) {
    const nodeWaits = plan.gates.some(
      (one) => one.waits.on === "node" && one.waits.node === metadata.name,
    );
    if (nodeWaits) continue;
    checkRuns(metadata.name, end);
    if (!gatesAll(plan)) checkWanted(metadata.name, metadata.labels?.pool, end);
  }
  checkApi(run, plan, end.excused);
}

function assignedTo(run: Run, node: string): string | undefined {
  return run.cluster.store.get("ConfigMap", assignmentName)?.data?.[node];
}

function checkRuns(node: string, { run }: End): void {
  const assigned = assignedTo(run, node);
  if (assigned === undefined || run.truth.state()?.nodes[node]?.phase !== "idle") return;
  const text = run.truth.process(node)?.text ?? "";
  if (text === (run.truth.textOf(assigned) ?? "")) return;
  violate(run, "as-asked", `${node} is assigned ${assigned} and runs ${text || "nothing of ours"}`);
}

function checkWanted(node: string, pool: string | undefined, { run, excused }: End): void {
  const { intent, truth } = run;
  const assigned = assignedTo(run, node);
  if (assigned === undefined || truth.state()?.nodes[node] === undefined) return;
  // An object that was deleted and came back refused: whether its former content is still
  // remembered depends on the moment.
  if (intent.written().some((one) => intent.isBad(`${one.kind}/${one.name}`))) return;
  const wanted = new Set(
    intent
      .wishes()
      .filter((one) => one.kind === "PciWhitelist" && selectsPool(one.spec, pool))
      .flatMap(productsOf),
  );
  const has = offered(truth.textOf(assigned));
  for (const product of wanted) {
    if (has.has(product) || excused(product)) continue;
    violate(run, "as-asked", `${node} lacks ${product}, and no gate says why`);
  }
  for (const product of has) {
    if (wanted.has(product) || excused(product) || isRetained(run, product)) continue;
    violate(run, "as-asked", `${node} still has ${product}, and no gate says why`);
  }
}

/** Kept because its kind was lost while it was live, and nobody has said that it is to go. */
function isRetained(run: Run, word: string): boolean {
  const accepted = Object.values(run.truth.state()?.accepted ?? {});
  return accepted.some((one) => one.orphan === true && JSON.stringify(one.spec).includes(word));
}

function gatesAll(plan: Plan): boolean {
  return plan.gates.some((one) => one.waits.on === "installation");
}

function checkApi(run: Run, plan: Plan, excused: (word: string) => boolean): void {
  const { truth, intent } = run;
  const has = aliasesIn(truth.textOf(truth.state()?.services.api?.assigned));
  const waits = plan.gates.some((one) => one.waits.on === "service" && one.waits.service === "api");
  if (waits || gatesAll(plan)) return;
  for (const wish of intent.wishes()) {
    if (wish.kind !== "PciAlias") continue;
    const [product] = productsOf(wish);
    if (has.get(wish.name) === product || excused(product ?? "") || excused(wish.name)) continue;
    violate(run, "as-asked", `nova-api lacks alias ${wish.name}, and no gate says why`);
  }
  for (const [name, product] of has) {
    if (intent.get("PciAlias", name) !== undefined || excused(product) || excused(name)) continue;
    if (isRetained(run, product)) continue;
    violate(run, "as-asked", `nova-api still has alias ${name}, and no gate says why`);
  }
  checkApiPods(run);
}

function checkApiPods(run: Run): void {
  const { truth, schedule } = run;
  if (truth.state()?.services.api?.phase !== "idle" || isStuckByUndo(run)) return;
  for (const pod of run.cluster.store.list("Pod")) {
    if (run.cluster.serviceOf(pod.metadata.labels) !== "api" || isGoing(pod)) continue;
    const text = run.cluster.kubelets.runs(pod)?.text;
    const wanted = truth.textOf(truth.state()?.services.api?.assigned);
    if ((text ?? "") === (wanted ?? "")) continue;
    violate(
      run,
      "as-asked",
      `${pod.metadata.name} on ${nodeOf(pod) ?? "?"} runs another file (${schedule.setting.api})`,
    );
  }
}

function describe(effect: Effect): string {
  switch (effect.do) {
    case "write-state": {
      const nodes = Object.entries(effect.state.nodes).map(([node, one]) => `${node}:${one.phase}`);
      const more = Object.entries(effect.state.services).map(
        ([name, one]) => `${name}:${one.phase}`,
      );
      return `write-state ${[...nodes, ...more].join(" ")}`;
    }
    case "patch-assignment":
    case "create-assignment":
      return `${effect.do} ${Object.entries(effect.data)
        .filter(([key]) => !key.startsWith("_"))
        .map(([key, value]) => `${key}=${value ?? "-"}`)
        .join(" ")}`;
    case "create-fragment":
      return `create-fragment ${effect.name} ${entriesOf(effect.text)
        .map((one) =>
          isDevice(one.option)
            ? `spec:${parsed(one.value).product ?? one.value}`
            : `${one.option}:${parsed(one.value).name ?? one.value}=${parsed(one.value).product ?? ""}`,
        )
        .join(" ")}`;
    case "annotate-workload":
      return `annotate ${effect.name} ${effect.value}`;
    case "remove-pod":
      return `remove-pod ${effect.name} (${effect.why})`;
    case "status":
      return `status ${effect.kind}/${effect.name}`;
    case "event":
      return `event ${effect.reason}: ${effect.message}`;
    default:
      return `${effect.do} ${JSON.stringify(effect).slice(0, 120)}`;
  }
}

export { describe as describeEffect };
