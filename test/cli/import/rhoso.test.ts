// What can be done for RHOSO, whose computes run outside the cluster: its files are imported, and what
// render prints goes back into them without a change of meaning.
import { expect, test } from "@jest/globals";
import { readYaml } from "../../../src/api/read-yaml.ts";
import { command as importCommand } from "../../../src/cli/import.ts";
import { command as render } from "../../../src/cli/render.ts";
import { runCommand } from "../texts-io.ts";

const alias = '{"name":"gpu","vendor_id":"10de","product_id":"2330","device_type":"type-PF"}';
const spec = '{"vendor_id":"10de","product_id":"2330","address":"0000:41:00.0"}';
const indented = (text: string, by: number): string => text.replace(/^(?=.)/gm, " ".repeat(by));

/** The control plane's text, and the ConfigMap that a data plane service names. */
const files = (api: string, compute: string): string => `
apiVersion: core.openstack.org/v1beta1
kind: OpenStackControlPlane
metadata: { name: controlplane, namespace: openstack }
spec:
  nova:
    template:
      apiServiceTemplate:
        customServiceConfig: |
${indented(api, 10)}
---
apiVersion: v1
kind: ConfigMap
metadata: { name: nova-extra-config, namespace: openstack }
data:
  95-nova-pci.conf: |
${indented(compute, 4)}
`;

async function imported(text: string): Promise<string> {
  const ran = await runCommand(importCommand, ["rhoso.yaml"], { "rhoso.yaml": text });
  expect(ran.exit).toBe(0);
  return ran.stdout;
}

test("customServiceConfig and the ConfigMap of the computes: in, and out again", async () => {
  const objects = await imported(
    files(`[pci]\nalias = ${alias}\n`, `[pci]\nalias = ${alias}\ndevice_spec = ${spec}\n`),
  );
  const ran = await runCommand(render, ["-f", "ours.yaml"], { "ours.yaml": objects });
  expect(ran.exit).toBe(0);
  const texts = readYaml("out.yaml", ran.stdout).objects.map(
    (object): readonly [string, string] => {
      const { "95-nova-pci.conf": text = "" } = object.value["data"] as Record<string, string>;
      return [/^nova-pci-(\w+)-/.exec(object.name)![1]!, text];
    },
  );
  const { api, compute } = Object.fromEntries(texts) as Record<string, string>;
  expect(api).toBe(`[pci]\nalias = ${alias}\n`);
  expect(compute).toBe(`[pci]\nalias = ${alias}\ndevice_spec = ${spec}\n`);
  expect(await imported(files(api!, compute!))).toBe(objects);
});
