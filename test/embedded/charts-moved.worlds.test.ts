// From Mounted to the webhook to the policy, in each chart: the operator restarts nothing on the way,
// because every pod goes on reading what it read. Only the chart's own change replaces pods.
import { expect, test } from "@jest/globals";
import { fragmentNamePattern } from "../../src/api/names.ts";
import { fragmentsOf } from "../../src/admission/mounting.ts";
import { workloadKinds } from "../../src/embedded/store/objects.ts";
import type { InjectionView, Snapshot } from "../../src/plan/terms/snapshot.ts";
import { messages, upgradeAsTold } from "../support/charts/as-told.ts";
import { on } from "../support/charts/example.ts";
import { chartShapes } from "../support/charts/shapes.ts";
import { applyExample, stageOf } from "../support/charts/site.ts";
import type { Stage } from "../support/stage.ts";

const webhook: InjectionView["webhook"] = {
  is: "installed",
  version: "1",
  selects: { application: "nova" },
};

const withWays = (stage: Stage, ways: Partial<InjectionView>): void =>
  stage.see((seen: Snapshot) => ({ ...seen, injection: { ...seen.injection, ...ways } }));

/** Fragments that the pods of a service name, one list for each pod. */
function named(stage: Stage, component: string): readonly (readonly string[])[] {
  return stage.cluster.store
    .list("Pod")
    .filter((pod) => pod.metadata.labels?.["component"] === component)
    .map((pod) => fragmentsOf(pod.spec));
}

function wired(stage: Stage): string {
  const { conditions } = stage.status("PciPassthrough", "nova") as {
    conditions: { type: string; status: string; message: string }[];
  };
  const found = conditions.find((condition) => condition.type === "Wired")!;
  return `${found.status} ${found.message}`;
}

test.each(chartShapes.map((chartShape) => [chartShape.name, chartShape] as const))(
  "%s",
  async (_name, chart) => {
    const stage = await stageOf(chart);
    const { store } = stage.cluster;
    const before = workloadKinds.flatMap((kind) =>
      store
        .list(kind)
        .map((workload) => [kind, workload.metadata.name, workload.spec.template.spec] as const),
    );
    withWays(stage, { served: false, mutating: { is: "absent" } });
    applyExample(stage, chart, { delivery: "Mounted" });
    await stage.pass(60);
    upgradeAsTold(stage, chart, messages(stage));
    await stage.pass(900);
    expect([stage.waits(), stage.ready("PciPassthrough", "nova")]).toEqual([[], "True Live"]);
    stage.restarts();

    // The webhook is installed. The chart mounts our files still: nothing of it can be injected.
    withWays(stage, { served: false, mutating: { is: "absent" }, webhook });
    applyExample(stage, chart, { delivery: "Injected" });
    await stage.pass(300);
    expect(wired(stage)).toContain("of delivery Mounted, so nothing can be injected");
    // What is wished now waits: a pod that is replaced would be left alone, again and again.
    stage.apply(...on("by-product", "10fb", "1572"));
    await stage.pass(300);
    expect(stage.waits()).toContain("NotWired");
    stage.apply(...on("by-product", "10fb"));
    await stage.pass(300);
    expect(stage.restarts()).toEqual([]);

    // The chart without our files: its own change is the only restart.
    for (const [kind, name, spec] of before) {
      store.edit(kind, name, (old) => {
        const template = { ...old.spec.template, spec };
        return { ...old, spec: { ...old.spec, template } };
      });
    }
    await stage.pass(900);
    expect(stage.restarts()).toEqual([]);
    expect([stage.waits(), wired(stage)]).toEqual([[], "True pods name the fragments they read"]);

    // Policy and webhook together, then the policy alone: the same names, and no pod is given two.
    withWays(stage, { webhook });
    await stage.pass(120);
    withWays(stage, {});
    await stage.pass(120);
    expect(stage.restarts()).toEqual([]);
    const computes = named(stage, "compute");
    expect(computes.map((compute) => compute.length).sort()).toEqual([0, 1, 1]);
    expect(computes.flat().every((text) => fragmentNamePattern.test(text))).toBe(true);
  },
);
