// The fuzzer: holds our model against real Nova for as long as one likes, and writes what it finds
// down: npm run fuzz:nova -- --minutes 10 --releases all
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { agree, readCases, type Answer, type Case } from "../case.ts";
import { startOracle, type Oracle } from "../oracle.ts";
import {
  missingForOracle,
  oracleReleases,
  usualReleases,
  type OracleRelease,
} from "../oracle-install.ts";
import { kinds, type Kind } from "./cases.ts";
import { compare, describe, type Disagreement } from "./compare.ts";

const foundFile = fileURLToPath(new URL("../cases/found.json", import.meta.url));

const usage = `npm run fuzz:nova -- [--minutes 10] [--releases all|usual|X,Y] [--kinds all|X,Y]
                     [--seed N] [--found FILE | --no-write]

Asks real Nova and the model of it the same generated questions. Each disagreement is made small,
printed with both verdicts, and added as a case to ${foundFile}.
Exit 0: they agree. 1: they do not. 2: a wrong argument.
`;

type Wanted = {
  readonly minutes: number;
  readonly releases: readonly OracleRelease[];
  readonly kinds: readonly Kind[];
  readonly seed: number;
  readonly file: string | undefined;
};

function readArguments(): Wanted | string {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "10" },
      releases: { type: "string", default: "usual" },
      kinds: { type: "string", default: "all" },
      seed: { type: "string", default: `${Date.now() % 1_000_000_007}` },
      found: { type: "string", default: foundFile },
      "no-write": { type: "boolean", default: false },
    },
  });
  const groups = { all: oracleReleases, usual: usualReleases };
  const releases =
    groups[values.releases as keyof typeof groups] ?? pick(oracleReleases, values.releases);
  const wantedKinds = values.kinds === "all" ? kinds : pick(kinds, values.kinds);
  if (typeof releases === "string") return releases;
  if (typeof wantedKinds === "string") return wantedKinds;
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (!(minutes > 0)) return `--minutes ${values.minutes}: not a positive number`;
  if (!Number.isInteger(seed)) return `--seed ${values.seed}: not a whole number`;
  const file = values["no-write"] ? undefined : values.found;
  return { minutes, releases, kinds: wantedKinds, seed, file };
}

function pick<T extends string>(from: readonly T[], text: string): readonly T[] | string {
  const names = text.split(",");
  const unknown = names.find((name) => !(from as readonly string[]).includes(name));
  if (unknown !== undefined) return `${unknown} is unknown: choose of ${from.join(", ")}`;
  return from.filter((name) => names.includes(name));
}

/** Small rounds over all releases and kinds, so that a short run has seen everything once. */
async function fuzz(wanted: Wanted, oracles: readonly Oracle[]): Promise<readonly Disagreement[]> {
  const until = Date.now() + wanted.minutes * 60_000;
  const found: Disagreement[] = [];
  const known = new Set<string>();
  let compared = 0;
  let undecided = 0;
  for (let round = 0; Date.now() < until; round += 1) {
    for (const oracle of oracles)
      for (const kind of wanted.kinds) {
        if (Date.now() > until) break;
        const seed = wanted.seed + round * 7919;
        const result = await compare(oracle, { kind, seed, count: 150, limit: 3 });
        compared += result.compared;
        undecided += result.undecided;
        for (const disagreement of result.disagreements) {
          const text = JSON.stringify(disagreement.asked);
          if (known.has(text)) continue;
          known.add(text);
          found.push(disagreement);
          print(describe(disagreement));
          if (wanted.file !== undefined) await addCase(wanted.file, disagreement, oracles);
        }
      }
    print(`${compared} compared, ${undecided} undecided, ${found.length} disagree`);
  }
  return found;
}

type FoundCase = Case &
  Answer & {
    readonly id: string;
    readonly same_in: readonly string[];
    readonly other_releases?: readonly (Answer & { readonly releases: readonly string[] })[];
  };

/** What each release says about the case is measured, in the form of the measured cases. */
async function addCase(
  file: string,
  disagreement: Disagreement,
  oracles: readonly Oracle[],
): Promise<void> {
  const text = readIfThere(file);
  const document = (text === undefined ? emptyDocument : readCases(text)) as typeof emptyDocument;
  const number = 1 + document.cases.filter(({ kind }) => kind === disagreement.kind).length;
  const groups: { releases: string[]; said: Answer }[] = [];
  for (const oracle of oracles.toReversed()) {
    const [said] = (await oracle.judge([disagreement.asked])) as readonly [Answer];
    const known = groups.find((group) => agree(group.said, said));
    if (known === undefined) groups.push({ releases: [oracle.release], said: measured(said) });
    else known.releases.push(oracle.release);
  }
  const [first, ...others] = groups.map(({ releases, said }) => ({ ...said, releases }));
  const { releases, ...said } = first!;
  const found: FoundCase = {
    id: `found-${disagreement.kind}-${number}`,
    ...disagreement.asked,
    ...said,
    same_in: releases,
    ...(others.length === 0 ? {} : { other_releases: others }),
  };
  const all = new Set([...document.releases_measured, ...oracles.map(({ release }) => release)]);
  const changed = { ...document, releases_measured: [...all], cases: [...document.cases, found] };
  writeFileSync(file, `${JSON.stringify(changed, null, 1)}\n`);
}

/** Error texts would differ elsewhere. */
function measured({ verdict, clean, parsed, matches }: Answer): Answer {
  return JSON.parse(JSON.stringify({ verdict, clean, parsed, matches })) as Answer;
}

const emptyDocument: {
  readonly about: string;
  readonly releases_measured: readonly string[];
  readonly cases: readonly FoundCase[];
} = {
  about: "Cases on which the model once disagreed with real Nova; the verdicts are Nova's.",
  releases_measured: [],
  cases: [],
};

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(): Promise<number> {
  const wanted = readArguments();
  if (typeof wanted === "string") {
    process.stderr.write(`${wanted}\n\n${usage}`);
    return 2;
  }
  const oracles: Oracle[] = [];
  for (const release of wanted.releases) {
    const missing = missingForOracle(release);
    if (missing !== undefined) print(`skipped nova ${release}: this machine lacks ${missing}`);
    else oracles.push(await startOracle(release));
  }
  print(`seed ${wanted.seed}, nova ${oracles.map((oracle) => oracle.release).join(", ")}`);
  const found = await fuzz(wanted, oracles);
  await Promise.all(oracles.map((oracle) => oracle.stop()));
  return found.length === 0 ? 0 : 1;
}

process.exitCode = await main();
