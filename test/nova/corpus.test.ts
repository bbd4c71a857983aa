// The measured cases of the project itself: every verdict of every release is the model's too.

import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { runCorpus } from "./corpus.ts";

test("the model agrees with every measured verdict", () => {
  const { count, disagreements } = runCorpus(join(import.meta.dirname, "cases"));
  expect(disagreements).toEqual([]);
  expect(count.agree).toBeGreaterThan(8000);
  expect(count.undecided * 100).toBeLessThanOrEqual(3 * count.agree);
});
