// Which devices of a node wait to be cleaned, and how: reserved and unused in Placement, with
// Nova's trait for devices that are handed out once, and taken by an entry that says what cleans
// them.

import { cleaningJobPrefix } from "../../api/names.ts";
import type { PciWhitelist } from "../../api/generated/pci-whitelist.ts";
import type { DeviceDeclaration } from "../../nova/terms/declare.ts";
import { sha256 } from "../../nova/text/digest.ts";
import { idsOfClass, mayBe, waitsForCleaning } from "../../nova/serving/one-time-use.ts";
import type { PciProvider } from "../terms/snapshot.ts";
import { canonical } from "../wanted/accept.ts";
import type { DeviceEntry } from "../wanted/resolve.ts";

type Device = NonNullable<PciWhitelist["spec"]>["devices"][number];
type Cleaning = NonNullable<Device["cleaning"]>;
export type JobTemplate = NonNullable<Cleaning["jobTemplate"]>;

export type DirtyDevice = {
  readonly node: string;
  readonly address: string;
  readonly resourceClass: string;
  readonly vendorId: string;
  readonly productId: string;
  /** The PciWhitelist and the entry that say how it is cleaned. */
  readonly object: string;
  readonly entry: string;
  readonly provider: string;
  readonly generation: number;
  /**
   * Provider and generation: what Placement changes with every use, so one life is cleaned once.
   */
  readonly life: string;
  /** Undefined = the entries that may take it do not agree. */
  readonly template: JobTemplate | undefined;
  readonly job: string;
};

/** Entries keep what their device says beyond Nova's tags. */
function cleaningOf(declaration: DeviceDeclaration): Cleaning | undefined {
  return (declaration as DeviceDeclaration & { readonly cleaning?: Cleaning }).cleaning;
}

export function templateOf(entry: DeviceEntry): JobTemplate | undefined {
  if (entry.declaration.oneTimeUse !== true) return undefined;
  const cleaning = cleaningOf(entry.declaration);
  return cleaning?.disabled === true ? undefined : cleaning?.jobTemplate;
}

export function dirtyDevices(
  node: string,
  entries: readonly DeviceEntry[],
  providers: readonly PciProvider[],
): readonly DirtyDevice[] {
  const found = providers.flatMap((provider): DirtyDevice[] => {
    const { generation } = provider;
    if (generation === undefined || !waitsForCleaning(provider)) return [];
    const taking = entries.filter(
      ({ declaration }) => declaration.oneTimeUse === true && mayBe(declaration, provider),
    );
    const first = taking.find((entry) => templateOf(entry) !== undefined);
    if (first === undefined) return [];
    const ways = new Set(taking.map((entry) => canonical(templateOf(entry) ?? null)));
    const device = { ...placeOf(node, provider, first), generation };
    const template = ways.size === 1 ? templateOf(first) : undefined;
    return [{ ...device, template, job: jobName(device, template) }];
  });
  return found.sort((a, b) => (a.address < b.address ? -1 : 1));
}

function placeOf(
  node: string,
  provider: PciProvider,
  { declaration, object, line }: DeviceEntry,
): Omit<DirtyDevice, "template" | "job" | "generation"> {
  const { uuid, generation, address, resourceClass } = provider;
  const [vendor = declaration.vendorId ?? "", product = declaration.productId ?? ""] =
    idsOfClass(resourceClass) ?? [];
  return {
    node,
    address,
    resourceClass,
    vendorId: vendor.toLowerCase(),
    productId: product.toLowerCase(),
    object,
    entry: line.entry,
    provider: uuid,
    life: `${uuid}.${generation}`,
  };
}

/** One name for one cleaning of one life of a device: a Job that is there is never made twice. */
function jobName(
  { life, node, address, vendorId, productId }: Omit<DirtyDevice, "template" | "job">,
  template: JobTemplate | undefined,
): string {
  const what = canonical({ life, node, address, vendorId, productId, template });
  return `${cleaningJobPrefix}${sha256(what).slice(0, 16)}`;
}
