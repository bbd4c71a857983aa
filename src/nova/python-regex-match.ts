// Answers "where can a match that begins at the start of this text end?" in bounded time. A regular
// pattern is walked with sets of positions, so its time is linear in pattern and text whatever the
// nesting; references, conditions, atomic groups and possessive repetition need backtracking, which
// counts its steps and gives up.

import { codePoints, isBlank } from "./python-text.ts";
import type { CharacterItem, Flags, Node, Width } from "./python-regex-tree.ts";
import { widthOf } from "./python-regex-tree.ts";

export type Ends = ReadonlySet<number> | "undecided";

export function endsOf(root: Node, flags: Flags, text: string): Ends {
  const characters = codePoints(text);
  return isRegular(root)
    ? walk(root, { characters, flags, known: new Map() }, 0)
    : backtrack(root, { characters, flags });
}

function isRegular(node: Node): boolean {
  switch (node.is) {
    case "set":
    case "any":
    case "at":
      return true;
    case "sequence":
      return node.items.every(isRegular);
    case "choice":
      return node.options.every(isRegular);
    case "repeat":
      return node.mode !== "possessive" && isRegular(node.body);
    case "group":
    case "look":
      return isRegular(node.body);
    case "atomic":
    case "reference":
    case "condition":
      return false;
  }
}

type Subject = { readonly characters: readonly string[]; readonly flags: Flags };
type Positions = ReadonlySet<number>;
/** Ends by node and start: each pair is worked out once, so nesting costs no more than its size. */
type Walk = Subject & { readonly known: Map<Node, Map<number, Positions>> };

const nowhere: Positions = new Set();
const noGroups: ReadonlyMap<number, Width> = new Map();

/** Every position at which the node can end when it begins at this one. */
function walk(node: Node, subject: Walk, from: number): Positions {
  const starts = subject.known.get(node) ?? new Map<number, Positions>();
  subject.known.set(node, starts);
  const known = starts.get(from);
  if (known !== undefined) return known;
  const ends = walkNode(node, subject, from);
  starts.set(from, ends);
  return ends;
}

function walkAll(node: Node, subject: Walk, from: Positions): Positions {
  const ends = new Set<number>();
  for (const at of from) for (const end of walk(node, subject, at)) ends.add(end);
  return ends;
}

function walkNode(node: Node, subject: Walk, from: number): Positions {
  switch (node.is) {
    case "set":
    case "any":
      return takes(node, subject, from) ? new Set([from + 1]) : nowhere;
    case "at":
      return holds(node.place, subject, from) ? new Set([from]) : nowhere;
    case "sequence":
      return node.items.reduce<Positions>(
        (positions, item) => (positions.size === 0 ? nowhere : walkAll(item, subject, positions)),
        new Set([from]),
      );
    case "choice":
      return new Set(node.options.flatMap((option) => [...walk(option, subject, from)]));
    case "group":
      return walk(node.body, { ...subject, flags: { ...subject.flags, ...node.on } }, from);
    case "look":
      return sees(node, subject, from) ? new Set([from]) : nowhere;
    case "repeat":
      return walkRepeat(node, subject, from);
    case "atomic":
    case "reference":
    case "condition":
      return nowhere;
  }
}

/**
 * After as many rounds as there are positions, a further round of the same body changes nothing: a
 * round either moves on or stays where it may stay for ever. So a count never costs more than that.
 */
function walkRepeat(node: Extract<Node, { is: "repeat" }>, subject: Walk, from: number): Positions {
  const enough = subject.characters.length + 2;
  let now: Positions = new Set([from]);
  for (let round = 0; round < Math.min(node.min, enough) && now.size > 0; round += 1) {
    now = walkAll(node.body, subject, now);
  }
  const ends = new Set(now);
  for (let round = 0; round < Math.min(node.max - node.min, enough); round += 1) {
    const before = ends.size;
    now = walkAll(node.body, subject, now);
    for (const at of now) ends.add(at);
    if (now.size === 0 || ends.size === before) break;
  }
  return ends;
}

function sees(node: Extract<Node, { is: "look" }>, subject: Walk, at: number): boolean {
  if (node.ahead) return walk(node.body, subject, at).size > 0 !== node.negated;
  const start = at - widthOf(node.body, noGroups)[0];
  const seen = start >= 0 && walk(node.body, subject, start).has(at);
  return seen !== node.negated;
}

function takes(node: Extract<Node, { is: "set" | "any" }>, subject: Subject, at: number): boolean {
  const character = subject.characters[at];
  if (character === undefined) return false;
  if (node.is === "any") return subject.flags.dotAll || character !== "\n";
  return node.items.some((item) => isIn(item, character, subject.flags)) !== node.negated;
}

function isIn(item: CharacterItem, character: string, flags: Flags): boolean {
  if (item.is === "category") return inCategory(item.name, character, flags.ascii);
  const forms = flags.ignoreCase
    ? [character, character.toLowerCase(), character.toUpperCase()]
    : [character];
  return forms.some((form) => {
    const code = form.codePointAt(0)!;
    return item.low <= code && code <= item.high;
  });
}

const wide = { d: /^\p{Nd}$/u, s: { test: isBlank }, w: /^[\p{L}\p{N}_]$/u };
const narrow = { d: /^[0-9]$/, s: /^[ \t\n\r\f\v]$/, w: /^[a-zA-Z0-9_]$/ };

function inCategory(name: string, character: string, ascii: boolean): boolean {
  const letter = name.toLowerCase() as "d" | "s" | "w";
  return (ascii ? narrow : wide)[letter].test(character) === (name === letter);
}

