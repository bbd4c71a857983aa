// explain looks at the settled end of files, knows every kind by every name, and what was meant.

import { describe, expect, test } from "@jest/globals";
import { command } from "../../src/cli/explain.ts";
import { processIo } from "../../src/cli/terminal/io.ts";
import { runCommand } from "./texts-io.ts";

async function ask(...args: readonly string[]): Promise<readonly [number, string]> {
  const said = { out: "", err: "" };
  const io = {
    ...processIo,
    stdout: (part: string): void => void (said.out += part),
    stderr: (part: string): void => void (said.err += part),
  };
  const exit = await command.run([...args, "-f", "deploy/examples"], io);
  return [exit, said.out === "" ? said.err : said.out];
}

test.each([
  "alias/a1",
  "pcia/a2",
  "PciAlias/a1",
  "pcialiases.pci.openstack.org/a1",
  "whitelist/by-address",
  "pciw/by-product",
  "flavor/m1.large",
  "pcif/m1.large",
  "passthrough/nova",
  "pcip",
  "node/node-by-address",
])("%s of the examples: every check holds", async (subject) => {
  const [exit, text] = await ask(subject);
  expect([exit, text.trim().split("\n").at(-1)]).toEqual([0, "every check holds"]);
  expect(text).not.toContain("waiting for further changes");
});

test("what stands behind the object is not passed over in silence", async () => {
  const { exit, stderr } = await runCommand(command, ["alias/a1", "flavor/large", "-f", "p.yaml"]);
  expect([exit, stderr]).toEqual([2, expect.stringContaining("leave out flavor/large")]);
});

test.each([
  ["alias/a11", 1, "did you mean a1?"],
  ["alias/nope", 1, "there are a1, a2"],
  ["alais/a1", 2, "did you mean alias?"],
  ["node/node-by-adress", 1, "did you mean node-by-address?"],
  ["passthrough/other", 1, "there is nova"],
  ["alias", 2, "write one KIND/NAME"],
])("%s: %i, %s", async (subject, exit, said) => {
  const answer = await ask(subject);
  expect(answer).toEqual([exit, expect.stringContaining(said)]);
});

test.each([
  ["l40s-whole", "did you mean L40S_Whole (PciAlias l40s-whole)?"],
  ["l40s_whole", "did you mean L40S_Whole?"],
  ["nope", 'no PciAlias declares "nope"'],
])("a flavor that asks for %s", async (asked, said) => {
  const head = "apiVersion: pci.openstack.org/v1alpha1\n";
  const text = `${head}kind: PciAlias
metadata: { name: l40s-whole }
spec: { name: L40S_Whole, match: [{ vendorId: "10de", productId: "26b9" }], deviceType: type-PF }
---
${head}kind: PciWhitelist
metadata: { name: l40s }
spec: { devices: [{ vendorId: "10de", productId: "26b9" }] }
---
${head}kind: PciPassthrough
metadata: { name: nova }
spec: { adopt: true }
---
${head}kind: PciFlavor
metadata: { name: g }
spec:
  flavor: { name: g }
  aliases: [{ name: ${asked}, count: 1 }]
  create: { vcpus: 1, ramMiB: 512, diskGiB: 1 }
`;
  const ran = await runCommand(command, ["flavor/g", "-f", "p.yaml"], { "p.yaml": text });
  expect(ran.exit).toBe(1);
  expect(ran.stdout).toContain("broken at alias");
  expect(ran.stdout).toContain(said);
});

describe("--graph draws the chain", () => {
  test("in the words of Mermaid", async () => {
    const [exit, text] = await ask("alias/a1", "--graph", "mermaid");
    expect(exit).toBe(0);
    expect(text).toMatch(/^%% alias\/a1\nflowchart LR\n {2}b0\["/);
    expect(text).toMatch(/\["a1<br\/>live/);
    expect(text).toMatch(/^ {2}b\d+ --> b\d+$/m);
  });

  test("in those of Graphviz", async () => {
    const [, text] = await ask("alias/a1", "--graph", "dot");
    expect(text).toMatch(/^digraph "alias\/a1" \{\n/);
    expect(text).toMatch(/label="a1\\nlive/);
    expect(text.trimEnd().at(-1)).toBe("}");
  });

  test("as a picture, of any subject", async () => {
    for (const subject of ["alias/a1", "flavor/m1.large", "node/node-by-address", "pcip"]) {
      const [exit, text] = await ask(subject, "--graph", "svg");
      expect([subject, exit]).toEqual([subject, 0]);
      expect(text).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="\d+"/);
      expect(text.match(/<rect /g)!.length).toBeGreaterThan(2);
      expect(text.match(/<(rect|text|path|title|svg)\b/g)!.length).toBe(
        text.match(/\/>|<\/(text|title|svg)>/g)!.length,
      );
    }
  });

  test("and in nothing else", async () => {
    expect(await ask("alias/a1", "--graph", "png")).toEqual([
      2,
      expect.stringContaining("--graph png is unknown: write mermaid, dot or svg"),
    ]);
  });
});

describe("a stranger asks", () => {
  const object = (kind: string, name: string, spec: string): string =>
    `apiVersion: pci.openstack.org/v1alpha1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n---\n`;
  const node = (name: string): string =>
    `apiVersion: v1\nkind: Node\nmetadata: { name: ${name}, labels: { openstack-compute-node: enabled } }\n---\n`;
  const offer = 'devices: [{ vendorId: "10de", productId: "2330" }]';
  const nowhere = "nodeSelector: { matchLabels: { pool: gup } }";
  const text = [
    object("PciPassthrough", "nova", "{ adopt: true }"),
    object(
      "PciAlias",
      "gpu",
      '{ name: GPU_Whole, match: [{ vendorId: "10de", productId: "2330" }], deviceType: type-PF }',
    ),
    object("PciWhitelist", "gpus", `{ ${offer} }`),
    object("PciWhitelist", "later", `{ minNodes: 0, priority: 5, ${nowhere}, ${offer} }`),
    object("PciWhitelist", "typo", `{ priority: 6, ${nowhere}, ${offer} }`),
    object("PciWhitelist", "wide", `{ minNodes: 3, priority: 7, ${offer} }`),
    node("cmp1.example.org"),
    node("cmp10.example.org"),
  ].join("");

  test.each([
    ["alias/GPU_Whole", 0, "every check holds"],
    ["alias/gpu_whole", 1, "did you mean GPU_Whole?"],
    ["node/cmp1", 0, "node/cmp1.example.org"],
    ["node/cmp2", 1, "there are cmp1.example.org"],
    ["node/cmp", 1, "there is no node"],
    ["whitelist/gpus", 0, "its selector picks 2 of 2 compute nodes"],
    ["whitelist/later", 0, "its selector picks 0 of 2 compute nodes"],
    ["whitelist/typo", 1, "or write minNodes: 0 when none is meant"],
    ["whitelist/wide", 1, "spec.nodeSelector picks 2 compute nodes, minNodes is 3"],
    ["alias/gpu,whitelist/gpus", 1, "there is no alias"],
    ["device/0000:41:00.0", 2, "none of alias, whitelist, flavor, passthrough, node"],
  ])("%s: %i, %s", async (subject, exit, said) => {
    const ran = await runCommand(command, [subject, "-f", "p.yaml"], { "p.yaml": text });
    expect([ran.exit, ran.stdout + ran.stderr]).toEqual([exit, expect.stringContaining(said)]);
  });
});
