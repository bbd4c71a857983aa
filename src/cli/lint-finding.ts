// Answers "what is one finding of lint?": a value that text, JSON and SARIF are made from.

export type LintFinding = {
  readonly file: string;
  readonly line: number;
  readonly object: string;
  readonly field: string;
  readonly rule: string;
  readonly severity: "error" | "warning";
  readonly message: string;
};
