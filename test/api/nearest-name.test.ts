// The known name that somebody meant.
import { expect, test } from "@jest/globals";
import { didYouMean, nearestName } from "../../src/api/nearest-name.ts";

const kinds = ["PciAlias", "PciWhitelist", "PciFlavor", "PciPassthrough"];

test.each([
  ["PciWhiteList", "PciWhitelist"],
  ["pcialias", "PciAlias"],
  ["PciAlais", "PciAlias"],
  ["PciFlavour", "PciFlavor"],
  ["Widget", undefined],
  ["", undefined],
])("%j is meant to be %j", (typed, meant) => {
  expect(nearestName(typed, kinds)).toBe(meant);
});

test("a question, or nothing", () => {
  expect(didYouMean("l40s-whole", ["L40S_Whole", "gpu"])).toBe(", did you mean L40S_Whole?");
  expect(didYouMean("nope", ["gpu"])).toBe("");
});
