// What people see: every main output at 80 and at 120 columns, as files that are read as
// specification; and of all of them what must hold at any width, on any terminal and in a pipe.

import { describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadCommand, type CommandName } from "../../src/cli/commands.ts";
import { overview } from "../../src/cli/overview.ts";
import { progressText } from "../../src/cli/progress-text.ts";
import { statusText } from "../../src/cli/status.ts";
import { columnsOf } from "../../src/cli/terminal/lines.ts";
import { paintFor } from "../../src/cli/terminal/screen.ts";
import type { Io } from "../../src/cli/terminal/io.ts";
import { progress } from "../../src/plan/progress.ts";
import { setStage, type Stage } from "../support/stage.ts";
import { expectGolden } from "./golden.ts";
import { runCommand, type Files } from "./texts-io.ts";

const examples = join(import.meta.dirname, "../../deploy/examples");

function filesIn(folder: string, as: string): Files {
  const names = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  return Object.fromEntries(
    names.map((name) => [`${as}/${name}`, readFileSync(join(folder, name), "utf8")]),
  );
}

const ours = (kind: string, name: string, spec: string): string =>
  `apiVersion: pci.openstack.org/v1alpha1
kind: ${kind}
metadata: { name: ${name} }
spec: ${spec}
---
`;

const node = (name: string, labels = ""): string =>
  `apiVersion: v1
kind: Node
metadata: { name: ${name}, labels: { openstack-compute-node: enabled, ${labels} } }
---
`;

const long = "rack-07-with-a-name-as-long-as-kubernetes-takes-it-to-be-000001";

const device = '{"vendor_id":"10de","product_id":"2330"}';
const alias = '{"name":"gpu","vendor_id":"10de","product_id":"2330","device_type":"type-PF"}';
const gpu = "{ match: [{ vendorId: '10de', productId: '2330' }], deviceType: type-PF }";
const wanted = [
  ours("PciPassthrough", "nova", "{ adopt: true, release: '2025.1' }"),
  ours("PciAlias", "gpu", gpu),
].join("");
const gpus = ours("PciWhitelist", "gpus", "{ devices: [{ vendorId: '10de', productId: '2330' }] }");
const nodes = Array.from({ length: 12 }, (_, index) =>
  node(`gpu-${String(index + 1).padStart(2, "0")}`),
).join("");

const files: Files = {
  ...filesIn(examples, "examples"),
  "old.yaml": wanted + nodes,
  "new.yaml": wanted + gpus + nodes,
  "long.yaml": wanted + gpus + node(long) + node("nic-1"),
  "wrong.yaml":
    wanted +
    ours("PciWhitelist", "typo", "{ devices: [{ vendorId: '10de', productId: '2203' }] }") +
    ours(
      "PciFlavor",
      "g1.large",
      "{ flavor: { name: g1.large }, aliases: [{ name: gpus, count: 1 }] }",
    ),
  "nova.conf": `[pci]\nalias = ${alias}\ndevice_spec = ${device}\ndevice_spec = {"address":"*:3b:00.*","trusted":"yes"}\n`,
  "host.txt":
    '0000:3b:00.0 "0302" "10de" "2330" -ra1 "10de" "16c1"\n0000:81:00.0 "0108" "144d" "a80a" "144d" "a801"\n',
};

const frames: Readonly<Record<string, readonly string[]>> = {
  lint: ["lint", "-f", "wrong.yaml"],
  plan: ["plan", "-f", "new.yaml"],
  "plan-from": ["plan", "-f", "new.yaml", "--from", "old.yaml"],
  "plan-long-names": ["plan", "-f", "long.yaml"],
  try: ["try", "-f", "examples"],
  render: ["render", "-f", "examples", "-o", "conf"],
  nodes: ["nodes", "-f", "new.yaml"],
  "nodes-wide": ["nodes", "-f", "long.yaml", "-o", "wide"],
  explain: ["explain", "alias/gpu", "-f", "new.yaml"],
  "explain-broken": ["explain", "flavor/g1.large", "-f", "wrong.yaml"],
  match: ["match", "--release", "2025.1", "--conf", "nova.conf", "--inventory", "host.txt"],
  check: ["check", "--release", "2025.1", "--service", "nova-compute", "nova.conf"],
  import: ["import", "--release", "2025.1", "nova.conf"],
};

const widths = [80, 120];

