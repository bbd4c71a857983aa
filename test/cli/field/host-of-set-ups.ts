// One host on which set-ups stand beside each other: its node with the inventory of Node Feature
// Discovery, and its devices as the line of `match --collect` writes them.

import { readYaml } from "../../../src/api/read-yaml.ts";
import { firstLook } from "../../../src/cli/played/offline.ts";
import { outcome } from "../../../src/plan/outcome.ts";
import { pciDevices } from "../../openstack/devices.ts";
import type { SetUp } from "./set-ups.ts";

/** NFD knows kinds and how many functions a card could have, and no addresses. */
export function installationOf(all: readonly SetUp[], placement: boolean, release: string): string {
  const elements = all.flatMap(({ devices }) =>
    devices.map(({ vendor, product, type }) => {
      const more = type === "type-PF" ? ', sriov_totalvfs: "8"' : "";
      return `{ attributes: { class: "0302", vendor: "${vendor}", device: "${product}", iommu_group/type: DMA${more} } }`;
    }),
  );
  const placing = placement ? "placement: { reportInPlacement: true, pciInPlacement: true }, " : "";
  return [
    ...all.map((setUp) => setUp.text),
    `apiVersion: pci.openstack.org/v1alpha1\nkind: PciPassthrough\nmetadata: { name: nova }\nspec: { adopt: true, ${placing}release: "${release}" }\n`,
    "apiVersion: v1\nkind: Node\nmetadata: { name: n0, labels: { openstack-compute-node: enabled } }\n",
    `apiVersion: nfd.k8s-sigs.io/v1alpha1\nkind: NodeFeature\nmetadata: { name: n0, labels: { nfd.node.kubernetes.io/node-name: n0 } }\nspec: { features: { instances: { pci.device: { elements: [${elements.join(", ")}] } } } }\n`,
  ].join("---\n");
}

export function inventoryOf(all: readonly SetUp[]): string {
  return JSON.stringify(all.flatMap((setUp) => pciDevices(setUp.devices)));
}

type Lines = { readonly aliases: string; readonly specs: string };

/** What the operator writes for each of them, without the sections. */
export async function linesOf(
  all: readonly SetUp[],
  placement: boolean,
  release: string,
): Promise<Lines> {
  const written = { aliases: "", specs: "" };
  for (const { objects } of all) {
    const switches = `reportInPlacement: ${placement}, pciInPlacement: ${placement}`;
    const passthrough = readYaml(
      "nova.yaml",
      `apiVersion: pci.openstack.org/v1alpha1\nkind: PciPassthrough\nmetadata: { name: nova }\nspec: { adopt: true, release: "${release}", placement: { ${switches} } }\n`,
    );
    const given = [...objects, ...passthrough.objects];
    const { services, computes } = outcome(
      await firstLook({ namespace: "openstack", objects: given }),
    );
    written.aliases += linesWith("alias", services.api?.text);
    written.specs += linesWith("device_spec", computes[0]?.fragment.text);
  }
  return written;
}

function linesWith(option: string, text = ""): string {
  const lines = text.split("\n").filter((line) => line.startsWith(`${option} = `));
  return lines.map((line) => `${line}\n`).join("");
}
