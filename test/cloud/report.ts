// The report of a run: prints each step as it passes and keeps what the report file at the end
// says. Judges nothing by time.
import { writeFileSync } from "node:fs";

export type Report = {
  note(line: string): void;
  /** A timed part of the set-up. */
  phase<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** A step that passes or fails; the first failure ends the story. */
  step(title: string, work: (note: (line: string) => void) => Promise<void>): Promise<void>;
  /** The story could not begin, or ended early: a failure, unless a step has told it already. */
  broken(error: unknown): void;
  /** A block of text that only the file gets. */
  appendix(title: string, text: string): void;
  finish(): { readonly passed: number; readonly failed: number };
};

export function report(file: string): Report {
  const began = Date.now();
  const lines: string[] = [];
  const appendices: string[] = [];
  let passed = 0;
  let failed = 0;

  const say = (line: string) => {
    const stamped = `${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`;
    lines.push(stamped);
    process.stdout.write(`${stamped}\n`);
    save();
  };
  const save = () => writeFileSync(file, [...lines, "", ...appendices].join("\n"));

  return {
    note: say,
    phase: async (title, work) => {
      const start = Date.now();
      const result = await work();
      say(`${title} (${seconds(start)} s)`);
      return result;
    },
    step: async (title, work) => {
      const start = Date.now();
      try {
        await work((line) => say(`      ${line}`));
        passed += 1;
        say(`pass  ${title} (${seconds(start)} s)`);
      } catch (error) {
        failed += 1;
        say(`FAIL  ${title} (${seconds(start)} s)\n${describe(error)}`);
        throw error;
      }
    },
    broken: (error) => {
      if (failed > 0) return;
      failed += 1;
      say(`FAIL  ${describe(error)}`);
    },
    appendix: (title, text) => {
      appendices.push(`== ${title}`, text.trimEnd(), "");
      save();
    },
    finish: () => ({ passed, failed }),
  };
}

function seconds(start: number): string {
  return ((Date.now() - start) / 1000).toFixed(1);
}

function describe(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) parts.push(at.message);
  return parts.length === 0 ? String(error) : parts.join("\n  because ");
}
