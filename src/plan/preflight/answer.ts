// The answer of a pre-flight Job: what its container left as its last words. Anything that is not
// the program's own line is no answer, and no answer is no refusal.

import { answerKey } from "./program.ts";

export type Answer = {
  readonly verdict: "accepted" | "refused" | "unknown";
  /** Nova's words, or why nobody knows: not fit to be shown as they are. */
  readonly words: string;
  /** Entries that Nova refuses by themselves: option and place, as "device_spec 0". */
  readonly blamed: readonly string[];
};

export function readAnswer(text: string): Answer {
  const line = text.trim().split("\n").at(-1) ?? "";
  const nothing = { verdict: "unknown", words: "it gave no answer", blamed: [] } as const;
  const said = parsed(line);
  if (typeof said !== "object" || said === null) return nothing;
  const { [answerKey]: verdict, words, blamed } = said as Readonly<Record<string, unknown>>;
  if (verdict !== "accepted" && verdict !== "refused" && verdict !== "unknown") return nothing;
  return {
    verdict,
    words: typeof words === "string" ? words : "",
    blamed: Array.isArray(blamed) ? blamed.filter((value) => typeof value === "string") : [],
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
