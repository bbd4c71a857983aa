// The table of states put before a real API server: in each, what becomes of a pod that is selected, and
// that nothing becomes of anything else.

import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { injectionLabel, operatorNamespace, unassignedName } from "../../../src/api/names.ts";
import { fragmentsOf } from "../../../src/admission/mounting.ts";
import { compute, computePod } from "../../admission/pods.ts";
import type { ControlPlane } from "../attach.ts";
import type { Json } from "../client.ts";
import { bare, dryRun } from "../policies.ts";
import { until } from "../processes.ts";
import { bystandersOf, makePresent, type Bystanders } from "./bystanders.ts";
import { openStates, type StateScene } from "./scene.ts";
import { states, type Outcome, type State } from "./table.ts";

type Choice = {
  readonly plane: () => ControlPlane;
  /** The policy that this release serves. */
  readonly policyFolder?: string;
};

export function describeStates({ plane, policyFolder }: Choice): void {
  let scene: StateScene;
  let bystanders: Bystanders;
  let untouched: Readonly<Record<string, Json>>;

  beforeAll(async () => {
    const unlabelled = await plane().namespace();
    bystanders = bystandersOf(plane(), { unlabelled });
    // Even so its pods must start.
    await plane().patch(`/api/v1/namespaces/${operatorNamespace}`, {
      metadata: { labels: { [injectionLabel]: "enabled" } },
    });
    const namespace = await plane().namespace({ [injectionLabel]: "enabled" });
    await makePresent(plane(), namespace);
    untouched = await bystanders.seen(namespace);
    scene = await openStates(plane(), policyFolder);
  });
  afterAll(async () => {
    await scene.leave();
    await plane().patch(`/api/v1/namespaces/${operatorNamespace}`, {
      metadata: { labels: { [injectionLabel]: null } },
    });
  });

  const served = policyFolder === undefined ? ["neither", "webhook"] : undefined;
  const run = states.filter((state) => served?.includes(state.ways[0]!) ?? true);
  test.each(run.map((state) => [`${state.name} (${state.ways[0]!})`, state] as const))(
    "%s",
    async (_name, state: State) => {
      const namespace = await scene.enter(state);
      let last: unknown;
      await until(
        "what is expected of a pod that is selected",
        async () => fits((last = await made(plane(), namespace)), state.then),
        { seconds: 30, everyMillis: 100 },
      ).catch((error: unknown) => {
        throw new Error(`a pod that is selected: ${JSON.stringify(last)}`, { cause: error });
      });
      expect(await bystanders.seen(namespace)).toEqual(untouched);
      // Not by chance, nor for a moment.
      if (state.door !== "mute")
        expect(fits(await made(plane(), namespace), state.then)).toBe(true);
    },
  );
}

type Made = { readonly fragments: readonly string[]; readonly mounts: number } | string;

async function made(plane: ControlPlane, namespace: string): Promise<Made> {
  const { status, body } = await dryRun(plane, namespace, bare(computePod()));
  if (status >= 400) return body.message as string;
  const mounts = body.spec.containers[0].volumeMounts ?? [];
  return { fragments: fragmentsOf(body.spec), mounts: mounts.length };
}

function fits(what: Made, then: Outcome): boolean {
  if (then instanceof RegExp) return typeof what === "string" && then.test(what);
  if (typeof what === "string") return false;
  const wanted = { injected: [compute], held: [unassignedName], untouched: [] }[then];
  return JSON.stringify(what.fragments) === JSON.stringify(wanted) && what.mounts === wanted.length;
}
