// One finding of lint: a value that text, JSON, SARIF and Markdown are made from.

import type { Region } from "../../api/yaml-places.ts";

/** Error: it cannot work. Warning: it works, with a hazard. Note: something to know. */
export const grades = ["error", "warning", "note"] as const;
export type Grade = (typeof grades)[number];

export type LintFinding = Region & {
  readonly file: string;
  /** Kind/name; empty for a whole file. */
  readonly object: string;
  readonly field: string;
  readonly rule: string;
  readonly severity: Grade;
  readonly message: string;
};

/** As bad as the limit, or worse. */
export function counts(severity: Grade, limit: Grade): boolean {
  return grades.indexOf(severity) <= grades.indexOf(limit);
}
