// Where Python and JavaScript read the same text differently. Expected values are CPython's answers.

import { describe, expect, test } from "@jest/globals";
import { equal, loadJson, truthy } from "../../src/nova/text/python-json.ts";
import { boolOfText, formatHex, parseInteger, strip } from "../../src/nova/text/python-text.ts";
import { plainOf } from "./values.ts";

describe("int(text, 16)", () => {
  test.each<[string, bigint | undefined]>([
    ["8086", 0x8086n],
    ["0x8086", 0x8086n],
    ["0X_8086", 0x8086n],
    ["80_86", 0x8086n],
    ["+86", 0x86n],
    ["-1", -1n],
    [" 8086\n", 0x8086n],
    ["\u20288\u3000", 8n],
    ["８０８６", 0x8086n],
    ["٣", 3n],
    ["\x1c8", undefined],
    ["８\x1c", undefined],
    ["\ufeff8", undefined],
    ["0x", undefined],
    ["_8", undefined],
    ["8__6", undefined],
    ["- 8", undefined],
    ["8\0", undefined],
    ["80*", undefined],
    ["", undefined],
  ])("%j", (text, value) => {
    expect(parseInteger(text, 16)).toBe(value);
  });

  test("%04x keeps the sign within the width", () => {
    expect([1n, -1n, 0xffffn, -0x12345n].map((one) => formatHex(one, 4))).toEqual([
      "0001",
      "-001",
      "ffff",
      "-12345",
    ]);
  });
});

test("str.strip() takes 1c to 1f and 85, but not feff", () => {
  expect(strip("\x1c\x85\xa0 a b \u2003\x1f")).toBe("a b");
  expect(strip("\ufeffa\u200b")).toBe("\ufeffa\u200b");
});

test.each<[string, boolean | undefined]>([
  [" YES ", true],
  ["t", true],
  ["On", true],
  ["0", false],
  ["OFF", false],
  ["", undefined],
  ["yess", undefined],
])("bool_from_string(%j)", (text, value) => {
  expect(boolOfText(text)).toBe(value);
});

describe("json.loads", () => {
  test.each<[string, unknown]>([
    ['{"a": 1, "b": 2, "a": 3}', { a: 3, b: 2 }],
    [' [1, 2.5, "x", null, true]\n', [1, 2.5, "x", null, true]],
    ['"\\ud800"', "\ud800"],
    ['"\\ud83d\\ude00"', "\u{1f600}"],
    ["-0", -0 + 0],
    ["1E2", 100],
  ])("%j", (text, value) => {
    const loaded = loadJson(text);
    expect(loaded.ok && plainOf(loaded.value)).toEqual(value);
  });

  test.each([
    "",
    "{'a': 1}",
    '{"a": 1,}',
    "[1,]",
    "01",
    "1.",
    ".5",
    "+1",
    '\ufeff{"a": 1}',
    '{"a": 1} x',
    '"\t"',
    '"\\x41"',
    '"\\u00g0"',
    "nul",
    "\u00a0{}",
    `1${"0".repeat(4300)}`,
  ])("%j is refused", (text) => {
    expect(loadJson(text)).toMatchObject({ ok: false, crash: false });
  });

  test("NaN and Infinity are values, and nothing equals NaN", () => {
    const loaded = loadJson("[NaN, Infinity, -Infinity]");
    expect(loaded.ok && plainOf(loaded.value)).toEqual([NaN, Infinity, -Infinity]);
    expect(loaded.ok && equal(loaded.value, loaded.value)).toBe(false);
    expect(loaded.ok && truthy(loaded.value)).toBe(true);
  });

  test("a key called __proto__ is a key", () => {
    const loaded = loadJson('{"__proto__": {"vendor_id": "8086"}}');
    const { value } = loaded as {
      readonly value: { readonly entries: ReadonlyMap<string, unknown> };
    };
    expect([...value.entries.keys()]).toEqual(["__proto__"]);
  });

  test("depth ends in an error, never in the stack's", () => {
    expect(loadJson("[".repeat(100_000))).toMatchObject({ ok: false, crash: true });
  });
});
