// The lane of tests against real OpenStack. Where they cannot run, the lane says so in one loud
// line and is left out; with CI=true that is a failure.
import { describe, jest } from "@jest/globals";
import { missingHere } from "./install.ts";

export function lane(name: string, tests: () => void): void {
  jest.setTimeout(300_000);
  const missing = missingHere();
  if (missing === undefined) return describe(name, tests);
  const line = `NOT RUN: ${name}: missing ${missing}`;
  if (process.env["CI"] === "true") throw new Error(line);
  process.stderr.write(`\n*** ${line}\n\n`);
  describe.skip(name, tests);
}
