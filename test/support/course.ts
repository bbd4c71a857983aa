// A course of events over time, written as data: what is applied, what passes, what fails, and what
// is expected then. The steps are those of `Step`; test/README.md shows one.

import { expect } from "@jest/globals";
import { load } from "js-yaml";
import { fragmentAnnotation, type Kind } from "../../src/api/names.ts";
import { statusProblems } from "../../src/api/parse.ts";
import { workloadPath } from "../../src/cluster/wire/paths.ts";
import { contentTypes } from "../../src/cluster/wire/requests.ts";
import { calmKnobs } from "../../src/embedded/cluster.ts";
import type { JobEnd } from "../../src/embedded/controllers/jobs.ts";
import type { Trouble } from "../../src/embedded/controllers/kubelet.ts";
import { knownPolicyVersion } from "../../src/plan/gates/delivery.ts";
import { sentenceOf, stalls } from "../../src/plan/terms/gate-table.ts";
import type { GateName } from "../../src/plan/terms/gates.ts";
import type { CloudView } from "../../src/plan/terms/snapshot.ts";
import { over, overPresent, type Patch } from "./overlay.ts";
import {
  answering,
  gpuAlias,
  gpuDevices,
  setStage,
  unreachable,
  withoutSecret,
  type Stage,
} from "./stage.ts";

/** `usual`: the object that most courses have under this name. */
type Applied = Readonly<Record<string, unknown>>;

type Failing = Trouble & {
  readonly node?: string;
  readonly service?: string;
  /** What must stand in the fragment that the process reads; absent = it reads any. */
  readonly text?: string;
};

/** What is expected of an object, a rollout or an Event; each is a text that it must contain. */
type Expected = {
  readonly waits?: readonly string[];
  readonly waitsNot?: readonly string[];
  readonly ready?: Readonly<Record<string, string>>;
  /** "Kind/name" -> condition type -> "status reason". */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** "Kind/name" -> reasons that stand in its status: of warnings, devices, entries, rollouts. */
  readonly shows?: Readonly<Record<string, readonly string[]>>;
  /** Reasons of Events since the last time it was asked. */
  readonly events?: readonly string[];
  readonly restarts?: readonly string[];
  readonly text?: Readonly<Record<string, string>>;
};

type Step =
  | { readonly apply: Applied }
  | { readonly remove: readonly string[] }
  | { readonly label: Readonly<Record<string, Readonly<Record<string, string>>>> }
  | { readonly pass: number }
  | { readonly fails: Failing | "nothing" }
  | { readonly sees: Patch | "what is there" }
  | { readonly cloud: Patch | "answers" | "is unreachable" | "has no Secret" }
  | { readonly dies: string }
  | { readonly revives: string }
  | { readonly server: Parameters<Stage["cluster"]["cloud"]["addServer"]>[0] }
  | { readonly leaves: string }
  | { readonly edit: Readonly<Record<string, Patch>> }
  | { readonly placement: Readonly<Record<string, unknown>> }
  | { readonly "deletes pods of": string }
  | { readonly flavor: Parameters<Stage["cluster"]["cloud"]["addFlavor"]>[0] }
  | { readonly "kubectl rollout undo": string }
  | {
      readonly holds: GateName;
      readonly beside?: readonly GateName[];
      readonly opens: "by itself" | "by the world" | "by a person";
      readonly told?: string;
    }
  | { readonly expect: Expected };

export type Course = {
  readonly world?: {
    readonly nodes?: readonly string[];
    readonly credentials?: boolean;
    readonly mounts?: boolean;
    readonly microversion?: string;
    readonly statefulApi?: boolean;
    readonly jobs?: JobEnd;
  };
  readonly steps: readonly Step[];
  /** What PciPassthrough says in the end, of a course whose gate opens. */
  readonly rests?: string;
};

export function readCourse(text: string): Course {
  return load(text.replaceAll("POLICY_VERSION", knownPolicyVersion)) as Course;
}

type Player = { failing?: Failing };

export async function play({ world = {}, steps }: Course): Promise<Stage> {
  const { jobs, ...options } = world;
  const player: Player = {};
  const stage = await setStage({
    ...options,
    ...(jobs === undefined ? {} : { jobEnds: () => jobs }),
    knobs: {
      ...calmKnobs,
      trouble: ({ pod, node, text }) => {
        const { failing } = player;
        if (failing === undefined || text === undefined || text === "") return undefined;
        const { node: at = node, service, text: bad = "", ...trouble } = failing;
        const runs = stage.cluster.serviceOf(pod.metadata.labels);
        const meant = at === node && (service ?? runs) === runs && text.includes(bad);
        return meant ? trouble : undefined;
      },
    },
  });
  for (const step of steps) await take(step, stage, player);
  return stage;
}

