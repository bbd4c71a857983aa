// Files of users: what is read, and what is said about what cannot be.
import { expect, test } from "@jest/globals";
import { describeProblem, readYaml } from "../../src/api/read-yaml.ts";

function said(text: string): readonly string[] {
  return readYaml("pci.yaml", text).problems.map(describeProblem);
}

function alias(match: string): string {
  return `apiVersion: pci.openstack.org/v1alpha1
kind: PciAlias
metadata:
  name: a1
spec:
  match:
    - ${match}
`;
}

test.each([
  ["0x10de", '"10de"', "number"],
  ["8086", '"8086"', "number"],
  ["1e49", '"1e49"', "number"],
  ["0755", '"0755"', "number"],
])("an unquoted vendor %s gets the advice to quote it", (unquoted, quoted, type) => {
  expect(said(alias(`{ vendorId: ${unquoted}, productId: "154d" }`))).toEqual([
    `pci.yaml:7: PciAlias/a1 spec.match[0].vendorId: found ${unquoted}, which YAML reads as a ${type}: write ${quoted}`,
  ]);
});

test("an unquoted no is false, and the advice is to quote it", () => {
  const text = `apiVersion: pci.openstack.org/v1alpha1
kind: PciWhitelist
metadata: { name: w }
spec:
  nodeSelector:
    matchLabels:
      example.org/pci: no
  devices: [{ vendorId: "8086" }]
`;
  expect(said(text)).toEqual([
    'pci.yaml:7: PciWhitelist/w spec.nodeSelector.matchLabels.example.org/pci: found no, which YAML reads as a boolean: write "no"',
  ]);
});

test("an unquoted address is text, as for Kubernetes", () => {
  const text = `apiVersion: pci.openstack.org/v1alpha1
kind: PciWhitelist
metadata: { name: w }
spec:
  devices: [{ address: 0000:41:00.0, vendorId: "8086", productId: 154d }]
`;
  const { objects, problems } = readYaml("pci.yaml", text);
  expect(problems).toEqual([]);
  expect(objects[0]?.value).toMatchObject({
    spec: { devices: [{ address: "0000:41:00.0", productId: "154d" }] },
  });
});

test("Nova's own spelling is answered with ours, at its line", () => {
  const match = `vendor_id: "8086"\n      productId: "154d"\n      vendorId: "8086"`;
  expect(said(alias(match))).toEqual([
    "pci.yaml:7: PciAlias/a1 spec.match[0].vendor_id: unknown field, write vendorId",
  ]);
});

test("every problem of a file is said, and the rest is read", () => {
  const good = alias('{ vendorId: "8086", productId: "154d" }');
  const text = `---\n${alias("{ vendorId: 8086 }")}---\n# a comment\n---\n${good}---\nkind: ConfigMap\napiVersion: v1\n`;
  expect(said(text)).toEqual([
    "pci.yaml:8: PciAlias/a1 spec.match[0].productId: is required",
    'pci.yaml:8: PciAlias/a1 spec.match[0].vendorId: found 8086, which YAML reads as a number: write "8086"',
    "pci.yaml:20: ConfigMap metadata.name: is missing: write a name for the object",
  ]);
  expect(readYaml("pci.yaml", text).objects).toMatchObject([{ line: 12, name: "a1" }]);
});

test("a list holds objects, each with its own line", () => {
  const text = `apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Node
    metadata: { name: node-1, labels: { example.org/pci: "yes" } }
  - apiVersion: pci.openstack.org/v1alpha1
    kind: PciAlias
    metadata: { name: a1 }
    spec: { match: [{ vendorId: 8086, productId: "154d" }] }
`;
  const { objects, problems } = readYaml("nodes.yaml", text);
  expect(objects).toMatchObject([{ kind: "Node", name: "node-1", line: 4 }]);
  expect(problems).toMatchObject([
    { line: 10, object: "PciAlias/a1", field: "spec.match[0].vendorId" },
  ]);
});

test("JSON is read like YAML", () => {
  const object = { apiVersion: "v1", kind: "Node", metadata: { name: "node-1" } };
  const { objects, problems } = readYaml("node.json", JSON.stringify(object, null, "\t"));
  expect(problems).toEqual([]);
  expect(objects).toMatchObject([
    { file: "node.json", line: 1, kind: "Node", name: "node-1", value: object },
  ]);
});

