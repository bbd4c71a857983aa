// The resource providers that nova-compute reports with report_in_placement:
// nova/compute/pci_placement_translator.py from 26 on. Allocations are the cloud's, not ours.

import type { DeviceSpec } from "../device/device-spec.ts";
import { resourceClassOf, traitsOf } from "../terms/placement-names.ts";
import type { PooledDevice } from "./pools.ts";
import { looseBool, truthy, type Value } from "../text/python-json.ts";
import type { Release } from "../terms/release.ts";
import type { Refusal } from "../device/spec-address.ts";

/** Of a provider that stays reserved after its first use (Nova 32 and later). */
export const oneTimeUseTrait = "HW_PCI_ONE_TIME_USE";

type Provider = {
  readonly resourceClass: string;
  readonly traits: readonly string[];
  /** Addresses of the devices it stands for. */
  readonly devices: readonly string[];
  /** A PF or a plain device of its own, as against virtual functions counted at their parent. */
  readonly isParent: boolean;
};

export type Providers = ReadonlyMap<string, Provider>;

/** A device spec by interface name cannot be reported at all. */
export function refuseDevnames(specs: readonly DeviceSpec[]): Refusal | undefined {
  if (!specs.some((spec) => truthy(spec.devname))) return undefined;
  return { refused: "report_in_placement does not support devname", clean: true };
}

/** Adds one device; the name of its provider is that of the host and the (parent's) address. */
export function addProvider(
  providers: Providers,
  device: PooledDevice,
  spec: DeviceSpec,
  release: Release,
): Providers | Refusal {
  if (truthy(spec.tags.get("physical_network"))) return providers;
  const isParent = device.deviceType === "type-PCI" || device.deviceType === "type-PF";
  const place = isParent ? device.address : device.parentAddress;
  if (place === null || place === "") {
    // Nova means to raise its own error here and fails to format it.
    return { refused: `device ${device.address} has no parent address`, clean: false };
  }
  const described = describe(device, spec, release);
  if ("refused" in described) return described;
  const name = place.toUpperCase();
  const known = providers.get(name);
  const refused = isParent
    ? refuseParent(device, known)
    : refuseChild(device, described, known, spec, release);
  if (refused !== undefined) return refused;
  const devices = [...(known?.devices ?? []), device.address];
  return new Map(providers).set(name, { ...described, devices, isParent });
}

type Described = { readonly resourceClass: string; readonly traits: readonly string[] };

function describe(device: PooledDevice, spec: DeviceSpec, release: Release): Described | Refusal {
  const requested = spec.tags.get("resource_class");
  if (truthy(requested) && typeof requested !== "string") {
    return { refused: "resource_class is not text", clean: false };
  }
  const traits = spec.tags.get("traits");
  if (truthy(traits) && typeof traits !== "string") {
    return { refused: "traits is not text", clean: false };
  }
  const isParent = device.deviceType === "type-PCI" || device.deviceType === "type-PF";
  return {
    resourceClass: resourceClassOf(named(requested), device.vendorId, device.productId),
    traits: providerTraits(spec, isParent, release),
  };
}

/** Those of the spec, and those that Nova gives every provider of its kind. */
export function providerTraits(
  spec: DeviceSpec,
  isParent: boolean,
  release: Release,
): readonly string[] {
  const own = [...traitsOf(named(spec.tags.get("traits"))), "COMPUTE_MANAGED_PCI_DEVICE"];
  if (release.liveMigratableTrait && looseBool(spec.tags.get("live_migratable"))) {
    own.push("HW_PCI_LIVE_MIGRATABLE");
  }
  if (release.specOneTimeUse && isParent && looseBool(spec.tags.get("one_time_use"))) {
    own.push(oneTimeUseTrait);
  }
  return [...new Set(own)].sort();
}

function named(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

function refuseParent(device: PooledDevice, known: Provider | undefined): Refusal | undefined {
  if (known === undefined) return undefined;
  return {
    refused: `${device.address} and its virtual functions ${known.devices.join(", ")} are both selected`,
    clean: true,
  };
}

function refuseChild(
  device: PooledDevice,
  described: Described,
  known: Provider | undefined,
  spec: DeviceSpec,
  release: Release,
): Refusal | undefined {
  if (known?.isParent === true) {
    return {
      refused: `${device.address} and its physical function ${known.devices.join(", ")} are both selected`,
      clean: true,
    };
  }
  if (known !== undefined && known.resourceClass !== described.resourceClass) {
    return {
      refused: `${device.address} has resource class ${described.resourceClass}, its siblings ${known.resourceClass}`,
      clean: true,
    };
  }
  if (known !== undefined && known.traits.join() !== described.traits.join()) {
    return {
      refused: `${device.address} has traits ${described.traits.join()}, its siblings ${known.traits.join()}`,
      clean: true,
    };
  }
  if (release.specOneTimeUse && spec.tags.has("one_time_use")) {
    return { refused: `one_time_use on virtual function ${device.address}`, clean: true };
  }
  return undefined;
}
