// Answers "does Python's re take this pattern, and what is its structure?": a port of the grammar of
// CPython's re/_parser.py (3.8 to 3.14), errors included. What differs between those versions is
// decided when the version is known, else left undecided. Matches nothing.

import { readEscape, readSet } from "./python-regex-characters.ts";
import { readFlags } from "./python-regex-flags.ts";
import {
  checkLookbehind,
  checkReference,
  crash,
  fail,
  isIdentifier,
  literal,
  readName,
  tokens,
  undecided,
  type PythonMinor,
  type Source,
  type State,
  type Stop,
} from "./python-regex-source.ts";
import { widthOf, type Flags, type Node } from "./python-regex-tree.ts";

export type Parsed =
  | { readonly is: "parsed"; readonly root: Node; readonly flags: Flags }
  /** `crash`: not re.error but OverflowError or ValueError, which Nova does not catch. */
  | { readonly is: "refused"; readonly why: string; readonly crash: boolean }
  | { readonly is: "undecided"; readonly why: string };

const maxRepeat = 4294967295;
/** Deeper nesting may exhaust Python's stack, which depends on its build. */
const maxDepth = 200;

export function parsePattern(pattern: string, python: PythonMinor): Parsed {
  const state: State = {
    python,
    flags: { i: false, m: false, s: false, x: false, a: false, u: false },
    groups: 1,
    names: new Map(),
    widths: new Map(),
    open: new Set(),
    lookbehindGroups: undefined,
    variableLookbehind: false,
    conditions: new Set(),
  };
  try {
    const source = tokens(pattern);
    const root = parseChoice(source, state, false, 0);
    if (source.next() !== undefined) fail("unbalanced parenthesis");
    for (const group of state.conditions) {
      if (group < state.groups) continue;
      if (python === undefined || python < 11)
        undecided(`group ${group} of a condition is unknown`);
      fail(`invalid group reference ${group}`);
    }
    if (state.flags.a && state.flags.u) crash("ASCII and UNICODE flags are incompatible");
    if (state.variableLookbehind) fail("look-behind requires fixed-width pattern");
    const { i, m, s, a } = state.flags;
    return {
      is: "parsed",
      root,
      flags: { ignoreCase: i, multiLine: m, dotAll: s, ascii: a },
    };
  } catch (caught) {
    const { stop, why } = caught as Partial<Stop>;
    if (stop === undefined || why === undefined) throw caught;
    if (stop === "undecided") return { is: "undecided", why };
    return { is: "refused", why, crash: stop === "crash" };
  }
}

export function parseChoice(source: Source, state: State, verbose: boolean, depth: number): Node {
  if (depth > maxDepth) undecided("it is nested too deeply");
  const options: Node[] = [];
  let spaced = verbose;
  for (;;) {
    options.push(parseSequence(source, state, spaced, depth, depth === 0 && options.length === 0));
    if (!source.match("|")) break;
    if (depth === 0) spaced = state.flags.x;
  }
  return options.length === 1 ? options[0]! : { is: "choice", options };
}

const blanks = " \t\n\r\v\f";
const repeats = "*+?{";

export function parseSequence(
  source: Source,
  state: State,
  verboseAtStart: boolean,
  depth: number,
  first: boolean,
): Node {
  const items: Node[] = [];
  let verbose = verboseAtStart;
  for (;;) {
    const token = source.next();
    if (token === undefined || token === "|" || token === ")") break;
    source.get();
    if (verbose && blanks.includes(token)) continue;
    if (verbose && token === "#") {
      skipComment(source);
      continue;
    }
    if (token.startsWith("\\")) items.push(readEscape(source, token, state));
    else if (token === "[") items.push(readSet(source));
    else if (repeats.includes(token)) parseRepeat(source, state, token, items);
    else if (token === ".") items.push({ is: "any" });
    else if (token === "^") items.push({ is: "at", place: "begin" });
    else if (token === "$") items.push({ is: "at", place: "end" });
    else if (token === "(") {
      const made = parseGroup(source, state, verbose, depth);
      if (made === "flags") {
        if (!first || items.length > 0) lateFlags(state);
        verbose = state.flags.x;
      } else if (made !== "comment") items.push(made);
    } else items.push(literal(token.codePointAt(0)!));
  }
  return items.length === 1 ? items[0]! : { is: "sequence", items };
}

