// Files of every kind that people name by mistake or get from elsewhere: what is said of each, and that
// nothing is ever a stack trace or a silent success.
import { afterAll, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command as explain } from "../../src/cli/explain.ts";
import { processIo } from "../../src/cli/terminal/io.ts";
import { command as lint } from "../../src/cli/lint/lint.ts";
import { command as plan } from "../../src/cli/plan/plan.ts";
import { command as render } from "../../src/cli/render.ts";
import { command as tryCommand } from "../../src/cli/try.ts";
import { runCommand } from "./texts-io.ts";

const alias = `apiVersion: pci.openstack.org/v1alpha1
kind: PciAlias
metadata: { name: gpu, namespace: openstack }
spec:
  match: [{ vendorId: "10de", productId: "20b2" }]
  deviceType: type-PF
`;
const whitelist = `---
apiVersion: pci.openstack.org/v1alpha1
kind: PciWhitelist
metadata: { name: gpus, namespace: openstack }
spec:
  devices: [{ vendorId: "10de", productId: "20b2" }]
`;
const good = alias + whitelist;
/** What Node makes of bytes in another encoding when it reads them as UTF-8. */
const asUtf16 = (text: string): string =>
  new TextDecoder().decode(Buffer.from(`\ufeff${text}`, "utf16le"));

test.each([
  ["lines of DOS", good.replaceAll("\n", "\r\n")],
  ["a byte order mark", `\ufeff${good}`],
  ["a directive", `%YAML 1.1\n---\n${good}`],
  ["empty documents", `---\n---\n...\n---\n${good}---\n`],
  [
    "anchors",
    good.replace(
      '[{ vendorId: "10de", productId: "20b2" }]\n  device',
      '&m [{ vendorId: "10de", productId: "20b2" }]\n  device',
    ),
  ],
  [
    "a list without kinds",
    `apiVersion: pci.openstack.org/v1alpha1\nkind: PciWhitelistList\nitems:\n  - metadata: { name: gpus }\n    spec: { devices: [{ vendorId: "10de", productId: "20b2" }] }\n`,
  ],
  [
    "what the API server adds",
    good.replace("{ name: gpu,", '{ name: gpu, uid: x, resourceVersion: "1", managedFields: [],'),
  ],
  [
    "objects of others",
    `apiVersion: v1\nkind: Namespace\nmetadata: { name: openstack }\n---\n${good}`,
  ],
])("%s changes nothing", async (_, text) => {
  const ran = await runCommand(lint, ["-f", "a.yaml"], { "a.yaml": text });
  expect([ran.exit, ran.stdout]).toEqual([0, "0 errors, 0 warnings, 0 notes\n"]);
});

