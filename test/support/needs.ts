// Tests that need what a machine may lack. Where it is missing they are left out, and one loud line
// says so; with CI=true that is a failure.
import { describe } from "@jest/globals";

/** `missing`: what the machine lacks, in words; undefined = nothing. */
export function describeWhereHad(
  missing: string | undefined,
  name: string,
  tests: () => void,
): void {
  if (missing === undefined) return describe(name, tests);
  const line = `NOT RUN: ${name}: missing ${missing}`;
  if (process.env["CI"] === "true") throw new Error(line);
  process.stderr.write(`\n*** ${line}\n\n`);
  describe.skip(name, tests);
}