function lateFlags(state: State): void {
  if (state.python === undefined) undecided("global flags that are not at the start");
  if (state.python >= 11) fail("global flags not at the start of the expression");
  if (state.flags.x) undecided("a verbose flag that is not at the start");
}

function skipComment(source: Source): void {
  for (;;) {
    const token = source.get();
    if (token === undefined || token === "\n") return;
  }
}

function parseRepeat(source: Source, state: State, token: string, items: Node[]): void {
  const limits = readLimits(source, token);
  if (limits === undefined) {
    items.push(literal(token.codePointAt(0)!));
    return;
  }
  const body = items.at(-1);
  if (body === undefined || body.is === "at") fail("nothing to repeat");
  if (body.is === "repeat") fail("multiple repeat");
  const [min, max] = limits;
  items[items.length - 1] = { is: "repeat", min, max, mode: repeatMode(source, state), body };
}

function repeatMode(source: Source, state: State): "greedy" | "lazy" | "possessive" {
  if (source.match("?")) return "lazy";
  if (source.next() !== "+") return "greedy";
  if (state.python === undefined) undecided("possessive repetition");
  if (state.python < 11) fail("multiple repeat");
  source.get();
  return "possessive";
}

/** undefined = the brace is a character. */
function readLimits(source: Source, token: string): readonly [number, number] | undefined {
  if (token === "?") return [0, 1];
  if (token === "*") return [0, Infinity];
  if (token === "+") return [1, Infinity];
  if (source.next() === "}") return undefined;
  const start = source.tell();
  const low = readDigits(source);
  const high = source.match(",") ? readDigits(source) : low;
  if (!source.match("}")) {
    source.seek(start);
    return undefined;
  }
  const min = low === "" ? 0 : Number(low);
  const max = high === "" ? Infinity : Number(high);
  if (min >= maxRepeat || (high !== "" && max >= maxRepeat)) {
    crash("the repetition number is too large");
  }
  if (max < min) fail("min repeat greater than max repeat");
  return [min, max];
}

function readDigits(source: Source): string {
  let digits = "";
  for (;;) {
    const token = source.next();
    if (token === undefined || !/^[0-9]$/.test(token)) return digits;
    digits += token;
    source.get();
  }
}

function parseGroup(
  source: Source,
  state: State,
  verbose: boolean,
  depth: number,
): Node | "flags" | "comment" {
  if (!source.match("?")) return captured(source, state, verbose, depth, undefined);
  const kind = source.get();
  switch (kind) {
    case undefined:
      return fail("unexpected end of pattern");
    case "P":
      return parsePythonGroup(source, state, verbose, depth);
    case ":":
      return scoped(source, state, { verbose, depth }, {});
    case "#":
      return parseComment(source);
    case "=":
    case "!":
      return parseLook(source, state, { verbose, depth }, { ahead: true, sign: kind });
    case "<": {
      const sign = source.get();
      if (sign === undefined) fail("unexpected end of pattern");
      if (sign !== "=" && sign !== "!") fail(`unknown extension ?<${sign}`);
      return parseLook(source, state, { verbose, depth }, { ahead: false, sign });
    }
    case "(":
      return parseCondition(source, state, verbose, depth);
    case ">": {
      if (state.python === undefined) undecided("an atomic group");
      if (state.python < 11) fail("unknown extension ?>");
      return { is: "atomic", body: closed(source, parseChoice(source, state, verbose, depth + 1)) };
    }
    default:
      return parseFlagged(source, state, { verbose, depth }, kind);
  }
}