test.each([
  ["UTF-16", asUtf16(good), "a.yaml:1:1: error: is UTF-16 or no text at all: save it as UTF-8"],
  [
    "Latin-1",
    good.replace("gpu,", "gr\ufffdn,"),
    "a.yaml:3:21: error: has a byte that is not UTF-8",
  ],
  ["bytes", "\u0001\u0000\u0002", "is UTF-16 or no text at all"],
  ["tabs", good.replace("  match", "\tmatch"), "a.yaml:5:1: error: not YAML: tab characters"],
  [
    "a key twice",
    `${alias}  deviceType: type-PCI\n`,
    "a.yaml:7:3: error: not YAML: deviceType stands twice: keep one of the two",
  ],
  [
    "nova.conf",
    "[pci]\nalias = {}\n",
    "looks like nova.conf: nova-pci check judges it, nova-pci import makes objects of it",
  ],
  [
    "a comment of JavaScript behind",
    '{"kind": "PciAlias"} // x\n',
    "a comment of JavaScript stands here, and YAML's begin with #",
  ],
  ["a template", `{{- if .Values.x }}\n${good}{{- end }}\n`, "a template of Helm, not YAML"],
  [
    "a kind in capitals",
    good.replace("PciAlias", "PCIAlias"),
    "there is no kind PCIAlias in pci.openstack.org: write PciAlias",
  ],
  ["a plural", good.replace("PciAlias", "PciAliases"), "write PciAlias"],
  [
    "another version",
    good.replace("v1alpha1", "v1beta1"),
    "found pci.openstack.org/v1beta1, write pci.openstack.org/v1alpha1",
  ],
  [
    "another group",
    good.replace(".org", ".io"),
    "found pci.openstack.io/v1alpha1, write pci.openstack.org/v1alpha1",
  ],
  ["no kind", alias.replace("kind: PciAlias\n", ""), "kind: is missing: write one of PciAlias"],
  [
    "no apiVersion",
    alias.replace(/^apiVersion.*\n/, ""),
    "apiVersion: is missing: write pci.openstack.org/v1alpha1",
  ],
  ["no name", alias.replace("name: gpu, ", ""), "metadata.name: is missing"],
  ["generateName", alias.replace("name: gpu", "generateName: gpu-"), "metadata.name: is missing"],
  [
    "capitals in a name",
    alias.replace("name: gpu", "name: GPU_1"),
    "found GPU_1, write lower case letters",
  ],
  ["no spec", alias.replace(/spec:[^]*/, ""), "spec: is required"],
  ["spec: null", alias.replace(/spec:[^]*/, "spec: null\n"), "spec: is required"],
  [
    "a text as spec",
    alias.replace(/spec:[^]*/, "spec: x\n"),
    "spec: must be an object, not a string",
  ],
  ["names of nova.conf", good.replaceAll("vendorId", "vendor_id"), "unknown field, write vendorId"],
  ["a number with an exponent", good.replaceAll('"20b2"', "1e49"), 'write "1e49"'],
  ["an octal number", good.replaceAll('"20b2"', "0755"), 'write "0755"'],
  [
    "a word for a boolean",
    whitelist.replace('"20b2"', '"20b2", trusted: "yes"'),
    "must be true or false, not a string: found yes",
  ],
  ["the same object twice", `${alias}---\n${alias}`, "is already in a.yaml:1; keep one of the two"],
  [
    "aliases of YAML without end",
    `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefg"
      .split("")
      .map((part, i) => `${part}: &${part} [${Array(9).fill(`*${"abcdef"[i]!}`).join(",")}]`)
      .join("\n")}\n${alias}`,
    "unknown field",
  ],
  [
    "a list in a list in a list",
    `${alias}  x: ${"[".repeat(3000)}${"]".repeat(3000)}\n`,
    "nesting exceeded",
  ],
])("%s is an error of its own", async (_, text, sentence) => {
  const ran = await runCommand(lint, ["-f", "a.yaml"], { "a.yaml": text });
  expect([ran.exit, ran.stderr]).toEqual([1, ""]);
  expect(ran.stdout).toContain(sentence);
});

test.each([
  ["", "a.yaml is empty"],
  ["# a\n---\n# b\n", "a.yaml holds only comments"],
  ["null\n", "in 1 file\n"],
  ["- a\n- b\n", "in 1 file\n"],
  ['// a\n{"kind":"PciAlias"}\n', "a.yaml begins with a comment of JavaScript"],
  ["<a/>\n", "a.yaml looks like XML or HTML"],
  ["0000:41:00.0 0302: 10de:20b2\n", "which is for: nova-pci match --inventory"],
])("%j holds nothing of ours, and every command says so", async (text, sentence) => {
  for (const command of [lint, plan, render, tryCommand]) {
    const ran = await runCommand(command, ["-f", "a.yaml"], { "a.yaml": text });
    expect([command.name, ran.exit, ran.stdout]).toEqual([command.name, 2, ""]);
    expect(ran.stderr).toContain("found no PciAlias, PciWhitelist, PciFlavor, PciPassthrough");
    expect(ran.stderr).toContain(sentence);
  }
});

test("of files that cannot be read nothing is promised", async () => {
  for (const command of [plan, render, tryCommand]) {
    const ran = await runCommand(command, ["-f", "a.yaml"], { "a.yaml": asUtf16(good) });
    expect([command.name, ran.exit, ran.stdout]).toEqual([command.name, 1, ""]);
    expect(ran.stderr).toBe("a.yaml:1: is UTF-16 or no text at all: save it as UTF-8\n");
  }
});

test("a folder may hold anything beside the objects", async () => {
  const ran = await runCommand(lint, ["-f", "d"], {
    "d/a.yaml": good,
    "d/b.json": asUtf16("{}"),
    "d/c.yaml": "[pci]\nalias = {}\n",
    "d/notes.txt": "x",
  });
  expect([ran.exit, ran.stderr]).toEqual([0, "2 files that Kubernetes could not read ignored\n"]);
});

