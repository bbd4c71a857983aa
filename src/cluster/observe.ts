// The Kubernetes part of a snapshot as one value: everything watched and everything read by name. A
// right that is missing is said, and its list is never taken for an empty one.

import { assignmentName, stateName, type Kind } from "../api/names.ts";
import { Failure } from "../api/failure.ts";
import type { Ask } from "../plan/plan.ts";
import type {
  AssignmentView,
  MissingRight,
  Snapshot,
  StateView,
  Stored,
} from "../plan/terms/snapshot.ts";
import { readBase, type BaseWish } from "./reads/base-config.ts";
import { readByName, type ByName } from "./reads/by-name.ts";
import { foldHardware } from "./views/hardware.ts";
import { isOurs, isStranger } from "./views/workload-view.ts";
import { missingRightsOf, settled, type Installation } from "./watch/installation.ts";
import { keepFor } from "./wire/kept.ts";
import { assignmentView, type KeptMap } from "./views/object-views.ts";
import { NamespaceGone } from "./wire/namespace-gone.ts";
import type { Reflector } from "./watch/reflector.ts";
import { stateKey, unpackState } from "./views/state-codec.ts";
import {
  clockOf,
  forgetPlace,
  installationOf,
  passthroughOf,
  placeOf,
  type Place,
  type World,
} from "./watched.ts";

export type KubeSnapshot = Omit<Snapshot, "cloud">;

/** What a plan may ask of Kubernetes. */
export type KubeAsk = Pick<Ask, "logsOf" | "healthOf" | "jobs" | "preflights">;

export async function observe(
  world: World,
  namespace: string,
  ask: KubeAsk,
): Promise<KubeSnapshot> {
  const whole = [...Object.values(world.own), world.nodes, world.spaces];
  const clock = clockOf(world.options);
  await settled(whole as readonly Reflector<unknown>[], clock);
  const place = placeOf(world, namespace);
  if (await isGone(world, place)) {
    forgetPlace(world, namespace);
    throw new NamespaceGone(namespace);
  }
  const installation = installationOf(world, place);
  await settled(installation.all, clock);
  const [policies, lacks, space, failureTexts, nodeHealth, base, jobs, preflights, byName] =
    await Promise.all([
      world.fixed.policies(),
      world.lacks.still(namespace),
      spaceIn(world, place),
      place.logs.read(namespace, ask.logsOf),
      place.healths.read(ask.healthOf),
      baseOf(world, place, installation),
      ask.jobs ? place.jobs.read() : undefined,
      ask.preflights ? place.jobs.readPreflights() : undefined,
      readByName(world.options.rest, namespace, installation.configMaps.store),
    ]);
  const crds = await crdsOf(world);
  const denied = missingRightsOf([
    ...(whole as readonly Reflector<unknown>[]),
    ...installation.all,
  ]);
  const missingRights = [
    ...denied.filter((missingRight) => missingRight.resource !== "namespaces"),
    ...lacks,
    ...(space.is === "denied" ? [space.right] : []),
  ];
  return {
    now: world.options.now(),
    namespace,
    objects: objectsOf(world, namespace),
    crds,
    injection: { ...policies, namespaceLabelled: space.is === "known" && space.labelled },
    ...(space.is === "known" && space.terminating ? { terminating: true } : {}),
    missingRights,
    ...mapsOf(place, installation, byName),
    ...workloadsIn(installation),
    pods: installation.pods.store.values(),
    nodes: world.nodes.store.values(),
    nodeHealth,
    budgets: installation.budgets.store.values(),
    ...(world.features.seen().is === "synced"
      ? { hardware: foldHardware(world.features.store.values()) }
      : {}),
    ...(base === undefined ? {} : { base }),
    ...(jobs === undefined ? {} : { jobs }),
    ...(preflights === undefined ? {} : { preflights }),
    failureTexts,
  };
}

/** Last of all that is waited for, and after everything went that this snapshot will miss. */
async function crdsOf(world: World): Promise<KubeSnapshot["crds"]> {
  for (;;) {
    const mark = departuresOf(world);
    const crds = await world.fixed.crds(mark);
    if (departuresOf(world) === mark) return crds;
  }
}

/** Anything that may be the beginning of a CRD's end: then the CRDs are read again. */
function departuresOf(world: World): number {
  let sum = 0;
  for (const reflector of Object.values(world.own)) {
    const { lists } = reflector.opened();
    const going = reflector.store
      .values()
      .filter((object) => object.metadata.deletionTimestamp !== undefined).length;
    sum += reflector.store.departures() + lists + going;
  }
  return sum;
}

function objectsOf(world: World, namespace: string): Snapshot["objects"] {
  const passthrough = passthroughOf(world, namespace);
  // The schema let through what is stored, so it has the generated type.
  const list = <T>(kind: Kind): readonly Stored<T>[] =>
    world.own[kind].store
      .values()
      .filter(
        (object) => object.metadata.namespace === namespace,
      ) as unknown as readonly Stored<T>[];
  return {
    aliases: list("PciAlias"),
    whitelists: list("PciWhitelist"),
    flavors: list("PciFlavor"),
    ...(passthrough === undefined ? {} : { passthrough }),
  };
}

