// Answers "what is a moment?": milliseconds since the epoch from the operator's one clock, and their
// text. The core has no clock; it formats what it was given.

export type Millis = number;

/**
 * RFC 3339 with whole seconds. Messages hold moments, never countdowns, or every look would write
 * a status.
 */
export function timeText(at: Millis): string {
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
