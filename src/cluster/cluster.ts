// The Kubernetes side of a snapshot, and of the effects on it: the reflectors of the whole cluster
// and of each Nova namespace, put together with what is read by name. The one door to Kubernetes
// for the operator; the cloud's part of a snapshot comes from elsewhere.

import type { Kind } from "../api/names.ts";
import { Failure } from "../api/failure.ts";
import type { KubeEffect } from "../plan/plan.ts";
import type { NodeView } from "../plan/terms/snapshot.ts";
import { watchLacks } from "./reads/access-review.ts";
import { makeRecorder } from "./events.ts";
import { kinds, watchFixed, type Unread } from "./reads/fixed-objects.ts";
import { featureView, type FeatureView } from "./views/hardware.ts";
import {
  nodeView,
  ownObject,
  sameButStatus,
  sameMeaning,
  type OwnObject,
} from "./views/object-views.ts";
import { observe, type KubeAsk, type KubeSnapshot } from "./observe.ts";
import { corePath, ownPath } from "./wire/paths.ts";
import { performKube, type Stores } from "./perform.ts";
import { makeReferences } from "./reads/references.ts";
import { startReflector, type Reflector, type Seen } from "./watch/reflector.ts";
import type { Requests } from "./wire/requests.ts";
import {
  clockOf,
  flavorsElsewhere,
  installationOf,
  namespacesOf,
  passthroughOf,
  placeOf,
  spaceOf,
  type ClusterOptions,
  type FlavorsOf,
  type Place,
  type PciPassthrough,
  type Space,
  type World,
} from "./watched.ts";

export type Cluster = {
  /** Namespaces that hold an object of ours or carry the injection label. */
  readonly namespaces: () => readonly string[];
  readonly observe: (namespace: string, ask: KubeAsk) => Promise<KubeSnapshot>;
  readonly perform: (namespace: string, effect: KubeEffect) => Promise<void>;
  /** Other namespaces with PciFlavors, which may have the same Nova. */
  readonly neighbours: (namespace: string) => readonly FlavorsOf[];
  /** The PciPassthrough as last seen. */
  readonly passthrough: (namespace: string) => PciPassthrough | undefined;
  /** Values of a Secret, by get; undefined = there is none. */
  readonly secret: (
    namespace: string,
    name: string,
  ) => Promise<Readonly<Record<string, string>> | undefined>;
  /** Resolves when every list of the whole cluster was read once, or is known to be refused. */
  readonly ready: () => Promise<void>;
  readonly isReady: () => boolean;
  readonly stop: () => void;
};

export function openCluster(options: ClusterOptions): Cluster {
  const world = startWorld(options);
  const whole = [...Object.values(world.own), world.nodes, world.features, world.spaces];
  return {
    namespaces: () => namespacesOf(world),
    observe: (namespace, ask) => observe(world, namespace, ask),
    perform: (namespace, effect) => perform(world, namespace, effect),
    neighbours: (namespace) => flavorsElsewhere(world, namespace),
    passthrough: (namespace) => passthroughOf(world, namespace),
    secret: (namespace, name) => readSecret(options.rest, namespace, name),
    ready: async () => {
      await Promise.all(whole.map((item) => item.settled()));
    },
    isReady: () => whole.every((item) => item.seen().is !== "syncing"),
    stop: () => {
      for (const item of whole) item.stop();
      for (const place of world.places.values()) place.installation?.stop();
    },
  };
}

function startWorld(options: ClusterOptions): World {
  const { rest, timing } = options;
  const places = new Map<string, Place>();
  const everywhere = (): void => {
    for (const namespace of namespacesOf(world)) options.changed(namespace);
  };
  const base = (path: string) => ({
    rest,
    path,
    same: sameMeaning,
    ...(timing === undefined ? {} : { timing }),
    turned: (seen: Seen, error?: unknown) => {
      options.turned?.(path, seen, error);
      if (seen.is !== "syncing") everywhere();
    },
  });
  const own = Object.fromEntries(
    kinds.map((kind) => [
      kind,
      startReflector<OwnObject>({
        ...base(ownPath(kind)),
        view: ownObject,
        asWritten: sameButStatus,
        changed: (key) => {
          const namespace = key.slice(0, key.indexOf("/"));
          options.changed(namespace);
          if (kind !== "PciFlavor") return;
          // Its Nova may be theirs, too.
          for (const item of flavorsElsewhere(world, namespace)) options.changed(item.namespace);
        },
      }),
    ]),
  ) as unknown as Readonly<Record<Kind, Reflector<OwnObject>>>;
  const world: World = {
    options,
    own,
    places,
    nodes: startReflector<NodeView>({
      ...base("/api/v1/nodes"),
      metadataOnly: true,
      view: nodeView,
      changed: everywhere,
    }),
    features: startReflector<FeatureView>({
      ...base("/apis/nfd.k8s-sigs.io/v1alpha1/nodefeatures"),
      need: "optional",
      view: (object) => featureView(object),
      changed: everywhere,
    }),
    spaces: startReflector<Space>({
      ...base("/api/v1/namespaces"),
      metadataOnly: true,
      view: (object) => {
        const space = spaceOf(object);
        return space.labelled || space.terminating ? space : undefined;
      },
      // What happens to a namespace without anything of ours concerns nobody.
      changed: (name) => {
        if (namespacesOf(world).includes(name)) options.changed(name);
      },
    }),
    fixed: watchFixed(rest, clockOf(options).now, unreadOf(options, own)),
    lacks: watchLacks(options.free ?? rest, options.now),
    recorder: makeRecorder(options.now),
    references: makeReferences(rest, options.now),
  };
  return world;
}

function unreadOf({ unread }: ClusterOptions, own: World["own"]): Unread | undefined {
  if (unread === undefined) return undefined;
  const { policies } = unread;
  return { crd: (kind) => unread.crd(kind, own[kind].seen().is), policies };
}

// --- change -------------------------------------------------------------------------------------

async function perform(world: World, namespace: string, effect: KubeEffect): Promise<void> {
  const place = placeOf(world, namespace);
  const installation = installationOf(world, place);
  const stores: Stores = {
    configMaps: installation.configMaps.store,
    pods: installation.pods.store,
    workloads: mapValues(installation.workloads, (workload) => workload.store),
    own: mapValues(world.own, (reflector) => reflector.store),
  };
  const { recorder, references } = world;
  try {
    await performKube(effect, {
      rest: world.options.rest,
      namespace,
      stores,
      recorder,
      references,
      jobs: place.jobs,
      stateWritten: (view) => {
        if (view.is === "read") place.state = { version: view.resourceVersion, view };
      },
    });
  } catch (error) {
    world.lacks.note(error);
    throw error;
  }
}

function mapValues<K extends string, A, B>(
  from: Readonly<Record<K, A>>,
  make: (one: A) => B,
): Readonly<Record<K, B>> {
  return Object.fromEntries(
    Object.entries<A>(from).map(([key, value]) => [key, make(value)]),
  ) as Record<K, B>;
}

export async function readSecret(
  rest: Requests,
  namespace: string,
  name: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    const path = corePath(namespace, "secrets", name);
    const found = (await rest.ask({ method: "GET", path })) as {
      readonly data?: Readonly<Record<string, string>>;
    };
    return Object.fromEntries(
      Object.entries(found.data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, "base64").toString("utf8"),
      ]),
    );
  } catch (error) {
    if (error instanceof Failure && error.kind === "missing") return undefined;
    throw error;
  }
}
