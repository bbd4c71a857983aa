// Arbitrary texts that a JSON parser has to take or refuse: builds documents out of texts, so that
// repeated keys, numbers that are none and blanks between tokens can be written at all.
import fc from "fast-check";
import { anyText, mostly, oddCharacter, type Text } from "./text.ts";

/** A string as Python's json reads it; control characters raw now and then. */
export function quoted(text: Text): Text {
  return fc
    .tuple(text, fc.constantFrom("plain", "plain", "plain", "plain", "escaped", "raw"))
    .map(([value, form]) => {
      if (form === "raw") return `"${value}"`;
      if (form === "plain") return JSON.stringify(value);
      const units = value.split("").map((unit) => unit.charCodeAt(0).toString(16).padStart(4, "0"));
      return `"${units.map((unit) => `\\u${unit}`).join("")}"`;
    });
}

export const jsonNumber: Text = fc.constantFrom(
  ...["0", "1", "2", "-1", "8086", "1.0", "0.0", "-0", "1e2", "1E400", "-1e400", "0.1", "1e-400"],
  ...["NaN", "Infinity", "-Infinity", "9007199254740993", "123456789012345678901234567890"],
  ...["01", "0x10", "+1", "1.", ".5", "1_0", "-", "nan", "-NaN", "1e", "١"],
);

export const jsonLiteral: Text = fc.constantFrom(
  "true",
  "false",
  "null",
  "True",
  "None",
  "undefined",
);

export const jsonNested: Text = fc.constantFrom(
  ...["{}", "[]", "[[]]", '[""]', '{"a":1}', '{"a":{}}', '["a","b"]', "[1]", "[null]", "[,]", "{"],
);

/** A value of some other type than was asked for, or of none. */
export const oddValue: Text = fc.oneof(
  jsonNumber,
  jsonLiteral,
  jsonNested,
  quoted(anyText),
  fc.constantFrom(
    '""',
    "''",
    "'a'",
    '"\\x41"',
    '"\\u12"',
    '"\\',
    '"a',
    '"\\/"',
    '"\\ud83d\\ude00"',
  ),
);

type Field = readonly [key: string, value: string];

/** Fields with their usual values; each is there or not, in any order, sometimes twice. */
export function fields(
  known: Readonly<Record<string, Text>>,
  required: readonly string[],
): fc.Arbitrary<readonly Field[]> {
  const names = Object.keys(known);
  const optional = names.filter((name) => !required.includes(name));
  const item = (name: string): fc.Arbitrary<Field> =>
    mostly(known[name]!, oddValue, 19).map((value) => [name, value] as const);
  const chosen = fc
    .subarray(optional, { maxLength: 5 })
    .chain((picked) => fc.tuple(...[...required, ...picked].map(item)));
  const extra = mostly(
    fc.constant<readonly Field[]>([]),
    fc.oneof(
      fc.constantFrom(...names).chain((name) => item(name).map((field) => [field])),
      fc.tuple(anyText, oddValue).map(([key, value]) => [[key, value] as const]),
    ),
    9,
  );
  return fc
    .tuple(chosen, extra, fc.boolean())
    .map(([some, more, first]) => (first ? [...more, ...some] : [...some, ...more]));
}

const between: Text = mostly(
  fc.constantFrom("", "", "", " "),
  fc.constantFrom("\n", "\t", "\r", "\xa0", "\f", "\ufeff", "/**/", "//\n", "#\n", "\u2028"),
  40,
);

/** An object; its grammar is broken once in a while. */
export function objectText(all: fc.Arbitrary<readonly Field[]>): Text {
  const whole = fc.tuple(all, between, between).map(([some, inside, outside]) => {
    const members = some.map(
      ([key, value]) => `${JSON.stringify(key)}${inside}:${outside}${value}`,
    );
    return `${outside}{${inside}${members.join(`,${inside}`)}${inside}}${outside}`;
  });
  return mostly(whole, broken(whole), 30);
}

function broken(whole: Text): Text {
  return fc.tuple(whole, fc.nat(8), oddCharacter).map(([text, how, odd]) => {
    const ways = [
      () => text.replaceAll('"', "'"),
      () => text.replace(/\}(\s*)$/, ",}$1"),
      () => text + text,
      () => `${text},${text}`,
      () => `[${text}]`,
      () => `\ufeff${text}`,
      () => text + odd,
      () => text.slice(0, -1),
      () => `"${text}"`,
    ];
    return ways[how]!();
  });
}
