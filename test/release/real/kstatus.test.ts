// What the library kstatus itself, by which Flux and others wait, makes of our objects.
import { expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { notLookedAt } from "../../api/shapes/shape.ts";
import { kstatus, toldInScenarios, type Told } from "../told.ts";
import { builtTool } from "../tools.ts";

function byTheLibrary(objects: readonly Told[]): readonly string[] {
  const { status, stdout, stderr } = spawnSync(builtTool("kstatus"), [], {
    ...{ input: JSON.stringify(objects), encoding: "utf8", maxBuffer: 1 << 26 },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.trim().split("\n");
}

const said = (type: string, status: string) => ({ type, status, reason: "R", message: "m" });
const alias = (status?: object): Told => ({
  apiVersion: "pci.openstack.org/v1alpha1",
  kind: "PciAlias",
  metadata: { name: "a100", generation: 2 },
  ...(status === undefined ? {} : { status }),
});
const told = (observedGeneration: number, ...conditions: readonly object[]): Told =>
  alias({ observedGeneration, conditions });

const table: readonly (readonly [string, Told, string])[] = [
  ["applied and not looked at yet", alias(notLookedAt), "InProgress"],
  ["looked at in an older version", told(1, said("Ready", "True")), "InProgress"],
  ["Ready", told(2, said("Ready", "True")), "Current"],
  ["not Ready", told(2, said("Ready", "False")), "InProgress"],
  ["Ready is Unknown", told(2, said("Ready", "Unknown")), "InProgress"],
  ["on its way", told(2, said("Ready", "False"), said("Reconciling", "True")), "InProgress"],
  ["a person is wanted", told(2, said("Ready", "False"), said("Stalled", "True")), "Failed"],
];

controlPlaneLane("kstatus", () => {
  test.each(table)("%s", (_, object, wanted) => {
    expect(byTheLibrary([object])).toEqual([wanted]);
    expect(kstatus(object)).toBe(wanted);
  });

  test("says of every object of every scenario what the stand-in says", async () => {
    const all = (await toldInScenarios()).map(({ object }) => object);
    expect(byTheLibrary(all)).toEqual(all.map(kstatus));
  });
});
