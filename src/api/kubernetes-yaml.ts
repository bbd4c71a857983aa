// YAML as Kubernetes reads it: the unquoted scalars of sigs.k8s.io/yaml (go-yaml 2, neither YAML
// 1.1 nor 1.2 to the letter; measured with kubectl 1.36: 0755 is octal, on is true, 0000:41:00.0 is
// text, 08 is 8, 1e400 is text).

import { defineScalarTag, FAILSAFE_SCHEMA, mergeTag, NOT_RESOLVED } from "js-yaml";

const digits = "0123456789+-".split("");
const words: Readonly<Record<string, boolean>> = Object.fromEntries([
  ...["y", "yes", "on", "true"].flatMap((word) => cases(word).map((text) => [text, true] as const)),
  ...["n", "no", "off", "false"].flatMap((word) =>
    cases(word).map((text) => [text, false] as const),
  ),
]);

/** yes, Yes, YES. */
function cases(word: string): readonly string[] {
  return [word, word[0]!.toUpperCase() + word.slice(1), word.toUpperCase()];
}

const nullTag = defineScalarTag("tag:yaml.org,2002:null", {
  implicit: true,
  implicitFirstChars: ["", "~", "n", "N"],
  resolve: (source) => (/^(~|null|Null|NULL|)$/.test(source) ? null : NOT_RESOLVED),
  identify: () => false,
});

const boolTag = defineScalarTag("tag:yaml.org,2002:bool", {
  implicit: true,
  implicitFirstChars: "yYnNtTfFoO".split(""),
  resolve: (source) => (Object.hasOwn(words, source) ? words[source]! : NOT_RESOLVED),
  identify: () => false,
});

const integers: readonly (readonly [RegExp, number])[] = [
  [/^[+-]?0[xX]([0-9a-fA-F]+)$/, 16],
  [/^[+-]?0[bB]([01]+)$/, 2],
  [/^[+-]?0[oO]?([0-7]+)$/, 8],
  [/^[+-]?(0|[1-9][0-9]*)$/, 10],
];

const intTag = defineScalarTag("tag:yaml.org,2002:int", {
  implicit: true,
  implicitFirstChars: digits,
  resolve: (source) => {
    const plain = source.replaceAll("_", "");
    for (const [pattern, base] of integers) {
      const found = pattern.exec(plain);
      if (found === null) continue;
      const value = Number.parseInt(found[1]!, base);
      return plain.startsWith("-") ? -value : value;
    }
    return NOT_RESOLVED;
  },
  identify: () => false,
});

const floatTag = defineScalarTag("tag:yaml.org,2002:float", {
  implicit: true,
  implicitFirstChars: [...digits, "."],
  resolve: (source) => {
    const plain = source.replaceAll("_", "");
    if (!/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(plain)) return NOT_RESOLVED;
    const value = Number(plain);
    return Number.isFinite(value) ? value : NOT_RESOLVED;
  },
  identify: () => false,
});

export const kubernetesYaml = FAILSAFE_SCHEMA.withTags(
  nullTag,
  boolTag,
  intTag,
  floatTag,
  mergeTag,
);
