// Python's re.compile and re.match for the portable subset: the platform's own engine on the
// expression that regex-subset.ts wrote for it.

import { readSubset, type Subset } from "./regex-subset.ts";

export type Compiled = {
  readonly is: "compiled";
  readonly start: RegExp;
  readonly whole: RegExp;
  /** See regex-subset.ts. */
  readonly steps: number;
};
type Compilation = Compiled | Exclude<Subset, { readonly is: "portable" }>;

export function compilePattern(pattern: string): Compilation {
  const read = readSubset(pattern);
  if (read.is !== "portable") return read;
  return {
    is: "compiled",
    start: new RegExp(`^(?:${read.source})`, "v"),
    whole: new RegExp(`^(?:${read.source})$`, "v"),
    steps: read.steps,
  };
}

/** bool(re.match(pattern, text)) */
export function matchesStart(compiled: Compiled, text: string): boolean {
  return compiled.start.test(text);
}

/** bool(re.fullmatch(pattern, text)) */
export function matchesWhole(compiled: Compiled, text: string): boolean {
  return compiled.whole.test(text);
}
