// The files in which people keep PCI options, and the objects that come of each.
import { expect, test } from "@jest/globals";
import { Buffer } from "node:buffer";
import { readYaml } from "../../../src/api/read-yaml.ts";
import { command } from "../../../src/cli/import.ts";
import { runCommand, type Files } from "../texts-io.ts";

const ini = `[pci]
alias = {"name":"gpu","vendor_id":"10de","product_id":"2330","device_type":"type-PF"}
device_spec = {"vendor_id":"10de","product_id":"2330"}
`;
const alias = '{"name":"gpu","vendor_id":"10de","product_id":"2330","device_type":"type-PF"}';
const spec = '{"vendor_id":"10de","product_id":"2330"}';
const indented = (text: string, by: number) => text.replace(/^(?=.)/gm, " ".repeat(by)).trimEnd();

async function imported(text: string, name = "file.yaml", more: Files = {}) {
  const ran = await runCommand(command, [name], { [name]: text, ...more });
  const { objects, problems } = readYaml("out.yaml", ran.stdout);
  expect(problems).toEqual([]);
  const specOf = (kind: string) =>
    objects.filter((object) => object.kind === kind).map((object) => object.value["spec"]);
  return {
    ...ran,
    aliases: specOf("PciAlias"),
    whitelists: specOf("PciWhitelist") as { nodeSelector?: unknown; devices: unknown[] }[],
    flavors: specOf("PciFlavor"),
    namespaces: new Set(
      objects.map((object) => (object.value["metadata"] as { namespace?: string }).namespace),
    ),
  };
}

const gpu = { match: [{ vendorId: "10de", productId: "2330" }], deviceType: "type-PF" };
const device = { vendorId: "10de", productId: "2330" };
const defaults = { priority: 0, removalPolicy: "Wait" };

