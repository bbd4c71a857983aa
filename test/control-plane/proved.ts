// What was proved on which Kubernetes, as data: read out of what Jest says of a run, kept in the
// repository, and told as the table of docs/support.md.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const dataFile = join(import.meta.dirname, "proved.json");
const page = join(root, "docs/support.md");

/** Describe block of older-releases.test.ts -> what it proves, as the head of a column. */
const columns = {
  "": "kinds, rights, identity",
  guard: "guard",
  state: "nothing else touched",
  "deploy/injection": "policy",
  "deploy/injection/v1beta1": "policy v1beta1",
  webhook: "webhook",
  story: "worked example to its flavor, webhook alone",
} as const;

type Part = keyof typeof columns;
const parts = Object.keys(columns) as readonly Part[];

/** Release -> parts of which every test passed. */
type Proved = Readonly<Record<string, readonly Part[]>>;

/** What `jest --json` writes, as far as it is read here. */
type JestResult = {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly status: string;
    }[];
  }[];
};

export function provedBy(result: JestResult): Proved {
  const ran = result.testResults
    .flatMap((testResult) => testResult.assertionResults)
    .flatMap(({ ancestorTitles, status }) => {
      const [lane = "", part = ""] = ancestorTitles;
      const release = /^Kubernetes (1\.\d+\.\d+)$/.exec(lane)?.[1];
      const own = ancestorTitles.includes("story") ? "story" : part;
      return release === undefined ? [] : [{ release, part: own, passed: status === "passed" }];
    });
  const of = (release: string): readonly Part[] =>
    parts.filter((part) => {
      const all = ran.filter((row) => row.release === release && row.part === part);
      return all.length > 0 && all.every((row) => row.passed);
    });
  const releases = [...new Set(ran.map((row) => row.release))];
  return Object.fromEntries(releases.map((release) => [release, of(release)]));
}

export function readProved(): Proved {
  return existsSync(dataFile) ? (JSON.parse(readFileSync(dataFile, "utf8")) as Proved) : {};
}

/** Releases that did not run keep what they had. */
export function recordProved(resultFile: string): void {
  const news = provedBy(JSON.parse(readFileSync(resultFile, "utf8")) as JestResult);
  const all = { ...readProved(), ...news };
  // As prettier writes it: a run leaves nothing to format.
  const lines = releasesOf(all).map(
    (release) =>
      `  "${release}": [${all[release]!.map((part) => JSON.stringify(part)).join(", ")}]`,
  );
  writeIfNew(dataFile, lines.length === 0 ? "{}\n" : `{\n${lines.join(",\n")}\n}\n`);
  writeIfNew(page, withTable(readFileSync(page, "utf8"), all));
}

function writeIfNew(file: string, text: string): void {
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
}

function releasesOf(proved: Proved): readonly string[] {
  const minor = (release: string): number => Number(release.split(".")[1]);
  return Object.keys(proved).sort((key, other) => minor(key) - minor(other));
}

const frame = /(<!-- proved -->\n\n)[\s\S]*?(\n\n<!-- \/proved -->)/;

export function withTable(text: string, proved: Proved): string {
  return text.replace(frame, (_all, before: string, after: string) => {
    const head = ["Kubernetes", ...Object.values(columns)];
    const rows = releasesOf(proved).map((release) => [
      release,
      ...parts.map((part) => (proved[release]!.includes(part) ? "yes" : "")),
    ]);
    const lines = [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
    return `${before}${lines.join("\n").replaceAll("|  |", "| |").replaceAll("|  |", "| |")}${after}`;
  });
}