const usual: Readonly<Record<string, string>> = {
  "PciWhitelist/gpus": gpuDevices,
  "PciAlias/gpu": gpuAlias,
  "PciFlavor/gpu":
    "{ flavor: { name: gpu }, aliases: [{ name: gpu, count: 1 }], create: { vcpus: 1, ramMiB: 512, diskGiB: 1 } }",
};

/** Every installation of a course is adopted and has a release, unless it says otherwise. */
const adopted = { adopt: true, release: "2025.1" };

async function take(step: Step, stage: Stage, player: Player): Promise<void> {
  const { cluster } = stage;
  if ("apply" in step) return applyAll(step.apply, stage);
  if ("pass" in step) return stage.pass(step.pass);
  if ("holds" in step) return holds(step, stage);
  if ("expect" in step) return expectAll(step.expect, stage);
  if ("fails" in step) {
    if (step.fails === "nothing") delete player.failing;
    else player.failing = step.fails;
  }
  if ("sees" in step) {
    const { sees } = step;
    stage.see((seen) => (typeof sees === "string" ? seen : over(seen, sees)));
  }
  if ("cloud" in step) stage.outage(cloudOf(step.cloud));
  if ("dies" in step) cluster.kubelets.kill(step.dies);
  if ("revives" in step) cluster.kubelets.revive(step.revives);
  if ("server" in step) cluster.cloud.addServer(step.server);
  if ("leaves" in step) cluster.cloud.removeServer(step.leaves);
  if ("placement" in step) place(step.placement, stage);
  if ("label" in step)
    for (const [node, labels] of Object.entries(step.label)) stage.label(node, labels);
  if ("remove" in step) {
    for (const key of step.remove) stage.remove(...named(key));
  }
  if ("edit" in step) {
    for (const [key, patch] of Object.entries(step.edit)) {
      const [kind, name] = named(key) as [never, string];
      cluster.store.edit(kind, name, (old: object) => over(old, patch) as never);
    }
  }
  if ("flavor" in step) cluster.cloud.addFlavor(step.flavor);
  if ("kubectl rollout undo" in step) undo(step["kubectl rollout undo"], stage);
  if ("deletes pods of" in step) {
    const pods = stage.last().seen.pods.filter((pod) => pod.service === step["deletes pods of"]);
    for (const pod of pods) cluster.store.remove("Pod", pod.name);
  }
}

function applyAll(objects: Applied, stage: Stage): void {
  for (const [key, spec] of Object.entries(objects)) {
    const [kind, name] = named(key);
    const base = kind === "PciPassthrough" ? adopted : {};
    const bus = (spec as { readonly [wordy]?: string })[wordy];
    const full = bus === undefined ? { ...base, ...(spec as object) } : functionsOf(bus);
    const written = spec === "usual" ? usual[key]! : JSON.stringify(full);
    stage.apply(kind, name, written);
  }
}

const wordy = "usual functions of bus";

/** A whitelist of some 400 kB: every function of a bus, each with traits of many letters. */
function functionsOf(bus: string): unknown {
  const traits = Array.from({ length: 16 }, (_, index) => `CUSTOM_${"T".repeat(180)}${index}`);
  const devices = Array.from({ length: 128 }, (_, index) => {
    const slot = Math.floor(index / 8)
      .toString(16)
      .padStart(2, "0");
    const address = `0000:${bus}:${slot}.${index % 8}`;
    return { vendorId: "8086", productId: "1592", address, traits };
  });
  return { devices };
}

function named(key: string): readonly [Kind, string] {
  const [kind, name] = key.split("/");
  return [kind as Kind, name!];
}

function cloudOf(cloud: Patch | string): (view: CloudView) => CloudView {
  if (cloud === "is unreachable") return unreachable;
  if (cloud === "has no Secret") return withoutSecret;
  if (typeof cloud === "string") return answering;
  return (view) => (view.is === "read" ? overPresent(view, cloud) : view);
}

function place(change: Readonly<Record<string, unknown>>, { cluster }: Stage): void {
  const { placement } = cluster.cloud;
  for (const [name, given] of Object.entries(change)) {
    const act = placement[name as "clean"] as (...given: readonly unknown[]) => void;
    act(...(Array.isArray(given) ? given : [given]));
  }
}

