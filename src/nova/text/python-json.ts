// Python's json.loads: NaN and Infinity are values, an integer is not a float, a repeated key keeps
// its place and takes the last value. Knows nothing of Nova.

import { boolOfText } from "./python-text.ts";

/** A value as Python has it. Text and truth are JavaScript's own; null is None. */
export type Value =
  | string
  | boolean
  | null
  | { readonly type: "int"; readonly value: bigint }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "list"; readonly items: readonly Value[] }
  | { readonly type: "dict"; readonly entries: ReadonlyMap<string, Value> };

export type Dict = Extract<Value, { type: "dict" }>;
type List = Extract<Value, { type: "list" }>;

type Loaded =
  | {
      readonly ok: true;
      readonly value: Value;
      /** Keys that stand more than once in one object: the last value counts. */
      readonly repeated: readonly string[];
    }
  /** `crash`: RecursionError, which callers that catch ValueError let through. */
  | { readonly ok: false; readonly why: string; readonly crash: boolean };

/** Python's stack holds about a thousand frames, some of them the service's own. */
const maxDepth = 950;
/**
 * int() of a text longer than this is a ValueError (CPython 3.8.14, 3.9.14, 3.10.7, 3.11 and
 * later).
 */
const maxDigits = 4300;

type Stop = { readonly why: string; readonly crash: boolean };

export function loadJson(text: string): Loaded {
  if (text.startsWith("\ufeff"))
    return { ok: false, why: "it begins with a byte order mark: remove it", crash: false };
  const reader: Reader = { text, at: 0, repeated: [] };
  const read = readDocument(reader);
  if (isStop(read)) return { ok: false, ...read };
  return { ok: true, value: read.value, repeated: reader.repeated };
}

type Reader = { readonly text: string; at: number; readonly repeated: string[] };
type Read = { readonly value: Value } | Stop;

function isStop(read: object): read is Stop {
  return "why" in read;
}

function stop(reader: Reader, what: string): Stop {
  return { why: `${what} at character ${reader.at}`, crash: false };
}

function readDocument(reader: Reader): Read {
  skipBlanks(reader);
  const read = readValue(reader, 0);
  if (isStop(read)) return read;
  skipBlanks(reader);
  return reader.at === reader.text.length ? read : stop(reader, "more text");
}

function skipBlanks(reader: Reader): void {
  while (" \t\n\r".includes(reader.text[reader.at] ?? "x")) reader.at += 1;
}

const words: readonly (readonly [string, Value])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", { type: "float", value: NaN }],
  ["Infinity", { type: "float", value: Infinity }],
  ["-Infinity", { type: "float", value: -Infinity }],
];

function readValue(reader: Reader, depth: number): Read {
  if (depth > maxDepth) return { why: "it is nested too deeply", crash: true };
  const first = reader.text[reader.at];
  if (first === '"') return readText(reader);
  if (first === "{") return readDict(reader, depth);
  if (first === "[") return readList(reader, depth);
  for (const [word, value] of words) {
    if (!reader.text.startsWith(word, reader.at)) continue;
    reader.at += word.length;
    return { value };
  }
  return readNumber(reader);
}

