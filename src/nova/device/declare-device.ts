// A declared device entry: the [pci]device_spec value written for it and the findings about it,
// first Nova's own verdict for each release, then our policies. Knows one entry only; order and
// overlap are in covers.ts.

import { addressText, isRefused, isSingle, parseGlob, type AddressFields } from "./address.ts";
import { canonicalJson, type Plain } from "../text/canonical-json.ts";
import { judgePlacementNames } from "../alias/declare-alias.ts";
import { judgeAddressRegex } from "./declare-regex.ts";
import type { DeviceDeclaration, Finding, ModelContext } from "../terms/declare.ts";
import { takesEveryDevice } from "./device-selection.ts";
import { deviceRows, knowsTag } from "./device-tags.ts";
import { finding } from "../terms/findings.ts";
import { describeReleases, type Release } from "../terms/release.ts";

/**
 * The JSON object of one [pci]device_spec value. Cannot fail: what is not understood stays text.
 */
export function emitDevice(declared: DeviceDeclaration, _release: Release): string {
  const value: Record<string, Plain> = {};
  for (const { field, key, write } of deviceRows) {
    const own = declared[field];
    const plain = own === undefined ? undefined : write(own);
    if (plain !== undefined) value[key] = plain;
  }
  return canonicalJson(value);
}

export function judgeDevice(
  declared: DeviceDeclaration,
  context: ModelContext,
): readonly Finding[] {
  return [
    ...judgeIds(declared, context),
    ...judgeWhere(declared, context),
    ...judgeSelectsAll(declared),
    ...judgeTags(declared, context),
    ...judgePlacementNames(declared, ""),
    ...judgeHazards(declared, context),
  ];
}

function judgeIds(declared: DeviceDeclaration, context: ModelContext): readonly Finding[] {
  return (["vendorId", "productId"] as const).flatMap((key) => {
    const text = declared[key];
    if (text === undefined || /^[0-9a-fA-F]{4}$/.test(text)) return [];
    return [
      finding(
        "NovaRefuses",
        key,
        `${computeDies(context.releases)}: "${text}" is not four hexadecimal digits; write for example "10de"`,
      ),
    ];
  });
}

function judgeWhere(declared: DeviceDeclaration, context: ModelContext): readonly Finding[] {
  const { address, addressRegex, devname } = declared;
  const dies = computeDies(context.releases);
  if (devname !== undefined && (address !== undefined || addressRegex !== undefined)) {
    return [
      finding(
        "NovaRefuses",
        "devname",
        `${dies}: devname and an address exclude each other; keep one`,
      ),
    ];
  }
  if (devname === "") {
    return [
      finding(
        "MatchesEveryDevice",
        "devname",
        "an empty devname is none; write a name or leave it out",
      ),
    ];
  }
  if (devname !== undefined && context.reportInPlacement) {
    return [
      finding(
        "NovaRefuses",
        "devname",
        `${dies}: with report_in_placement Nova takes no devname; give the address`,
      ),
    ];
  }
  if (addressRegex !== undefined) return judgeAddressRegex(addressRegex, dies);
  return address === undefined ? [] : judgeAddress(address, dies);
}

function judgeAddress(address: string, dies: string): readonly Finding[] {
  const parsed = parseGlob(address);
  if (isRefused(parsed)) {
    return [
      finding(
        "NovaRefuses",
        "address",
        `${dies}: ${parsed.refused}; write domain:bus:slot.function, "*" for any`,
      ),
    ];
  }
  if (Object.values(parsed).some((text) => text.startsWith("-"))) {
    return [finding("NeverMatches", "address", `no device has the address ${address}`)];
  }
  if (addressText(parsed) === address.toLowerCase()) return [];
  return [
    finding(
      "AbbreviatedAddress",
      "address",
      `"${address}" is written as ${addressText(parsed)}, which is what Nova makes of it`,
    ),
  ];
}

function judgeSelectsAll(declared: DeviceDeclaration): readonly Finding[] {
  if (!takesEveryDevice(declared)) return [];
  return [
    finding(
      "MatchesEveryDevice",
      "",
      "the entry would make every PCI device of the host assignable, the boot disk included; give vendorId and productId, or an address",
    ),
  ];
}

function judgeTags(declared: DeviceDeclaration, context: ModelContext): readonly Finding[] {
  const found = deviceRows.flatMap((row) => {
    const old = context.releases.filter((release) => !knowsTag(row, release));
    if (declared[row.field] === undefined || old.length === 0) return [];
    return [
      finding(
        "TagWithoutEffect",
        row.field,
        `nova-compute ${describeReleases(old)} ignores ${row.field}: it is known from Nova ${row.since!.release} on; remove it, or declare the release in the PciPassthrough`,
      ),
    ];
  });
  if (declared.oneTimeUse === true && !context.reportInPlacement) {
    found.push(
      finding(
        "NovaRefuses",
        "oneTimeUse",
        `${computeDies(context.releases.filter((release) => release.specOneTimeUse))}: one_time_use needs report_in_placement; set spec.placement.reportInPlacement of the PciPassthrough`,
      ),
    );
  }
  return found;
}

function judgeHazards(declared: DeviceDeclaration, context: ModelContext): readonly Finding[] {
  const found: Finding[] = [];
  if (declared.remoteManaged === true && mayBePhysical(declared)) {
    found.push(
      finding(
        "RemoteManagedWithAddress",
        "remoteManaged",
        `${computeDies(context.releases)} where this is a physical function; select the virtual functions by their ids or addresses`,
      ),
    );
  }
  if (isUnpinned(declared) && context.severalNodes !== false) {
    found.push(
      finding(
        "UnpinnedAddress",
        declared.address === undefined ? "addressRegex" : "address",
        "another node may have another card at this address; add vendorId and productId",
      ),
    );
  }
  const { resourceClass, traits, physicalNetwork } = declared;
  const named = resourceClass !== undefined || (traits ?? []).length > 0;
  if (named && !context.reportInPlacement) {
    found.push(
      finding(
        "ClassIgnored",
        resourceClass === undefined ? "traits" : "resourceClass",
        "without spec.placement.reportInPlacement of the PciPassthrough Nova ignores resource class and traits",
      ),
    );
  }
  if (typeof physicalNetwork === "string" && physicalNetwork !== "" && context.reportInPlacement) {
    found.push(
      finding(
        "PhysicalNetworkNotInPlacement",
        "physicalNetwork",
        "a device with a physical network serves Neutron ports only: it is not reported to Placement",
      ),
    );
  }
  return found;
}

/** An address, and not both ids that would pin it to a model of card. */
function isUnpinned(declared: DeviceDeclaration): boolean {
  const addressed = declared.address !== undefined || declared.addressRegex !== undefined;
  return addressed && (declared.vendorId === undefined || declared.productId === undefined);
}

/** The one device an address names; undefined for wildcards, regular expressions and none. */
/** Behind a bridge whole cards and their physical functions have slot 00; others are virtual. */
function mayBePhysical(declared: DeviceDeclaration): boolean {
  const fields = singleAddress(declared);
  if (fields === undefined) return declared.devname !== undefined;
  return fields.slot === "00" || fields.bus === "00";
}

function singleAddress(declared: DeviceDeclaration): AddressFields | undefined {
  if (declared.address === undefined) return undefined;
  const parsed = parseGlob(declared.address);
  return !isRefused(parsed) && isSingle(parsed) ? parsed : undefined;
}

function computeDies(releases: readonly Release[]): string {
  return `nova-compute ${describeReleases(releases)} would not start`;
}
