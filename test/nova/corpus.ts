// The corpus: every measured verdict held against the model. Runs each case of every JSON file in
// NOVA_CASES (default: the cases beside this file) for each release that it was measured on.
//   node test/nova/corpus.ts

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDict, isList, loadJson, type Dict } from "../../src/nova/text/python-json.ts";
import { agree, differences, type Answer } from "./case.ts";
import { judgeCase, measuringMachine } from "./judge.ts";
import type { Verdict } from "./question.ts";
import { plainOf } from "./values.ts";

type Count = { agree: number; disagree: number; undecided: number };

type Disagreement = {
  readonly file: string;
  readonly id: string;
  readonly release: string;
  readonly expected: unknown;
  readonly got: Verdict;
};

type Report = { readonly count: Count; readonly disagreements: readonly Disagreement[] };

/** Beyond the fields of every kind; a file that lacks them is compared without. */
const moreFields = ["extra_spec_validation", "server_create"] as const;

export function runCorpus(directory: string): Report {
  const count: Count = { agree: 0, disagree: 0, undecided: 0 };
  const disagreements: Disagreement[] = [];
  const files = readdirSync(directory)
    .filter((name) => name.endsWith(".json"))
    .sort();
  for (const file of files) {
    for (const asked of readFile(join(directory, file))) {
      for (const { release, expected } of measured(asked)) {
        const got = answerOf(asked, release);
        if (isUnportable(got)) count.undecided += 1;
        else if (same(expected, got)) count.agree += 1;
        else {
          count.disagree += 1;
          const id = plainOf(asked.entries.get("id") ?? null);
          disagreements.push({ file, id: String(id), release, expected, got });
        }
      }
    }
  }
  return { count, disagreements };
}

/** The one thing that may stay open: a regular expression outside the portable subset. */
function isUnportable({ verdict, error }: Verdict): boolean {
  return verdict === "undecided" && /^(domain|bus|slot|function) "/.test(error ?? "");
}

/** A kind or release that the model does not know is a disagreement, not the end of the run. */
function answerOf(asked: Dict, release: string): Verdict {
  try {
    return judgeCase(asked, release, { machine: measuringMachine });
  } catch (caught) {
    return { verdict: "n/a", error: caught instanceof Error ? caught.message : "no verdict" };
  }
}

/** Cases under "cases", or a bare list. */
function readFile(path: string): readonly Dict[] {
  const loaded = loadJson(readFileSync(path, "utf8"));
  if (!loaded.ok) throw new Error(`${path}: ${loaded.why}`);
  const { value } = loaded;
  const list = isDict(value) ? value.entries.get("cases") : value;
  if (!isList(list)) throw new Error(`${path}: there is no list of cases`);
  return list.items.filter((item): item is Dict => isDict(item));
}

/** The case's own result for the releases of same_in, and each result of other_releases. */
function* measured(
  asked: Dict,
): Generator<{ readonly release: string; readonly expected: Answer }> {
  const own = plainOf(asked) as Answer & {
    readonly release?: string;
    readonly same_in?: readonly string[];
    readonly other_releases?: readonly (Answer & { readonly releases?: readonly string[] })[];
  };
  const first = own.same_in ?? (own.release === undefined ? [] : [own.release]);
  for (const release of first) yield { release, expected: own };
  for (const other of own.other_releases ?? []) {
    for (const release of other.releases ?? []) yield { release, expected: other };
  }
}

function same(expected: Answer, got: Verdict): boolean {
  if (!agree(expected, got)) return false;
  const fields = expected as Partial<Record<(typeof moreFields)[number], string>>;
  return moreFields.every((field) => fields[field] === undefined || fields[field] === got[field]);
}

function describe(disagreement: Disagreement): string {
  const expected = disagreement.expected as Answer;
  const pick = (answer: Answer): string =>
    JSON.stringify({
      verdict: answer.verdict,
      clean: answer.clean,
      parsed: answer.parsed,
      matches: answer.matches,
      error: answer.error,
    });
  return [
    `${disagreement.file} ${disagreement.id} @ ${disagreement.release}: ${differences(expected, disagreement.got).join(", ")} differ`,
    `  Nova:  ${pick(expected)}`,
    `  model: ${pick(disagreement.got)}`,
  ].join("\n");
}

if (import.meta.main) {
  const directory = process.env.NOVA_CASES ?? join(import.meta.dirname, "cases");
  const { count, disagreements } = runCorpus(directory);
  for (const disagreement of disagreements) process.stdout.write(`${describe(disagreement)}\n`);
  const { agree: agreed, disagree, undecided } = count;
  process.stdout.write(`${agreed} agree, ${disagree} disagree, ${undecided} undecided\n`);
  const all = agreed + disagree + undecided;
  if (all === 0) process.stdout.write(`there is no case in ${directory}\n`);
  process.exitCode = disagree > 0 || undecided * 100 > 3 * all || all === 0 ? 1 : 0;
}
