// The lane of tests against real OpenStack. Where they cannot run, the lane says so in one loud
// line and is left out; with CI=true that is a failure.
import { jest } from "@jest/globals";
import { describeWhereHad } from "../support/needs.ts";
import { missingHere } from "./install.ts";

export function lane(name: string, tests: () => void): void {
  jest.setTimeout(300_000);
  describeWhereHad(missingHere(), name, tests);
}
