// Of many equal nodes a few are played, and where the files have no nodes some stand in: neither is
// ever told as what the user has. Every command that answers from files is asked.

import { describe, expect, test } from "@jest/globals";
import { loadCommand, type CommandName } from "../../src/cli/commands.ts";
import { installationsOf } from "../../src/cli/given/installations.ts";
import { joined, playOn, worldBefore } from "../../src/cli/played/offline.ts";
import { thin } from "../../src/embedded/alike.ts";
import { applyObjects } from "../../src/embedded/load.ts";
import { readYaml } from "../../src/api/read-yaml.ts";
import { runCommand, type Files } from "./texts-io.ts";

const object = (kind: string, name: string, spec: string): string =>
  `apiVersion: pci.openstack.org/v1alpha1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n---\n`;

const card = '{ vendorId: "10de", productId: "20b2" }';
const ours = (more = ""): string =>
  object("PciPassthrough", "nova", '{ release: "2025.1", adopt: true }') +
  object("PciAlias", "gpu", `{ match: [${card}], deviceType: type-PF }`) +
  object(
    "PciWhitelist",
    "gpus",
    `{ devices: [${card}], nodeSelector: { matchLabels: { gpu: a100 } }${more} }`,
  );
const flavor = object(
  "PciFlavor",
  "large",
  "{ flavor: { name: large }, aliases: [{ name: gpu, count: 1 }], create: { vcpus: 1, ramMiB: 1, diskGiB: 1 } }",
);
const names = Array.from({ length: 12 }, (_, index) => `gpu-${String(index + 1).padStart(2, "0")}`);
const node = (name: string): string =>
  `apiVersion: v1\nkind: Node\nmetadata: { name: ${name}, labels: { gpu: a100 } }\n---\n`;
const nodes = names.map(node).join("");

const files: Files = {
  "none.yaml": ours() + flavor,
  "ten-of-none.yaml": ours(", minNodes: 10"),
  "twelve.yaml": ours() + flavor + nodes,
  "ten-of-twelve.yaml": ours(", minNodes: 10") + nodes,
  "twenty-of-twelve.yaml": ours(", minNodes: 20") + nodes,
  "empty.json": "[]\n",
  "spaced.json": " [\n ]",
};

async function told(...args: readonly [CommandName, ...string[]]) {
  const [name, ...rest] = args;
  return runCommand(await loadCommand(name), rest, files);
}

test("three hundred nodes that join at the end are planned together", async () => {
  const many = Array.from({ length: 300 }, (_, index) => node(`more-${index}`)).join("");
  const [given] = installationsOf(readYaml("many.yaml", ours() + many).objects, undefined);
  const { objects, others } = thin(given!.objects, new Set(["more-7"]));
  const cluster = worldBefore({ ...given!, objects });
  applyObjects(cluster, objects);
  const end = await playOn(cluster);
  let rounds = 0;
  const planned = (): void => void (rounds += 1);
  const { seen, ended } = await joined(cluster, { nodes: others, objects, planned }, end);
  expect([ended, seen.nodes.length]).toEqual([true, 300]);
  expect(rounds).toBeLessThan(100);
});

