// Words that stopped readers, and that no text of the program, of the kinds or of the documents may
// use again. Comments of the sources are for builders and not looked at.
import { expect, test } from "@jest/globals";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { faces } from "../src/cli/faces/faces.ts";
import { helpOf, type Face } from "../src/cli/terminal/face.ts";
import { gateTable } from "../src/plan/terms/gate-table.ts";
import { conditionTypes, reasons } from "../src/plan/terms/reasons.ts";

const root = join(import.meta.dirname, "..");

/** The old form, and what to write. */
const worn: readonly (readonly [RegExp, string])[] = [
  [/nova\.conf under ours/i, "the chart's own nova.conf"],
  [/\bshall (read|have|get)\b/, "will read"],
  [/takes part in the configuration/, "accepted"],
  [/nodes are down or under way/, "N of at most M nodes are being restarted"],
  [/compute nodes do not have it yet/, "not yet on N compute nodes"],
  [/aliases that are not live on every nova-api/, "waiting for alias X to be live on ..."],
  [/no compute can ever take it/, "no compute node can host this flavor"],
  [/what waits\b/, "what is pending"],
  [/hands? every PCI device/, "make every PCI device on the host assignable"],
  [/an effect was refused/, "the API server refused a write"],
  [/a status was written|an event was told/, "status updated, event recorded"],
  [/that is what we write/, "written as ..."],
  [/\bthe others follow\b/, "the remaining nodes"],
  [/\((string|number|boolean|object|list|null)\), write/, "must be X, not Y"],
  [/\b(LINK|HOLDS)\b/, "CHECK, OK?"],
  [/last-good|last good/, "what was proved last"],
  [/newer wish/, "a newer change"],
  [/more of the kind\b/, "more like these"],
  [
    /\b(base and fragment|the base list)\b/,
    "the chart's own nova.conf, the filters that are there",
  ],
  [/\bpods are behind\b/, "pods do not read the new file yet"],
  [
    /\bis no (UTF-8|boolean|text|number|whole number|regular expression|kubeconfig|JSON|object|folder)\b/,
    "is not a boolean",
  ],
];

/** What the glossary calls otherwise; each is looked for in what people read. */
const synonyms: readonly (readonly [RegExp, string])[] = [
  [/\b(blacklist|allowlist|denylist)/i, "device spec, exclusion"],
  [/\bhypervisors?\b/i, "compute node"],
  [/\bcompute hosts?\b/i, "compute node"],
  [/\b(snippet|config piece)\b/i, "fragment"],
  [/\b(blocker|roadblock)s?\b/i, "gate"],
  [/\bblacked out|banned entr/i, "quarantined"],
];

/** Texts only: what stands in comments is blanked. */
function textsOf(path: string): string {
  const text = readFileSync(join(root, path), "utf8");
  if (!path.endsWith(".ts")) return text;
  return text.replace(/\/\*[^]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
}

const paths = [
  "src/**/*.ts",
  "crds/*.yaml",
  "docs/rules.md",
  "deploy/chart/templates/*.txt",
].flatMap((pattern) => globSync(pattern, { cwd: root }));

test.each(worn.map(([form, better]) => [form.source, better, form] as const))(
  "nobody says /%s/: %s",
  (_, __, form) => {
    const found = paths.filter((path) => form.test(textsOf(path)));
    expect([paths.length > 100, found]).toEqual([true, []]);
  },
);

/** What people read: meanings of gates, conditions and reasons, help, kinds, rules, frames. */
function sentences(): ReadonlyMap<string, string> {
  const said = new Map<string, string>();
  for (const [name, { means }] of Object.entries(gateTable)) said.set(`gate ${name}`, means);
  for (const [name, means] of Object.entries({ ...conditionTypes, ...reasons }))
    said.set(`reason ${name}`, means);
  const all: readonly Face[] = Object.values(faces);
  for (const face of all) said.set(`help of ${face.name}`, helpOf(face));
  const files = ["crds/*.yaml", "docs/rules.md", "docs/concepts/*.md", "test/cli/frames/*.txt"];
  for (const path of files.flatMap((file) => globSync(file, { cwd: root })))
    said.set(path, readFileSync(join(root, path), "utf8"));
  return said;
}

test.each(synonyms.map(([form, better]) => [form.source, better, form] as const))(
  "nobody says /%s/ for %s",
  (_, __, form) => {
    const said = sentences();
    const found = [...said].filter(([, text]) => form.test(text)).map(([where]) => where);
    expect([said.size > 80, found]).toEqual([true, []]);
  },
);

test("every word of the glossary is explained once", () => {
  const page = readFileSync(join(root, "docs/concepts/index.md"), "utf8");
  const words = [...page.matchAll(/^\| ([a-z][^|]*) \|/gm)].map((match) => match[1]!);
  expect(words.length).toBeGreaterThan(20);
  expect(new Set(words).size).toBe(words.length);
});
