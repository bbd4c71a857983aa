// A view of one moment: the last answer stays on the page until the next is there, so that a time
// line that moves does not flicker; an answer that is overtaken is dropped.

import { useEffect, useState } from "preact/hooks";
import type { Answers } from "../ui/model.ts";
import { ask } from "./source.ts";

export type Asked = { readonly index: number; readonly version: number };

export function useView<Name extends keyof Answers>(
  view: Name,
  at: Asked,
  query: Readonly<Record<string, string | undefined>> = {},
): Answers[Name] | undefined {
  const [value, setValue] = useState<Answers[Name]>();
  const pairs = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const text = new URLSearchParams([["at", String(at.index)], ...pairs]).toString();
  useEffect(() => {
    let overtaken = false;
    ask(view, text).then(
      (found) => {
        if (!overtaken) setValue(() => found);
      },
      () => undefined,
    );
    return () => {
      overtaken = true;
    };
  }, [view, text, at.version]);
  return value;
}
