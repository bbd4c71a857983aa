// What is watched, and for whom: the reflectors of the whole cluster, and what is kept for each
// Nova namespace. Makes no snapshot and changes nothing.

import { injectionLabel, passthroughName, selfTestNamespace, type Kind } from "../api/names.ts";
import { sameJson } from "../nova/text/same-json.ts";
import type {
  CrdView,
  FlavorElsewhere,
  NodeView,
  Snapshot,
  StateView,
} from "../plan/terms/snapshot.ts";
import type { Lacks } from "./reads/access-review.ts";
import { realClock, type Clock } from "./wire/clock.ts";
import type { Recorder } from "./events.ts";
import type { FixedObjects, Unread } from "./reads/fixed-objects.ts";
import type { FeatureView } from "./views/hardware.ts";
import { watchInstallation, type Installation } from "./watch/installation.ts";
import { jobsIn, type Jobs } from "./jobs.ts";
import { keepFor, type Kept } from "./wire/kept.ts";
import type { Raw } from "./views/kube-object.ts";
import { readLogs, type Logs } from "./reads/logs.ts";
import { readHealths, type Healths } from "./reads/node-health.ts";
import type { OwnObject } from "./views/object-views.ts";
import type { References } from "./reads/references.ts";
import type { Reflector, Seen, Timing } from "./watch/reflector.ts";
import type { Requests } from "./wire/requests.ts";
import { serviceLabels } from "./views/service-labels.ts";

export type PciPassthrough = NonNullable<Snapshot["objects"]["passthrough"]>;

export type ClusterOptions = {
  /** Fenced: its changes ask the Lease. */
  readonly rest: Requests;
  /** For questions that are no changes although they are POSTed. */
  readonly free?: Requests;
  readonly now: () => number;
  readonly changed: (namespace: string) => void;
  readonly turned?: (path: string, seen: Seen, error?: unknown) => void;
  readonly timing?: Timing;
  /** What is said of CRDs and policies that may not be read, with how the list of a kind is. */
  readonly unread?: {
    readonly crd: (kind: Kind, list: Seen["is"]) => CrdView;
    readonly policies: Unread["policies"];
  };
};

export function clockOf({ timing }: ClusterOptions): Clock {
  return timing?.clock ?? realClock;
}

export type World = {
  readonly options: ClusterOptions;
  readonly own: Readonly<Record<Kind, Reflector<OwnObject>>>;
  readonly nodes: Reflector<NodeView>;
  readonly features: Reflector<FeatureView>;
  readonly spaces: Reflector<Space>;
  readonly places: Map<string, Place>;
  readonly fixed: FixedObjects;
  readonly lacks: Lacks;
  readonly recorder: Recorder;
  readonly references: References;
};

/** What a namespace says of itself. */
export type Space = {
  readonly name: string;
  /** For injection. */
  readonly labelled: boolean;
  readonly terminating: boolean;
};

/** What is kept for one namespace. */
export type Place = {
  readonly namespace: string;
  installation: Installation | undefined;
  /** What was said of the services when the installation was looked at last. */
  saidOf: object | undefined;
  readonly logs: Logs;
  readonly healths: Healths;
  readonly space: Kept<Space>;
  readonly jobs: Jobs;
  state: { readonly version: string; readonly view: StateView } | undefined;
  base: { readonly wish: string; readonly kept: Kept<Snapshot["base"]> } | undefined;
};

/**
 * A namespace that was looked after once stays until it is gone, or what it still holds would be
 * forgotten.
 */
export function namespacesOf(world: World): readonly string[] {
  const found = new Set<string>(world.places.keys());
  for (const space of world.spaces.store.values()) {
    if (space.labelled && !space.terminating) found.add(space.name);
  }
  // Labelled so that the webhook can be tried there; no Nova is in it.
  found.delete(selfTestNamespace);
  for (const reflector of Object.values(world.own)) {
    for (const { metadata } of reflector.store.values()) found.add(metadata.namespace ?? "");
  }
  return [...found].sort();
}

export function placeOf(world: World, namespace: string): Place {
  const known = world.places.get(namespace);
  if (known !== undefined) return known;
  const { rest } = world.options;
  const { now } = clockOf(world.options);
  const place: Place = {
    namespace,
    installation: undefined,
    saidOf: undefined,
    logs: readLogs(rest),
    healths: readHealths(rest, now),
    space: keepFor(10_000, () => readSpace(rest, namespace), now),
    jobs: jobsIn(rest, namespace, now),
    state: undefined,
    base: undefined,
  };
  world.places.set(namespace, place);
  return place;
}

/** PciFlavors of one namespace, and which credentials they are written with. */
export type FlavorsOf = {
  readonly namespace: string;
  readonly passthrough: PciPassthrough | undefined;
  readonly flavors: readonly FlavorElsewhere[];
};

export function flavorsElsewhere(world: World, namespace: string): readonly FlavorsOf[] {
  const found = new Map<string, FlavorElsewhere[]>();
  for (const { metadata, spec } of world.own.PciFlavor.store.values()) {
    const other = metadata.namespace ?? "";
    if (other === namespace) continue;
    const { flavor } = spec as { readonly flavor?: FlavorElsewhere["flavor"] };
    if (flavor === undefined) continue;
    const item = { namespace: other, object: metadata.name, uid: metadata.uid, flavor };
    found.set(other, [...(found.get(other) ?? []), item]);
  }
  return [...found].map(([other, flavors]) => ({
    namespace: other,
    passthrough: passthroughOf(world, other),
    flavors,
  }));
}

/** Its reflectors end with it. */
export function forgetPlace(world: World, namespace: string): void {
  world.places.get(namespace)?.installation?.stop();
  world.places.delete(namespace);
}

export function passthroughOf(world: World, namespace: string): PciPassthrough | undefined {
  const found = world.own.PciPassthrough.store.get(`${namespace}/${passthroughName}`);
  return found as PciPassthrough | undefined;
}

/** Other labels of the services are other lists: everything of the namespace begins anew. */
export function installationOf(world: World, place: Place): Installation {
  const { namespace } = place;
  const said = passthroughOf(world, namespace)?.spec?.services;
  const before = place.installation;
  if (before !== undefined && place.saidOf === said) return before;
  place.saidOf = said;
  const labels = serviceLabels(said);
  if (before !== undefined && sameJson(before.labels, labels)) return before;
  before?.stop();
  const { rest, timing, turned, changed } = world.options;
  const installation = watchInstallation(
    namespace,
    labels,
    { rest, ...(timing === undefined ? {} : { timing }), turned: turned ?? (() => undefined) },
    () => changed(namespace),
  );
  place.installation = installation;
  return installation;
}

async function readSpace(rest: Requests, namespace: string): Promise<Space> {
  const path = `/api/v1/namespaces/${namespace}`;
  return spaceOf((await rest.ask({ method: "GET", path })) as Raw);
}

export function spaceOf({ metadata }: Raw): Space {
  return {
    name: metadata.name,
    labelled: metadata.labels?.[injectionLabel] === "enabled",
    terminating: metadata.deletionTimestamp !== undefined,
  };
}
