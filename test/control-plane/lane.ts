// The lane of tests against a real control plane. Where they cannot run, the lane says so in one
// loud line and is left out; with CI=true that is a failure.
import { describe, jest } from "@jest/globals";
import { missingForControlPlane } from "./build.ts";

export function controlPlaneLane(name: string, tests: () => void): void {
  // The first run on a machine builds Kubernetes.
  jest.setTimeout(20 * 60_000);
  const missing = missingForControlPlane();
  if (missing === undefined) return describe(name, tests);
  const line = `NOT RUN: ${name}: missing ${missing}`;
  if (process.env["CI"] === "true") throw new Error(line);
  process.stderr.write(`\n*** ${line}\n\n`);
  describe.skip(name, tests);
}
