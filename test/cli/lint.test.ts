// What lint says of set-ups as people have them: which rule, how bad, at which field, and the exit
// code. The files are written from descriptions, the smallest that show each.

import { expect, test } from "@jest/globals";
import { command } from "../../src/cli/lint/lint.ts";
import type { LintFinding } from "../../src/cli/lint/finding.ts";
import { runCommand, type Files } from "./texts-io.ts";

const head = "apiVersion: pci.openstack.org/v1alpha1\n";

function object(kind: string, name: string, spec: string, namespace?: string): string {
  const where = namespace === undefined ? "" : `, namespace: ${namespace}`;
  return `${head}kind: ${kind}\nmetadata: { name: ${name}${where} }\nspec:\n${spec.replace(/^/gm, "  ")}\n---\n`;
}

const gpu = object(
  "PciAlias",
  "gpu",
  'match: [{ vendorId: "10de", productId: "20b2" }]\ndeviceType: type-PF',
);
const gpus = object("PciWhitelist", "gpus", 'devices: [{ vendorId: "10de", productId: "20b2" }]');
const inPlacement = object(
  "PciPassthrough",
  "nova",
  "adopt: true\nplacement: { reportInPlacement: true, pciInPlacement: true }",
);
const flavor = (alias: string, count = 1): string =>
  object(
    "PciFlavor",
    "g1",
    `flavor: { name: g1 }\naliases: [{ name: ${alias}, count: ${count} }]\ncreate: { vcpus: 1, ramMiB: 512, diskGiB: 1 }`,
  );
const node = (name: string, labels = ""): string =>
  `apiVersion: v1\nkind: Node\nmetadata: { name: ${name}, labels: { openstack-compute-node: enabled${labels} } }\n---\n`;
const inventory = (name: string, attributes: string): string =>
  `apiVersion: nfd.k8s-sigs.io/v1alpha1\nkind: NodeFeature\nmetadata: { name: ${name}, labels: { nfd.node.kubernetes.io/node-name: ${name} } }\nspec: { features: { instances: { pci.device: { elements: [{ attributes: { ${attributes} } }] } } } }\n---\n`;

async function findings(
  text: string | Files,
  ...args: readonly string[]
): Promise<readonly LintFinding[]> {
  const files = typeof text === "string" ? { "pci.yaml": text } : text;
  const first = Object.keys(files)[0]!.split("/")[0]!;
  const ran = await runCommand(command, ["-f", first, "-o", "json", ...args], files);
  expect([ran.exit, ran.stderr]).toEqual([expect.any(Number), expect.any(String)]);
  return JSON.parse(ran.stdout) as readonly LintFinding[];
}

/** "grade rule field" of what is not a note. */
async function told(text: string | Files): Promise<readonly string[]> {
  const all = await findings(text);
  return all
    .filter((finding) => finding.severity !== "note")
    .map((finding) => `${finding.severity} ${finding.rule} ${finding.object} ${finding.field}`);
}

