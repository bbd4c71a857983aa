// Every mutant still finds the line that it breaks: a source that moves on takes its mutants along.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { mutants } from "./mutant-list.ts";

test.each(mutants.map((one) => [one.name, one] as const))("%s", (_name, { file, find }) => {
  const text = readFileSync(join(import.meta.dirname, "../..", file), "utf8");
  expect(text.split(find)).toHaveLength(2);
});
