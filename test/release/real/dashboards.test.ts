// What Grafana's own schema, as Grafana generates it for Go, makes of our dashboards: a field that it
// does not know, or of another type, would be dropped or refused by whoever imports them.
import { expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { dashboards } from "../../../deploy/dashboards/generate.js";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { builtTool } from "../tools.ts";

/** What the schema has against a dashboard, a line each. */
function objections(text: string): readonly string[] {
  const run = spawnSync(builtTool("dashboards"), [], { input: text, encoding: "utf8" });
  expect({ stderr: run.stderr, ended: run.status === 0 || run.status === 1 }).toEqual({
    ...{ stderr: "", ended: true },
  });
  return run.stdout.split("\n").filter((line) => line !== "");
}

controlPlaneLane("dashboards in Grafana's schema", () => {
  test.each(Object.entries(dashboards))("%s is taken as it is", (_file, text) => {
    expect(objections(text)).toEqual([]);
  });

  test.each([
    ["a field that nobody reads", '"title":', '"titel":'],
    ["a panel's option of another type", /"gridPos": \{\s*"h": \d+/, '"gridPos": { "h": "tall"'],
  ] as const)("and %s is not", (_what, from, to) => {
    const [text] = Object.values(dashboards);
    const wrong = text!.replace(from, to);
    expect(wrong).not.toBe(text);
    expect(objections(wrong)).not.toEqual([]);
  });
});
