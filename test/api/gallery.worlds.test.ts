// Every example of the gallery: linted, planned and played to the end, and each shows what its first
// lines promise.
import { describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { command as importCommand } from "../../src/cli/import.ts";
import { processIo, type Command } from "../../src/cli/terminal/io.ts";
import { command as lint } from "../../src/cli/lint/lint.ts";
import { command as plan } from "../../src/cli/plan/plan.ts";
import { command as render } from "../../src/cli/render.ts";
import { command as tryCommand } from "../../src/cli/try.ts";

const gallery = join(import.meta.dirname, "../../deploy/examples/gallery");
const names = readdirSync(gallery, { withFileTypes: true })
  .filter((file) => file.isDirectory())
  .map(({ name }) => name);

/** lint looks once: a device that waits until its node reports to Placement is not offered yet. */
const unknowable: Readonly<Record<string, readonly string[]>> = {
  "nvme-one-time-use": ["CapacityUnknown", "NoMatchingDevice"],
};

async function ran(command: Command, ...args: readonly string[]) {
  let out = "";
  let err = "";
  const io = {
    ...processIo,
    stdout: (part: string) => void (out += part),
    stderr: (part: string) => void (err += part),
  };
  const code = await command.run(args, io);
  return { code, out, err };
}

describe.each(names)("%s", (name) => {
  const folder = join(gallery, name);

  test("is sound: what is left to say is what files cannot know", async () => {
    const { code, out, err } = await ran(lint, "-f", folder);
    const rules = [...`${out}${err}`.matchAll(/: (?:warning|error): .*\[(\w+)\]$/gm)];
    expect(code).toBe(0);
    for (const [, rule] of rules) expect(unknowable[name] ?? ["CapacityUnknown"]).toContain(rule);
  });

  test("has a plan", async () => {
    expect((await ran(plan, "-f", folder)).code).toBe(0);
  });

  test("is played to Ready", async () => {
    const { code, out } = await ran(tryCommand, "-f", folder);
    expect(code).toBe(0);
    expect(out).not.toMatch(/^warning/m);
  });
});

const played = async (name: string, ...args: readonly string[]) =>
  (await ran(tryCommand, "-f", join(gallery, name), ...args)).out;
const rendered = async (name: string) =>
  (await ran(render, "-f", join(gallery, name), "-o", "conf")).out;

test("three models: a canary on each, then all forty nodes", async () => {
  const out = await played("three-gpu-models");
  const restarted = new Set(
    [...out.matchAll(/restart +nova-compute on (\S+?):?\s/g)].map((m) => m[1]),
  );
  expect(restarted.size).toBe(40);
});

test("network cards: no alias, and the scheduler looks at devices all the same", async () => {
  const out = await rendered("sriov-nic");
  expect(out).toContain('"physical_network"');
  expect(out).not.toMatch(/^alias/m);
});

test("drives that are wiped: reported in Placement, handed out once", async () => {
  const out = await rendered("nvme-one-time-use");
  expect(out).toContain("report_in_placement = true");
  expect(out).toContain('"one_time_use"');
});

test("placement: aliases ask for a class, not for ids", async () => {
  const out = await rendered("placement");
  const aliases = out.split("\n").filter((line) => line.startsWith("alias"));
  expect(aliases.length).toBeGreaterThan(0);
  for (const alias of aliases) expect(alias).toMatch(/CUSTOM_GPU/);
  for (const alias of aliases) expect(alias).not.toContain("vendor_id");
});

test("eight-GPU hosts: four flavors of one alias", async () => {
  const out = await played("eight-gpu-hosts");
  for (const count of [1, 2, 4, 8]) expect(out).toContain(`pci_passthrough:alias=h100:${count}`);
});

test("migration: import says of the old file what the example says", async () => {
  const conf = join(gallery, "migration/nova.conf");
  const { code, out } = await ran(importCommand, "--conf", conf, "--release", "2025.1");
  expect(code).toBe(0);
  type Read = { kind: string; spec: { match?: unknown; devices?: unknown; deviceType?: unknown } };
  const said = (text: string, kind: string) =>
    (loadAll(text) as (Read | null)[])
      .filter((read) => read?.kind === kind)
      .map((read) => [read!.spec.match, read!.spec.devices, read!.spec.deviceType]);
  const example = readFileSync(join(gallery, "migration/pci.yaml"), "utf8");
  for (const kind of ["PciAlias", "PciWhitelist"]) {
    expect(said(example, kind).length).toBe(1);
    expect(said(example, kind)).toEqual(said(out, kind));
  }
});
