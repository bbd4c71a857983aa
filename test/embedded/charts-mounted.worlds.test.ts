// Mounted delivery as a person meets it: objects first, then what the message says, to the letter, in
// each chart. The chart's change mounts a file that says nothing yet, because it rolls everything at
// once and without a proof; what changes then goes in the operator's order, each pod once.
import { describe, expect, test } from "@jest/globals";
import { fragmentKey, mountedName, services } from "../../src/api/names.ts";
import { messages, upgradeAsTold } from "../support/charts/as-told.ts";
import { chartShapes } from "../support/charts/shapes.ts";
import { applyExample, restartsOf, stageOf } from "../support/charts/site.ts";

const mounted = { delivery: "Mounted" };

describe.each(chartShapes.map((chartShape) => [chartShape.name, chartShape] as const))(
  "%s",
  (_name, chart) => {
    test("objects first, then the chart: mounted empty, then each pod once, computes before nova-api", async () => {
      const stage = await stageOf(chart, { injection: false });
      applyExample(stage, chart, mounted);
      await stage.pass(120);
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
      upgradeAsTold(stage, chart, said);
      await stage.pass(1200);
      expect(stage.waits()).toEqual([]);
      expect([...stage.restarts()].sort()).toEqual(restartsOf(chart));
      expect(stage.ready("PciPassthrough", "nova")).toBe("True Live");
    });
  },
);

/** One of each kind of mount. */
const kinds = ["openstack-helm 2025.1", "openstack-helm 2026.1", "Rockoon", "SAP"];

test.each(
  chartShapes
    .filter((chartShape) => kinds.includes(chartShape.name))
    .map((chartShape) => [chartShape.name, chartShape] as const),
)(
  "%s, the chart first: pods start without the file, and each is restarted once",
  async (_name, chart) => {
    const stage = await stageOf(chart, { injection: false });
    // The messages of another cluster in which somebody has looked already.
    const other = await stageOf(chart, { injection: false });
    applyExample(other, chart, mounted);
    await other.pass(60);
    upgradeAsTold(stage, chart, messages(other));
    await stage.pass(120);
    applyExample(stage, chart, mounted);
    await stage.pass(1200);
    expect(stage.waits()).toEqual([]);
    expect([...stage.restarts()].sort()).toEqual(restartsOf(chart));
  },
);
