// The comparison of our model with real Nova: asks both the same generated cases, many at a time,
// and makes a case small on which they differ.
import fc from "fast-check";
import { agree, type Answer, type Case } from "../case.ts";
import { judge } from "../judge.ts";
import type { Oracle } from "../oracle.ts";
import { caseOf, type Kind } from "./cases.ts";

export type Disagreement = {
  readonly release: string;
  readonly kind: Kind;
  readonly asked: Case;
  readonly nova: Answer;
  readonly ours: Answer;
};

type Comparison = {
  readonly compared: number;
  /** Expressions outside the modelled grammar: the model says that it cannot tell. */
  readonly undecided: number;
  readonly disagreements: readonly Disagreement[];
};

type Request = {
  readonly kind: Kind;
  readonly seed: number;
  readonly count: number;
  /** Stop looking after so many. */
  readonly limit: number;
};

const batch = 500;

export async function compare(oracle: Oracle, request: Request): Promise<Comparison> {
  const cases = fc.sample(caseOf(request.kind), { seed: request.seed, numRuns: request.count });
  const found: Disagreement[] = [];
  let undecided = 0;
  for (let start = 0; start < cases.length; start += batch) {
    const some = cases.slice(start, start + batch);
    const answers = await oracle.judge(some);
    for (const [index, asked] of some.entries()) {
      const ours = judge(asked, oracle.release);
      if (isOpen(answers[index]!, ours)) undecided += 1;
      else if (!agree(answers[index]!, ours) && found.length < request.limit)
        found.push(await smallest(oracle, request, start + index));
    }
  }
  return { compared: cases.length, undecided, disagreements: found };
}

/** The model cannot tell, or Nova's own expression takes it longer than anybody waits. */
function isOpen(nova: Answer, ours: Answer): boolean {
  return ours.verdict === "undecided" || nova.verdict === "timeout";
}

/** The same generator, seed and number make the same case, now with its way to smaller ones. */
async function smallest(oracle: Oracle, request: Request, index: number): Promise<Disagreement> {
  const differs = fc.asyncProperty(caseOf(request.kind), async (asked) => {
    const ours = judge(asked, oracle.release);
    const nova = await ask(oracle, asked);
    return isOpen(nova, ours) || agree(nova, ours);
  });
  const details = await fc.check(differs, {
    seed: request.seed,
    path: `${index}`,
    numRuns: 1,
    interruptAfterTimeLimit: 30_000,
  });
  const asked = details.counterexample?.[0];
  if (asked === undefined)
    throw new Error(`case ${index} of seed ${request.seed} is not repeatable`);
  const nova = await ask(oracle, asked);
  return {
    release: oracle.release,
    kind: request.kind,
    asked,
    nova,
    ours: judge(asked, oracle.release),
  };
}

async function ask(oracle: Oracle, asked: Case): Promise<Answer> {
  return (await oracle.judge([asked]))[0]!;
}

/** What a person needs to see what is wrong: the case and both verdicts. */
export function describe({ release, asked, nova, ours }: Disagreement): string {
  return [
    `nova ${release} and the model disagree about`,
    `  ${JSON.stringify(asked)}`,
    `  nova:  ${JSON.stringify(nova)}`,
    `  model: ${JSON.stringify(ours)}`,
  ].join("\n");
}
