// Whatever regular expressions stand in the PciWhitelists of a namespace, a round stays small: counted
// in steps, which are the same on every machine, and the objects beside them are served.

import { expect, test } from "@jest/globals";
import type { PciWhitelist } from "../../src/api/generated/pci-whitelist.ts";
import { costOf, type RegexField } from "../../src/nova/text/regex-reach.ts";
import { accept } from "../../src/plan/wanted/accept.ts";
import { beyondBudget, regexBudget } from "../../src/plan/wanted/regex-budget.ts";
import type { Stored } from "../../src/plan/terms/snapshot.ts";
import { emptyState } from "../../src/plan/terms/state.ts";
import { settingsOf } from "../../src/plan/terms/settings.ts";
import { installation, setStage } from "../support/stage.ts";

const hex = (n: number, width: number): string => n.toString(16).padStart(width, "0");
const fields: readonly RegexField[] = ["domain", "bus", "slot", "function"];

/** 104 to 121 characters that a careful engine still needs 50 ms for. */
const nested = (i: number): string => {
  let pattern = "[0-9a-f]?";
  while (pattern.length < 112) pattern = `(${pattern}){0,9}`;
  return `${pattern}${hex(i, 4)}?.?`.slice(0, 128);
};
const wide = (i: number): string =>
  `(?:${Array.from({ length: 20 }, (_, k) => `${".".repeat(1 + (k % 4))}?`).join("|")}){0,9}(?:${i})?`;
/** Within the subset, and as dear as it may be. */
const dear = (i: number): string => `(.?|0)${hex(i, 4).replaceAll(/./g, "($&|.)")}[0-9a-f]q`;

type Pattern = (index: number) => string;

function whitelist(index: number, pattern: Pattern, devices = 128): Stored<PciWhitelist> {
  return {
    metadata: {
      name: `w${index}`,
      namespace: "openstack",
      uid: `u${index}`,
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: `2026-01-0${index + 1}T00:00:00Z`,
    },
    spec: {
      devices: Array.from({ length: devices }, (_, device) => {
        const at = (index * 128 + device) * 4;
        const regexes = fields.map((field, k) => [field, pattern(at + k)] as const);
        return { vendorId: hex(at + 1, 4), addressRegex: Object.fromEntries(regexes) };
      }),
      priority: 0,
      removalPolicy: "Wait",
    },
  };
}

function stepsOf(objects: readonly Stored<PciWhitelist>[]): number {
  const all = objects.flatMap(({ spec }) =>
    spec.devices.flatMap(({ addressRegex }) => Object.entries(addressRegex ?? {})),
  );
  const once = new Map(all.map(([field, pattern]) => [`${field} ${pattern}`, [field, pattern]]));
  return [...once.values()].reduce(
    (sum, [field, pattern]) => sum + costOf(field as RegexField, pattern!),
    0,
  );
}

const plain = {
  ...whitelist(8, () => "0", 1),
  spec: { devices: [{ vendorId: "10de", productId: "2330" }], priority: 0, removalPolicy: "Wait" },
} as Stored<PciWhitelist>;

async function verdictsFor(whitelists: readonly Stored<PciWhitelist>[]) {
  const stage = await setStage({ nodes: ["c1"] });
  stage.apply("PciPassthrough", "nova", installation);
  await stage.pass(30);
  const { seen } = stage.last();
  const asked = { ...seen, objects: { ...seen.objects, whitelists } };
  const { verdicts } = accept(asked, settingsOf(asked), emptyState);
  return new Map(
    verdicts.map((verdict) => [verdict.name, verdict.rejections.map(({ reason }) => reason)]),
  );
}

test.each([
  ["repetitions in repetitions", nested],
  ["many alternatives, repeated", wide],
])(
  "three whitelists of %s are refused, and what stands beside them is served",
  async (_, pattern) => {
    const hostile = [0, 1, 2].map((index) => whitelist(index, pattern));
    // What is refused is read and never tried: steps are characters.
    expect(stepsOf(hostile)).toBeLessThan(400_000);
    const verdicts = await verdictsFor([...hostile, plain]);
    for (const stored of hostile) {
      expect(new Set(verdicts.get(stored.metadata.name))).toEqual(new Set(["UnportableRegex"]));
    }
    expect(verdicts.get(plain.metadata.name)).toEqual([]);
  },
);

test("of expressions that are dear one by one, only as many are tried as a round has steps for", async () => {
  const objects = [0, 1, 2, 3, 4].map((index) => whitelist(index, dear, 32));
  expect(stepsOf(objects)).toBeGreaterThan(regexBudget);
  const verdicts = await verdictsFor([...objects, plain]);
  const tried = objects.filter(
    (object) => verdicts.get(object.metadata.name)![0] !== "TooManyExpressions",
  );
  expect(stepsOf(tried)).toBeLessThanOrEqual(regexBudget);
  // The older ones, and whatever costs nothing.
  expect(tried.map((stored) => stored.metadata.name)).toEqual(["w0", "w1", "w2"]);
  expect(verdicts.get(plain.metadata.name)).toEqual([]);
});

test("the order in which objects are listed decides nothing", () => {
  const objects = [0, 1, 2, 3, 4].map((index) => whitelist(index, dear, 32));
  const item = beyondBudget(objects, {});
  const other = beyondBudget([...objects].reverse(), {});
  expect([...other.keys()].sort()).toEqual([...item.keys()].sort());
});

test("what is in force is never refused for what was made later or earlier", () => {
  const objects = [0, 1, 2, 3, 4].map((index) => whitelist(index, dear, 32));
  const last = objects[4]!;
  const accepted = {
    "PciWhitelist/w4": { spec: last.spec, created: "2026-01-05T00:00:00Z", uid: "u4" },
  } as never;
  const beyond = beyondBudget(objects, accepted);
  expect(beyond.has("w4")).toBe(false);
  expect([...beyond.keys()]).toEqual(["w2", "w3"]);
});
