// Answers "where in the text is that field, and what stands there?" for parsed YAML: a number that
// should have been quoted is only recognisable in the source. Knows no object of Kubernetes.

import { EVENT_ID, getScalarValue, SCALAR_STYLE, type Event } from "js-yaml";

export type Place = {
  /** From 1. */
  readonly line: number;
  /** The characters of an unquoted scalar. */
  readonly unquoted?: string;
};

/** Places by path ("spec.devices[0].vendorId"; "" is the document), one map for each document. */
export type Places = ReadonlyMap<string, Place>;

type Open =
  | { readonly in: "document" }
  | { readonly in: "list"; readonly path: string; next: number }
  | { readonly in: "map"; readonly path: string; key: string | undefined };

export function placesOf(text: string, events: readonly Event[]): readonly Places[] {
  const lineAt = lineCounter(text);
  const documents: Map<string, Place>[] = [];
  const open: Open[] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) {
      documents.push(new Map());
      open.push({ in: "document" });
    } else if (event.type === EVENT_ID.POP) {
      open.pop();
    } else {
      const path = enter(open.at(-1), event, text);
      if (path === undefined) continue;
      documents.at(-1)!.set(path, placeOf(event, text, lineAt));
      if (event.type === EVENT_ID.SEQUENCE) open.push({ in: "list", path, next: 0 });
      if (event.type === EVENT_ID.MAPPING) open.push({ in: "map", path, key: undefined });
    }
  }
  return documents;
}

/** Path of a value; undefined for the key of a map, which is remembered. */
function enter(parent: Open | undefined, event: Event, text: string): string | undefined {
  if (parent === undefined || parent.in === "document") return "";
  if (parent.in === "list") return `${parent.path}[${parent.next++}]`;
  if (parent.key === undefined) {
    parent.key = event.type === EVENT_ID.SCALAR ? getScalarValue(text, event) : "?";
    return undefined;
  }
  const { key } = parent;
  parent.key = undefined;
  return parent.path === "" ? key : `${parent.path}.${key}`;
}

function placeOf(event: Event, text: string, lineAt: (offset: number) => number): Place {
  switch (event.type) {
    case EVENT_ID.SCALAR: {
      const line = lineAt(event.valueStart);
      if (event.style !== SCALAR_STYLE.PLAIN) return { line };
      return { line, unquoted: text.slice(event.valueStart, event.valueEnd) };
    }
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING:
      return { line: lineAt(event.start) };
    case EVENT_ID.ALIAS:
      return { line: lineAt(event.anchorStart) };
    case EVENT_ID.DOCUMENT:
    case EVENT_ID.POP:
      return { line: 1 };
  }
}

function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

/** The place of a path, or of the nearest part of it that is in the text. */
export function nearest(places: Places | undefined, path: string): Place | undefined {
  let rest = path;
  for (;;) {
    const found = places?.get(rest);
    if (found !== undefined || rest === "") return found;
    const cut = Math.max(rest.lastIndexOf("."), rest.lastIndexOf("["));
    rest = cut < 0 ? "" : rest.slice(0, cut);
  }
}