function holds(place: Extract<Node, { is: "at" }>["place"], subject: Subject, at: number): boolean {
  const { characters, flags } = subject;
  const length = characters.length;
  const word = (index: number): boolean =>
    characters[index] !== undefined && inCategory("w", characters[index], flags.ascii);
  switch (place) {
    case "beginText":
      return at === 0;
    case "begin":
      return at === 0 || (flags.multiLine && characters[at - 1] === "\n");
    case "endText":
      return at === length;
    case "end":
      if (at === length || (at === length - 1 && characters[at] === "\n")) return true;
      return flags.multiLine && characters[at] === "\n";
    case "boundary":
      return length > 0 && word(at - 1) !== word(at);
    case "notBoundary":
      return length > 0 && word(at - 1) === word(at);
  }
}

type Captures = ReadonlyMap<number, readonly [number, number]>;
type Continue = (at: number, captures: Captures) => boolean;
/** Each step may be a few frames of the stack, which holds about ten thousand. */
const stepLimit = 2_000;

/** Collects the ends of all matches in the order of preference; atomic parts keep the first only. */
function backtrack(root: Node, subject: Subject): Ends {
  const ends = new Set<number>();
  const budget = { steps: 0 };
  const goOn: Continue = (at) => {
    ends.add(at);
    return false;
  };
  attempt(root, { ...subject, budget }, { at: 0, captures: new Map() }, goOn);
  return budget.steps > stepLimit ? "undecided" : ends;
}

type Search = Subject & { readonly budget: { steps: number } };
type Point = { readonly at: number; readonly captures: Captures };

/** True = stop searching. */
function attempt(node: Node, search: Search, point: Point, goOn: Continue): boolean {
  search.budget.steps += 1;
  if (search.budget.steps > stepLimit) return true;
  const { at, captures } = point;
  switch (node.is) {
    case "set":
    case "any":
      return takes(node, search, at) && goOn(at + 1, captures);
    case "at":
      return holds(node.place, search, at) && goOn(at, captures);
    case "sequence":
      return attemptItems(node.items, 0, search, point, goOn);
    case "choice":
      return node.options.some((option) => attempt(option, search, point, goOn));
    case "repeat":
      return attemptRepeat(node, search, point, goOn);
    case "group":
      return attempt(
        node.body,
        { ...search, flags: { ...search.flags, ...node.on } },
        point,
        (end, inner) =>
          goOn(end, node.index === undefined ? inner : new Map(inner).set(node.index, [at, end])),
      );
    case "atomic": {
      const only = firstOf(node.body, search, point);
      return only !== undefined && goOn(only.at, only.captures);
    }
    case "reference": {
      const captured = captures.get(node.group);
      if (captured === undefined) return false;
      const text = search.characters.slice(...captured);
      const here = search.characters.slice(at, at + text.length);
      const same = text.every((one, index) => equalCharacters(one, here[index], search.flags));
      return same && goOn(at + text.length, captures);
    }
    case "condition": {
      const branch = captures.has(node.group) ? node.yes : node.no;
      return branch === undefined ? goOn(at, captures) : attempt(branch, search, point, goOn);
    }
    case "look": {
      const seen = node.ahead
        ? firstOf(node.body, search, point)
        : firstBehind(node, search, point);
      if ((seen !== undefined) === node.negated) return false;
      return goOn(at, node.negated || seen === undefined ? captures : seen.captures);
    }
  }
}

function equalCharacters(a: string, b: string | undefined, flags: Flags): boolean {
  if (a === b) return true;
  return flags.ignoreCase && b !== undefined && a.toLowerCase() === b.toLowerCase();
}

function attemptItems(
  items: readonly Node[],
  index: number,
  search: Search,
  point: Point,
  goOn: Continue,
): boolean {
  const item = items[index];
  if (item === undefined) return goOn(point.at, point.captures);
  return attempt(item, search, point, (at, captures) =>
    attemptItems(items, index + 1, search, { at, captures }, goOn),
  );
}

function firstOf(body: Node, search: Search, point: Point): Point | undefined {
  let found: Point | undefined;
  attempt(body, search, point, (at, captures) => {
    found = { at, captures };
    return true;
  });
  return found;
}

function firstBehind(
  node: Extract<Node, { is: "look" }>,
  search: Search,
  point: Point,
): Point | undefined {
  for (let start = point.at; start >= 0; start -= 1) {
    let found: Point | undefined;
    attempt(node.body, search, { at: start, captures: point.captures }, (at, captures) => {
      if (at !== point.at) return false;
      found = { at, captures };
      return true;
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

function attemptRepeat(
  node: Extract<Node, { is: "repeat" }>,
  search: Search,
  point: Point,
  goOn: Continue,
): boolean {
  if (node.mode === "possessive") {
    const greedy: Node = { ...node, mode: "greedy" };
    const only = firstOf(greedy, search, point);
    return only !== undefined && goOn(only.at, only.captures);
  }
  const round = (count: number, here: Point): boolean => {
    const again = (): boolean =>
      count < node.max &&
      attempt(node.body, search, here, (at, captures) => {
        // A round that moves nowhere is not repeated once the minimum is reached.
        if (at === here.at && count >= node.min) return false;
        const next = at === here.at ? Math.max(count + 1, node.min) : count + 1;
        return round(next, { at, captures });
      });
    const leave = (): boolean => count >= node.min && goOn(here.at, here.captures);
    return node.mode === "lazy" ? leave() || again() : again() || leave();
  };
  return round(0, point);
}
