// The portable subset of regular expressions: what is in it means what Python's re.match means, what
// is outside is said, and what would take long is refused however it is written.

import { describe, expect, test } from "@jest/globals";
import { compilePattern, matchesStart, matchesWhole } from "../../src/nova/text/python-regex.ts";
import { costOf, selectedBy, valuesOf } from "../../src/nova/text/regex-reach.ts";
import { readSubset, stepLimit } from "../../src/nova/text/regex-subset.ts";

test.each<[pattern: string, text: string, matches: boolean]>([
  ["0", "0a", true],
  ["0$", "0a", false],
  ["0$", "0\n", true],
  ["0$", "0\n\n", false],
  ["0\\Z", "0\n", false],
  ["\\A0", "0", true],
  ["0.", "0\n", false],
  ["0.", "0\r", true],
  ["0.", "0\u2028", true],
  ["[0-3]", "3f", true],
  ["0A", "0a", false],
  [".*", "", true],
  ["", "0a", true],
  ["0{2}", "00", true],
  ["0{,1}a", "0a", true],
  ["0{1,}", "000", true],
  ["[]a]", "]", true],
  ["[^]a]", "]", false],
  ["[a-]", "-", true],
  ["[-a]", "-", true],
  ["[.]", "a", false],
  ["\\.", ".", true],
  ["[^0-7]", "8", true],
  ["[^0]", "\n", true],
  ["\\d+", "٣", true],
  ["[\\da-f]{2}", "0a", true],
  ["\\w", "é", true],
  ["\\s", "\x1c", true],
  ["\\S", "\ufeff", true],
  ["^^0", "0a", true],
  ["0|", "", true],
  ["]}", "]}", true],
  ["(0a|3b)$", "3b", true],
  ["([0-9a-f]{2})+", "0a0b", true],
  ["😀?0", "0", true],
  ["[😀]", "😀", true],
])("re.match(%j, %j)", (pattern, text, matches) => {
  const compiled = compilePattern(pattern);
  expect(compiled.is === "compiled" && matchesStart(compiled, text)).toBe(matches);
});

test("a match of the whole text is looked for in every way", () => {
  const compiled = compilePattern("0|0a");
  expect(compiled.is === "compiled" && matchesWhole(compiled, "0a")).toBe(true);
});

test.each(
  ["[", "(", "*0", "0**", "[z-a]", "\\q", "0{2,1}", ")", "\\", "^*", "$+", "a|*", "(0"].concat([
    "[0-\\d]",
    "[\\d-f]",
    "{2}",
    "(?:",
    "0{2}{2}",
    "[0",
    "[0-",
    "\\i",
    "0)",
    "[^]",
  ]),
)("Python takes %j for no expression", (pattern) => {
  expect(readSubset(pattern)).toMatchObject({ is: "refused" });
});

test.each(
  ["0a++", "(?>0a)", "(?i)0A", "0A(?i)", "(?P<n>0)", "(?!00)0", "(?<=0)a", "(0)\\1", "a{"].concat([
    "0*?",
    "0??",
    "\\b0",
    "\\x30",
    "\\u0030",
    "\\N{DIGIT ZERO}",
    "\\060",
    "\\z",
    "(?#x)0",
    "(?(1)0|1)",
    "[[:digit:]]",
    "[--0]",
    "[0&&1]",
    "[\\b]",
    "0{65}",
    "0{4294967296}",
    "(".repeat(9) + "0" + ")".repeat(9),
    "0".repeat(513),
  ]),
)("%j is outside the subset", (pattern) => {
  expect(readSubset(pattern)).toMatchObject({ is: "unportable" });
});

describe("what would take CPython long is refused", () => {
  test.each([
    "(|){40}x",
    "(?:(|){40}x|00)00$",
    "(?:(0?0?0?0?){40}x|0000)$",
    "(a*)*b",
    "(a+)+b",
    "(a|a)*b(a|a)*",
    "((a{1,64}){1,64}){1,64}b",
    "(((((.*)*)*)*)*)*x",
    ".?".repeat(64),
    `(${"0|".repeat(60)}0)(${"0|".repeat(60)}0)x`,
    "(0?){2}",
    "()*",
    "(^)*0",
    `${"(".repeat(8)}[0-9a-f]?${"){0,9}".repeat(8)}`,
  ])("%j", (pattern) => {
    expect(readSubset(pattern)).toMatchObject({ is: "unportable" });
  });
});

describe("what people write is within", () => {
  test.each([
    "0000$",
    "(41|42)$",
    "0[0-3]$",
    "[1-7]$",
    ".*",
    "[0-9a-f]{2}",
    "(0[0-9a-f]|1[0-9a-f])$",
    "(?:3[bc]|5e|af)",
    `(${[...valuesOf("bus")].slice(0, 40).join("|")})$`,
    "0+",
    "([0-9a-f][0-9a-f])+",
    "\\d[\\da-f]?",
  ])("%j", (pattern) => {
    expect(readSubset(pattern)).toMatchObject({ is: "portable" });
  });
});

test("to know what an expression takes costs a bounded number of steps, known from its text", () => {
  const dear = "(0?|1)(0?|1)(0?|1)x?";
  const read = readSubset(dear);
  expect(read.is === "portable" && read.steps).toBeGreaterThan(100);
  for (const pattern of [dear, "0", "[0-3]", "(a*)*b", "["]) {
    expect(costOf("bus", pattern)).toBeLessThanOrEqual(pattern.length + 256 * stepLimit);
  }
  expect(selectedBy("bus", "(a*)*b")).toMatchObject({ is: "unportable" });
});
