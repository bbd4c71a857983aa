// Where a field stands in parsed YAML, and what stands there: a number that should have been quoted
// is only recognisable in the source. Knows no object of Kubernetes.

import { EVENT_ID, getScalarValue, SCALAR_STYLE, type Event } from "js-yaml";

/** From 1, the end after the last character, as editors and SARIF count. */
export type Region = {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
};

type Place = Region & {
  /** The characters of an unquoted scalar. */
  readonly unquoted?: string;
};

/** Places by path ("spec.devices[0].vendorId"; "" is the document), one map for each document. */
export type Places = ReadonlyMap<string, Place>;

export const fileStart: Region = { line: 1, column: 1, endLine: 1, endColumn: 1 };

/** Characters of the source. */
type Span = { readonly start: number; readonly end: number };

type Key = { readonly text: string; readonly span: Span };
type Open =
  | { readonly in: "document" }
  | { readonly in: "list"; readonly path: string; next: number }
  | { readonly in: "map"; readonly path: string; key: Key | undefined };

export function placesOf(text: string, events: readonly Event[]): readonly Places[] {
  const regionOf = regionFinder(text);
  const documents: Map<string, Place>[] = [];
  const open: Open[] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) {
      documents.push(new Map());
      open.push({ in: "document" });
    } else if (event.type === EVENT_ID.POP) {
      open.pop();
    } else {
      const entered = enter(open.at(-1), event, text);
      if (entered === undefined) continue;
      const { path, key } = entered;
      documents.at(-1)!.set(path, placeOf(event, key, text, regionOf));
      if (event.type === EVENT_ID.SEQUENCE) open.push({ in: "list", path, next: 0 });
      if (event.type === EVENT_ID.MAPPING) open.push({ in: "map", path, key: undefined });
    }
  }
  return documents;
}

/** Path of a value, with its key; undefined for the key of a map, which is remembered. */
function enter(
  parent: Open | undefined,
  event: Event,
  text: string,
): { readonly path: string; readonly key?: Span } | undefined {
  if (parent === undefined || parent.in === "document") return { path: "" };
  if (parent.in === "list") return { path: `${parent.path}[${parent.next++}]` };
  if (parent.key === undefined) {
    const isScalar = event.type === EVENT_ID.SCALAR;
    parent.key = { text: isScalar ? getScalarValue(text, event) : "?", span: spanOf(event, text) };
    return undefined;
  }
  const { text: name, span } = parent.key;
  parent.key = undefined;
  return { path: parent.path === "" ? name : `${parent.path}.${name}`, key: span };
}

/** A value by itself; a list or map by its key, or by its first line. */
function placeOf(
  event: Event,
  key: Span | undefined,
  text: string,
  regionOf: (span: Span) => Region,
): Place {
  if (event.type !== EVENT_ID.SCALAR) return regionOf(key ?? spanOf(event, text));
  const span = spanOf(event, text);
  // A value that is left out stands nowhere.
  const region = regionOf(span.end > span.start ? span : (key ?? span));
  if (event.style !== SCALAR_STYLE.PLAIN) return region;
  return { ...region, unquoted: text.slice(event.valueStart, event.valueEnd) };
}

function spanOf(event: Event, text: string): Span {
  switch (event.type) {
    case EVENT_ID.SCALAR: {
      const quotes =
        event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED
          ? 1
          : 0;
      return { start: event.valueStart - quotes, end: event.valueEnd + quotes };
    }
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING:
      return { start: event.start, end: endOfLine(text, event.start) };
    case EVENT_ID.ALIAS:
      return { start: event.anchorStart, end: event.anchorEnd };
    case EVENT_ID.DOCUMENT:
    case EVENT_ID.POP:
      return { start: 0, end: 0 };
  }
}

function endOfLine(text: string, start: number): number {
  const at = text.indexOf("\n", start);
  const line = text.slice(start, at < 0 ? text.length : at);
  return start + line.trimEnd().length;
}

function regionFinder(text: string): (span: Span) => Region {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  const lineOf = (offset: number): number => {
    let low = 0;
    let high = starts.length;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low;
  };
  return ({ start, end }) => {
    const first = lineOf(start);
    const last = lineOf(Math.max(start, end));
    return {
      line: first + 1,
      column: start - starts[first]! + 1,
      endLine: last + 1,
      endColumn: Math.max(start, end) - starts[last]! + 1,
    };
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