/** What is not a terminal takes its width from COLUMNS. */
async function at<T>(width: number, work: () => Promise<T>): Promise<T> {
  const before = process.env["COLUMNS"];
  process.env["COLUMNS"] = String(width);
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env["COLUMNS"];
    else process.env["COLUMNS"] = before;
  }
}

async function output([name = "", ...args]: readonly string[], width: number): Promise<string> {
  const command = await loadCommand(name as CommandName);
  const { exit, stdout, stderr } = await at(width, () => runCommand(command, args, files));
  const lasting = stderr.replaceAll(/^play(ed|ing) .*\n/gm, "");
  const said = lasting === "" ? "" : `\n--- standard error\n${lasting}`;
  return `$ nova-pci ${[name, ...args].join(" ")}\n${stdout}${said}\nexit ${exit}\n`;
}

/** Lines that are for people: not for editors (lint, check), not part of a file, not to be copied. */
function tooWide(text: string, width: number): readonly string[] {
  const kept =
    /^\s*([-+#] )?(\$ |error: |warning: |note: |kubectl |nova-pci |npx |\w+ = |\[\w+\]$|[\w.-]+\.(yaml|conf):\d+)/;
  return text
    .split("\n--- standard error\n")[0]!
    .split("\n")
    .filter((line) => columnsOf(line) > width && !kept.test(line))
    .filter((line) => line.trim().includes(" "));
}

const yaml = new Set(["import", "render"]);

describe.each(Object.entries(frames))("%s", (name, args) => {
  test.each(widths)("at %d columns", async (width) => {
    const text = await output(args, width);
    expectGolden(`${name}-${width}.txt`, text);
    if (!yaml.has(name)) expect(tooWide(text, width)).toEqual([]);
    expect(text).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]/);
  });
});

async function rollout(): Promise<Stage> {
  const names = Array.from({ length: 12 }, (_, index) => `gpu-${index + 1}`);
  const stage = await setStage({ nodes: [...names, long] });
  stage.apply(
    "PciPassthrough",
    "nova",
    "{ adopt: true, release: '2025.1', rollout: { minReadySeconds: 10 } }",
  );
  stage.apply("PciAlias", "gpu", gpu);
  stage.apply("PciAlias", "nobody", "{ match: [{ vendorId: '10de', productId: '1db6' }] }");
  stage.apply("PciWhitelist", "gpus", "{ devices: [{ vendorId: '10de', productId: '2330' }] }");
  await stage.pass(130);
  return stage;
}

describe("status", () => {
  test.each(widths)("at %d columns, and with -w", async (width) => {
    const stage = await rollout();
    const { seen } = stage.last();
    const now = stage.cluster.clock.now();
    const text = statusText(seen.objects, width);
    const look = { width, paint: paintFor({}), now };
    const watched = progressText(seen.objects, progress({ ...seen, now }), look);
    expectGolden(`status-${width}.txt`, text);
    expectGolden(`status-watch-${width}.txt`, watched);
    for (const word of [text, watched]) expect(tooWide(word, width)).toEqual([]);
  });
});

test.each(widths)("help at %d columns", async (width) => {
  const lint = await output(["lint", "--help"], width);
  const all = await at(width, () => Promise.resolve(overview({})));
  expectGolden(`help-${width}.txt`, `${all}\n${lint}`);
});

const people = Object.entries(frames).filter(([name]) => !yaml.has(name));
/** As Node says of one with colours; its screen is the output. */
const colourful = (said: string[]): Partial<Io> => ({
  isTTY: true,
  terminal: { columns: 100, rows: 30, hasColors: () => true } as unknown as NonNullable<
    Io["terminal"]
  >,
  stdout: (text) => void said.push(text),
});

test.each(people)("%s says nothing by colour alone", async (_, [name = "", ...args]) => {
  const command = await loadCommand(name as CommandName);
  const said: string[] = [];
  await runCommand(command, args, files, "", colourful(said));
  const plain = await at(100, () => runCommand(command, args, files));
  expect(said.join("").replaceAll(/\u001b\[\d+m/g, "")).toBe(plain.stdout);
});

test.each(["lint", "plan", "nodes", "explain", "match", "check"])(
  "%s -o json is JSON without an escape, whatever the width",
  async (name) => {
    const [command = "", ...args] = frames[name]!;
    const loaded = await loadCommand(command as CommandName);
    const ran = await at(40, () => runCommand(loaded, [...args, "-o", "json"], files));
    expect(() => void JSON.parse(ran.stdout)).not.toThrow();
    expect(ran.stdout).not.toContain("\u001b");
  },
);