type Inside = { readonly verbose: boolean; readonly depth: number };

function closed(source: Source, body: Node): Node {
  if (!source.match(")")) fail("missing ), unterminated subpattern");
  return body;
}

function scoped(source: Source, state: State, inside: Inside, on: Partial<Flags>): Node {
  const body = closed(source, parseChoice(source, state, inside.verbose, inside.depth + 1));
  return { is: "group", index: undefined, on, body };
}

function captured(
  source: Source,
  state: State,
  verbose: boolean,
  depth: number,
  name: string | undefined,
): Node {
  const index = state.groups;
  state.groups += 1;
  if (name !== undefined) {
    if (state.names.has(name)) fail(`redefinition of group name "${name}"`);
    state.names.set(name, index);
  }
  state.open.add(index);
  const body = closed(source, parseChoice(source, state, verbose, depth + 1));
  state.open.delete(index);
  state.widths.set(index, widthOf(body, state.widths));
  return { is: "group", index, on: {}, body };
}

function parseComment(source: Source): "comment" {
  for (;;) {
    const token = source.get();
    if (token === undefined) fail("missing ), unterminated comment");
    if (token === ")") return "comment";
  }
}

function parsePythonGroup(source: Source, state: State, verbose: boolean, depth: number): Node {
  if (source.match("<")) {
    const name = readName(source, ">");
    if (!isIdentifier(name)) fail(`bad character in group name "${name}"`);
    return captured(source, state, verbose, depth, name);
  }
  if (source.match("=")) {
    const name = readName(source, ")");
    if (!isIdentifier(name)) fail(`bad character in group name "${name}"`);
    const group = state.names.get(name);
    if (group === undefined) fail(`unknown group name "${name}"`);
    checkReference(group, state);
    return { is: "reference", group };
  }
  const token = source.get();
  return fail(token === undefined ? "unexpected end of pattern" : `unknown extension ?P${token}`);
}

function parseLook(
  source: Source,
  state: State,
  inside: Inside,
  how: { readonly ahead: boolean; readonly sign: "=" | "!" },
): Node {
  const before = state.lookbehindGroups;
  if (!how.ahead && before === undefined) state.lookbehindGroups = state.groups;
  const body = parseChoice(source, state, inside.verbose, inside.depth + 1);
  if (!how.ahead && before === undefined) state.lookbehindGroups = undefined;
  closed(source, body);
  if (!how.ahead) {
    const [min, max] = widthOf(body, state.widths);
    if (min !== max) state.variableLookbehind = true;
  }
  return { is: "look", ahead: how.ahead, negated: how.sign === "!", body };
}

function parseCondition(source: Source, state: State, verbose: boolean, depth: number): Node {
  const name = readName(source, ")");
  let group: number | undefined;
  if (isIdentifier(name)) {
    group = state.names.get(name);
    if (group === undefined) fail(`unknown group name "${name}"`);
  } else {
    if (!/^[0-9]+$/.test(name)) {
      if (/^[\s\p{Nd}+_]+$/u.test(name)) undecided("an unusual group number");
      fail(`bad character in group name "${name}"`);
    }
    group = Number(name);
    if (group === 0) fail("bad group number");
    if (group >= 1 << 30) fail(`invalid group reference ${name}`);
    state.conditions.add(group);
  }
  checkLookbehind(group, state);
  const yes = parseSequence(source, state, verbose, depth + 1, false);
  let no: Node | undefined;
  if (source.match("|")) {
    no = parseSequence(source, state, verbose, depth + 1, false);
    if (source.next() === "|") fail("conditional backref with more than two branches");
  }
  closed(source, yes);
  return { is: "condition", group, yes, no };
}

function parseFlagged(source: Source, state: State, inside: Inside, first: string): Node | "flags" {
  const read = readFlags(source, state, first);
  if (read === "global") return "flags";
  return scoped(source, state, { ...inside, verbose: read.verbose ?? inside.verbose }, read.on);
}
