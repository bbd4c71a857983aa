// Moments as users write them: when they are one for the API server, and how to say what is wanted.

export const momentWords = "a moment with its time zone, such as 2026-12-24T18:00:00Z";

const shape =
  /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/**
 * As the API server's format `date-time` (kube-openapi, strfmt), which knows the days of each
 * month: `Date.parse` takes the 30th of February for the 2nd of March.
 */
export function isMoment(text: string): boolean {
  const day = shape.exec(text)?.[1];
  if (day === undefined) return false;
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
}
