// The portable subset against CPython itself: generated expressions, and for each the texts that a
// part of an address can be, and some that it cannot. What CPython would take long for never comes
// to an end here, and so fails the test.

import { spawnSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compilePattern, matchesStart, matchesWhole } from "../../../src/nova/text/python-regex.ts";
import { valuesOf } from "../../../src/nova/text/regex-reach.ts";
import { expression } from "../fuzz/regexes.ts";

const script = `
import json, re, sys, warnings
warnings.simplefilter('ignore')
asked = json.load(sys.stdin)
def answer(pattern):
    try:
        compiled = re.compile(pattern)
    except re.error:
        return None
    return [[i for i, text in enumerate(asked['texts']) if compiled.match(text)],
            [i for i, text in enumerate(asked['texts']) if compiled.fullmatch(text)]]
json.dump([answer(pattern) for pattern in asked['patterns']], sys.stdout)
`;

/** Where a match begins and ends, by index of the text; null = no expression. */
type Said = readonly [start: readonly number[], whole: readonly number[]] | null;

function askPython(patterns: readonly string[], texts: readonly string[]): readonly Said[] {
  const asked = spawnSync("python3", ["-c", script], {
    input: JSON.stringify({ patterns, texts }),
    maxBuffer: 1 << 28,
    timeout: 300_000,
  });
  if (asked.error !== undefined) throw asked.error;
  if (asked.status !== 0) throw new Error(asked.stderr.toString());
  return JSON.parse(asked.stdout.toString()) as readonly Said[];
}

const texts = [
  ...valuesOf("function"),
  ...valuesOf("slot"),
  ...valuesOf("bus").filter((_, index) => index % 5 === 0),
  ...valuesOf("domain").filter((_, index) => index % 17 === 0),
  ...[
    "",
    "ffff",
    "A",
    "0A",
    "0\n",
    "0a\n",
    "\n",
    "0\r",
    "0\u2028",
    "٣",
    "é",
    "😀",
    "0\x1c",
    "_",
    " ",
  ],
  ...["]", "-", "^", ".", "{", "}", "\\", "0\n\n", "g", "00000"],
];

/** Mostly of the subset, and as long and as deep as it allows. */
const dense = fc
  .array(
    fc.constantFrom(
      ..."0 1 a f . .* .? 0? 0* [0-3] [^0-7] [0a]? [0-9a-f]{2} ( ) | (?: ( ) ) {1,2} {2} ? + * ^ $".split(
        " ",
      ),
      ..."\\d \\w \\s \\D \\W \\S [\\da-f] \\Z \\A \\. [.] []0] [^]] [-0] [0-] \\- [\\]0] } ] {,1} {1,}".split(
        " ",
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

test("CPython takes and refuses what we say it does", () => {
  const seed = 20_261_127;
  const patterns = [
    ...fc.sample(expression, { seed, numRuns: 6_000 }),
    ...fc.sample(dense, { seed, numRuns: 12_000 }),
  ];
  const known = patterns.map((pattern) => ({ pattern, compiled: compilePattern(pattern) }));
  const decided = known.filter(({ compiled }) => compiled.is !== "unportable");
  const said = askPython(
    decided.map((item) => item.pattern),
    texts,
  );
  const wrong = decided.flatMap(({ pattern, compiled }, index) => {
    if (compiled.is !== "compiled") return said[index] === null ? [] : [`${pattern} is refused`];
    const found = (matches: typeof matchesStart): readonly number[] =>
      texts.flatMap((text, at) => (matches(compiled, text) ? [at] : []));
    const ours: Said = [found(matchesStart), found(matchesWhole)];
    return JSON.stringify(ours) === JSON.stringify(said[index]) ? [] : [pattern];
  });
  expect(wrong).toEqual([]);
  const compiled = decided.filter((item) => item.compiled.is === "compiled").length;
  const refused = decided.length - compiled;
  // A comparison of nothing proves nothing.
  expect(compiled).toBeGreaterThan(patterns.length / 4);
  expect(refused).toBeGreaterThan(patterns.length / 20);
}, 400_000);
