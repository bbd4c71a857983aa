// Mounted delivery as a person meets it: objects first, then what the message says, to the letter, in
// each chart. The chart's change mounts a file that says nothing yet, because it rolls everything at
// once and without a proof; what changes then goes in the operator's order, each pod once.
import { describe, expect, test } from "@jest/globals";
import { fragmentKey, mountedName, services, type Service } from "../../src/api/names.ts";
import { serviceLabels, serviceOf } from "../../src/cluster/service-labels.ts";
import { workloadKinds, type PodTemplate } from "../../src/embedded/objects.ts";
import { wiringGate } from "../../src/plan/gates/wiring.ts";
import { settingsOf } from "../../src/plan/terms/settings.ts";
import { asTold, toldBy } from "../support/charts/as-told.ts";
import { chartShapes, type ChartShape } from "../support/charts/shapes.ts";
import { applyExample, restartsOf, stageOf } from "../support/charts/site.ts";
import type { Stage } from "../support/stage.ts";

/** What PciPassthrough says of each service, as `Wired` says it of the first. */
function messages(stage: Stage): Readonly<Partial<Record<Service, string>>> {
  const { seen } = stage.last();
  return Object.fromEntries(
    services.flatMap((service) => {
      const gate = wiringGate(service, "Mounted", seen, settingsOf(seen));
      return gate?.gate === "NotWired" ? [[service, gate.why]] : [];
    }),
  );
}

/** helm upgrade with what the messages say. */
function upgrade(stage: Stage, chart: ChartShape, said: ReturnType<typeof messages>): void {
  const { store } = stage.cluster;
  const known = serviceLabels(chart.services);
  for (const kind of workloadKinds) {
    for (const one of store.list(kind)) {
      const service = serviceOf(one.spec.template.metadata.labels, known);
      if (service === undefined) continue;
      const { container } = known[service];
      const spec = asTold(one.spec.template.spec, container, toldBy(said[service]!));
      const template: PodTemplate = { ...one.spec.template, spec };
      store.edit(kind, one.metadata.name, (old) => ({ ...old, spec: { ...old.spec, template } }));
    }
  }
}

const mounted = { delivery: "Mounted" };

describe.each(chartShapes.map((one) => [one.name, one] as const))("%s", (_name, chart) => {
  test("objects first, then the chart: mounted empty, then each pod once, computes before nova-api", async () => {
    const stage = await stageOf(chart, { injection: false });
    applyExample(stage, chart, mounted);
    await stage.pass(1800);
    const said = messages(stage);
    expect(Object.keys(said)).toEqual([...services]);
    expect(said.compute).toContain(chart.mounted.compute);
    expect(said.api).toContain(chart.mounted.api);
    for (const message of Object.values(said)) {
      expect(message).toContain("optional: true");
      expect(message).toContain("now: the ConfigMap is there");
    }
    expect(stage.waits()).toContain("NotWired");
    expect(stage.status("PciPassthrough", "nova")).toMatchObject({
      conditions: expect.arrayContaining([
        expect.objectContaining({ type: "Wired", status: "False", reason: "NotWired" }),
      ]),
    });

    expect(stage.restarts()).toEqual([]);
    expect(stage.cluster.store.get("ConfigMap", mountedName("compute"))?.data).toEqual({
      [fragmentKey]: "",
    });
    upgrade(stage, chart, said);
    await stage.pass(3600);
    expect(stage.waits()).toEqual([]);
    expect([...stage.restarts()].sort()).toEqual(restartsOf(chart));
    expect(stage.ready("PciPassthrough", "nova")).toBe("True Live");
  });

  test("the chart first: pods start without the file, and each is restarted once", async () => {
    const stage = await stageOf(chart, { injection: false });
    // The messages of another cluster in which somebody has looked already.
    const other = await stageOf(chart, { injection: false });
    applyExample(other, chart, mounted);
    await other.pass(60);
    upgrade(stage, chart, messages(other));
    await stage.pass(600);
    applyExample(stage, chart, mounted);
    await stage.pass(3600);
    expect(stage.waits()).toEqual([]);
    expect([...stage.restarts()].sort()).toEqual(restartsOf(chart));
  });
});
