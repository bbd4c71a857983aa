// plan -f and --from: to the end or it says so, the sum first, each row with its cause, no invented
// names, and an exit code that tells what never works.

import { expect, test } from "@jest/globals";
import { command } from "../../../src/cli/plan/plan.ts";
import { runCommand, type Files } from "../texts-io.ts";

const head = "apiVersion: pci.openstack.org/v1alpha1\n";
const passthrough = `${head}kind: PciPassthrough\nmetadata: { name: nova }\nspec: { adopt: true }\n---\n`;
const alias = (name: string): string =>
  `${head}kind: PciAlias\nmetadata: { name: ${name} }\nspec: { match: [{ vendorId: "10de", productId: "20b2" }], deviceType: type-PF }\n---\n`;
const whitelist = (devices: string, pool = "a"): string =>
  `${head}kind: PciWhitelist\nmetadata: { name: w-${pool} }\nspec:\n  nodeSelector: { matchLabels: { pool: ${pool} } }\n  devices:\n    - ${devices}\n---\n`;
const flavor = (count: number): string =>
  `${head}kind: PciFlavor\nmetadata: { name: g1 }\nspec: { flavor: { name: g1 }, aliases: [{ name: gpu, count: ${count} }], create: { vcpus: 1, ramMiB: 512, diskGiB: 1 } }\n---\n`;
const nodes = (count: number, pool = "a"): string =>
  Array.from(
    { length: count },
    (_, index) =>
      `apiVersion: v1\nkind: Node\nmetadata: { name: ${pool}-${String(index).padStart(3, "0")}, labels: { pool: ${pool} } }\n---\n`,
  ).join("");
const card = '{ vendorId: "10de", productId: "20b2" }';

async function plan(files: Files, ...args: readonly string[]) {
  return runCommand(command, args, files);
}

test("a flavor edit on a running cloud restarts nothing", async () => {
  const base = passthrough + alias("gpu") + whitelist(card) + nodes(40);
  const files = { "old.yaml": base + flavor(1), "new.yaml": base + flavor(2) };
  const ran = await plan(files, "-f", "new.yaml", "--from", "old.yaml");
  expect(ran.exit).toBe(0);
  expect(ran.stdout).toContain("No restart.");
  expect(ran.stdout).toContain("set extra specs of flavor g1\n    + pci_passthrough:alias=gpu:2");
  expect(ran.stdout).not.toContain("pciflavor-uid");
});

test("a device for one pool restarts that pool, with the field that causes it", async () => {
  const base = passthrough + alias("gpu") + whitelist(card, "a") + nodes(6, "a") + nodes(40, "b");
  const files = { "old/a.yaml": base, "new/a.yaml": base, "new/b.yaml": whitelist(card, "b") };
  const ran = await plan(files, "-f", "new", "--from", "old");
  expect(ran.stdout).toMatch(
    /^Namespace openstack\n40 restarts: nova-compute 40 on 40 of 46 nodes\.\n/,
  );
  expect(ran.stdout).toContain("restart nova-compute on b-[000-039] (40 nodes)");
  expect(ran.stdout).toContain("because of PciWhitelist/w-b spec.devices[0] (new/b.yaml:7)");
  expect(ran.stdout).toContain("Played with 8 of 46 nodes");
  expect(ran.exit).toBe(0);
});

test.each([0, 60, 300, 600, 900, 3600, 86_400])(
  "a removal is foretold whatever its grace: %i seconds",
  async (seconds) => {
    const grace = `rollout: { removalGraceSeconds: ${seconds} }`;
    const installation = passthrough.replace("adopt: true", `adopt: true, ${grace}`);
    const other = '{ vendorId: "10de", productId: "20b5" }';
    const before = whitelist(`${card}\n    - ${other}`);
    const files = {
      "old.yaml": installation + before + nodes(1),
      "new.yaml": installation + whitelist(card) + nodes(1),
    };
    const ran = await plan(files, "-f", "new.yaml", "--from", "old.yaml", "-o", "json");
    const [only] = JSON.parse(ran.stdout) as readonly {
      readonly summary: { readonly restarts: object };
    }[];
    expect([ran.exit, only?.summary.restarts]).toEqual([0, { compute: 1 }]);
  },
);

