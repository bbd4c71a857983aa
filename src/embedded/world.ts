// The world of one operator in an embedded cluster: the adapter that is shipped, on its own line to
// the API server in memory, and the stand-in for Nova. Each operator has its own faults and dies by
// itself; an effect takes a few virtual milliseconds, so that other things happen in between.

import { Failure } from "../api/failure.ts";
import { injectionLabel } from "../api/names.ts";
import { openCluster } from "../cluster/cluster.ts";
import { NotLeading } from "../cluster/wire/not-leading.ts";
import { usualTiming } from "../cluster/watch/reflector.ts";
import type { Requests } from "../cluster/wire/requests.ts";
import type { World } from "../operator/world.ts";
import { knownPolicyVersion } from "../plan/gates/delivery.ts";
import { isCloud } from "../plan/terms/effect-table.ts";
import type { Ask, Effect } from "../plan/terms/effects.ts";
import type { CloudView, PolicyView, Snapshot } from "../plan/terms/snapshot.ts";
import { connect, type Connection } from "./api/connection.ts";
import { withBase } from "./base.ts";
import { namespaceLabels, type Cluster } from "./cluster.ts";

/** What happens to one request. */
export type Fault =
  /** Refused because somebody else was first. */
  | "conflict"
  /** The request is lost before it does anything. */
  | "unreachable"
  /** It does everything, and the answer is a 500. */
  | "error-after"
  /** The operator dies before, or right after it. */
  | "crash-before"
  | "crash-after";

export type WorldOptions = {
  readonly latencyMillis: (effect: Effect) => number;
  readonly fault: (effect: Effect) => Fault | undefined;
  /** The cloud cannot be asked right now. */
  readonly cloudDown: () => boolean;
  readonly credentials: boolean;
  /** What an outage leaves of an answer: all, a part of it, or none. */
  readonly left: (view: CloudView) => CloudView;
  /** Told of each effect right before, and right after the cluster did or refused it. */
  readonly performing: (effect: Effect) => void;
  readonly performed: (effect: Effect, done: boolean) => void;
};

export const calmWorld: WorldOptions = {
  latencyMillis: () => 3,
  fault: () => undefined,
  cloudDown: () => false,
  credentials: true,
  left: (view) => view,
  performing: () => undefined,
  performed: () => undefined,
};

export type EmbeddedWorld = World & {
  readonly connection: Connection;
  /** Where the Lease is, on a line that no fence closes. */
  readonly home: { readonly rest: Requests; readonly namespace: string };
  /** Resolves when every list of the whole cluster was read once. */
  readonly ready: () => Promise<void>;
  /** Dead: no request of this operator does anything any more. */
  readonly kill: () => void;
  readonly isDead: () => boolean;
  /** Requests of this operator stand still until it thaws; `inFlight` of them then still arrive. */
  readonly freeze: () => void;
  readonly thaw: (inFlight: number) => void;
};

/** How an operator ends in the middle of a request: no Failure, nothing to back off from. */
class Crash extends Error {}

