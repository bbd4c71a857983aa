// Every nova.conf fragment that a scenario expects is taken by the real Nova of the scenario's
// release, value for value; a scenario that says `nova: refuses` is refused.
import { afterAll, expect, test } from "@jest/globals";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { atLeast, findRelease } from "../../src/nova/terms/release.ts";
import { releasesThatRun, startOracle, type Loaded, type Oracle } from "./oracle.ts";
import { scenarioNames, scenarios } from "../support/scenario-world.ts";
import { oracleReleases, type OracleRelease } from "./oracle-install.ts";

type Fragment = {
  readonly title: string;
  readonly file: string;
  readonly releases: readonly OracleRelease[];
};
type Scenario = { readonly refused: boolean; readonly fragments: readonly Fragment[] };

function readScenario(name: string): Scenario {
  const folder = join(scenarios, name);
  const releases = releasesOf(folder);
  const files = readdirSync(folder).filter((file) => file.endsWith(".conf"));
  return {
    refused: documentsIn(folder, "then.yaml").some((document) => document["nova"] === "refuses"),
    fragments: files.map((file) => ({
      title: `${name}/${file}`,
      file: join(folder, file),
      releases,
    })),
  };
}

type Document = Readonly<Record<string, unknown>>;

function documentsIn(folder: string, file: string): readonly Document[] {
  const path = join(folder, file);
  if (!existsSync(path)) return [];
  return loadAll(readFileSync(path, "utf8")).filter(
    (item): item is Document => typeof item === "object" && item !== null,
  );
}

/** Without a release only what means the same everywhere is rendered: both ends must take it. */
function releasesOf(folder: string): readonly OracleRelease[] {
  const installation = documentsIn(folder, "given.yaml").find(
    (document) => document["kind"] === "PciPassthrough",
  );
  const spec = installation?.["spec"] as { readonly release?: string } | undefined;
  return spec?.release === undefined ? ["26.3.0", "34.0.0"] : [nearest(spec.release)];
}

/** The highest of the same series that is not newer, else the lowest of the series. */
function nearest(text: string): OracleRelease {
  const release = findRelease(text);
  const series = release?.version.split(".")[0] ?? "34";
  const same = oracleReleases.filter((oracleRelease) => oracleRelease.startsWith(`${series}.`));
  const found = same.find((word) => atLeast(release ?? { version: word }, word)) ?? same.at(-1);
  if (found === undefined) throw new Error(`no Nova can be asked for release ${text}`);
  return found;
}

const read = scenarioNames().map(readScenario);

const started = new Map<OracleRelease, Promise<Oracle>>();
afterAll(async () => {
  for (const oracle of started.values()) await (await oracle).stop();
}, 60_000);

async function load(release: OracleRelease, file: string): Promise<Loaded> {
  if (!started.has(release)) started.set(release, startOracle(release));
  const oracle = await started.get(release)!;
  return oracle.load([file], file.includes("nova-scheduler"));
}

/** Why Nova refuses the file, part by part; empty when it takes all of it. */
function refusals(said: Loaded): readonly string[] {
  return [said.files, said.alias, said.device_spec, said.filters].filter(
    (text): text is string => typeof text === "string",
  );
}

/** How many values of an option the text has: so many must reach Nova. */
function valuesIn(file: string, names: readonly string[]): number {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => names.some((name) => line.startsWith(`${name} = `))).length;
}

const asked = read.flatMap(({ refused, fragments }) =>
  fragments.flatMap(({ title, file, releases }) =>
    releases.map((release) => ({ title, file, release, refused })),
  ),
);
const here = new Set(releasesThatRun([...new Set(asked.map(({ release }) => release))]));

test("scenarios expect fragments", () => {
  const fragments = read.flatMap((scenario) => scenario.fragments);
  expect(fragments.length > 0).toBe(read.length > 0);
});

const accepted = asked.filter(({ refused, release }) => !refused && here.has(release));

test("real Nova takes every fragment that a scenario expects", async () => {
  const wrong: string[] = [];
  for (const { title, file, release } of accepted) {
    const said = await load(release, file);
    wrong.push(...refusals(said).map((why) => `nova ${release}, ${title}: ${why}`));
    const written = {
      alias: valuesIn(file, ["alias"]),
      device_spec: valuesIn(file, ["device_spec", "passthrough_whitelist"]),
    };
    if (JSON.stringify(said.counts) !== JSON.stringify(written))
      wrong.push(
        `nova ${release}, ${title}: read ${JSON.stringify(said.counts)} of ${JSON.stringify(written)}`,
      );
  }
  expect(wrong).toEqual([]);
}, 600_000);

test("real Nova refuses a fragment of every scenario that says so", async () => {
  for (const { fragments } of read.filter(({ refused }) => refused)) {
    const verdicts: string[] = [];
    for (const { file, releases } of fragments)
      for (const release of releases.filter((text) => here.has(text)))
        verdicts.push(...refusals(await load(release, file)));
    const names = fragments.map(({ title }) => title).join(", ");
    expect([names, verdicts.length > 0 || here.size === 0]).toEqual([names, true]);
  }
}, 600_000);
