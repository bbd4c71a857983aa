// Files one step beside what each tool's guide shows: what is in them comes out, for the nodes that
// it was for, and what cannot be read is said and ends with 1.
import { describe, expect, test } from "@jest/globals";
import { readYaml } from "../../../src/api/read-yaml.ts";
import { command } from "../../../src/cli/import.ts";
import { runCommand, type Files } from "../texts-io.ts";

const alias = '{"name":"gpu","vendor_id":"10de","product_id":"2330","device_type":"type-PF"}';
const spec = '{"vendor_id":"10de","product_id":"2330"}';
const other = '{"vendor_id":"10de","product_id":"2331"}';

/** Aliases by name; of each whitelist its nodes and the products that it offers. */
async function imported(files: Files, ...args: readonly string[]) {
  const named = args.length === 0 ? [Object.keys(files)[0]!] : args;
  const ran = await runCommand(command, named, files);
  const { objects, problems } = readYaml("out.yaml", ran.stdout);
  expect(problems).toEqual([]);
  const rows = objects.flatMap((object) => {
    if (object.kind === "PciAlias") return [`alias ${object.name}`];
    if (object.kind !== "PciWhitelist") return [];
    const { nodeSelector, devices } = object.value["spec"] as {
      readonly nodeSelector?: object;
      readonly devices: readonly { readonly productId?: string; readonly devname?: string }[];
    };
    const nodes = nodeSelector === undefined ? "everywhere" : JSON.stringify(nodeSelector);
    return [`${nodes}: ${devices.map((each) => each.productId ?? each.devname).join(" ")}`];
  });
  return { exit: ran.exit, rows, stderr: ran.stderr, stdout: ran.stdout };
}

const only = (name: string): string => `{"matchLabels":{"kubernetes.io/hostname":"${name}"}}`;
const but = (...names: readonly string[]): string =>
  `{"matchExpressions":[{"key":"kubernetes.io/hostname","operator":"NotIn","values":${JSON.stringify(names)}}]}`;

