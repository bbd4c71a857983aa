// A scenario's embedded cluster: puts its YAML into it, lets the operator live until nothing moves
// any more, and tells what happened as plain data.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { withDefaults } from "../../src/api/parse.ts";
import { plurals, type Kind } from "../../src/api/names.ts";
import { dayOne, makeCluster, type Cluster } from "../../src/embedded/cluster.ts";
import { live, startOperator, type Operator, type Round } from "../../src/embedded/operator.ts";
import { applyObjects } from "../../src/embedded/load.ts";
import { addUsualWorkloads, computeLabel } from "../../src/embedded/workloads.ts";
import { calmWorld, makeWorld } from "../../src/embedded/world.ts";
import type { Effect } from "../../src/plan/terms/effects.ts";
import { outcome, type Outcome } from "../../src/plan/outcome.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Snapshot } from "../../src/plan/terms/snapshot.ts";

type Written = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: Readonly<Record<string, unknown>>;
};

/** `Scenario` is the one kind of our own: what the world is like beside the objects. */
type Setting = {
  readonly mounts?: boolean;
  readonly injection?: boolean;
  readonly credentials?: boolean;
  readonly minutes?: number;
};

export type Story = {
  readonly cluster: Cluster;
  readonly restarts: readonly string[];
  readonly effects: readonly Effect[];
  readonly first: Snapshot;
  readonly last: Round;
  readonly outcome: Outcome;
  readonly writesAtRest: number;
};

export const scenarios = join(import.meta.dirname, "../scenarios");

/** Folders of test/scenarios that say what is applied; beside them are courses of steps. */
export function scenarioNames(): readonly string[] {
  return readdirSync(scenarios)
    .filter((name) => existsSync(join(scenarios, name, "given.yaml")))
    .sort();
}

export function readGiven(text: string): {
  readonly setting: Setting;
  readonly objects: readonly Written[];
} {
  const documents = loadAll(text) as unknown as readonly Written[];
  const setting = documents.find((document) => document.kind === "Scenario")?.spec ?? {};
  return {
    setting: setting,
    objects: documents.filter((document) => document.kind !== "Scenario"),
  };
}

function build(setting: Setting, objects: readonly Written[]): Cluster {
  const cluster = makeCluster({ injection: setting.injection ?? true });
  for (const object of objects.filter((each) => each.kind === "Node")) {
    cluster.addNode(object.metadata.name, { [computeLabel]: "enabled", ...object.metadata.labels });
  }
  const mounts = setting.mounts === true;
  addUsualWorkloads(cluster, {
    api: { mounts },
    scheduler: { mounts },
    conductor: { mounts },
    compute: { mounts },
  });
  return cluster;
}

function apply(cluster: Cluster, objects: readonly Written[]): void {
  const filled = objects
    .filter((object) => Object.hasOwn(plurals, object.kind))
    .map((object) => {
      const value = { apiVersion: "pci.openstack.org/v1alpha1", ...object };
      return {
        kind: object.kind,
        name: object.metadata.name,
        value: withDefaults(object.kind as Kind, value),
      };
    });
  applyObjects(cluster, filled);
}

/** Lets the operator live; ends when nothing was written for five minutes, or time is up. */
export async function tell(setting: Setting, objects: readonly Written[]): Promise<Story> {
  const cluster = build(setting, objects);
  await live(
    cluster.clock,
    dayOne + 30_000,
    () => [],
    () => undefined,
  );
  apply(cluster, objects);
  const effects: Effect[] = [];
  const world = makeWorld(cluster, {
    ...calmWorld,
    credentials: setting.credentials ?? true,
    performed: (effect) => effects.push(effect),
  });
  let first: Snapshot | undefined;
  let last: Round | undefined;
  const operator: Operator = startOperator(world, cluster.clock, {
    plan,
    times: { pollMillis: 5000, lookMillis: 5000 },
    planned: (round) => {
      first ??= round.seen;
      last = round;
    },
  });
  const minutes = setting.minutes ?? 30;
  await live(
    cluster.clock,
    dayOne + minutes * 60_000,
    () => [operator],
    () => undefined,
  );
  const before = effects.length;
  operator.nudge();
  await live(
    cluster.clock,
    cluster.clock.now() + 60_000,
    () => [operator],
    () => undefined,
  );
  const bug = operator.bug();
  if (bug !== undefined) throw bug;
  return {
    cluster,
    restarts: effects.flatMap(restartText),
    effects,
    first: first!,
    last: last!,
    outcome: outcome(last!.seen),
    writesAtRest: effects.length - before,
  };
}

export function restartText(effect: Effect): readonly string[] {
  if (effect.do === "annotate-workload") return [`${effect.kind}/${effect.name}`];
  if (effect.do !== "remove-pod") return [];
  const node = /^node (\S+) /.exec(effect.why)?.[1];
  return [node === undefined ? "a pod that was stuck" : `nova-compute on ${node}`];
}
