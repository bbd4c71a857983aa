// The lane of the page: where no browser can be had it says so in one loud line; with CI=true that is
// a failure.

import { describe, jest } from "@jest/globals";
import { missingHere } from "./browser.ts";

export function browserLane(name: string, tests: () => void): void {
  // The first run on a machine installs the browser.
  jest.setTimeout(10 * 60_000);
  const missing = missingHere();
  if (missing === undefined) return describe(name, tests);
  const line = `NOT RUN: ${name}: missing ${missing}`;
  if (process.env["CI"] === "true") throw new Error(line);
  process.stderr.write(`\n*** ${line}\n\n`);
  describe.skip(name, tests);
}
