// "Who can serve this alias, and if nobody, why?": lint, explain, match and the statuses give one
// answer, the right one, for set-ups as people have them. What a real scheduler answers to the same
// set-ups is asked in test/openstack.

import { beforeAll, describe, expect, test } from "@jest/globals";
import { readYaml } from "../../src/api/read-yaml.ts";
import { conditionOf } from "../../src/api/statuses.ts";
import { command as explain } from "../../src/cli/explain.ts";
import type { LintFinding } from "../../src/cli/lint/finding.ts";
import { command as lint } from "../../src/cli/lint/lint.ts";
import { command as match } from "../../src/cli/match.ts";
import { playToEnd, type Played } from "../../src/cli/played/offline.ts";
import { explain as walk } from "../../src/plan/explain.ts";
import { installationOf, inventoryOf } from "./field/host-of-set-ups.ts";
import { setUps, type SetUp } from "./field/set-ups.ts";
import { runCommand } from "./texts-io.ts";

const release = "34.0.0";

type OnHost = {
  readonly aliases: readonly string[];
  readonly mistakes: readonly { readonly name: string; readonly message: string }[];
};

test("there are twenty of the field, and their neighbours", () => {
  const titles = setUps.map((setUp) => `${setUp.what}, ${setUp.placement}`);
  expect(new Set(titles).size).toBe(titles.length);
  expect(setUps.length).toBeGreaterThanOrEqual(45);
});

describe.each([
  ["with PCI in Placement", true, undefined],
  ["with PCI in Placement, by itself", true, true],
  ["without", false, undefined],
] as const)("%s", (_title, placement, alone) => {
  const own = setUps.filter((setUp) => setUp.placement === placement && setUp.alone === alone);
  const text = installationOf(own, placement, release);
  let findings: readonly LintFinding[];
  let played: Played;
  let host: OnHost;

  beforeAll(async () => {
    const found = await runCommand(lint, ["-f", "p.yaml", "-o", "json"], { "p.yaml": text });
    findings = JSON.parse(found.stdout) as readonly LintFinding[];
    const { objects } = readYaml("p.yaml", text);
    played = await playToEnd({ namespace: "openstack", objects });
    const args = ["-f", "p.yaml", "--node", "n0", "--inventory", "-", "--release", release];
    const ran = await runCommand(
      match,
      [...args, "-o", "json"],
      { "p.yaml": text },
      inventoryOf(own),
    );
    host = JSON.parse(ran.stdout) as OnHost;
  }, 120_000);

  const objectsOf = ({ name }: SetUp): readonly string[] =>
    ["PciAlias", "PciWhitelist", "PciFlavor"].flatMap((kind) =>
      [name, `${name}-other`].map((word) => `${kind}/${word}`),
    );

  /** What files alone can tell. */
  const expected = (setUp: SetUp): string => (setUp.onlyOnHost === true ? "served" : setUp.says);

  test.each(own.map((setUp) => [setUp.what, setUp] as const))("%s", (_what, setUp) => {
    const says = expected(setUp);
    const ours = findings.filter((finding) => objectsOf(setUp).includes(finding.object));
    const errors = ours
      .filter((finding) => finding.severity === "error")
      .map((finding) => finding.rule);
    if (says === "served") expect(errors).toEqual([]);
    else expect(errors).toContain(says);
    if (setUp.warns !== undefined)
      expect(ours.map((finding) => finding.rule)).toContain(setUp.warns);
    const ready = ["PciAlias", "PciFlavor"].flatMap((kind) =>
      played.cluster.store
        .list(kind as "PciAlias")
        .filter((custom) => objectsOf(setUp).includes(`${kind}/${custom.metadata.name}`))
        .map((custom) => conditionOf(custom.status, "Ready")),
    );
    const not = ready.filter((item) => item?.status !== "True");
    if (says === "served") expect(not).toEqual([]);
    else expect(not.length).toBeGreaterThan(0);
    const told = walk(played.seen, { kind: "flavor", name: setUp.name });
    expect(told?.broken === undefined).toBe(says === "served");
    // One reason in all of them, in the same words.
    for (const { object, rule, message } of ours) {
      if (rule !== says || !object.startsWith("PciAlias/")) continue;
      expect(not.map((item) => item?.message)).toContain(message);
      expect(told!.links.map((link) => link.message).join("\n")).toContain(message);
    }
  });

  test.each(own.map((setUp) => [setUp.what, setUp] as const))("on its host: %s", (_what, setUp) => {
    const called = (name: string, line: string): boolean => line.includes(`alias "${name}"`);
    const names = [setUp.name, `${setUp.name}-other`];
    const lines = host.aliases.filter((line) => names.some((name) => called(name, line)));
    const own = host.mistakes.filter(
      ({ message }) =>
        names.some((name) => called(name, message) || message.includes(`/${name} `)) ||
        setUp.devices.some((device) => message.includes(device.address)),
    );
    const found = [
      ...own.map((item) => item.name),
      ...lines.filter((line) => line.includes(": 0 of")),
    ];
    if (setUp.host === undefined) expect(found).toEqual([]);
    else expect(found).toContainEqual(expect.stringContaining(setUp.host));
  });
});

test("explain says of files what it says of their end", async () => {
  const own = setUps.filter((setUp) => setUp.what === "a class on the device only");
  const files = { "p.yaml": installationOf(own, true, release) };
  const ran = await runCommand(explain, [`flavor/${own[0]!.name}`, "-f", "p.yaml"], files);
  expect([ran.exit, ran.stdout]).toEqual([
    1,
    expect.stringContaining("give the alias resourceClass: "),
  ]);
});