test.each<readonly [what: string, text: string, expected: readonly string[]]>([
  ["an alias and its device", gpu + gpus, []],
  ["the order of the files is no argument", flavor("gpu") + gpus + gpu, []],
  [
    "the name of the installation with a capital",
    object("PciPassthrough", "Nova", "adopt: true"),
    ["error Structure PciPassthrough/Nova metadata.name"],
  ],
  ["an alias without device", gpu, ["error NoMatchingDevice PciAlias/gpu spec.match"]],
  [
    "class on the device, ids on the alias",
    inPlacement +
      gpu +
      object(
        "PciWhitelist",
        "gpus",
        'devices: [{ vendorId: "10de", productId: "20b2", resourceClass: CUSTOM_B }]',
      ),
    ["error ClassMismatch PciAlias/gpu spec"],
  ],
  [
    "traits that tell devices of one class apart",
    inPlacement +
      object(
        "PciAlias",
        "big",
        "resourceClass: CUSTOM_GPU\ntraits: [CUSTOM_BIG]\ndeviceType: type-PF",
      ) +
      object(
        "PciWhitelist",
        "gpus",
        'devices:\n  - { vendorId: "10de", productId: "20b2", resourceClass: CUSTOM_GPU, traits: [CUSTOM_BIG] }\n  - { vendorId: "10de", productId: "20b5", resourceClass: CUSTOM_GPU }',
      ),
    [],
  ],
  [
    "a trait that the device lacks",
    inPlacement +
      object(
        "PciAlias",
        "gpu",
        'match: [{ vendorId: "10de", productId: "20b2" }]\ndeviceType: type-PF\ntraits: [CUSTOM_BIG]',
      ) +
      gpus,
    ["error ClassMismatch PciAlias/gpu spec.traits"],
  ],
  [
    "a flavor of an alias that nobody declares",
    gpu + gpus + flavor("gup"),
    ["error AliasNotDeclared PciFlavor/g1 spec.aliases[0].name"],
  ],
  [
    "a flavor that asks for more than there is",
    gpu +
      object(
        "PciWhitelist",
        "one",
        'devices: [{ vendorId: "10de", productId: "20b2", address: "0000:41:00.0" }]',
      ) +
      flavor("gpu", 9),
    [
      "error NoHostCanServe PciFlavor/g1 spec.aliases",
      "warning PlacementTuningNeeded PciFlavor/g1 spec.aliases",
    ],
  ],
  [
    "a selector that picks none of the nodes given",
    node("n1") +
      gpu +
      object(
        "PciWhitelist",
        "gpus",
        'nodeSelector: { matchLabels: { gpu: a10O } }\ndevices: [{ vendorId: "10de", productId: "20b2" }]',
      ),
    [
      "error NoMatchingDevice PciAlias/gpu spec.match",
      "error NoNodeSelected PciWhitelist/gpus spec.nodeSelector",
    ],
  ],
  [
    "the same, and none is wanted",
    node("n1") +
      object(
        "PciWhitelist",
        "gpus",
        'minNodes: 0\nnodeSelector: { matchLabels: { gpu: a100 } }\ndevices: [{ vendorId: "10de", productId: "20b2" }]',
      ),
    [],
  ],
  [
    "type-PCI for a card that can SR-IOV",
    node("n1") +
      inventory(
        "n1",
        "vendor: '10de', device: '20b2', class: '0302', sriov_totalvfs: '16', iommu_group/type: 'DMA'",
      ) +
      object(
        "PciAlias",
        "gpu",
        'match: [{ vendorId: "10de", productId: "20b2" }]\ndeviceType: type-PCI',
      ) +
      gpus,
    ["error WrongDeviceType PciAlias/gpu spec.deviceType"],
  ],
  [
    "an address and nobody knows the nodes",
    object("PciWhitelist", "one", 'devices: [{ address: "0000:41:00.0" }]'),
    ["warning UnpinnedAddress PciWhitelist/one spec.devices[0].address"],
  ],
])("%s", async (_what, text, expected) => {
  expect([...(await told(text))].sort()).toEqual([...expected].sort());
});

test("an address without ids on the one node that there is", async () => {
  const rules = await told(
    node("n1") + object("PciWhitelist", "one", 'devices: [{ address: "0000:41:00.0" }]'),
  );
  expect(rules).toEqual([]);
});

test("a comment of JavaScript is no part of a key", async () => {
  const json = `{\n  // the cards of rack 7\n  "apiVersion": "pci.openstack.org/v1alpha1", "kind": "PciAlias",\n  "metadata": { "name": "gpu" }, "spec": { "match": [] }\n}\n`;
  expect(await findings(json)).toMatchObject([
    { line: 2, rule: "Structure", message: expect.stringContaining("a comment of JavaScript") },
  ]);
});

test("a link that leads nowhere is a finding, and the rest is judged", async () => {
  const files = { "repo/gpu.yaml": gpu, "repo/lost.yaml": "", "repo/notes": "" };
  const lost = (path: string): boolean => !path.endsWith("gpu.yaml");
  const ran = await runCommand(command, ["-f", "repo", "-o", "json"], files, "", {
    isLink: (path) => Promise.resolve(lost(path)),
    readBytes: (path) => Promise.reject(Object.assign(new Error(path), { code: "ENOENT" })),
  });
  const all = JSON.parse(ran.stdout) as readonly LintFinding[];
  expect(all.map((finding) => `${finding.file} ${finding.rule}`)).toEqual([
    "repo/gpu.yaml NoMatchingDevice",
    "repo/lost.yaml Structure",
  ]);
});

test("virtual functions with an address each are one warning", async () => {
  const entries = [0, 1, 2, 3].map(
    (port) =>
      `- { vendorId: "15b3", productId: "101e", address: "0000:03:00.${port}", physicalNetwork: p1, remoteManaged: true }`,
  );
  const dpu = object("PciWhitelist", "dpu", `devices:\n${entries.join("\n")}`);
  const all = (await findings(dpu)).filter(
    (finding) => finding.rule === "RemoteManagedWithAddress",
  );
  expect(all).toMatchObject([{ field: "spec.devices[0].remoteManaged", severity: "warning" }]);
  expect(all[0]!.message).toContain("3 more of its entries");
});