type Maps = Pick<KubeSnapshot, "configMaps" | "assignment" | "state">;

function mapsOf(place: Place, installation: Installation, byName: ByName): Maps {
  const { store } = installation.configMaps;
  const assignment = assignmentIn(store.get(`${place.namespace}/${assignmentName}`), byName);
  const maps = store
    .values()
    .filter((keptMap) => keptMap.name !== stateName && keptMap.name !== assignmentName);
  return {
    configMaps: Object.fromEntries(maps.map((map) => [map.name, map])),
    ...(assignment === undefined ? {} : { assignment }),
    state: stateIn(place, store.get(`${place.namespace}/${stateName}`), byName),
  };
}

/** What is watched is as new as what was asked for by name. */
function assignmentIn(
  watched: KeptMap | undefined,
  { assignment: found }: ByName,
): AssignmentView | undefined {
  if (watched !== undefined) return assignmentView(watched);
  if (found === undefined || found instanceof Failure) return undefined;
  return { ...assignmentView(found), unlabelled: true };
}

function stateIn(place: Place, watched: KeptMap | undefined, { state }: ByName): StateView {
  const found = watched ?? state;
  if (found === undefined) return { is: "absent" };
  if (found instanceof Failure) return { is: "unreadable", reason: found.message };
  const view = stateOf(place, found);
  return watched === undefined && view.is === "read" ? { ...view, unlabelled: true } : view;
}

/** Unpacked once per version of it. */
function stateOf(place: Place, map: KeptMap): StateView {
  if (place.state?.version !== map.resourceVersion) {
    const view = unpackState(map.binaryData[stateKey], map.resourceVersion);
    place.state = { version: map.resourceVersion, view };
  }
  return place.state.view;
}

type Known =
  | { readonly is: "known"; readonly labelled: boolean; readonly terminating: boolean }
  | { readonly is: "denied"; readonly right: MissingRight };

/**
 * The API server has no such namespace any more, and nothing of ours in it. The list keeps only
 * what is labelled or ending, so a namespace that is not in it is asked for by name.
 */
async function isGone(world: World, place: Place): Promise<boolean> {
  const { namespace } = place;
  if (world.spaces.seen().is !== "synced" || world.spaces.store.get(namespace) !== undefined) {
    return false;
  }
  const holds = Object.values(world.own).some((reflector) =>
    reflector.store.values().some(({ metadata }) => metadata.namespace === namespace),
  );
  if (holds) return false;
  try {
    await place.space.get();
    return false;
  } catch (error) {
    // Without the right to ask nobody knows, and it stays.
    return error instanceof Failure && error.kind === "missing";
  }
}

/** From the list of namespaces; where that is refused, from the namespace itself. */
async function spaceIn(world: World, place: Place): Promise<Known> {
  if (world.spaces.seen().is === "synced") {
    const { labelled = false, terminating = false } = world.spaces.store.get(place.namespace) ?? {};
    return { is: "known", labelled, terminating };
  }
  try {
    return { is: "known", ...(await place.space.get()) };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== "denied") throw error;
    const { namespace } = place;
    return { is: "denied", right: { verb: "get", resource: "namespaces", namespace } };
  }
}

/**
 * What stops everything is asked again soon: somebody reads the condition and does what it says.
 */
const baseMillis = (base: Snapshot["base"]): number => (base?.is === "read" ? 60_000 : 10_000);

async function baseOf(
  world: World,
  place: Place,
  installation: Installation,
): Promise<Snapshot["base"]> {
  const said = passthroughOf(world, place.namespace)?.spec?.baseConfig as BaseWish | undefined;
  if (said === undefined || (said.fromWorkloads !== true && (said.keys ?? []).length === 0))
    return undefined;
  // A chart that changes nova.conf changes the template too, and its pods are replaced at once.
  const templates = workloadsOf(place).map((workload) => [workload.uid, workload.generation]);
  const wish = JSON.stringify([said, templates]);
  if (place.base?.wish !== wish) {
    const { rest } = world.options;
    const where = { namespace: place.namespace, rest, labels: installation.labels };
    const read = () => readBase(said, where, workloadsOf(place));
    const kept = keepFor<Snapshot["base"]>(baseMillis, read, clockOf(world.options).now);
    place.base = { wish, kept };
  }
  return place.base.kept.get();
}

function workloadsOf(place: Place): Snapshot["workloads"] {
  return place.installation === undefined ? [] : workloadsIn(place.installation).workloads;
}

function workloadsIn(installation: Installation): Pick<Snapshot, "workloads" | "strangers"> {
  const all = Object.values(installation.workloads).flatMap((reflector) =>
    reflector.store.values(),
  );
  const workloads = all.filter((item) => isOurs(item));
  if (workloads.length === all.length) return { workloads };
  return { workloads, strangers: all.filter((item) => isStranger(item)) };
}
