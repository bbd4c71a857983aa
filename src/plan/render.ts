// Answers "which file is that?": lines -> text, name and digest. Cannot fail. Deterministic to the
// byte: the order of lines is decided before, the order of sections here.

import { fragmentName, type Service } from "../api/names.ts";
import { writeConf } from "../nova/conf-writer.ts";
import { digestOf, sha256 } from "../nova/digest.ts";
import { allowedIn } from "./lines.ts";
import type { FragmentRecord, Line } from "./state.ts";

/** What "no fragment" is called in the assignment and in records. */
export const none = "none";

export type Fragment = {
  readonly name: string;
  readonly service: Service;
  readonly lines: readonly Line[];
  /** Fingerprint of exactly what Nova parses; comments and layout do not count. */
  readonly digest: string;
  readonly text: string;
};

export const emptyDigest = "none";

/** Fragment of these lines; no lines, no fragment (named "none"). */
export function render(service: Service, lines: readonly Line[]): Fragment {
  const own = withoutRepeats(lines.filter((line) => allowedIn(service, line)));
  if (own.length === 0) return { name: none, service, lines: [], digest: emptyDigest, text: "" };
  const text = writeConf(own);
  return {
    name: fragmentName(service, sha256(text)),
    service,
    lines: own,
    digest: digestOf(text),
    text,
  };
}

/** Single-valued options once; the same value of a repeated option once. */
function withoutRepeats(lines: readonly Line[]): readonly Line[] {
  const seen = new Set<string>();
  return lines.filter((line) => {
    const key = `${line.section}\n${line.option}\n${line.value}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Renders each distinct set of lines once in a round. */
export function renderCache(): (service: Service, lines: readonly Line[]) => Fragment {
  const cache = new Map<string, Fragment>();
  return (service, lines) => {
    const key = `${service}\n${lines.map((one) => `${one.entry}\t${one.option}`).join("\n")}`;
    const known = cache.get(key);
    if (known !== undefined && sameValues(known.lines, lines)) return known;
    const made = render(service, lines);
    cache.set(key, made);
    return made;
  };
}

function sameValues(a: readonly Line[], b: readonly Line[]): boolean {
  return a.length === b.length && a.every((line, index) => line.value === b[index]!.value);
}

export function recordOf(fragment: Fragment): FragmentRecord {
  return { service: fragment.service, lines: fragment.lines, digest: fragment.digest };
}

/** Text of a fragment that the state remembers, to put it back when it was deleted. */
export function textOf(record: FragmentRecord): string {
  return writeConf(record.lines);
}
