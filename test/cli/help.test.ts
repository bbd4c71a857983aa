// What a help promises is true: every example of every command runs with its exit code and its first
// line, every command takes the options of its help and refuses all others, and no help is wider
// than the terminal.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadCommand, type CommandName } from "../../src/cli/commands.ts";
import { faces } from "../../src/cli/faces/faces.ts";
import { helpOf, optionsOf, type Face } from "../../src/cli/terminal/face.ts";
import { optionNames, optionTable, type OptionRow } from "../../src/cli/terminal/option-table.ts";
import { expectGolden } from "./golden.ts";
import { runCommand, type Files } from "./texts-io.ts";

const root = join(import.meta.dirname, "../..");
const all: readonly (readonly [string, Face])[] = Object.entries(faces);

/** What ends before it looks at a cluster or at files; run and ui do not end by themselves. */
const ending = all.filter(([name]) => name !== "run" && name !== "ui");

/** A cluster that is nowhere: what gets so far has understood its arguments. */
process.env["KUBECONFIG"] = "/nowhere/kubeconfig";

describe.each(ending)("%s takes", (name, face) => {
  const own = new Set(optionsOf(face).map((option) => option.long));

  test.each(optionNames)("or refuses --%s", async (option) => {
    const row: OptionRow = optionTable[option];
    const flags = [`--${option}`, ...(row.short === undefined ? [] : [`-${row.short}`])];
    const command = await loadCommand(name as CommandName);
    for (const flag of flags) {
      const { words } = optionsOf(face).find((shownOption) => shownOption.long === option) ?? {};
      const value = row.is === "flag" ? [] : [words?.[0] ?? "7"];
      const ran = await runCommand(command, [flag, ...value], {});
      const refused = new RegExp(`^nova-pci ${name}: ${name} takes no ${flag}(,|$)`, "m");
      if (own.has(option)) expect(ran.stderr).not.toMatch(/takes no|there is no option/);
      else expect([ran.exit, ran.stderr]).toEqual([2, expect.stringMatching(refused)]);
    }
  });

  test("no option that there is not, and says which is near", async () => {
    const command = await loadCommand(name as CommandName);
    for (const { long } of optionsOf(face)) {
      const ran = await runCommand(command, [`--${long}x`], {});
      expect([ran.exit, ran.stderr]).toEqual([
        2,
        expect.stringContaining(`there is no option --${long}x, did you mean --`),
      ]);
    }
  });
});

test("a letter stands for one option everywhere", () => {
  const letters = Object.values(optionTable).flatMap((row: OptionRow) => row.short ?? []);
  expect(new Set(letters).size).toBe(letters.length);
});

describe.each(all)("help of %s", (_, face) => {
  test.each([60, 80, 100, 200])("at %d columns", (width) => {
    const unbroken = [...face.examples, ...optionsOf(face).map((option) => option.value ?? "")];
    const wide = helpOf(face, width)
      .split("\n")
      .filter((line) => line.length > Math.min(width, 100))
      .filter((line) => !unbroken.some((text) => text !== "" && line.includes(text)));
    expect(wide).toEqual([]);
  });

  test("has an example of each kind", () => {
    expect(face.examples.length).toBeGreaterThan(0);
    for (const example of face.examples) expect(example).toContain(`nova-pci ${face.name}`);
  });
});

/** Files that the examples name. */
function workplace(): Files {
  const device = '{"vendor_id":"10de","product_id":"20b2"}';
  const alias = '{"vendor_id":"10de","product_id":"20b2","device_type":"type-PCI","name":"a1"}';
  const api = `[pci]\nalias = ${alias}\n`;
  const compute = `${api}device_spec = ${device}\n`;
  const folder = join(root, "deploy/examples");
  const names = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  const examples = ["deploy/examples", "pci", "new", "old"].flatMap((copy) =>
    names.map((name) => [`${copy}/${name}`, readFileSync(join(folder, name), "utf8")] as const),
  );
  return {
    ...Object.fromEntries(examples),
    ...{ "nova.conf": compute, "compute.conf": compute, "nova-compute.conf": compute },
    ...{ "/etc/nova/nova.conf": compute, "gpu.conf": compute },
    ...{ "api.conf": api, "nova-api.conf": api, "nova.conf.d/90.conf": "[pci]\n" },
    "nic.conf": '[pci]\ndevice_spec = {"vendor_id":"8086","product_id":"1572"}\n',
    "values.yaml": `conf:\n  nova:\n    pci:\n      device_spec: '${device}'\n`,
    "flavors.json": '[{"ID":"1","Name":"m1","RAM":1,"VCPUs":1,"Disk":0,"Properties":{}}]\n',
    "host.txt": lspci,
    "whitelist.yaml": whitelist,
    "overlays/prod/kustomization.yaml": "resources: []\n",
  };
}

const lspci = '0000:81:00.0 "0302" "10de" "20b2" -ra1 "10de" "1463"\n';
const whitelist = `apiVersion: pci.openstack.org/v1alpha1
kind: PciWhitelist
metadata: { name: gpus }
spec: { devices: [{ vendorId: "10de", productId: "20b2" }] }
`;

/** As a shell would give them: without a comment, and what follows in a pipe. */
function argumentsOf(line: string): readonly string[] {
  const called = /nova-pci ([^#>|&)]*)/.exec(line)![1]!;
  return called.trim().split(/ +/).slice(1);
}

test("every example of every help runs", async () => {
  const files = workplace();
  let text = "";
  for (const [name, face] of ending) {
    const command = await loadCommand(name as CommandName);
    for (const example of face.examples) {
      const kustomize = () => Promise.resolve({ code: 0, stdout: whitelist, stderr: "" });
      const more = { runProgram: kustomize, writeFile: () => Promise.resolve() };
      const ran = await runCommand(command, argumentsOf(example), files, lspci, more);
      const first = (ran.exit < 2 ? ran.stdout : ran.stderr).split("\n")[0]!;
      text += `$ ${example}\n${first}\nexit ${ran.exit}\n\n`;
    }
  }
  expectGolden("examples.txt", text);
});
