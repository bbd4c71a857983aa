// What a command prints, kept in files that are read as specification. UPDATE_SCENARIOS=1 writes
// them anew; the diff is the review.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@jest/globals";

const folder = join(import.meta.dirname, "frames");

export function expectGolden(name: string, text: string): void {
  const path = join(folder, name);
  if (process.env.UPDATE_SCENARIOS === "1") writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, "utf8"));
}