describe("twelve nodes of which four are played", () => {
  test.each([
    ["alias/gpu", "12 nodes can serve it"],
    ["alias/gpu", "no inventory (NodeFeature of NFD) of gpu-[01-12] (12 nodes)"],
    ["whitelist/gpus", "its selector picks 12 of 12 compute nodes"],
    ["flavor/large", "12 nodes can take it"],
  ])("explain %s: %s", async (subject, said) => {
    const { exit, stdout } = await told("explain", subject, "-f", "twelve.yaml");
    expect([exit, stdout]).toEqual([0, expect.stringContaining(said)]);
    expect(stdout).not.toMatch(/\b4 (of 4|nodes|compute)/);
  });

  test("nodes lists each", async () => {
    const { stdout } = await told("nodes", "-f", "twelve.yaml");
    for (const name of names) expect(stdout).toContain(name);
  });

  test.each([
    ["ten-of-twelve.yaml", 0, "0 errors"],
    ["twenty-of-twelve.yaml", 1, "picks 12 compute nodes, minNodes is 20"],
    ["ten-of-none.yaml", 0, "0 errors"],
  ])("lint of %s: %i, %s", async (file, exit, said) => {
    const ran = await told("lint", "-f", file);
    expect([ran.exit, ran.stdout]).toEqual([exit, expect.stringContaining(said)]);
  });

  test("plan says what never becomes Ready with all of them", async () => {
    const { exit, stdout } = await told("plan", "-f", "twenty-of-twelve.yaml");
    expect(exit).toBe(1);
    expect(stdout.replace(/\s+/g, " ")).toContain("picks 12 compute nodes, minNodes is 20");
    expect(stdout).toContain("nova-compute 12 on 12 of 12 nodes");
  });
});

describe("no Node among the files", () => {
  const commands: readonly (readonly [CommandName, ...string[]])[] = [
    ["try"],
    ["plan"],
    ["nodes"],
    ["explain", "alias/gpu"],
    ["explain", "node/node-gpus"],
  ];
  test.each(commands)("%s %s says which names are none of the user's", async (name, ...rest) => {
    const without = await told(name, ...rest, "-f", "none.yaml");
    const said = `${without.stdout}${without.stderr}`.replace(/\s+/g, " ");
    expect(said).toContain("No Node is among the files: node-gpus stands in");
    const given = await told(name, ...rest.slice(0, 0), ...rest, "-f", "twelve.yaml");
    expect(`${given.stdout}${given.stderr}`).not.toContain("No Node is among the files");
  });

  test("plan names no workload that stands in", async () => {
    const { stdout, stderr } = await told("plan", "-f", "none.yaml");
    expect(stdout).toContain("restart nova-api\n");
    expect(stdout).not.toContain("osapi");
    expect(stderr).toContain("No workload of Nova is among the files");
  });
});

test.each(["empty.json", "spaced.json"])(
  "%s is what a cloud without flavors answers",
  async (file) => {
    const ran = await told("import", "--flavors", file);
    expect([ran.exit, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toContain(`${file}: an empty list, so there is no flavor.`);
  },
);

describe("a PciFlavor without spec.create", () => {
  const head = "apiVersion: pci.openstack.org/v1alpha1\n";
  const flavors = `${head}kind: PciPassthrough
metadata: { name: nova }
spec: { adopt: true }
---
${head}kind: PciAlias
metadata: { name: gpu }
spec: { match: [{ vendorId: "10de", productId: "2330" }], deviceType: type-PF }
---
${head}kind: PciWhitelist
metadata: { name: gpus }
spec: { devices: [{ vendorId: "10de", productId: "2330" }] }
---
${head}kind: PciFlavor
metadata: { name: by-name }
spec: { flavor: { name: h100.1 }, aliases: [{ name: gpu, count: 1 }] }
---
${head}kind: PciFlavor
metadata: { name: by-id }
spec: { flavor: { id: "42" }, aliases: [{ name: gpu, count: 2 }] }
`;
  test.each<readonly [CommandName, ...string[]]>([
    ["lint"],
    ["plan"],
    ["try"],
    ["explain", "flavor/by-name"],
    ["explain", "flavor/by-id"],
  ])("%s %s takes its flavor as there, and says that nobody asked", async (name, ...rest) => {
    const args = [...rest, "-f", "p.yaml"];
    const ran = await runCommand(await loadCommand(name), args, { "p.yaml": flavors });
    const said = `${ran.stdout}${ran.stderr}`.replace(/\s+/g, " ");
    expect([ran.exit, said]).toEqual([0, expect.stringContaining("openstack flavor show h100.1")]);
    expect(said).toContain("Nova was not asked whether it has flavor 42, which is taken as there");
    expect(said).not.toContain("Nova has no flavor");
  });
});
