// The lane of tests against a real control plane. Where they cannot run, the lane says so in one
// loud line and is left out; with CI=true that is a failure.
import { jest } from "@jest/globals";
import { describeWhereHad } from "../support/needs.ts";
import { missingForControlPlane } from "./build.ts";

export function controlPlaneLane(name: string, tests: () => void): void {
  // The first run on a machine builds Kubernetes.
  jest.setTimeout(20 * 60_000);
  describeWhereHad(missingForControlPlane(), name, tests);
}
