// Files without a cluster: what the operator sees of them at first, and how it ends. The operator
// runs unchanged in an embedded world in which every pod of before is up.

import type { FileObject } from "../../api/read-yaml.ts";
import { thin, type Likeness } from "../../embedded/alike.ts";
import { calmKnobs, dayOne, passTime, type Cluster } from "../../embedded/cluster.ts";
import { addNodes, applyObjects, loadWorld, type LoadOptions } from "../../embedded/load.ts";
import { makeVerdict } from "../../embedded/nova-verdict.ts";
import { startOperator, type Operator, type Round } from "../../embedded/operator.ts";
import { settle } from "../../embedded/settle.ts";
import { calmWorld, makeWorld, type WorldOptions } from "../../embedded/world.ts";
import { findRelease, supportedReleases, type Release } from "../../nova/terms/release.ts";
import { emptyAsk } from "../../operator/loop.ts";
import { plan } from "../../plan/plan.ts";
import type { Plan } from "../../plan/terms/effects.ts";
import type { Snapshot } from "../../plan/terms/snapshot.ts";
import type { Millis } from "../../plan/terms/time.ts";
import type { Installation } from "../given/installations.ts";
import { flavorsThere } from "./flavors-there.ts";
import { withNodes } from "./stand-ins.ts";

/** Long enough for every pod of an untouched installation to be Ready. */
const bootMillis = 60_000;

/** The release that the files declare, or the one that is taken when they do not. */
export function releaseIn(objects: readonly FileObject[]): Release {
  const spec = objects.find((object) => object.kind === "PciPassthrough")?.value.spec;
  const named = (spec as { readonly release?: string } | undefined)?.release;
  return (
    (named === undefined ? undefined : findRelease(named)) ??
    findRelease("2025.1") ??
    supportedReleases[0]!
  );
}

/**
 * When the play begins: on a day that is always the same, so that an answer is; but now, where an
 * object says of a moment what ends then.
 */
export function startFor(objects: readonly FileObject[]): Millis {
  const dated = objects.some(({ kind, value }) => {
    const { exclude } = (value.spec ?? {}) as { readonly exclude?: unknown };
    if (kind !== "PciWhitelist" || !Array.isArray(exclude)) return false;
    return exclude.some((item: { readonly until?: unknown } | null) => item?.until !== undefined);
  });
  return dated ? Date.now() - bootMillis : dayOne;
}

/** The world before: nodes and workloads, no object of ours. */
export function worldBefore(
  { namespace, objects, live }: Installation,
  options: LoadOptions = {},
): Cluster {
  const release = releaseIn(objects);
  const verdict = makeVerdict(release);
  const made: { cluster?: Cluster } = {};
  const cluster = loadWorld(objects, {
    namespace,
    start: startFor(objects),
    microversion: release.maxMicroversion,
    knobs: {
      ...calmKnobs,
      trouble: ({ pod, text }) => {
        const service = made.cluster?.serviceOf(pod.metadata.labels);
        return service === undefined ? undefined : verdict(service, text);
      },
    },
    ...options,
  });
  made.cluster = cluster;
  for (const item of flavorsThere(objects, live?.flavors)) cluster.cloud.addFlavor(item);
  passTime(cluster.clock, bootMillis);
  return cluster;
}

/** What the operator sees of the files before it does anything. */
export async function firstLook(
  installation: Installation,
  options: LoadOptions = {},
): Promise<Snapshot> {
  const cluster = worldBefore(installation, options);
  applyObjects(cluster, installation.objects);
  passTime(cluster.clock, 1000);
  const world = makeWorld(cluster, calmWorld);
  passTime(cluster.clock, 1000);
  const observed = world.observe(cluster.namespace, emptyAsk);
  passTime(cluster.clock, 1000);
  return observed;
}

export type Played = {
  readonly seen: Snapshot;
  readonly plan: Plan;
  readonly cluster: Cluster;
  /** False: time ran out while something was still under way. */
  readonly ended: boolean;
  /** Of many nodes that are alike a few are played. */
  readonly kinds: readonly Likeness[];
};

type PlayOptions = {
  /** Nodes that are played whatever they are like. */
  readonly keep?: ReadonlySet<string>;
  readonly world?: Partial<WorldOptions>;
  readonly load?: LoadOptions;
  readonly passed?: (cluster: Cluster) => void;
  /** Told of each plan before it is performed. */
  readonly planned?: (round: Round) => void;
  /** Changes that come within so long are planned once. */
  readonly gatherMillis?: number;
};

const longestMillis = 7 * 24 * 3_600_000;

/** Plays the operator until nothing moves any more. */
export async function playToEnd(
  installation: Installation,
  options: PlayOptions = {},
): Promise<Played> {
  const { objects, kinds, others } = thin(withNodes(installation.objects), options.keep);
  const cluster = worldBefore({ ...installation, objects }, options.load);
  applyObjects(cluster, objects);
  const end = await playOn(cluster, options);
  return { ...(await joined(cluster, { nodes: others, objects }, end)), cluster, kinds };
}

/**
 * The same end with every node that the files name: those that were not played join those that
 * were, so that what is counted and named is the user's, not what was played.
 */
export async function joined(
  cluster: Cluster,
  others: {
    readonly nodes: readonly FileObject[];
    readonly objects: readonly FileObject[];
    readonly planned?: (round: Round) => void;
  },
  end: End,
): Promise<End> {
  if (others.nodes.length === 0) return end;
  addNodes(cluster, others.nodes, others.objects);
  const { planned = () => undefined } = others;
  const { ended, ...last } = await playOn(cluster, { gatherMillis: joiningMillis, planned });
  return { ...last, ended: end.ended && ended };
}

/** Thousands of pods start at once, and a plan for each of them would say the same each time. */
const joiningMillis = 1000;

type End = Pick<Played, "seen" | "plan" | "ended">;

/** The same in a world that is already there. */
export async function playOn(cluster: Cluster, options: PlayOptions = {}): Promise<End> {
  const world = makeWorld(cluster, { ...calmWorld, ...options.world });
  const { passed, gatherMillis } = options;
  let last: Round | undefined;
  const operator: Operator = startOperator(world, cluster.clock, {
    plan,
    planned: (round) => {
      last = round;
      options.planned?.(round);
    },
    ...(gatherMillis === undefined ? {} : { times: { gatherMillis } }),
  });
  const ended = await settle(cluster, operator, {
    longestMillis,
    ...(passed === undefined ? {} : { passed: () => passed(cluster) }),
  });
  world.kill();
  return { seen: last!.seen, plan: last!.plan, ended };
}
