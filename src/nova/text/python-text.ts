// Python's reading of text where JavaScript's is another one: blanks, int(text, 16), strict
// booleans, code points. Knows nothing of Nova.

/**
 * Characters for which str.isspace() holds, as members of a class; JavaScript's own set lacks 1c-1f
 * and 85, has feff.
 */
export const blank =
  "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const outerBlanks = new RegExp(`^[${blank}]+|[${blank}]+$`, "g");
const trailingBlanks = new RegExp(`[${blank}]+$`);
const wideBlank = /[\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g;

/** str.strip() */
export function strip(text: string): string {
  return text.replace(outerBlanks, "");
}

/** str.rstrip() */
export function stripEnd(text: string): string {
  return text.replace(trailingBlanks, "");
}

/** The text as Python counts it: by code points, a lone surrogate being one. */
export function codePoints(text: string): readonly string[] {
  return Array.from(text);
}

/** len(text) */
export function lengthOf(text: string): number {
  return codePoints(text).length;
}

/**
 * int(text, base) for base 10 or 16; undefined where Python raises ValueError. Unicode digits and
 * blanks beyond ASCII count (CPython replaces them first: longobject.c PyLong_FromUnicodeObject),
 * the separators 1c to 1f do not.
 */
export function parseInteger(text: string, base: 10 | 16): bigint | undefined {
  const found = grammars[base].exec(toAscii(text));
  if (found === null) return undefined;
  const digits = found[2]!.replaceAll("_", "");
  const value = BigInt(base === 16 ? `0x${digits}` : digits);
  return found[1] === "-" ? -value : value;
}

const grammars = {
  10: /^[\t-\r ]*([+-]?)([0-9]+(?:_[0-9]+)*)[\t-\r ]*$/,
  16: /^[\t-\r ]*([+-]?)(?:0[xX]_?)?([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)[\t-\r ]*$/,
} as const;

function toAscii(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  return text
    .replace(wideBlank, " ")
    .replace(/\p{Nd}/gu, (digit) => String(digitValue(digit)))
    .replace(/[\u{80}-\u{10ffff}]/gu, "?");
}

/** Decimal digits come in runs of ten that begin with zero. */
function digitValue(digit: string): number {
  let before = digit.codePointAt(0)!;
  const own = before;
  while (/\p{Nd}/u.test(String.fromCodePoint(before - 1))) before -= 1;
  return (own - before) % 10;
}

/** "%0<width>x" % value */
export function formatHex(value: bigint, width: number): string {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString(16);
  return negative ? `-${digits.padStart(width - 1, "0")}` : digits.padStart(width, "0");
}

const trueWords = ["1", "t", "true", "on", "y", "yes"];
const falseWords = ["0", "f", "false", "off", "n", "no"];

/** oslo_utils.strutils.bool_from_string on text; undefined = neither (strict raises ValueError). */
export function boolOfText(text: string): boolean | undefined {
  const word = strip(text).toLowerCase();
  if (trueWords.includes(word)) return true;
  return falseWords.includes(word) ? false : undefined;
}
