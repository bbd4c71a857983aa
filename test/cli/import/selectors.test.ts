// Node selectors beside a configuration, as Yaook's NovaDeployment has them, in the spellings that
// people write: what stands beside a selector is offered on its nodes and on no others.

import { expect, test } from "@jest/globals";
import { readYaml } from "../../../src/api/read-yaml.ts";
import { command } from "../../../src/cli/import.ts";
import { runCommand } from "../texts-io.ts";

const gpu = `'{"vendor_id":"10de","product_id":"20b2"}'`;
const nic = `'{"vendor_id":"8086","product_id":"1572","physical_network":"p1"}'`;

const deployment = (templates: string): string => `apiVersion: yaook.cloud/v1
kind: NovaDeployment
metadata: { name: nova }
spec:
  compute:
    configTemplates:
${templates.replace(/^(?=.)/gm, "      ")}`;

const labels = (matchLabels: Readonly<Record<string, string>>) => ({ matchLabels });

test.each([
  [
    "one template",
    `- nodeSelectors: [{ matchLabels: { gpu: a100 } }]\n  novaComputeConfig: { pci: { device_spec: [${gpu}] } }\n`,
    [labels({ gpu: "a100" })],
  ],
  [
    "the selectors after the configuration, one of two is enough",
    `- novaComputeConfig: { pci: { device_spec: [${gpu}] } }\n  nodeSelectors:\n    - matchLabels: { gpu: a100, zone: "1" }\n    - matchLabels: { gpu: h100 }\n`,
    [labels({ gpu: "a100", zone: "1" }), labels({ gpu: "h100" })],
  ],
  [
    "a list of configurations under another name",
    `- nodeSelectors: [{ matchLabels: { nic: x710 } }]\n  novaConfig:\n    - pci: { passthrough_whitelist: [${nic}] }\n`,
    [labels({ nic: "x710" })],
  ],
  [
    "expressions",
    `- nodeSelectors:\n    - matchExpressions: [{ key: gpu, operator: In, values: [a100, h100] }]\n  novaComputeConfig: { pci: { device_spec: [${gpu}] } }\n`,
    [{ matchExpressions: [{ key: "gpu", operator: "In", values: ["a100", "h100"] }] }],
  ],
  [
    "a number as the value of a label",
    `- nodeSelectors: [{ matchLabels: { rack: 7 } }]\n  novaComputeConfig: { pci: { device_spec: ${gpu} } }\n`,
    [labels({ rack: "7" })],
  ],
  [
    "one selector of bare labels",
    `- nodeSelector: { example.org/gpu: a100 }\n  novaComputeConfig: { pci: { device_spec: [${gpu}] } }\n`,
    [labels({ "example.org/gpu": "a100" })],
  ],
  [
    "an empty selector is every node",
    `- nodeSelectors: [{ matchLabels: {} }]\n  novaComputeConfig: { pci: { device_spec: [${gpu}] } }\n`,
    [undefined],
  ],
  [
    "templates of several kinds, one without PCI",
    `- nodeSelectors: [{ matchLabels: {} }]\n  novaComputeConfig: { DEFAULT: { debug: true } }\n- nodeSelectors: [{ matchLabels: { gpu: a100 } }]\n  novaComputeConfig: { pci: { device_spec: [${gpu}] } }\n- nodeSelectors: [{ matchLabels: { nic: x710 } }]\n  novaComputeConfig: { pci: { device_spec: [${nic}] } }\n`,
    [labels({ gpu: "a100" }), labels({ nic: "x710" })],
  ],
])("%s", async (_, templates, selectors) => {
  const ran = await runCommand(command, ["nova.yaml"], { "nova.yaml": deployment(templates) });
  const { objects, problems } = readYaml("out.yaml", ran.stdout);
  const specs = objects
    .filter((object) => object.kind === "PciWhitelist")
    .map((object) => object.value["spec"] as { readonly nodeSelector?: unknown });
  expect([ran.exit, ran.stderr, problems]).toEqual([0, "", []]);
  expect(specs.map((spec) => spec.nodeSelector)).toEqual(selectors);
});
