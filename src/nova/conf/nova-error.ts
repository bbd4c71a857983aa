// What Nova said when it failed: one line, bounded. Never guesses: a log without a line that is
// known to be about PCI or the configuration gives nothing, whatever else it holds.

import { shownOf } from "./error-lines.ts";

const limit = 300;

/**
 * The line of Nova's own log that tells why it stopped: the last one that names an exception, never
 * the first, because a traceback is cut in the middle by the 2,048 bytes of a termination message
 * (measured on nova-compute 34).
 */
export function novaErrorLine(text: string): string | undefined {
  for (const line of text.split("\n").reverse()) {
    const shown = shownOf(line.trim());
    if (shown !== undefined) return shown.length <= limit ? shown : `${shown.slice(0, limit - 1)}…`;
  }
  return undefined;
}
