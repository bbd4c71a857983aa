// The snapshot's hardware of a node, made of NodeFeature objects of Node Feature Discovery. Pure.
// NFD counts devices by kind and does not know addresses.

import type { HardwareDevice, NodeHardware } from "../../plan/terms/snapshot.ts";
import type { Raw } from "./kube-object.ts";
import { given } from "./pod-view.ts";

/** Attributes of the feature pci.device (node-feature-discovery, source/pci). */
type Element = { readonly attributes?: Readonly<Record<string, string>> };

export type RawNodeFeature = Raw & {
  readonly spec?: {
    readonly features?: {
      readonly instances?: Readonly<
        Record<string, { readonly elements?: readonly Element[] } | undefined>
      >;
    };
  };
};

/** What one NodeFeature object says, and of which node. */
export type FeatureView = { readonly node: string; readonly devices: readonly HardwareDevice[] };

export const nodeNameLabel = "nfd.node.kubernetes.io/node-name";

/** Undefined for an object that names no node or says nothing of PCI. */
export function featureView(object: RawNodeFeature): FeatureView | undefined {
  const node = object.metadata.labels?.[nodeNameLabel];
  const found = object.spec?.features?.instances?.["pci.device"]?.elements;
  if (node === undefined || found === undefined) return undefined;
  return { node, devices: found.flatMap((item) => device(item.attributes ?? {})) };
}

function device(attributes: Readonly<Record<string, string>>): readonly HardwareDevice[] {
  const { vendor, device: product, class: kind } = attributes;
  if (vendor === undefined || product === undefined) return [];
  const total = Number(attributes["sriov_totalvfs"]);
  return [
    {
      vendor: vendor.toLowerCase(),
      product: product.toLowerCase(),
      class: kind ?? "",
      ...given("totalVfs", Number.isInteger(total) && total > 0 ? total : undefined),
      iommuGroup: attributes["iommu_group/type"] !== undefined,
      ...given("address", attributes["address"]),
    },
  ];
}

export function foldHardware(
  features: readonly FeatureView[],
): Readonly<Record<string, NodeHardware>> {
  const folded: Record<string, { devices: HardwareDevice[] }> = {};
  for (const { node, devices } of features)
    (folded[node] ??= { devices: [] }).devices.push(...devices);
  return folded;
}