test.each<readonly [string, string, number, readonly string[]]>([
  [
    "a value that Ansible Vault keeps stands beside them",
    `password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3162\nnova_nova_conf_overrides:\n  pci:\n    alias: ['${alias}']\n    device_spec: !unsafe '${spec}'\n`,
    0,
    ["alias gpu", "everywhere: 2330"],
  ],
  [
    "output of juju config",
    `application: nova-compute\nsettings:\n  pci-passthrough-whitelist:\n    default: ""\n    source: user\n    type: string\n    value: '${spec}'\n  pci-alias:\n    source: unset\n    type: string\n`,
    0,
    ["everywhere: 2330"],
  ],
  [
    "two applications of Juju are two kinds of nodes",
    `applications:\n  gpu:\n    options:\n      pci-passthrough-whitelist: '${spec}'\n  nic:\n    options:\n      pci-passthrough-whitelist: '[${other}]'\n  nova-cloud-controller:\n    options: { openstack-origin: x }\n`,
    0,
    [`${only("gpu")}: 2330`, `${only("nic")}: 2331`],
  ],
  [
    "one application of Juju",
    `applications:\n  nova-compute:\n    options:\n      pci-passthrough-whitelist: '${spec}'\n  nova-cloud-controller:\n    options: { pci-alias: '${alias}' }\n`,
    1,
    ["alias gpu", "everywhere: 2330"],
  ],
  [
    "multistring with a text for values",
    `conf: { nova: { pci: { alias: { type: multistring, values: '${alias}' } } } }\n`,
    1,
    ["alias gpu"],
  ],
  [
    "an anchor for a list that is used twice",
    `conf:\n  nova:\n    pci:\n      alias: { type: multistring, values: &a ['${alias}'] }\nother: { conf: { nova: { pci: { alias: { type: multistring, values: *a } } } } }\n`,
    1,
    ["alias gpu"],
  ],
  [
    "hiera of compute nodes beside the aliases of all",
    `nova::compute::pci::device_specs: [${spec}]\nnova::pci::aliases: [${alias}]\n`,
    0,
    ["alias gpu", "everywhere: 2330"],
  ],
  [
    "a Secret with the files of a web server and of the logs",
    `kind: Secret\nmetadata: { name: nova-compute-default }\nstringData:\n  wsgi-nova-api.conf: |\n    Listen 0.0.0.0:8774\n    <VirtualHost *:8774>\n    </VirtualHost>\n  logging.conf: |\n    [loggers]\n    keys = root\n  nova.conf: |\n    [pci]\n    device_spec = ${spec}\n  nova.conf.orig: |\n    [pci]\n    device_spec = ${other}\n`,
    0,
    ["everywhere: 2330"],
  ],
  [
    "a device spec for nova-api, which has no use for it",
    `kind: ConfigMap\nmetadata: { name: nova-etc }\ndata:\n  nova.conf: |\n    [pci]\n    device_spec = ${spec}\n`,
    1,
    [],
  ],
  [
    "a host of openstack-helm's overrides that are a map",
    `overrides:\n  nova_compute:\n    hosts:\n      node7:\n        values: { conf: { nova: { pci: { device_spec: '${spec}' } } } }\n`,
    0,
    [`${only("node7")}: 2330`],
  ],
  [
    "two ConfigMaps, which may be for other nodes each",
    ["gpu", "nic"]
      .map(
        (name) =>
          `kind: ConfigMap\nmetadata: { name: edpm-${name} }\ndata:\n  03-pci.conf: |\n    [pci]\n    device_spec = ${name === "gpu" ? spec : other}\n`,
      )
      .join("---\n"),
    1,
    ["everywhere: 2330 2331"],
  ],
  [
    "two keys of one ConfigMap are one process",
    `kind: ConfigMap\nmetadata: { name: edpm }\ndata:\n  01.conf: |\n    [pci]\n    device_spec = ${spec}\n  02.conf: |\n    [pci]\n    device_spec = ${other}\n`,
    0,
    ["everywhere: 2330 2331"],
  ],
  [
    "templates of two kinds of computes",
    `kind: OpenStackControlPlane\nspec:\n  nova:\n    template:\n      novaComputeTemplates:\n        gpu: { customServiceConfig: "[pci]\\ndevice_spec = ${spec.replaceAll('"', '\\"')}\\n" }\n        nic: { customServiceConfig: "[pci]\\ndevice_spec = ${other.replaceAll('"', '\\"')}\\n" }\n`,
    1,
    ["everywhere: 2330 2331"],
  ],
  [
    "overrides without a name, without values and of another workload",
    `conf:\n  nova: { pci: { device_spec: '${spec}' } }\n  overrides:\n    nova_compute:\n      hosts:\n        - host: gpu2\n          conf: { nova: { pci: { device_spec: '${other}' } } }\n      labels:\n        - label: { key: gpu }\n          conf: { nova: { pci: { device_spec: '${other}' } } }\n    nova_api:\n      hosts:\n        - name: ctl\n          conf: { nova: { pci: { alias: '${alias}' } } }\n`,
    1,
    ["everywhere: 2330"],
  ],
  [
    "options without a section in a text",
    `site_pci: |\n  alias = ${alias}\n  device_spec = ${spec}\nnova_device_spec: '${spec}'\n`,
    1,
    ["everywhere: 2330"],
  ],
  [
    "words about an option",
    `pci-alias:\n  type: string\n  description: |\n    A list such as\n    alias = ${alias}\nnova_device_spec: '${spec}'\n`,
    0,
    ["everywhere: 2330"],
  ],
  [
    "nova_config in hiera",
    `nova::config::nova_config:\n  pci/alias: { value: '${alias}' }\n  pci/device_spec: { value: '${spec}' }\n`,
    0,
    ["alias gpu", "everywhere: 2330"],
  ],
  ["lines of JSON", `${spec}\n${other}\n`, 0, ["everywhere: 2330 2331"]],
  [
    "two objects in one value, with which no nova-compute starts",
    `nova_pci_passthrough_whitelist: '${spec},${other}'\nnova_pci_alias: '${alias}'\n`,
    1,
    ["alias gpu"],
  ],
])("%s", async (_what, text, exit, rows) => {
  const found = await imported({ "file.yaml": text });
  expect([found.exit, found.rows, found.stderr]).toEqual([exit, rows, expect.any(String)]);
});