/** What it does to our annotation: back to what the last rollout came from. */
function undo(deployment: string, { cluster, status }: Stage): void {
  const template = cluster.store.get("Deployment", deployment)!.spec.template;
  const now = template.metadata.annotations?.[fragmentAnnotation];
  const rollouts = status("PciPassthrough", "nova")!.rollouts as readonly Rollout[];
  const { from } = rollouts.find((rollout) => rollout.to === now)!;
  const path = workloadPath(cluster.namespace, "Deployment", deployment);
  cluster.api.answer({
    method: "PATCH",
    path: `${path}?fieldManager=kubectl-rollout`,
    contentType: contentTypes.merge,
    body: { spec: { template: { metadata: { annotations: { [fragmentAnnotation]: from } } } } },
  });
}

type Rollout = { readonly from: string; readonly to: string };

type Holds = Extract<Step, { readonly holds: GateName }>;

/** Looks on until it waits there: some gates pass within milliseconds. */
async function holds(
  { holds: name, beside = [], opens, told }: Holds,
  stage: Stage,
): Promise<void> {
  const isHeld = (): boolean => stage.last().plan.gates.some((item) => item.gate === name);
  await stage.pass(0.01);
  for (let look = 0; look < 600 && !isHeld(); look += 1) await stage.pass(look < 100 ? 0.02 : 0.5);
  expect(stage.waits()).toContain(name);
  const others = stage.waits().filter((wait) => wait !== name);
  expect([...beside]).toEqual(expect.arrayContaining(others));
  const gate = stage.last().plan.gates.find((item) => item.gate === name)!;
  expect({ name, stalls: stalls(gate) }).toEqual({ name, stalls: opens === "by a person" });
  if (told !== undefined) expect(sentenceOf(gate, "openstack")).toContain(told);
}

function expectAll(wanted: Expected, stage: Stage): void {
  const { waits, waitsNot = [], ready = {}, conditions = {}, shows = {}, text = {} } = wanted;
  if (waits !== undefined) expect(stage.waits()).toEqual([...waits].sort());
  for (const gate of waitsNot) expect(stage.waits()).not.toContain(gate);
  const said = (key: string): Status => stage.status(...named(key)) ?? {};
  for (const [key, state] of Object.entries(ready))
    expect(`${key} ${conditionOf(said(key), "Ready")}`).toBe(`${key} ${state}`);
  for (const [key, types] of Object.entries(conditions))
    for (const [type, state] of Object.entries(types))
      expect(`${key} ${type} ${conditionOf(said(key), type)}`).toBe(`${key} ${type} ${state}`);
  for (const [key, reasons] of Object.entries(shows)) {
    const words = wordsOf(said(key));
    expect({ key, lacks: reasons.filter((reason) => !words.includes(reason)), words }).toEqual({
      ...{ key, lacks: [], words },
    });
  }
  for (const [node, part] of Object.entries(text)) expect(stage.text(node)).toContain(part);
  if (wanted.events !== undefined)
    expect(stage.events()).toEqual(expect.arrayContaining([...wanted.events]));
  if (wanted.restarts !== undefined) expect(stage.restarts()).toEqual(wanted.restarts);
}

type Status = Readonly<Record<string, unknown>>;
type Condition = { readonly type: string; readonly status: string; readonly reason: string };

/** Every word that a course expects: gates, reasons of conditions, warnings, rows and Events. */
export function wordsExpected({ steps }: Course): readonly string[] {
  return steps.flatMap((step) => {
    if ("holds" in step) return [step.holds];
    if (!("expect" in step)) return [];
    const { conditions, shows, ready, events } = step.expect;
    return wordsOf({ conditions, shows, ready, events }).flatMap((text) => text.split(" "));
  });
}

function conditionOf({ conditions = [] }: { conditions?: unknown }, type: string): string {
  const found = (conditions as readonly Condition[]).find((condition) => condition.type === type);
  return found === undefined ? "absent" : `${found.status} ${found.reason}`;
}

/** Every text of a status that is one word: reasons, names of warnings, results. */
function wordsOf(status: unknown): readonly string[] {
  if (typeof status === "string") return [status];
  if (typeof status !== "object" || status === null) return [];
  return Object.values(status).flatMap(wordsOf);
}

/** Holds after every course: it rests, and the API server takes every status. */
export async function expectRest(stage: Stage): Promise<void> {
  // Its own last words wake nobody: somebody else does.
  stage.label("c1", { nudged: "at rest" });
  await stage.pass(5);
  expect(stage.last().plan.effects).toEqual([]);
  const { aliases, whitelists, flavors, passthrough } = stage.last().seen.objects;
  const all: readonly (readonly [Kind, readonly { readonly status?: unknown }[]])[] = [
    ["PciAlias", aliases],
    ["PciWhitelist", whitelists],
    ["PciFlavor", flavors],
    ["PciPassthrough", passthrough === undefined ? [] : [passthrough]],
  ];
  for (const [kind, list] of all)
    for (const item of list) expect(statusProblems(kind, item.status ?? {})).toEqual([]);
}