/** Each holds the alias gpu and one device spec. */
const both: readonly (readonly [string, string])[] = [
  ["nova.conf", ini],
  [
    "a ConfigMap",
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  25-nova-pci.conf: |\n${indented(ini, 4)}\n`,
  ],
  [
    "a Secret",
    `apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata:\n  nova.conf: ${Buffer.from(ini).toString("base64")}\n`,
  ],
  [
    "a Secret in plain text, in a List",
    `apiVersion: v1\nkind: List\nitems:\n  - kind: Secret\n    metadata: {name: x}\n    stringData:\n      nova.conf: |\n${indented(ini, 8)}\n`,
  ],
  [
    "Helm values with texts",
    `conf:\n  nova:\n    pci:\n      alias: '${alias}'\n      device_spec: '[${spec}]'\n`,
  ],
  [
    "Helm values with multistring",
    `conf:\n  nova:\n    pci:\n      alias: {type: multistring, values: ['${alias}']}\n      passthrough_whitelist:\n        type: multistring\n        values:\n          - '${spec}'\n`,
  ],
  [
    "Helm values with lists of one",
    `conf:\n  nova:\n    pci:\n      alias: ['${alias}']\n      device_spec:\n        - '${spec}'\n`,
  ],
  [
    "Helm values with blocks",
    `conf:\n  nova:\n    pci:\n      alias: |\n        ${alias}\n      device_spec: >-\n        [\n        ${spec}\n        ]\n`,
  ],
  [
    "values of a HelmRelease",
    `kind: HelmRelease\nspec:\n  values:\n    conf:\n      nova:\n        pci:\n          alias: '${alias}'\n          device_spec: '${spec}'\n`,
  ],
  [
    "values of an Argo CD Application, as a text",
    `kind: Application\nspec:\n  source:\n    helm:\n      values: |\n        conf:\n          nova:\n            pci:\n              alias: '${alias}'\n              device_spec: '${spec}'\n`,
  ],
  [
    "customServiceConfig of RHOSO beside a ConfigMap for its computes",
    `kind: OpenStackControlPlane\nspec:\n  nova:\n    template:\n      apiServiceTemplate:\n        customServiceConfig: |\n          [pci]\n          alias = ${alias}\n---\nkind: ConfigMap\nmetadata: {name: nova-gpu}\ndata:\n  03-nova-gpu.conf: |\n    [pci]\n    alias = ${alias}\n    device_spec = ${spec}\n`,
  ],
  [
    "heat parameters of TripleO",
    `parameter_defaults:\n  NovaPCIPassthrough:\n    - vendor_id: "10de"\n      product_id: "2330"\n  ExtraConfig:\n    nova::pci::aliases:\n      - name: gpu\n        vendor_id: "10de"\n        product_id: "2330"\n        device_type: type-PF\n`,
  ],
  ["hiera", `nova::pci::aliases: ['${alias}']\nnova::compute::pci::passthrough: '[${spec}]'\n`],
  ["Juju options", `options:\n  pci-alias: '${alias}'\n  pci-passthrough-whitelist: '[${spec}]'\n`],
  [
    "Terraform",
    `resource "juju_application" "nova" {\n  config = {\n    pci-alias = "${alias.replaceAll('"', '\\"')}"\n    pci-passthrough-whitelist = jsonencode([{vendor_id = "10de", product_id = "2330"}])\n  }\n}\n`,
  ],
  [
    "openstack-ansible",
    `nova_pci_passthrough_whitelist: '${spec}'\nnova_nova_conf_overrides:\n  pci:\n    alias: '${alias}'\n`,
  ],
  [
    "a manifest of sunbeam",
    `core:\n  config:\n    pci:\n      aliases: [${alias}]\n      device_specs:\n        - ${spec}\n`,
  ],
  [
    "local.conf of devstack",
    `[[local|localrc]]\nADMIN_PASSWORD=secret\n[[post-config|$NOVA_CONF]]\n[pci]\nalias = ${alias}\ndevice_spec = ${spec}\n`,
  ],
];

test.each(both)("%s", async (_, text) => {
  const found = await imported(text);
  expect([found.exit, found.stderr]).toEqual([0, ""]);
  expect(found.aliases).toMatchObject([gpu]);
  expect(found.whitelists.map((whitelist) => whitelist.devices)).toEqual([[device]]);
});

test.each([
  { excluded: "{ c1: ['0000:19:00.0'] }", exit: 1, says: '"address":"0000:19:00.0"' },
  { excluded: "{ c1: ['0000:19:00.0', '0000:1a:00.0'], c2: [] }", exit: 1, says: "0000:1a:00.0" },
  { excluded: "{}", exit: 0, says: "" },
  { excluded: "{ c1: [] }", exit: 0, says: "" },
  { excluded: "{ c1: all }", exit: 1, says: "LEFT OUT" },
  { excluded: "['0000:19:00.0']", exit: 1, says: "LEFT OUT" },
])("what sunbeam leaves out on a node is told as spec.exclude: $excluded", async (row) => {
  const pci = `device_specs: [${spec}]\n      excluded_devices: ${row.excluded}`;
  const found = await imported(`core:\n  config:\n    pci:\n      ${pci}\n`);
  expect(found.exit).toBe(row.exit);
  expect(found.stdout).toContain(row.says);
  expect(found.whitelists.map((whitelist) => whitelist.devices)).toEqual([[device]]);
});

test.each([
  ["a list of JSON", `[${spec}, {"vendor_id":"8086","product_id":"1592"}]`, 2],
  ["an object", spec, 1],
  ["a list of YAML", '- vendor_id: "10de"\n  product_id: "2330"\n- address: "0000:41:00.*"\n', 2],
])("bare device specs: %s", async (_, text, count) => {
  const found = await imported(text);
  expect([found.exit, found.stderr, found.aliases]).toEqual([0, "", []]);
  expect(found.whitelists.flatMap((whitelist) => whitelist.devices)).toHaveLength(count);
});

test("bare aliases, and nobody has their devices", async () => {
  const found = await imported(`[${alias}]`);
  expect([found.exit, found.whitelists]).toEqual([1, []]);
  expect(found.stderr).toContain('no device spec that was read offers what alias "gpu" asks for');
  expect(found.aliases).toMatchObject([gpu]);
});

test("overrides of openstack-helm are one whitelist each, and no node is in two", async () => {
  const at = (devices: string) => `conf: {nova: {pci: {device_spec: '${devices}'}}}`;
  const found = await imported(`images:
  tags: {nova_compute: "quay.io/airshipit/nova:2024.1-ubuntu_jammy"}
conf:
  nova: {pci: {alias: '${alias}', device_spec: '${spec}'}}
  overrides:
    nova_compute:
      labels:
        - label: {key: gpu, values: [a100, a30]}
          ${at('{"address":"0000:3f:00.0"}')}
        - label: {key: nic, values: [fast]}
          ${at('{"vendor_id":"8086"}')}
      hosts:
        - name: compute001
          ${at("[]")}
        - name: compute002
          ${at('{"address":"0000:56:00.0"}')}
`);
  expect([found.exit, found.stderr]).toEqual([0, ""]);
  expect(found.stdout).toContain("# Read as Nova 29.0.0: the image quay.io/airshipit/nova:2024.1");
  const hosts = {
    key: "kubernetes.io/hostname",
    operator: "NotIn",
    values: ["compute001", "compute002"],
  };
  const label = (key: string, operator: string, ...values: string[]) => ({ key, operator, values });
  expect(found.whitelists.map((whitelist) => whitelist.nodeSelector)).toEqual([
    {
      matchExpressions: [
        label("gpu", "NotIn", "a100", "a30"),
        label("nic", "NotIn", "fast"),
        hosts,
      ],
    },
    {
      matchExpressions: [label("gpu", "In", "a100", "a30"), label("nic", "NotIn", "fast"), hosts],
    },
    { matchExpressions: [label("nic", "In", "fast"), hosts] },
    { matchExpressions: [label("kubernetes.io/hostname", "In", "compute002")] },
  ]);
});

test.each([
  ["several in a list", `alias: ['${alias}', '${alias.replace("gpu", "b")}']`, "joins by commas"],
  ["maps", `alias: [${alias}]`, "prints as Go does"],
  [
    "lines",
    `device_spec: |\n        ${spec}\n        {"vendor_id":"8086"}`,
    "where the value ends for Nova",
  ],
])("what the chart cannot write is taken as meant, and said: %s", async (_, text, sentence) => {
  const found = await imported(`conf:\n  nova:\n    pci:\n      ${text}\n`);
  expect(found.exit).toBe(1);
  expect(found.stdout).toContain("# CHECK: file.yaml:");
  expect(found.stderr).toContain(sentence);
  expect([...found.aliases, ...found.whitelists].length).toBeGreaterThan(0);
});

test("a flavor that no object can say is not printed", async () => {
  const asking = (Name: string, alias: string, more: object = {}): object => ({
    ...{ ID: Name, Name, RAM: 1 },
    Properties: { "pci_passthrough:alias": alias, ...more },
  });
  const rows = [
    asking("g1", "gpu:1", { "hw:pci_numa_affinity_policy": "sometimes" }),
    asking("g2", "gpu:9999"),
    asking("g3", "gpu"),
    asking("g4", "gpu:1"),
  ];
  const found = await imported(JSON.stringify(rows));
  expect([found.exit, found.flavors]).toMatchObject([1, [{ flavor: { id: "g4" } }]]);
  expect(found.stdout.match(/^# LEFT OUT: .*?(?=:)/gm)).toHaveLength(3);
});

test("a manifest gives its namespace, and an entry its line in the file", async () => {
  const found = await imported(
    `kind: ConfigMap\nmetadata: {name: x, namespace: nova}\ndata:\n  a.conf: |\n    [pci]\n    device_spec = ${spec}\n    device_spec = {"vendor":"10de"}\n`,
  );
  expect(found.exit).toBe(1);
  expect(found.stderr).toContain("file.yaml:7: it takes every device of the host");
  expect([...found.namespaces]).toEqual(["nova"]);
});

test("flavors as the client prints them, new and old", async () => {
  const rows = [
    { ID: "1", Name: "g1", RAM: 1, Properties: { "pci_passthrough:alias": "gpu:2" } },
    {
      ID: "2",
      Name: "g2",
      RAM: 1,
      Properties: "hw:cpu_policy='dedicated', pci_passthrough:alias='gpu:1, a:2'",
    },
    { ID: "3", Name: "m1", RAM: 1, Properties: {} },
    { ID: "4", Name: "g4", RAM: 1, Properties: { "pci_passthrough:alias": "gpu:2,gpu:1" } },
  ];
  const devices = `[pci]\ndevice_spec = ${spec}\nalias = ${alias}\nalias = ${alias.replace("gpu", "a")}\n`;
  const args = ["--flavors", "f.json", "--conf", "nova.conf"];
  const known = await runCommand(command, args, {
    "f.json": JSON.stringify(rows),
    "nova.conf": devices,
  });
  expect([known.exit, known.stderr]).toEqual([0, ""]);
  const found = await imported(JSON.stringify(rows));
  expect([found.exit, found.stderr.split("\n")[0]]).toEqual([
    1,
    'nova-pci import: no object here declares alias "gpu", for which flavors ask (g1, g2, g4): give the file of nova-api that has it, too',
  ]);
  expect(found.flavors).toMatchObject([
    { flavor: { id: "1" }, aliases: [{ name: "gpu", count: 2 }] },
    {
      flavor: { id: "2" },
      aliases: [
        { name: "gpu", count: 1 },
        { name: "a", count: 2 },
      ],
    },
    { flavor: { id: "4" }, aliases: [{ name: "gpu", count: 3 }], adopt: "Overwrite" },
  ]);
});

test.each([
  ["a: 1\nb:\n  - c\n", "is YAML without PCI options"],
  ["", "is empty"],
  ["class nova::x { include foo }\n", "looks like a Puppet manifest"],
  ["<xml/>\n", "looks like XML"],
  ["$ANSIBLE_VAULT;1.1;AES256\n3132\n", "is encrypted: ansible-vault decrypt it first"],
  ["conf: {nova: {pci: {alias: 'ENC[AES256_GCM,data:x]'}}}\n", "is encrypted with sops"],
  ["kind: SealedSecret\n", "is a SealedSecret"],
  ["apiVersion: pci.openstack.org/v1alpha1\nkind: PciAlias\n", "holds objects of this operator"],
  ["{% if x %}\npci: {{ y }}\n", "looks like a template"],
  ["0000:41:00.0 0302: 10de:2330 (rev a1)\n", "looks like output of lspci"],
  ['// rack 7\n[{"vendor_id": "10de"}]\n', "looks like JSON with comments"],
])("%j gets a sentence on what it looks like", async (text, sentence) => {
  const ran = await runCommand(command, ["f"], { f: text });
  expect([ran.exit, ran.stdout]).toEqual([2, ""]);
  expect(ran.stderr).toContain(`nova-pci import: f: ${sentence}`);
});

test.each([
  ["a bare object of both options", `{"device_spec":[${spec}],"alias":${alias}}`],
  ["names that nobody knows", `site:\n  cards: ['${spec}']\n  what: [${alias}]\n`],
  ["a text of JSON under any name", `site:\n  cards: '[${spec}]'\n  what: '${alias}'\n`],
  ["one list of both", `site:\n  - ${alias}\n  - ${spec}\n`],
  [
    "the name of openstack-ansible since 2024",
    `nova_device_spec: [${spec}]\nnova_pci_alias: ${alias}\n`,
  ],
])("nothing that is one is passed over: %s", async (_, text) => {
  const found = await imported(text);
  expect([found.exit, found.stderr]).toEqual([0, ""]);
  expect([found.aliases, found.whitelists]).toEqual([[gpu], [{ ...defaults, devices: [device] }]]);
});

test("what is read under a name of its own is said", async () => {
  const found = await imported(`my_cards:\n  - ${spec}\n`);
  expect(found.stdout).toContain(
    "# file.yaml:1: my_cards is read as device_spec, by what it holds",
  );
});

test.each([
  "loadbalancer: {address: 10.0.0.1}\nhost: {address: gpu-1, name: x}\n",
  "services: [{name: x, vendor_id: acme, product_id: widget}]\n",
  "bridges: [{devname: eth0, name: br-ex}]\n",
])("what merely has such keys is not taken: %j", async (text) => {
  const found = await imported(`${text}cards: [${spec}]\n`);
  expect([found.exit, found.aliases, found.whitelists]).toEqual([
    0,
    [],
    [{ ...defaults, devices: [device] }],
  ]);
});

test("filters of a scheduler under any name", async () => {
  const found = await imported(
    `Enabled: [ComputeFilter, PciPassthroughFilter]\ncards: [${spec}]\n`,
  );
  expect(found.stdout).toContain(
    '    baseFilters:\n      - "ComputeFilter"\n      - "PciPassthroughFilter"',
  );
});

test("a role of TripleO is a pool beside the parameters of all", async () => {
  const found = await imported(
    `parameter_defaults:\n  NovaPCIPassthrough: [${spec}]\n  ComputeSriovParameters:\n    NovaPCIPassthrough: [{"address":"0000:81:00.0"}]\n`,
  );
  expect(found.exit).toBe(0);
  expect(found.whitelists.map((whitelist) => whitelist.devices)).toEqual([
    [device],
    [{ address: "0000:81:00.0" }],
  ]);
});

test("entries of one rank may stand in any order, whatever that of the operator", async () => {
  const rows = ["2222", "1111"].map(
    (id) => `device_spec = {"vendor_id":"10de","product_id":"${id}"}\n`,
  );
  const names = ["b", "a"].map((name) => `device_spec = {"devname":"${name}"}\n`);
  const found = await imported(`[pci]\n${names.join("")}${rows.join("")}`);
  expect([found.exit, found.stderr]).toEqual([0, ""]);
});

test.each([
  ["alias: {name: g\n", "f:2: is YAML that cannot be read: "],
  ["a: 1\nb: 2\na: 3\n", "f:3: is YAML that cannot be read: duplicated mapping key"],
  ['{"alias": {"name": "g"}\n', "f:2: is YAML that cannot be read: "],
  ["# device_spec = {}\n\n; alias\n", "f: holds only comments"],
])("%j tells where it breaks off", async (text, sentence) => {
  const ran = await runCommand(command, ["f"], { f: text });
  expect([ran.exit, ran.stdout]).toEqual([2, ""]);
  expect(ran.stderr).toContain(sentence);
});

test("what another language comments out says nothing", async () => {
  const found = await imported(
    `class { 'nova::compute::pci':\n#  device_specs => [{'vendor_id'=>'8086'}],\n  device_specs => [{'vendor_id'=>'10de','product_id'=>'2330'}],\n}\n`,
  );
  expect([found.exit, found.whitelists.map((whitelist) => whitelist.devices)]).toEqual([
    0,
    [[device]],
  ]);
});

test("a Secret whose text is not encoded is said", async () => {
  const found = await imported(
    `kind: Secret\nmetadata: {name: x}\ndata:\n  nova.conf: "[pci]"\n---\n${ini.replace(/^/gm, "# ")}`,
  );
  expect(found.exit).toBe(1);
  expect(found.stderr).toContain(
    "file.yaml:4: nova.conf is not base64: use stringData for plain text",
  );
});
