// Arbitrary text that Python and JavaScript may read differently: characters, numbers and lengths
// at the boundaries. It must not know what the text is for.
import fc from "fast-check";

export type Text = fc.Arbitrary<string>;

/** Mostly the first, sometimes the second: a case that is odd everywhere is refused everywhere. */
export function mostly<T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, weight = 7) {
  return fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

/** Blank to one language, to both or to none: separators, NEL, NBSP, BOM, zero width. */
export const blank: Text = fc.constantFrom(
  ...[" ", "\t", "\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\xa0"],
  ...["\u1680", "\u180e", "\u2002", "\u200b", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"],
  ...["\ufeff", "\u2060", "\0", "\x7f", "\x1b", "\xad"],
);

/** Digits of Python's int() beside such that are none: ² is a digit but no decimal. */
export const oddDigit: Text = fc.constantFrom(
  ...["٣", "۰", "８", "०", "𝟎", "𝟗", "²", "Ⅷ", "①", "a", "F", "ａ", "Ａ"],
);

/** Their upper or lower case is another number of characters, another script, or depends on
 *  the neighbours. */
export const oddCase: Text = fc.constantFrom(
  ...[
    "ı",
    "İ",
    "ß",
    "ſ",
    "\u212a",
    "Σ",
    "ς",
    "ŉ",
    "ﬁ",
    "ǆ",
    "ᾳ",
    "ꭰ",
    "ა",
    "\u0345",
    "é",
    "E\u0301",
  ],
);

/** One character to Python, two units to JavaScript; or half of one. */
const wide: Text = fc.constantFrom("😀", "𐐀", "\u{10ffff}", "\ud800", "\udfff", "\udfff\ud800");

const punctuation: Text = fc.constantFrom(
  ...[
    ":",
    ",",
    ".",
    "*",
    "_",
    "-",
    "+",
    "/",
    "\\",
    '"',
    "'",
    "$",
    "$$",
    "%",
    "#",
    ";",
    "=",
    "[",
    "]",
  ],
  ...["{", "}", "(", ")", "|", "^", "~", "`", "<", ">", "&", "!", "@", "?", "${x}", "$x", "\\n"],
);

const letter: Text = fc.constantFrom("a", "b", "z", "A", "Z", "0", "1", "9", "x", "e");

export const oddCharacter: Text = fc.oneof(blank, oddDigit, oddCase, wide, punctuation);

/** A short text of anything. */
export const anyText: Text = fc
  .array(fc.oneof({ weight: 2, arbitrary: letter }, { weight: 1, arbitrary: oddCharacter }), {
    maxLength: 6,
  })
  .map((parts) => parts.join(""));

/** The given text with one odd character before, within or after it. */
export function disturbed(text: Text, by: Text = oddCharacter): Text {
  return fc.tuple(text, by, fc.nat(12)).map(([whole, odd, at]) => {
    const position = Math.min(at, whole.length);
    return whole.slice(0, position) + odd + whole.slice(position);
  });
}

/** Blanks around, of any kind. */
export function padded(text: Text): Text {
  const some = fc.array(blank, { maxLength: 2 }).map((all) => all.join(""));
  return fc.tuple(some, text, some).map((parts) => parts.join(""));
}

/** Exactly at, one below and one above a limit, of characters of either width. */
export function aroundLength(limit: number): Text {
  return fc
    .tuple(fc.constantFrom("a", "é", "😀", " "), fc.constantFrom(-1, 0, 1))
    .map(([character, by]) => character.repeat(limit + by));
}

export const otherCase = (text: Text): Text =>
  fc.tuple(text, fc.boolean()).map(([word, up]) => (up ? word.toUpperCase() : word.toLowerCase()));

/** What Python's int(x, 16) takes or nearly takes. */
export const hexNumber: Text = fc
  .tuple(
    fc.constantFrom("", "", "", "", "0x", "0X", "0x_", "+", "-", "_", "0b", "+0x", "--"),
    fc.array(
      fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom("0", "1", "7", "8", "a", "f", "A", "F", "00") },
        { weight: 1, arbitrary: fc.oneof(oddDigit, fc.constantFrom("_", "__", "g", ".", " ")) },
      ),
      { maxLength: 6 },
    ),
    fc.constantFrom("", "", "", "", "", "_", "\n", " ", "L", "h", ".0"),
  )
  .map(([prefix, digits, suffix]) => prefix + digits.join("") + suffix);

/** Words of strict and of lenient booleans, in every disguise. */
export const booleanWord: Text = mostly(
  fc.constantFrom(
    ...["yes", "no", "true", "false", "on", "off", "1", "0", "t", "f", "y", "n", "YES", "True"],
  ),
  fc.oneof(
    padded(fc.constantFrom("yes", "no", "TRUE")),
    fc.constantFrom("", "2", "01", "enabled", "none", "ｙｅｓ", "oﬀ", "faſe", "١", "tRuE", "İ"),
    anyText,
  ),
);
