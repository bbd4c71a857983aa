// Real Nova, as installed here, must say about the measured cases what was measured: only then
// does a comparison with it prove anything.
import { afterAll, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { differences, readCases, type Answer, type Case } from "./case.ts";
import { releasesThatRun, startOracle, type Oracle } from "./oracle.ts";
import { usualReleases } from "./oracle-install.ts";

type Measured = Case &
  Answer & {
    readonly id: string;
    readonly same_in: readonly string[];
    readonly other_releases?: readonly (Answer & { readonly releases: readonly string[] })[];
  };

const corpus = readCases(
  readFileSync(new URL("./cases/nova-cases.json", import.meta.url), "utf8"),
) as { readonly cases: readonly Measured[] };

function measuredIn(release: string, measured: Measured): Answer | undefined {
  if (measured.same_in.includes(release)) return measured;
  return measured.other_releases?.find(({ releases }) => releases.includes(release));
}

function question({ kind, input, ini, conf, host }: Measured): Case {
  return { kind, input, ini, conf, host } as Case;
}

const started: Oracle[] = [];
afterAll(() => Promise.all(started.map((oracle) => oracle.stop())), 60_000);

test.each(releasesThatRun(usualReleases))(
  "nova %s says about every measured case what was measured",
  async (release) => {
    const measured = corpus.cases.filter((one) => measuredIn(release, one) !== undefined);
    expect(measured.length).toBeGreaterThan(300);
    const oracle = await startOracle(release);
    started.push(oracle);
    const answers = await oracle.judge(measured.map(question));
    const wrong = measured.flatMap((one, index) => {
      const fields = differences(measuredIn(release, one)!, answers[index]!);
      return fields.length === 0 ? [] : [`${one.id}: ${fields.join(", ")}`];
    });
    expect(wrong).toEqual([]);
  },
  600_000,
);