test.each([
  [["gpu"], '"gpu" has no kind: write alias/gpu, whitelist/gpu, flavor/gpu or node/gpu'],
  [["aliass/gpu"], '"aliass" is none of alias, whitelist, flavor, passthrough, node'],
  [["alias/GPU"], 'there is no alias "GPU", did you mean gpu?'],
  [["alias/"], "write one KIND/NAME"],
])("explain %j", async (args, sentence) => {
  const ran = await runCommand(explain, [...args, "-f", "a.yaml"], { "a.yaml": good });
  expect(ran.exit).toBeGreaterThan(0);
  expect(ran.stderr).toContain(sentence);
});

const folder = mkdtempSync(join(tmpdir(), "nova-pci-links-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("links to files are followed, links to folders are said", async () => {
  mkdirSync(join(folder, "real"));
  writeFileSync(join(folder, "real", "gpu.yaml"), good);
  symlinkSync(".", join(folder, "loop"));
  symlinkSync("real/gpu.yaml", join(folder, "link.yaml"));
  const run = async (path: string) => {
    let stdout = "";
    let stderr = "";
    const exit = await lint.run(["-f", path], {
      ...processIo,
      stdout: (text) => void (stdout += text),
      stderr: (text) => void (stderr += text),
    });
    return { exit, stdout, stderr };
  };
  expect((await run(join(folder, "link.yaml"))).exit).toBe(0);
  expect((await run(join(folder, "loop", "real"))).exit).toBe(0);
  const whole = await run(folder);
  expect(whole.stderr).toContain(
    `${join(folder, "loop")} is a link to a folder and is not followed`,
  );
  symlinkSync("itself.yaml", join(folder, "itself.yaml"));
  expect(await run(join(folder, "itself.yaml"))).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining("is a symbolic link that leads back to itself"),
  });
});

const flavorOf = (name: string): string =>
  `apiVersion: pci.openstack.org/v1alpha1\nkind: PciFlavor\nmetadata: { name: f, namespace: openstack }\nspec: { flavor: { name: f }, aliases: [{ name: ${name}, count: 1 }], create: { vcpus: 1, ramMiB: 512, diskGiB: 1 } }\n`;

test.each<{ readonly what: string; readonly first: string; readonly declared: boolean }>([
  { what: "is no YAML", first: "kind: PciAlias\nmetadata: { name: other\n", declared: false },
  {
    what: "breaks the schema of its kind",
    first:
      "apiVersion: pci.openstack.org/v1alpha1\nkind: PciAlias\nmetadata: { name: other, namespace: openstack }\nspec: { match: [], name: missed }\n",
    declared: false,
  },
  { what: "can be read", first: alias, declared: true },
])("an alias is missed only where every other one can be read: $what", async (row) => {
  const text = `${row.first}---\n${flavorOf("missed")}`;
  const { exit, stdout, stderr } = await runCommand(lint, ["-f", "a.yaml"], { "a.yaml": text });
  expect(exit).toBe(1);
  expect(stdout.includes("[AliasNotDeclared]")).toBe(row.declared);
  expect(stderr.includes("is not known before all of them can be read")).toBe(!row.declared);
});

test("a document that is broken says nothing against the others of its file", async () => {
  const head = "apiVersion: pci.openstack.org/v1alpha1\n";
  const text = `${alias}---
${head}kind: PciAlias
metadata: { name: broken
---
${head}kind: PciWhitelist
metadata: { name: gpus, namespace: openstack }
spec: { devices: [{ vendorId: 1234, productId: "20b2" }] }
--- # the last one
${head}kind: PciAlias
metadata: { name: g2, namespace: openstack }
spec: { match: [{ vendorId: "10de", productId: "20b5" }], deviceTyp: type-PF }
`;
  const ran = await runCommand(lint, ["-f", "a.yaml"], { "a.yaml": text });
  expect(ran.exit).toBe(1);
  const rows = ran.stdout.split("\n");
  expect(rows).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^a\.yaml:10:25: error: not YAML/),
      expect.stringMatching(/^a\.yaml:15:\d+: error: PciWhitelist\/gpus .*write "1234"/),
      expect.stringMatching(/^a\.yaml:20:\d+: error: PciAlias\/g2 .*deviceType/),
    ]),
  );
  const planned = await runCommand(plan, ["-f", "a.yaml"], { "a.yaml": text });
  expect(planned.exit).toBe(1);
  expect(planned.stderr).toMatch(/not YAML[^]*write "1234"/);
  expect(planned.stdout).toContain("Namespace openstack");
});
