// What nothing quotes is read by our reader as by kubectl.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readYaml } from "../../../src/api/read-yaml.ts";
import type { ControlPlane } from "../../control-plane/attach.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { sharedControlPlane } from "../../control-plane/plane-of-the-run.ts";

const scalars = [
  ...["0x10de", "0x10DE", "0X1F", "0x", "0x1_0", "-0x10", "00ff", "154d", "8086", "0000"],
  ...["0755", "-0755", "08", "0899", "0o17", "0O17", "0b101", "0B11", "0b12", "+12", "1_000"],
  ...["1__0", "1_", "_1", "9223372036854775808", "18446744073709551616"],
  ...["1e49", "1E5", "1e+3", "1e2", "1e1_0", "1e400", "12e", "1.5", "1.5_0", ".5", "5.", "+.5"],
  ...["y", "Y", "n", "yes", "NO", "on", "Off", "true", "TRUE", "tRue", "~", "null", "Null", "NULL"],
  ...["2001-01-01", "0000:41:00.0", "41:00", "12:30:45", "1:30", "=", "<<x", "a b", "!!str 12"],
  ...['"0x10"', "'8086'", "''", "{on: 1, 8: 2, 1.5: 3}", "&x [1, 2]", "{<<: {a: 1}, b: 2}"],
];
const text = `apiVersion: v1
kind: Thing
metadata: { name: x }
values:
${scalars.map((scalar) => `- ${scalar}\n`).join("")}`;

controlPlaneLane("YAML", () => {
  let plane: ControlPlane;
  let theirs: readonly unknown[];
  const ours = readYaml("thing.yaml", text).objects[0]!.value["values"] as readonly unknown[];
  beforeAll(async () => {
    plane = await sharedControlPlane();
    const args = ["annotate", "--local", "-f", "-", "a=b", "-o", "json"];
    const { stdout, stderr } = await plane.kubectl(args, text);
    if (stdout === "") throw new Error(stderr);
    theirs = (JSON.parse(stdout) as { readonly values: readonly unknown[] }).values;
  });
  afterAll(() => plane.stop());

  test.each(scalars.map((scalar, index) => ({ scalar, index })))("$scalar", ({ index }) => {
    expect(ours[index]).toEqual(theirs[index]);
  });
});