test("ours come with their defaults, others as they are", () => {
  const { objects } = readYaml(
    "pci.yaml",
    `{ apiVersion: pci.openstack.org/v1alpha1, kind: PciPassthrough, metadata: { name: nova } }`,
  );
  expect(objects[0]?.value).toMatchObject({ spec: { rollout: { maxUnavailable: 1 } } });
});

test.each([
  ["a: [1", "pci.yaml:1: not YAML:"],
  ["a: 1\na: 2\n", "pci.yaml:2: not YAML: a stands twice: keep one of the two"],
  ["a:\n\tb: 1\n", "pci.yaml:2: not YAML:"],
  [
    "apiVersion: pci.openstack.org/v1alpha1\nmetadata: { name: x }\n",
    "pci.yaml:1: kind: is missing: write one of PciAlias, PciWhitelist, PciFlavor, PciPassthrough",
  ],
  [
    "apiVersion: pci.openstack.org/v1alpha1\nkind: PciWhiteList\nmetadata: { name: x }\n",
    "pci.yaml:2: PciWhiteList kind: there is no kind PciWhiteList in pci.openstack.org: write PciWhitelist",
  ],
  [
    "apiVersion: pci.openstack.org/v1alpha1\nkind: Widget\nmetadata: { name: x }\n",
    "pci.yaml:2: Widget kind: there is no kind Widget in pci.openstack.org: write one of PciAlias",
  ],
  [
    "apiVersion: pci.openstack.com/v1alpha1\nkind: PciAlias\nmetadata: { name: a }\n",
    "pci.yaml:1: PciAlias/a apiVersion: found pci.openstack.com/v1alpha1, write pci.openstack.org/v1alpha1",
  ],
  [
    "apiVersion: pci.openstack.org\nkind: PciAlias\nmetadata: { name: a }\n",
    "pci.yaml:1: PciAlias/a apiVersion: found pci.openstack.org, write pci.openstack.org/v1alpha1",
  ],
  [
    "kind: Node\nmetadata: { name: 8 }\n",
    'pci.yaml:2: Node metadata.name: found 8, which YAML reads as a number: write "8"',
  ],
  [
    "kind: PciAlias\nmetadata: { name: a }\nspec: { resourceClass: GPU }\n",
    "pci.yaml:1: PciAlias/a apiVersion: is missing: write pci.openstack.org/v1alpha1",
  ],
  [
    "apiVersion: pci.openstack.org/v1\nkind: PciAlias\nmetadata: { name: a }\nspec: {}\n",
    "pci.yaml:1: PciAlias/a apiVersion: found pci.openstack.org/v1, write pci.openstack.org/v1alpha1",
  ],
])("%j is answered", (text, answer) => {
  const all = said(text);
  expect(all).toHaveLength(1);
  expect(all[0]).toContain(answer);
});

test("an empty file holds nothing", () => {
  expect(readYaml("empty.yaml", "# nothing\n---\n")).toEqual({
    objects: [],
    problems: [],
    foreign: 0,
  });
});

test.each([
  ["- a\n- b\n"],
  ["just text\n"],
  ["replicas: 1\nimage: { tag: x }\n"],
  ["apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n"],
])("%j is nothing of ours, and counted", (text) => {
  expect(readYaml("values.yaml", text)).toEqual({ objects: [], problems: [], foreign: 1 });
});

test("each field has its region, and one that is not there that of its parent", () => {
  const text = `apiVersion: pci.openstack.org/v1alpha1
kind: PciAlias
metadata: { name: a1 }
spec:
  resourceClass: "GPU"
  match:
    - vendorId: "10de"
      productId: 20b2
    - { vendorId: "10de", productId: "2330" }
`;
  const at = readYaml("pci.yaml", text).objects[0]!.at;
  const line = (from: number, column: number, endColumn: number): object => ({
    line: from,
    column,
    endLine: from,
    endColumn,
  });
  expect(at("spec.resourceClass")).toMatchObject(line(5, 18, 23));
  expect(at("spec.match")).toMatchObject(line(6, 3, 8));
  expect(at("spec.match[0]")).toMatchObject(line(7, 7, 23));
  expect(at("spec.match[0].productId")).toMatchObject(line(8, 18, 22));
  expect(at("spec.match[1].vendorId")).toMatchObject(line(9, 19, 25));
  expect(at("spec.deviceType")).toMatchObject(line(4, 1, 5));
});