const hash = "{ 'vendor_id' => '10de', 'product_id' => '2330' }";

test.each<readonly [string, string, number, readonly string[]]>([
  [
    "both classes of Puppet",
    `class { 'nova::compute::pci':\n  device_specs => [\n    ${hash},\n  ],\n}\nclass { 'nova::pci':\n  aliases => [\n    { 'name' => 'gpu', 'vendor_id' => '10de', 'product_id' => '2330' },\n  ],\n}\n`,
    0,
    ["alias gpu", "everywhere: 2330"],
  ],
  [
    "nova_config of Puppet beside a text",
    `class { '::nova::compute::pci':\n  passthrough => '[${spec}]'\n}\nnova_config { 'pci/alias': value => '${alias}' }\n`,
    0,
    ["alias gpu", "everywhere: 2330"],
  ],
  [
    "a here document of Terraform",
    `config = {\n  "pci-passthrough-whitelist" = jsonencode([\n    { vendor_id = "10de", product_id = "2330" }\n  ])\n  "pci-alias" = <<-EOT\n    ${alias}\n  EOT\n}\n`,
    0,
    ["alias gpu", "everywhere: 2330"],
  ],
  [
    "a local value of Terraform, and one that is in no file",
    `locals {\n  gpus = [{ vendor_id = "10de", product_id = "2330" }]\n}\nconfig = { pci-passthrough-whitelist = jsonencode(local.gpus), pci-alias = var.alias }\n`,
    1,
    ["everywhere: 2330"],
  ],
  [
    "a variable of Terraform that says nothing",
    `variable "pci_alias" {\n  default = ""\n}\nconfig = {\n  pci-alias = ""\n  pci-passthrough-whitelist = jsonencode([{ vendor_id = "10de", product_id = "2330" }])\n}\n`,
    0,
    ["everywhere: 2330"],
  ],
  [
    "answers of Packstack",
    `CONFIG_NOVA_PCI_ALIAS=[${alias}]\nCONFIG_NOVA_PCI_PASSTHROUGH_WHITELIST=[${spec}]\n`,
    0,
    ["alias gpu", "everywhere: 2330"],
  ],
  [
    "a script that edits nova.conf",
    `#!/bin/sh\ncrudini --set /etc/nova/nova.conf pci alias '${alias}'\ncrudini --set /etc/nova/nova.conf pci device_spec '${spec}'\n`,
    0,
    ["alias gpu", "everywhere: 2330"],
  ],
  [
    "attributes of Chef",
    `default['nova']['pci']['alias'] = '${alias}'\nnode.default['nova']['cards'] = [${hash.replaceAll("'", '"')}]\n`,
    0,
    ["alias gpu", "everywhere: 2330"],
  ],
  [
    "an entry with a variable inside",
    `crudini --set nova.conf pci device_spec '${spec}'\ncrudini --set nova.conf pci alias "{\\"name\\":\\"gpu\\",\\"vendor_id\\":$VENDOR}"\n`,
    1,
    ["everywhere: 2330"],
  ],
])("text of another language: %s", async (_what, text, exit, rows) => {
  const found = await imported({ file: text });
  expect([found.exit, found.rows]).toEqual([exit, rows]);
  expect(found.stderr === "").toBe(exit === 0);
});

test.each([
  ["kolla_nova_pci_alias", '"{{ aliases | to_json }}"', 1],
  ["site_pci_passthrough_devices", '"{% for d in gpus %}{{ d }}{% endfor %}"', 1],
  ["pci_white_list_of_site", "'<%= specs.to_json %>'", 1],
  ["site_pci_device_specs", '["${gpu_spec}"]', 1],
  ["pci_alias_help", '"one line of JSON each"', 0],
  ["motd", '"{{ welcome }}"', 0],
] as const)("a template under the name %s", async (key, value, exit) => {
  const text = `nova_pci_devices: [${spec}]\n${key}: ${value}\n`;
  const found = await imported({ "vars.yml": text });
  expect(found.exit).toBe(exit);
  expect(found.rows).toEqual(["everywhere: 2330"]);
  if (exit === 1)
    expect(found.stderr).toMatch(/vars\.yml:2: \S+ is a template that nobody rendered/);
});