test("a name of an object is no name of an alias, and lint says which is", async () => {
  const alias = object(
    "PciAlias",
    "l40s-whole",
    'name: L40S_Whole\nmatch: [{ vendorId: "10de", productId: "20b2" }]\ndeviceType: type-PF',
  );
  const [first] = await findings(alias + gpus + flavor("l40s-whole"));
  expect(first).toMatchObject({ rule: "AliasNotDeclared", line: 20, column: 21, endColumn: 31 });
  expect(first?.message).toContain("write L40S_Whole");
});

test("each finding stands at its field, not at its object", async () => {
  const all = await findings(
    object(
      "PciWhitelist",
      "w",
      'devices:\n  - address: "0000:41:00.0"\n  - address: "0000:42:00.0"',
    ),
  );
  expect(
    all.map((finding) => [
      finding.rule,
      finding.line,
      finding.column,
      finding.endLine,
      finding.endColumn,
    ]),
  ).toEqual([
    ["UnpinnedAddress", 6, 16, 6, 30],
    ["UnpinnedAddress", 7, 16, 7, 30],
  ]);
});

test("two clouds in one folder are judged apart", async () => {
  const cloud = (namespace: string, product: string): string =>
    object("PciPassthrough", "nova", "adopt: true", namespace) +
    object(
      "PciAlias",
      "gpu",
      `match: [{ vendorId: "10de", productId: "${product}" }]\ndeviceType: type-PF`,
      namespace,
    ) +
    object("PciWhitelist", "gpus", 'devices: [{ vendorId: "10de", productId: "20b2" }]', namespace);
  const files = { "two/east.yaml": cloud("east", "20b2"), "two/west.yaml": cloud("west", "2330") };
  expect(await told(files)).toEqual(["error NoMatchingDevice PciAlias/gpu spec.match"]);
  expect(await findings(files, "-n", "east")).toEqual([]);
  const ran = await runCommand(command, ["-f", "two", "-n", "wets"], files);
  expect([ran.exit, ran.stderr]).toEqual([2, expect.stringContaining("did you mean west?")]);
});

test.each([
  ["in a folder of their own", "patches: [{ path: patches/p.yaml }]", "repo/patches/p.yaml"],
  ["of a component", "components: [component]", "repo/component/p.yaml"],
  ["above the kustomization", "resources: [overlay]", "repo/p.yaml"],
  ["in the old form", "patchesStrategicMerge: [deep/er/p.yaml]", "repo/deep/er/p.yaml"],
])("patches %s are parts of objects, not objects", async (_, own, patch) => {
  const files = {
    "repo/kustomization.yaml": `resources: [gpu.yaml]\n${own}\n`,
    "repo/gpu.yaml": gpu + gpus,
    "repo/component/kustomization.yaml": "kind: Component\npatches: [{ path: p.yaml }]\n",
    "repo/overlay/kustomization.yaml": "patches: [{ path: ../p.yaml }]\n",
    [patch]: `${head}kind: PciWhitelist\nmetadata: { name: gpus }\nspec: { priority: 5 }\n`,
  };
  const ran = await runCommand(command, ["-f", "repo", "-R"], files);
  expect([ran.exit, ran.stdout]).toEqual([0, "0 errors, 0 warnings, 0 notes\n"]);
});

test("a folder as GitOps has it: charts, kustomizations, subfolders and notes", async () => {
  const files = {
    "repo/kustomization.yaml": "resources: [base]\npatches: [{ path: patch.yaml }]\n",
    "repo/patch.yaml": `${head}kind: PciAlias\nmetadata: { name: gpu }\n`,
    "repo/README.md": "# words",
    "repo/base/pci/gpu.yaml": gpu + gpus,
    "repo/chart/values.yaml": "replicas: 1\n",
    "repo/chart/templates/a.yaml": 'kind: {{ .Values.kind }}\nmetadata:\n{{ include "x" . }}\n',
    "repo/.git/x.yaml": "a: [",
  };
  const ran = await runCommand(command, ["-f", "repo"], files);
  expect(ran.stdout).toBe("0 errors, 0 warnings, 0 notes\n");
  expect(ran.exit).toBe(0);
  expect(ran.stderr).toContain("2 documents of other kinds ignored");
  expect(ran.stderr).toContain("1 template of Helm not read");
  expect(ran.stderr).toContain("-k repo");
});

