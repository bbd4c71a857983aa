// Both parsers of pci_passthrough:alias, and the one text that they read alike.

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readAliases } from "../../src/nova/alias/alias.ts";
import {
  checkFlavorValue,
  emitFlavorValue,
  validatorTakes,
} from "../../src/nova/flavor/flavor-value.ts";
import { findRelease } from "../../src/nova/terms/release.ts";
import { requestsOf } from "../../src/nova/flavor/request.ts";

const read = readAliases(
  ["a1", "b", "my gpu"].map((name) =>
    JSON.stringify({ name, vendor_id: "8086", product_id: "154d" }),
  ),
  findRelease("34.0.0")!,
  false,
);
const aliases = "aliases" in read ? read.aliases : new Map();

test.each<[string, boolean, boolean]>([
  ["a1:1", true, true],
  ["a1:2, b:1", true, true],
  ["a1:2 ,b:1", true, true],
  [" a1:1", true, true],
  ["my gpu:1", true, true],
  ["a1:01", true, true],
  ["a1:0", true, true],
  ["a1: 2", false, true],
  ["a1:-1", false, true],
  ["a1:1_0", false, true],
  ["a1", false, false],
  ["", false, false],
  ["a1:1:2", false, false],
  ["a1:1,", false, false],
  [",a1:1", true, false],
  ["a1:1,,b:1", true, false],
  ["c:1", true, false],
  ["A1:1", true, false],
])("%j: the validator %s, a server create %s", (value, validator, create) => {
  expect(validatorTakes(value)).toBe(validator);
  expect(Array.isArray(requestsOf(value, aliases))).toBe(create);
});

test("the validator is Python's pattern, and takes no longer for long text", () => {
  const pattern = /^[^:]+:\p{Nd}+(?:\s*,\s*[^:]+:\p{Nd}+)*$/u;
  const piece = fc.constantFrom("a", ":", "1", ",", " ", "é", "\n", "٣");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const value = pieces.join("");
      expect(validatorTakes(value)).toBe(pattern.test(value));
    }),
    { numRuns: 3000 },
  );
  expect(validatorTakes(`a:1${" ".repeat(200_000)},`)).toBe(false);
});

describe("the canonical text", () => {
  test("is read alike by both", () => {
    const wanted = [
      { name: "a1", count: 2 },
      { name: "my gpu", count: 1 },
    ];
    const value = emitFlavorValue(wanted);
    expect(value).toBe("a1:2,my gpu:1");
    expect(checkFlavorValue(wanted)).toEqual([]);
    expect(validatorTakes(value)).toBe(true);
    expect(requestsOf(value, aliases)).toMatchObject([
      { aliasName: "a1", count: 2n },
      { aliasName: "my gpu", count: 1n },
    ]);
  });

  test.each([
    [[{ name: "a:b", count: 1 }], 0],
    [[{ name: " a", count: 1 }], 0],
    [[{ name: "a", count: 0 }], 0],
    [[{ name: "a", count: 1.5 }], 0],
    [
      [
        { name: "a", count: 1 },
        { name: "a", count: 2 },
      ],
      1,
    ],
    [[{ name: "a".repeat(254), count: 1 }], undefined],
  ])("cannot be made of %j", (wanted, index) => {
    expect(checkFlavorValue(wanted)).toMatchObject([{ index }]);
  });
});
