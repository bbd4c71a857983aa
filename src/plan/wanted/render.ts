// Renders lines to a fragment of nova.conf: text, name and digest. Cannot fail. Deterministic to
// the byte: the order of lines is decided before, the order of sections here.

import { fragmentName, type Service } from "../../api/names.ts";
import { writeConf } from "../../nova/conf/conf-writer.ts";
import { digestOf, sha256 } from "../../nova/text/digest.ts";
import { allowedIn, lineText } from "./lines.ts";
import { recent } from "../terms/recent.ts";
import type { Line } from "../terms/state.ts";

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
  const own = unique(
    lines.filter((line) => allowedIn(service, line)),
    (line) => `${line.entry}\n${lineText(line)}`,
  );
  if (own.length === 0) return { name: none, service, lines: [], digest: emptyDigest, text: "" };
  const text = textOf({ lines: own });
  return {
    name: fragmentName(service, sha256(text)),
    service,
    lines: own,
    digest: digestOf(text),
    text,
  };
}

function unique(lines: readonly Line[], key: (line: Line) => string): readonly Line[] {
  const seen = new Set<string>();
  return lines.filter((line) => {
    const text = key(line);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

const drawn = recent<Fragment>(4000);

/** Renders each distinct set of lines once. */
export function renderCache(): (service: Service, lines: readonly Line[]) => Fragment {
  return (service, lines) => {
    let key: string = service;
    for (const line of lines)
      key += `\n${line.entry}\t${line.section}.${line.option}=${line.value}`;
    return drawn(key, () => render(service, lines));
  };
}

/**
 * Text of the lines. Two entries may ask for the same line (an option, a device of two whitelists);
 * Nova is told once.
 */
export function textOf(record: { readonly lines: readonly Line[] }): string {
  return writeConf(unique(record.lines, lineText));
}