function readNumber(reader: Reader): Read {
  const grammar = /(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
  grammar.lastIndex = reader.at;
  const found = grammar.exec(reader.text);
  if (found === null) return stop(reader, "no value");
  const [all, whole, fraction, exponent] = found;
  reader.at += all.length;
  if (fraction !== undefined || exponent !== undefined) {
    return { value: { type: "float", value: Number(all) } };
  }
  if (whole!.replace("-", "").length > maxDigits) return stop(reader, "a number too long");
  return { value: { type: "int", value: BigInt(whole!) } };
}

function readList(reader: Reader, depth: number): Read {
  const items: Value[] = [];
  reader.at += 1;
  skipBlanks(reader);
  if (reader.text[reader.at] === "]") {
    reader.at += 1;
    return { value: { type: "list", items } };
  }
  for (;;) {
    const read = readValue(reader, depth + 1);
    if (isStop(read)) return read;
    items.push(read.value);
    skipBlanks(reader);
    const next = reader.text[reader.at];
    if (next !== "," && next !== "]") return stop(reader, 'no "," or "]"');
    reader.at += 1;
    if (next === "]") return { value: { type: "list", items } };
    skipBlanks(reader);
  }
}

function readDict(reader: Reader, depth: number): Read {
  const entries = new Map<string, Value>();
  reader.at += 1;
  skipBlanks(reader);
  if (reader.text[reader.at] === "}") {
    reader.at += 1;
    return { value: { type: "dict", entries } };
  }
  for (;;) {
    if (reader.text[reader.at] !== '"') return stop(reader, "no key in double quotes");
    const key = readText(reader);
    if (isStop(key)) return key;
    skipBlanks(reader);
    if (reader.text[reader.at] !== ":") return stop(reader, 'no ":"');
    reader.at += 1;
    skipBlanks(reader);
    const read = readValue(reader, depth + 1);
    if (isStop(read)) return read;
    const name = key.value as string;
    if (entries.has(name) && !reader.repeated.includes(name)) reader.repeated.push(name);
    entries.set(name, read.value);
    skipBlanks(reader);
    const next = reader.text[reader.at];
    if (next !== "," && next !== "}") return stop(reader, 'no "," or "}"');
    reader.at += 1;
    if (next === "}") return { value: { type: "dict", entries } };
    skipBlanks(reader);
  }
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** Lone surrogates are kept, as Python keeps them. */
function readText(reader: Reader): Read {
  let text = "";
  reader.at += 1;
  for (;;) {
    const start = reader.at;
    while (!endsRun(reader.text[reader.at])) reader.at += 1;
    text += reader.text.slice(start, reader.at);
    const next = reader.text[reader.at];
    if (next === '"') {
      reader.at += 1;
      return { value: text };
    }
    if (next === undefined) return stop(reader, "text without end");
    if (next !== "\\") return stop(reader, "a control character in a text");
    const escaped = readEscape(reader);
    if (escaped === undefined) return stop(reader, "an unknown escape");
    text += escaped;
  }
}

function endsRun(character: string | undefined): boolean {
  return character === undefined || character === '"' || character === "\\" || character < "\u0020";
}

function readEscape(reader: Reader): string | undefined {
  const letter = reader.text[reader.at + 1] ?? "";
  if (letter === "u") {
    const digits = reader.text.slice(reader.at + 2, reader.at + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) return undefined;
    reader.at += 6;
    return String.fromCharCode(parseInt(digits, 16));
  }
  reader.at += 2;
  return escapes[letter];
}

export function isDict(value: Value | undefined): value is Dict {
  return typeof value === "object" && value !== null && value.type === "dict";
}

export function isList(value: Value | undefined): value is List {
  return typeof value === "object" && value !== null && value.type === "list";
}

/** bool(value) */
export function truthy(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === false || value === "") return false;
  if (typeof value !== "object") return true;
  switch (value.type) {
    case "int":
      return value.value !== 0n;
    case "float":
      return value.value !== 0;
    case "list":
      return value.items.length > 0;
    case "dict":
      return value.entries.size > 0;
  }
}

/** oslo_utils.strutils.bool_from_string without strict: unknown text is false. */
export function looseBool(value: Value | undefined): boolean {
  if (typeof value === "boolean") return value;
  return boolOfText(asWord(value ?? null)) ?? false;
}

/** str(value) where it is short and could be a word; containers are no word. */
export function asWord(value: Value): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value === null) return "None";
  switch (value.type) {
    case "int":
      return value.value.toString();
    case "float":
      return Number.isInteger(value.value) ? `${value.value}.0` : String(value.value);
    case "list":
      return "[]";
    case "dict":
      return "{}";
  }
}

/** a == b: True is 1, an integer equals the float of its value, NaN equals nothing. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  const left = numeric(a);
  const right = numeric(b);
  // Mixed types compare by value; no strict equality between bigint and number.
  // eslint-disable-next-line eqeqeq
  if (left !== undefined && right !== undefined) return left == right;
  if (isList(a) && isList(b)) {
    return (
      a.items.length === b.items.length && a.items.every((item, at) => equal(item, b.items[at]))
    );
  }
  if (isDict(a) && isDict(b)) {
    return (
      a.entries.size === b.entries.size &&
      [...a.entries].every(([key, value]) => b.entries.has(key) && equal(value, b.entries.get(key)))
    );
  }
  return left === undefined && right === undefined && a === b;
}

function numeric(value: Value | undefined): bigint | number | undefined {
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value !== "object" || value === null) return undefined;
  return value.type === "int" || value.type === "float" ? value.value : undefined;
}