export function makeWorld(cluster: Cluster, given: Partial<WorldOptions> = {}): EmbeddedWorld {
  const options = { ...calmWorld, ...given };
  const { clock } = cluster;
  const listeners = new Set<(namespace: string) => void>();
  let dead = false;
  let frozen: (() => void)[] | undefined;
  let mayStill = Number.POSITIVE_INFINITY;

  const { connection, kube } = adapter(cluster, (namespace) => {
    if (!dead) for (const listener of listeners) listener(namespace);
  });

  function kill(): void {
    dead = true;
    kube.stop();
    connection.close();
  }

  function die(): never {
    kill();
    throw new Crash("the operator was killed");
  }

  /** Nothing arrives while the operator is frozen, or after its death. */
  async function arrived(): Promise<void> {
    const held = frozen;
    if (held !== undefined) await new Promise<void>((resolve) => held.push(resolve));
    if (dead) throw new Crash("the operator is dead");
  }

  async function perform(effect: Effect): Promise<void> {
    if (dead) throw new Crash("the operator is dead");
    await new Promise<void>((resolve) => void clock.after(options.latencyMillis(effect), resolve));
    await arrived();
    if (mayStill <= 0) throw new NotLeading();
    mayStill -= 1;
    const fault = options.fault(effect);
    if (fault === "crash-before") die();
    if (fault === "conflict") throw new Failure("conflict", "the object has been modified");
    if (fault === "unreachable") throw new Failure("unreachable", "connection reset");
    if (fault === "error-after") connection.loseAnswer();
    await apply(effect);
    if (fault === "crash-after") die();
    if (fault === "error-after" && isCloud(effect))
      throw new Failure("unreachable", "500 after the write");
  }

  async function apply(effect: Effect): Promise<void> {
    let done = false;
    options.performing(effect);
    try {
      if (!isCloud(effect)) await kube.perform(cluster.namespace, effect);
      else if (options.cloudDown()) throw new Failure("unreachable", "Nova does not answer");
      else cluster.cloud.perform(effect);
      done = true;
    } finally {
      options.performed(effect, done);
    }
  }

  return {
    connection,
    home: { rest: onlyIf(arrived, cluster.api.requests), namespace: cluster.namespace },
    ready: kube.ready,
    namespaces: kube.namespaces,
    now: clock.now,
    observe: async (namespace, ask) => {
      const seen = await kube.observe(namespace, ask);
      return withBase({ ...seen, ...whatIsGiven(cluster, options, ask) }, cluster);
    },
    perform: (_namespace, effect) => perform(effect),
    subscribe: (changed) => {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    kill,
    isDead: () => dead,
    freeze: () => {
      frozen = [];
    },
    thaw: (inFlight) => {
      mayStill = inFlight;
      const waiting = frozen ?? [];
      frozen = undefined;
      for (const go of waiting) go();
    },
  };
}

function onlyIf(arrived: () => Promise<void>, rest: Requests): Requests {
  return { ...rest, ask: (call) => arrived().then(() => rest.ask(call)) };
}

/** The one that is shipped, on a line of its own and on virtual time. */
function adapter(cluster: Cluster, changed: (namespace: string) => void) {
  const { api, chance, clock } = cluster;
  const connection = connect(api.requests, clock);
  const timing = { ...usualTiming, clock, random: chance.next };
  const kube = openCluster({ rest: connection, now: clock.now, timing, changed });
  return { connection, kube };
}

/** The cloud, and what of the cluster is said and not played. */
function whatIsGiven(
  cluster: Cluster,
  options: WorldOptions,
  ask: Ask,
): Pick<Snapshot, "cloud" | "injection" | "hardware"> {
  const { hardware } = cluster.options;
  return {
    injection: injectionView(cluster),
    cloud: options.left(cloudView(cluster, options, ask)),
    ...(hardware === undefined ? {} : { hardware }),
  };
}

function injectionView({ options, store }: Cluster): Snapshot["injection"] {
  const known = views.get(options) ?? new Map<string, Snapshot["injection"]>();
  views.set(options, known);
  const namespaceLabelled = namespaceLabels(store, options)[injectionLabel] === "enabled";
  const installed = options.injection && !options.policyAway();
  const key = `${namespaceLabelled} ${installed}`;
  const view = known.get(key) ?? madeView(options, namespaceLabelled, installed);
  known.set(key, view);
  return view;
}

/** What does not change stays the same value. */
const views = new WeakMap<Cluster["options"], Map<string, Snapshot["injection"]>>();

function madeView(
  { injection, scope }: Cluster["options"],
  namespaceLabelled: boolean,
  installed: boolean,
): Snapshot["injection"] {
  const policy: PolicyView = {
    is: "installed",
    version: knownPolicyVersion,
    bound: true,
    selects: scope.selects,
  };
  return {
    served: injection,
    namespaceLabelled,
    mutating: installed ? policy : { is: "absent" },
    // A cluster as it should be: the guard belongs to every delivery.
    guard: { is: "installed", version: knownPolicyVersion, bound: true },
  };
}

function cloudView(cluster: Cluster, options: WorldOptions, ask: Ask): CloudView {
  if (!options.credentials) {
    return { is: "no-credentials", reason: "NoCredentials", message: "there is no Secret" };
  }
  if (options.cloudDown()) {
    return { is: "unreachable", message: "Nova does not answer", at: cluster.clock.now() };
  }
  return cluster.cloud.read(ask);
}
