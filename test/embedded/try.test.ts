// The story that a newcomer sees first, asked for its facts: order, files, flavor, refusal, and what
// a failing compute does. The columns of its tables are those of the CRDs.

import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { load } from "js-yaml";
import { plurals, type Kind } from "../../src/api/names.ts";
import { columns } from "../../src/cli/played/kubectl-get.ts";
import { processIo } from "../../src/cli/terminal/io.ts";
import { command } from "../../src/cli/try.ts";

/** A line of the story is one line. */
process.env["COLUMNS"] = "200";

async function tell(...args: readonly string[]): Promise<{ code: number; lines: string[] }> {
  let text = "";
  const code = await command.run(["-f", "deploy/examples", ...args], {
    ...processIo,
    stdout: (part) => void (text += part),
  });
  return { code, lines: text.split("\n") };
}

function at(lines: readonly string[], pattern: RegExp): number {
  return lines.findIndex((line) => pattern.test(line));
}

test("the examples go from nothing to converged, computes before nova-api before the flavor", async () => {
  const { code, lines } = await tell();
  expect(code).toBe(0);
  const order = [
    /restart +nova-compute on node-by-address/,
    /restart +nova-compute on node-by-product/,
    /restart +Deployment\/nova-api-osapi/,
    /flavor +m1\.large is created/,
  ].map((pattern) => at(lines, pattern));
  expect(order.every((number) => number >= 0)).toBe(true);
  expect(order).toEqual([...order].sort((a, b) => a - b));
  const restarts = lines.filter((line) => /^\d\d:\d\d:\d\d {2}restart/.test(line));
  expect(restarts).toHaveLength(4);
  expect(lines).toContain("  m1.large (4 vCPU, 8192 MiB)  pci_passthrough:alias=a1:2");
});

test("one broken change is refused and restarts nothing", async () => {
  const { code, lines } = await tell("--story");
  expect(code).toBe(0);
  expect(at(lines, /refused +InvalidObject/)).toBeGreaterThan(0);
  expect(lines).toContain("0 restarts; what was live before is live still.");
});

test("a compute that fails is put back, and no other is tried", async () => {
  const { code, lines } = await tell("--nodes", "3", "--fail-node", "node-by-product-1");
  expect(code).toBe(1);
  expect(at(lines, /warning +RolledBack: nova-compute on node-by-product-1/)).toBeGreaterThan(0);
  expect(
    at(lines, /restart +nova-compute on node-by-product-1: .*goes back to none/),
  ).toBeGreaterThan(0);
  expect(at(lines, /restart +nova-compute on node-by-product-2/)).toBe(-1);
});

type Column = { readonly name: string; readonly priority?: number };
type Crd = {
  readonly spec: {
    readonly versions: readonly { readonly additionalPrinterColumns: readonly Column[] }[];
  };
};

test.each(Object.keys(plurals) as Kind[])("the table of %s has the columns of its CRD", (kind) => {
  const crd = load(readFileSync(`crds/${plurals[kind]}.yaml`, "utf8")) as Crd;
  const shown = crd.spec.versions[0]!.additionalPrinterColumns.filter(
    // What is waited for stands below the table of `try`, in full.
    (additionalPrinterColumn) =>
      (additionalPrinterColumn.priority ?? 0) === 0 &&
      !["Age", "Problem"].includes(additionalPrinterColumn.name),
  );
  expect(columns[kind].map(([name]) => name)).toEqual(shown.map((column) => column.name));
});