test.each([
  ["nothing of ours", "kind: ConfigMap\nmetadata: { name: x }\n", [], 2],
  ["a misspelt kind", `${head}kind: PciWhiteList\nmetadata: { name: x }\n`, [], 1],
  ["a hazard", object("PciWhitelist", "w", 'devices: [{ address: "0000:41:00.0" }]'), [], 0],
  [
    "a hazard that fails",
    object("PciWhitelist", "w", 'devices: [{ address: "0000:41:00.0" }]'),
    ["--fail-on", "warning"],
    1,
  ],
  [
    "a hazard that is ignored",
    object("PciWhitelist", "w", 'devices: [{ address: "0000:41:00.0" }]'),
    ["--fail-on", "warning", "--ignore", "UnpinnedAddress"],
    0,
  ],
  ["a note", flavor("gpu") + gpu + gpus, ["--fail-on", "warning"], 0],
  ["a note that fails", flavor("gpu") + gpu + gpus, ["--fail-on", "note"], 1],
  ["a rule that there is not", gpu + gpus, ["--ignore", "UnpinedAddress"], 2],
  ["a kustomization without kustomize", gpu, ["-k", "."], 2],
])("%s: exit code", async (_what, text, args, exit) => {
  const ran = await runCommand(command, ["-f", "pci.yaml", ...args], { "pci.yaml": text });
  expect(ran.exit).toBe(exit);
});

test("a folder with objects of its own is read as kubectl reads it, and -R reads the rest", async () => {
  const files = { "pci/gpu.yaml": gpu, "pci/more/gpus.yaml": gpus };
  const flat = await runCommand(command, ["-f", "pci"], files);
  expect([flat.exit, flat.stderr]).toEqual([1, "folders below pci are not read: -R reads them\n"]);
  expect((await runCommand(command, ["-f", "pci", "-R"], files)).exit).toBe(0);
});

test("what belongs to a card or to the host is told from an inventory among the files", async () => {
  const attributes = [
    ["0300", "10de", "1b06"],
    ["0403", "10de", "10ef"],
    ["0300", "1a03", "2000"],
    ["0108", "144d", "a808"],
  ].map(([kind, vendor, device]) => ({
    attributes: { class: kind, vendor, device, "iommu_group/type": "DMA" },
  }));
  const objects = [
    {
      apiVersion: "pci.openstack.org/v1alpha1",
      kind: "PciWhitelist",
      metadata: { name: "w" },
      spec: {
        devices: ["10de:1b06", "1a03:2000", "144d:a808"].map((ids) => ({
          vendorId: ids.slice(0, 4),
          productId: ids.slice(5),
        })),
      },
    },
    {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "n1", labels: { "openstack-compute-node": "enabled" } },
    },
    {
      apiVersion: "nfd.k8s-sigs.io/v1alpha1",
      kind: "NodeFeature",
      metadata: { name: "n1", labels: { "nfd.node.kubernetes.io/node-name": "n1" } },
      spec: { features: { instances: { "pci.device": { elements: attributes } } } },
    },
  ];
  const text = objects.map((resource) => JSON.stringify(resource)).join("\n---\n");
  const ran = await runCommand(command, ["-f", "o.yaml"], { "o.yaml": text });
  const found = ran.stdout
    .split("\n")
    .flatMap((line) => /spec\.devices: (\S+) .*\[(\w+)\]$/.exec(line)?.slice(1).join(" ") ?? []);
  expect(found.sort()).toEqual([
    "10de:10ef CompanionLeft",
    "144d:a808 HostDevice",
    "1a03:2000 HostDevice",
  ]);
});

const aliasObject = (more: object = {}): object => ({
  ...{ apiVersion: "pci.openstack.org/v1alpha1", kind: "PciAlias", metadata: { name: "g" } },
  spec: { match: [{ vendorId: "10de", productId: "20b2" }], ...more },
});

test.each([
  [
    "a typed list, whose items kubectl completes",
    {
      apiVersion: "pci.openstack.org/v1alpha1",
      kind: "PciAliasList",
      items: [
        { metadata: { name: "g" }, spec: { match: [{ vendorId: "10de", productId: "20b2" }] } },
      ],
    },
    "PciAlias/g spec.match",
  ],
  ["a bare list, which kubectl refuses", [aliasObject()], "a list is not an object of Kubernetes"],
  [
    "a field that stands further down",
    aliasObject({ vendorId: "10de" }),
    "spec.vendorId: unknown field, it stands in match[].vendorId",
  ],
  [
    "a field by another name",
    aliasObject({ numaPolcy: "required" }),
    "spec.numaPolcy: unknown field, did you mean numaPolicy?",
  ],
  [
    "a value of another type",
    aliasObject({ traits: "big" }),
    "spec.traits: must be a list, not a string: found big",
  ],
])("%s", async (_, value, sentence) => {
  const ran = await runCommand(command, ["-f", "o.json"], { "o.json": JSON.stringify(value) });
  expect([ran.exit, ran.stdout + ran.stderr]).toEqual([1, expect.stringContaining(sentence)]);
});