test("what stands in Python's quotes under a name that nobody knows is not passed over", async () => {
  const text = `nova::compute::pci::device_specs: ['${spec}']\nnova::api::pci_alias: "[{'name':'gpu','vendor_id':'10de','product_id':'2330'}]"\n`;
  const found = await imported({ "hiera.yaml": text });
  expect([found.exit, found.rows]).toEqual([1, ["everywhere: 2330"]]);
  expect(found.stderr).toContain("hiera.yaml:2: ");
  expect(found.stderr).toContain("this is Python, not JSON");
});

describe("the folder of Kolla-Ansible", () => {
  const both = `[pci]\nalias = ${alias}\n`;

  test("gives each host its own PciWhitelist", async () => {
    const found = await imported(
      {
        "config/nova.conf": `${both}device_spec = ${spec}\n`,
        "config/nova/cmp1/nova.conf": `[pci]\ndevice_spec = ${other}\n`,
        "config/nova/cmp2/nova.conf": `[DEFAULT]\nmy_ip = 10.0.0.1\n`,
        "config/nova/policy.yaml": "{}\n",
        "config/neutron/ml2_conf.ini": "[ml2]\n",
      },
      "config",
    );
    expect([found.exit, found.rows, found.stderr]).toEqual([
      0,
      ["alias gpu", `${but("cmp1")}: 2330`, `${only("cmp1")}: 2331`],
      "",
    ]);
  });

  test("what a host says besides is added to what all computes read", async () => {
    const found = await imported(
      {
        "nova/nova-api.conf": both,
        "nova/nova-compute.conf": `${both}device_spec = [${spec},\n  ${other}]\n`,
        "nova/cmp1/nova.conf": `[pci]\ndevice_spec = {"devname":"ens1","physical_network":"p1"}\n`,
      },
      "nova/",
    );
    expect([found.exit, found.rows, found.stderr]).toEqual([
      0,
      ["alias gpu", `${but("cmp1")}: 2330 2331`, `${only("cmp1")}: ens1`],
      "",
    ]);
  });

  test("a nova.conf.d is what one process reads, in the order of the names", async () => {
    const found = await imported(
      {
        "etc/nova.conf.d/90-gpu.conf": `[pci]\ndevice_spec = ${other}\n`,
        "etc/nova.conf.d/10-gpu.conf": `${both}device_spec = ${spec}\n`,
      },
      "etc/nova.conf.d",
    );
    expect([found.exit, found.rows]).toEqual([0, ["alias gpu", "everywhere: 2330 2331"]]);
  });

  test("another folder is told what is looked for", async () => {
    const found = await imported({ "charts/values.yaml": "a: 1\n" }, "charts");
    expect([found.exit, found.stderr]).toEqual([2, expect.stringContaining("HOST/nova.conf")]);
  });
});

describe("what is broken takes nothing from what stands beside it", () => {
  const conf = `[pci]\nalias = ${alias}\ndevice_spec = ${spec}\n`;
  const map = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata:\n  nova.conf: |\n    ${conf.trim().replaceAll("\n", "\n    ")}\n`;
  const broken = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: b\n";
  const both = ["alias gpu", "everywhere: 2330"];

  test.each<readonly [string, Files, readonly string[], string]>([
    [
      "a document before",
      { "m.yaml": `${broken}---\n${map}` },
      [],
      "m.yaml:3: is YAML that cannot",
    ],
    ["a document behind", { "m.yaml": `${map}---\n${broken}` }, [], "is YAML that cannot be read"],
    [
      "a file",
      { "a.conf": conf, "b.xml": "<a/>\n" },
      ["--conf", "a.conf", "--conf", "b.xml"],
      "b.xml: looks like XML",
    ],
    [
      "a file of a folder",
      { "etc/nova.conf.d/10.conf": conf, "etc/nova.conf.d/20.conf": "<a/>\n" },
      ["etc/nova.conf.d"],
      "20.conf: looks like XML",
    ],
  ])("%s", async (_what, files, args, said) => {
    const found = await imported(files, ...args);
    expect([found.exit, found.rows]).toEqual([1, both]);
    expect(found.stderr).toContain(said);
  });
});
