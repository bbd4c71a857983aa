// One host on which set-ups stand beside each other: its node with the inventory of Node Feature
// Discovery, and its devices as the line of `match --collect` writes them.

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
    ...all.map((one) => one.text),
    `apiVersion: pci.openstack.org/v1alpha1\nkind: PciPassthrough\nmetadata: { name: nova }\nspec: { adopt: true, ${placing}release: "${release}" }\n`,
    "apiVersion: v1\nkind: Node\nmetadata: { name: n0, labels: { openstack-compute-node: enabled } }\n",
    `apiVersion: nfd.k8s-sigs.io/v1alpha1\nkind: NodeFeature\nmetadata: { name: n0, labels: { nfd.node.kubernetes.io/node-name: n0 } }\nspec: { features: { instances: { pci.device: { elements: [${elements.join(", ")}] } } } }\n`,
  ].join("---\n");
}

export function inventoryOf(all: readonly SetUp[]): string {
  return JSON.stringify(all.flatMap((one) => pciDevices(one.devices)));
}
