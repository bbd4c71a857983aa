// Answers "does Python's re.compile take this pattern, and does re.match find it at the start of a
// text?" in bounded time. Outside the modelled part of the grammar the answer is "undecided".

import { endsOf } from "./python-regex-match.ts";
import { parsePattern } from "./python-regex-parse.ts";
import type { PythonMinor } from "./python-regex-source.ts";
import type { Flags, Node } from "./python-regex-tree.ts";

export type Compiled = { readonly is: "compiled"; readonly root: Node; readonly flags: Flags };

export type Compilation =
  | Compiled
  | { readonly is: "refused"; readonly why: string; readonly crash: boolean }
  | { readonly is: "undecided"; readonly why: string };

export function compilePattern(pattern: string, python?: PythonMinor): Compilation {
  const parsed = parsePattern(pattern, python);
  if (parsed.is !== "parsed") return parsed;
  return { is: "compiled", root: parsed.root, flags: parsed.flags };
}

/** bool(re.match(pattern, text)) */
export function matchesStart(compiled: Compiled, text: string): boolean | "undecided" {
  const ends = endsOf(compiled.root, compiled.flags, text);
  return ends === "undecided" ? "undecided" : ends.size > 0;
}

/** Characters that the longest match takes; undefined = no match. */
export function matchLength(compiled: Compiled, text: string): number | "undecided" | undefined {
  const ends = endsOf(compiled.root, compiled.flags, text);
  if (ends === "undecided") return "undecided";
  return ends.size === 0 ? undefined : Math.max(...ends);
}