/** Moments are told by the clock of whoever asks, so these are too. */
const hour = 3_600_000;

test.each([
  ["that ended an hour ago is none", -hour, { compute: 1 }, ['address":"0000:41:00.*']],
  [
    "that ends in two hours is foretold with its end",
    2 * hour,
    { compute: 3 },
    ["spec.exclude[0].until"],
  ],
  ["that ends in years is no rollout without an end", 40_000 * hour, { compute: 1 }, ["[1-7]"]],
])("an exclusion %s", async (_, millis, restarts, said) => {
  const until = new Date(Date.now() + millis).toISOString();
  const address = '{ vendorId: "10de", productId: "20b2", address: "0000:41:00.*" }';
  const exclude = `  exclude: [{ address: "0000:41:00.0", until: "${until}" }]\n`;
  const held = whitelist(address).replace("---\n", `${exclude}---\n`);
  const files = { "a.yaml": passthrough + held + nodes(1) };
  const ran = await plan(files, "-f", "a.yaml");
  expect(ran.exit).toBe(0);
  expect(ran.stdout).not.toContain("Not finished");
  for (const text of said) expect(ran.stdout).toContain(text);
  const json = JSON.parse((await plan(files, "-f", "a.yaml", "-o", "json")).stdout);
  expect(json[0].summary.restarts).toEqual(restarts);
});

test("what is not in the new files is deleted", async () => {
  const base = passthrough + whitelist(card) + nodes(3);
  const files = { "old.yaml": base + alias("gpu"), "new.yaml": base };
  const ran = await plan(files, "-f", "new.yaml", "--from", "old.yaml", "-o", "json");
  const [only] = JSON.parse(ran.stdout) as readonly {
    readonly summary: { readonly restarts: object };
  }[];
  expect(only?.summary.restarts).toEqual({ api: 1, compute: 3 });
});

test.each([
  ["nothing changes", passthrough + alias("gpu") + whitelist(card), [], 0],
  ["an alias that nothing serves", passthrough + alias("gpu"), [], 1],
  ["a chart that nobody looked into", alias("gpu") + whitelist(card), [], 1],
  ["there are changes", passthrough + alias("gpu") + whitelist(card), ["--exit-code"], 4],
])("%s: exit code", async (_what, text, args, exit) => {
  const ran = await plan({ "p.yaml": text }, "-f", "p.yaml", ...args);
  expect([ran.exit, ran.stdout]).toEqual([exit, expect.any(String)]);
});

test.each([
  [["--from", "old.yaml"], "--from goes with -f or -k"],
  [[], "-n"],
])("%j is no plan", async (args, said) => {
  const ran = await plan({ "old.yaml": passthrough }, ...args);
  expect(ran.exit).toBeGreaterThanOrEqual(2);
  if (args.length > 0) expect(ran.stderr).toContain(said);
});

test("many nodes: a sign of life at once, and a larger budget is told", async () => {
  const base = passthrough + alias("gpu") + whitelist(card) + nodes(600);
  const ran = await plan({ "p.yaml": base }, "-f", "p.yaml");
  expect(ran.stderr).toMatch(/^playing the operator on 600 nodes\n/);
  expect(ran.stdout).toContain("601 restarts: nova-api 1, nova-compute 600 on 600 of 600 nodes.");
  expect(ran.stdout).toMatch(/About \d+ h \d+ min with 1 nova-compute at once/);
  expect(ran.stdout).toMatch(/About .* with maxUnavailable: 60 \(10 % of the nodes\)/);
});

test("files and a namespace are put over the cluster, and never quietly over nothing", async () => {
  const ran = await plan(
    { "p.yaml": passthrough },
    "-f",
    "p.yaml",
    "-n",
    "openstack",
    "--kubeconfig",
    "none.yaml",
  );
  expect(ran.exit).toBeGreaterThanOrEqual(2);
});
