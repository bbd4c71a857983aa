// Each chart in memory: Nova's worked example with a file for each node, one broken entry, and no more
// restarts than files that changed.
import { describe, expect, test } from "@jest/globals";
import { chartShapes } from "../support/charts/shapes.ts";
import { broken, on } from "../support/charts/example.ts";
import { applyExample, restartsOf, stageOf } from "../support/charts/site.ts";

describe.each(chartShapes.map((chartShape) => [chartShape.name, chartShape] as const))(
  "%s",
  (_name, chart) => {
    test("the worked example, and one broken entry", async () => {
      const stage = await stageOf(chart);
      applyExample(stage, chart);
      await stage.pass(1200);
      expect(stage.last().plan.gates).toEqual([]);
      expect([...stage.restarts()].sort()).toEqual(restartsOf(chart));
      const before = [stage.text("node-a"), stage.text("node-b")];
      expect(before[0]).toContain("154d");
      expect(before[1]).toContain("10fb");

      stage.apply(...on("by-product", "10fb", broken));
      await stage.pass(1800);
      expect(stage.restarts()).toEqual(["nova-compute on node-b", "nova-compute on node-b"]);
      expect([stage.text("node-a"), stage.text("node-b")]).toEqual(before);
      expect(stage.status("PciPassthrough", "nova")).toMatchObject({
        quarantined: [{ name: "by-product", reason: "FailedRollout" }],
      });
    });

    test("how each service parses our file among its own", async () => {
      const stage = await stageOf(chart);
      applyExample(stage, chart);
      await stage.pass(60);
      const places = Object.fromEntries(chart.first.map((service) => [service, "first"]));
      const { base } = stage.last().seen;
      expect(base?.is === "read" && (base.places ?? {})).toEqual(places);
    });
  },
);
