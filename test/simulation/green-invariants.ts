// Invariants of what people read: Ready=True is a promise, kept by the processes that really run.

import { aliasExtraSpec, type Kind } from "../../src/api/names.ts";
import type { Cluster } from "../../src/embedded/cluster.ts";
import type { AnyObject, Objects, Pod } from "../../src/embedded/store/objects.ts";
import { isGoing, nodeOf } from "../../src/embedded/controllers/pods.ts";
import { wholeText } from "./base.ts";
import { aliasesIn, offered } from "./conf.ts";
import { productsOf, selectsPool } from "./intent.ts";
import { type Run, violate } from "./one-run.ts";
import type { Invariant } from "./scene.ts";
import type { Schedule } from "./schedule.ts";
import type { Truth } from "./truth.ts";

const name = "green-is-true";

/** How long a watch may lag behind what became of a pod or a Node (schedule.ts: `stall`, `lose`). */
const lagMillis = 100_000;

type Custom = Objects["PciAlias"];
type World = { readonly cluster: Cluster; readonly truth: Truth; readonly schedule: Schedule };

export const green: Invariant = {
  name,
  sentence: "Ready=True is never wrong: the processes that run keep what it promises",
  watch: (scene) => ({
    changed: ({ kind, object, old }) => {
      if (!isJudged(kind) || !isGreen(object) || isGreen(old)) return;
      const broken = promises[kind](object as Custom, scene, lagMillis);
      if (broken !== undefined) scene.violated(name, `${kind}/${object.metadata.name}: ${broken}`);
    },
  }),
};

/** At rest nothing lags any more. */
export function checkGreen(run: Run): void {
  for (const kind of Object.keys(promises) as Judged[]) {
    for (const object of run.cluster.store.list(kind)) {
      const broken = isGreen(object) ? promises[kind](object, run, 0) : undefined;
      if (broken !== undefined) violate(run, name, `${kind}/${object.metadata.name}: ${broken}`);
    }
  }
}

type Judged = Exclude<Kind, "PciPassthrough">;
type Promised = (object: Custom, world: World, lag: number) => string | undefined;

const promises: Readonly<Record<Judged, Promised>> = {
  PciAlias: (object, world, lag) => {
    const [product = ""] = productsOf({ kind: "PciAlias", spec: object.spec });
    const { name: alias } = object.metadata;
    const means = (text: string | undefined): boolean =>
      aliasesIn(read(text, world)).get(alias) === product;
    for (const pod of podsOf("api", world)) {
      const runs = world.cluster.kubelets.runs(pod);
      if (runs === undefined || means(runs.text) || isYoung(pod, world, lag)) continue;
      return `${pod.metadata.name} does not know it as ${product}`;
    }
    const serves = ({ text }: { readonly text: string | undefined }): boolean =>
      means(text) && offered(read(text, world)).has(product);
    return someCompute(world, lag, serves) ? undefined : `no nova-compute offers ${product}`;
  },
  PciWhitelist: (object, world, lag) => {
    const products = productsOf({ kind: "PciWhitelist", spec: object.spec });
    const selected = new Set(
      world.cluster.store
        .list("Node")
        .filter(({ metadata }) => selectsPool(object.spec, metadata.labels?.pool))
        .map(({ metadata }) => metadata.name),
    );
    const offers = (part: { readonly node: string; readonly text: string | undefined }): boolean =>
      selected.has(part.node) &&
      products.every((product) => offered(read(part.text, world)).has(product));
    return someCompute(world, lag, offers)
      ? undefined
      : `no nova-compute offers ${products.join(" and ")}`;
  },
  PciFlavor: (object, { cluster }, lag) => {
    // Who changes a flavor tells nobody: only at rest nobody did.
    if (lag > 0) return undefined;
    const { flavorId } = object.status as { readonly flavorId?: string };
    const found = cluster.cloud.flavors().find((flavor) => flavor.id === flavorId);
    const { aliases } = object.spec as {
      readonly aliases: readonly { name: string; count: number }[];
    };
    const wanted = aliases.map((alias) => `${alias.name}:${alias.count}`).join(",");
    const has = found?.extraSpecs[aliasExtraSpec];
    return has === wanted ? undefined : `Nova has ${has ?? "nothing"} there, not ${wanted}`;
  },
};

/** What a process that was started with this file of ours reads in all. */
function read(text: string | undefined, { schedule }: World): string {
  return wholeText(schedule.setting, text);
}

function isJudged(kind: string): kind is Judged {
  return Object.hasOwn(promises, kind);
}

type Status = {
  readonly observedGeneration?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
};

/** Ready, and of what is written now. */
function isGreen(object: AnyObject | undefined): boolean {
  const { status } = (object ?? {}) as { readonly status?: Status };
  if (status?.observedGeneration !== object?.metadata.generation) return false;
  return (
    status?.conditions?.some(
      (condition) => condition.type === "Ready" && condition.status === "True",
    ) === true
  );
}

function podsOf(service: string, { cluster }: World): readonly Pod[] {
  return cluster.store
    .list("Pod")
    .filter((pod) => cluster.serviceOf(pod.metadata.labels) === service && !isGoing(pod));
}

/** It, or the machine under it, took a place so lately that nobody may have told yet. */
function isYoung(pod: Pod, { cluster }: World, lag: number): boolean {
  const node = cluster.store.get("Node", nodeOf(pod) ?? "");
  const made = [pod, ...(node === undefined ? [] : [node])].map(({ metadata }) =>
    Date.parse(metadata.creationTimestamp),
  );
  return cluster.clock.now() - Math.max(...made) < lag;
}

/** Its process ran, and ended so lately that a watch may not have told yet. */
function isBetweenRuns(pod: Pod, { cluster }: World, lag: number): boolean {
  const ended = pod.status.containerStatuses?.[0]?.lastState?.terminated?.finishedAt;
  return ended !== undefined && cluster.clock.now() - Date.parse(ended) < lag;
}

/** Some nova-compute that was started does; or a young pod, or one that crashed, is about to. */
function someCompute(
  world: World,
  lag: number,
  does: (part: { readonly node: string; readonly text: string | undefined }) => boolean,
): boolean {
  return podsOf("compute", world).some((pod) => {
    const runs = world.cluster.kubelets.runs(pod);
    if (runs === undefined && isBetweenRuns(pod, world, lag)) return true;
    return isYoung(pod, world, lag) || (runs !== undefined && does(runs));
  });
}
