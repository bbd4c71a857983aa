// The behaviour of the operator, told as scenarios. Each folder of test/scenarios is a sentence:
// given.yaml is what is applied, then.yaml what comes of it, the .conf files what Nova will read.
// UPDATE_SCENARIOS=1 writes them anew; the diff is the review. Every scenario also keeps the
// invariants below.
import { describe, expect, test } from "@jest/globals";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump, load } from "js-yaml";
import { reasons } from "../src/plan/terms/reasons.ts";
import { serviceTitle, type Kind } from "../src/api/names.ts";
import { statusProblems } from "../src/api/parse.ts";
import { policies } from "../src/nova/terms/policies.ts";
import { outcome } from "../src/plan/outcome.ts";
import { plan } from "../src/plan/plan.ts";
import { sentenceOf } from "../src/plan/terms/gate-table.ts";
import { readGiven, scenarioNames, scenarios, tell, type Story } from "./support/scenario-world.ts";

const updating = process.env.UPDATE_SCENARIOS === "1";

type Then = Readonly<Record<string, unknown>>;

function thenOf(story: Story, kept: Then): Then {
  const { seen, plan: last } = story.last;
  const { aliases, whitelists, flavors, passthrough } = seen.objects;
  const objects: Record<string, string> = {};
  const lists = {
    PciAlias: aliases,
    PciWhitelist: whitelists,
    PciFlavor: flavors,
    PciPassthrough: passthrough === undefined ? [] : [passthrough],
  };
  for (const [kind, list] of Object.entries(lists)) {
    for (const object of list)
      objects[`${kind}/${object.metadata.name}`] = readyText(object.status);
  }
  const warnings = Object.entries(lists).flatMap(([kind, list]) =>
    list.flatMap((object) =>
      warningsOf(object.status).map((name) => `${kind}/${object.metadata.name} ${name}`),
    ),
  );
  const waits = [...new Set(last.gates.map((gate) => `${gate.gate}: ${sentenceOf(gate)}`))];
  return {
    ...(kept.nova === undefined ? {} : { nova: kept.nova }),
    objects,
    ...(warnings.length === 0 ? {} : { warnings }),
    restarts: story.restarts,
    ...(waits.length === 0 ? {} : { waits }),
    ...flavorsOf(story),
  };
}

type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
};

function conditionsOf(status: unknown): readonly Condition[] {
  return (status as { readonly conditions?: readonly Condition[] } | undefined)?.conditions ?? [];
}

function readyText(status: unknown): string {
  const ready = conditionsOf(status).find((condition) => condition.type === "Ready");
  return ready === undefined
    ? "no status"
    : `${ready.status === "True" ? "Ready" : "not Ready"}, ${ready.reason}: ${ready.message}`;
}

function warningsOf(status: unknown): readonly string[] {
  const list = (status as { readonly warnings?: readonly { readonly name: string }[] } | undefined)
    ?.warnings;
  return (list ?? []).map((item) => item.name);
}

function flavorsOf(story: Story): Then {
  const { cloud } = story.last.seen;
  if (cloud.is !== "read" || cloud.flavors.length === 0) return {};
  return {
    flavors: Object.fromEntries(cloud.flavors.map((flavor) => [flavor.name, flavor.extraSpecs])),
  };
}

/** File name -> text: one per service, one per distinct nova-compute. */
function confFiles(story: Story): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const [service, fragment] of Object.entries(story.outcome.services)) {
    files[`${serviceTitle[service as "api"]}.conf`] = fragment.text;
  }
  for (const { fragment, nodes } of story.outcome.computes) {
    files[`nova-compute-${nodes[0] ?? "none"}.conf`] = fragment.text;
  }
  return files;
}

function compare(path: string, text: string): void {
  if (updating) {
    writeFileSync(path, text);
    return;
  }
  expect({
    file: path,
    text: existsSync(path) ? readFileSync(path, "utf8") : "(no such file)",
  }).toEqual({ file: path, text });
}

describe.each(scenarioNames())("%s", (name) => {
  const here = join(scenarios, name);
  const given = readGiven(readFileSync(join(here, "given.yaml"), "utf8"));

  test("comes out as written", async () => {
    const story = await tell(given.setting, given.objects);
    const path = join(here, "then.yaml");
    const kept = existsSync(path) ? (load(readFileSync(path, "utf8")) as Then) : {};
    compare(path, dump(thenOf(story, kept), { lineWidth: 120 }));
    const files = confFiles(story);
    const expected = readdirSync(here).filter((file) => file.endsWith(".conf"));
    if (updating)
      for (const text of expected) if (files[text] === undefined) rmSync(join(here, text));
    for (const [file, text] of Object.entries(files)) compare(join(here, file), text);
    if (!updating) expect(expected.sort()).toEqual(Object.keys(files).sort());
    invariants(story);
  });
});

function invariants(story: Story): void {
  // Converged, or waiting: looking again writes nothing.
  expect(story.writesAtRest).toBe(0);
  const { seen } = story.last;
  // The order of lists is nobody's business.
  const shuffled = {
    ...seen,
    pods: [...seen.pods].reverse(),
    nodes: [...seen.nodes].reverse(),
    workloads: [...seen.workloads].reverse(),
    objects: {
      ...seen.objects,
      aliases: [...seen.objects.aliases].reverse(),
      whitelists: [...seen.objects.whitelists].reverse(),
      flavors: [...seen.objects.flavors].reverse(),
    },
  };
  expect(outcome(shuffled)).toEqual(outcome(seen));
  expect(plan(shuffled).effects).toEqual(plan(seen).effects);
  // Every reason that anybody sees is in the one file of reasons, or is a named policy.
  const known = new Set([...Object.keys(reasons), ...Object.keys(policies)]);
  const { aliases, whitelists, flavors, passthrough } = seen.objects;
  for (const object of [
    ...aliases,
    ...whitelists,
    ...flavors,
    ...(passthrough === undefined ? [] : [passthrough]),
  ]) {
    for (const condition of conditionsOf(object.status)) expect(known).toContain(condition.reason);
    for (const warning of warningsOf(object.status)) expect(known).toContain(warning);
  }
  // The API server takes every status as it is.
  const lists: Readonly<Record<Kind, readonly { readonly status?: unknown }[]>> = {
    PciAlias: aliases,
    PciWhitelist: whitelists,
    PciFlavor: flavors,
    PciPassthrough: passthrough === undefined ? [] : [passthrough],
  };
  for (const [kind, list] of Object.entries(lists)) {
    for (const item of list) expect(statusProblems(kind as Kind, item.status ?? {})).toEqual([]);
  }
  // A rejection names its object's field.
  for (const verdict of story.outcome.verdicts) {
    for (const rejection of verdict.rejections) expect(rejection.path).toMatch(/^spec/);
  }
}
