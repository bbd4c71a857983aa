// Who can serve an alias, and if nobody, why: three facts are compared, the alias, the device entry
// and the devices that a host is known to have.

import { expect, test } from "@jest/globals";
import type {
  AliasDeclaration,
  DeviceDeclaration,
  DeviceType,
} from "../../src/nova/terms/declare.ts";
import {
  canServe,
  misfit,
  unserved,
  type KnownDevice,
  type Offer,
} from "../../src/nova/serving/serves.ts";

const ids = { vendorId: "10de", productId: "20b2" };
const gpu: AliasDeclaration = { name: "g", match: [ids], deviceType: "type-PF" };
const plain: AliasDeclaration = { name: "g", match: [ids] };
const byClass: AliasDeclaration = { name: "g", match: [], resourceClass: "GPU" };

const has = (types: readonly DeviceType[], productId = "20b2"): KnownDevice => ({
  vendorId: "10de",
  productId,
  types,
});
const wholeCard = has(["type-PF"]);
const noSriov = has(["type-PCI", "type-VF"]);

type Row = readonly [
  name: string | undefined,
  what: string,
  alias: AliasDeclaration,
  device: DeviceDeclaration,
  more?: { readonly known?: readonly KnownDevice[]; readonly placement?: boolean },
];

test.each<Row>([
  // ids
  [undefined, "both ids", gpu, ids],
  [undefined, "ids in another spelling", gpu, { vendorId: "10DE", productId: "20B2" }],
  [undefined, "an address alone", gpu, { address: "0000:41:00.0" }],
  ["NoMatchingDevice", "another product", gpu, { ...ids, productId: "20b0" }],
  // properties
  ["NoMatchingDevice", "remote managed", gpu, { ...ids, remoteManaged: true }],
  [
    "NoMatchingDevice",
    "one use, VF",
    { ...gpu, deviceType: "type-VF" },
    { ...ids, oneTimeUse: true },
  ],
  [undefined, "one use, PF", gpu, { ...ids, oneTimeUse: true }],
  ["NoMatchingDevice", "live migratable", { ...gpu, liveMigratable: true }, ids],
  [
    undefined,
    "both live migratable",
    { ...gpu, liveMigratable: true },
    { ...ids, liveMigratable: true },
  ],
  // classes: one class for one request
  [
    undefined,
    "class without PCI in Placement",
    gpu,
    { ...ids, resourceClass: "CUSTOM_B" },
    { placement: false },
  ],
  [
    "ClassMismatch",
    "alias by ids, device with a class",
    gpu,
    { ...ids, resourceClass: "CUSTOM_B" },
  ],
  [
    "ClassMismatch",
    "another class",
    { ...gpu, resourceClass: "CUSTOM_A" },
    { ...ids, resourceClass: "CUSTOM_B" },
  ],
  [
    "ClassMismatch",
    "alias with a class, device by ids",
    { ...gpu, resourceClass: "CUSTOM_A" },
    ids,
  ],
  [
    undefined,
    "the same class",
    { ...gpu, resourceClass: "B" },
    { ...ids, resourceClass: "CUSTOM_B" },
  ],
  [undefined, "normalised", { ...gpu, resourceClass: "b gpu" }, { ...ids, resourceClass: "B_GPU" }],
  [
    undefined,
    "the class of the ids, written out",
    gpu,
    { ...ids, resourceClass: "custom_pci_10de_20b2" },
  ],
  [undefined, "a class alone", byClass, { ...ids, resourceClass: "CUSTOM_GPU" }],
  ["ClassMismatch", "a class that nothing has", byClass, ids],
  [undefined, "vendor only: a device of those ids has the class", gpu, { vendorId: "10de" }],
  [
    "ClassMismatch",
    "vendor only: ids are no class of another name",
    { ...gpu, resourceClass: "A" },
    { vendorId: "10de" },
  ],
  [
    undefined,
    "another alternative fits",
    { ...gpu, match: [{ ...ids, productId: "1" }, ids] },
    ids,
  ],
  // traits: required within offered
  ["ClassMismatch", "a trait that is not offered", { ...gpu, traits: ["CUSTOM_BIG"] }, ids],
  [
    undefined,
    "a trait that is",
    { ...gpu, traits: ["big"] },
    { ...ids, traits: ["CUSTOM_BIG", "CUSTOM_BLUE"] },
  ],
  [
    "ClassMismatch",
    "a blank belongs to the trait",
    { ...gpu, traits: ["blue"] },
    { ...ids, traits: ["big", " blue"] },
  ],
  [undefined, "a trait that Nova gives", { ...gpu, traits: ["COMPUTE_MANAGED_PCI_DEVICE"] }, ids],
  [
    undefined,
    "traits without Placement",
    { ...gpu, traits: ["CUSTOM_BIG"] },
    ids,
    { placement: false },
  ],
  // networks
  ["NoMatchingDevice", "a physical network", gpu, { ...ids, physicalNetwork: "p1" }],
  [
    undefined,
    "a physical network without Placement",
    gpu,
    { ...ids, physicalNetwork: "p1" },
    { placement: false },
  ],
  [undefined, "a network without physical network", gpu, { ...ids, physicalNetwork: null }],
  // types, where the device is known
  [
    "WrongDeviceType",
    "type-PCI of a card that can SR-IOV",
    { ...gpu, deviceType: "type-PCI" },
    ids,
    { known: [wholeCard] },
  ],
  [
    "WrongDeviceType",
    "no type of a card that can SR-IOV",
    plain,
    ids,
    { known: [wholeCard, wholeCard] },
  ],
  ["WrongDeviceType", "type-PF of a card that cannot", gpu, ids, { known: [noSriov] }],
  [
    "WrongDeviceType",
    "VFs that nobody made",
    { ...gpu, deviceType: "type-VF" },
    ids,
    { known: [wholeCard] },
  ],
  [
    undefined,
    "VFs with the ids of their card",
    { ...gpu, deviceType: "type-VF" },
    ids,
    { known: [wholeCard, noSriov] },
  ],
  [undefined, "type-PF", gpu, ids, { known: [wholeCard] }],
  [undefined, "no type", plain, ids, { known: [noSriov] }],
  [
    "NoMatchingDevice",
    "an inventory without the device",
    gpu,
    { vendorId: "10de" },
    { known: [has(["type-PF"], "1")] },
  ],
])("%s: %s", (name, _what, alias, device, { known, placement = true } = {}) => {
  const offer: Offer = { device, ...(known === undefined ? {} : { known }) };
  expect(unserved(alias, [offer], placement)?.name).toBe(name);
  expect(canServe(alias, offer, placement)).toBe(name === undefined);
});

test("nobody is as good as nothing", () => {
  expect(unserved(gpu, [], true)?.message).toContain("10de:20b2");
  expect(unserved(byClass, [], true)?.message).toContain("CUSTOM_GPU");
});

test("one entry that serves is enough, and the others are told", () => {
  const offers: readonly Offer[] = [
    { device: { ...ids, resourceClass: "CUSTOM_B" } },
    { device: ids },
    { device: { vendorId: "8086", productId: "154d" } },
  ];
  expect(unserved(gpu, offers, true)).toBeUndefined();
  expect(offers.map((offer) => misfit(gpu, offer, true)?.name)).toEqual([
    "ClassMismatch",
    undefined,
    undefined,
  ]);
});

test("the entry that comes nearest is the reason, with what to write", () => {
  const offers: readonly Offer[] = [
    { device: { vendorId: "8086", productId: "154d" } },
    { device: { ...ids, resourceClass: "CUSTOM_B" } },
    { device: { vendorId: "10de", productId: "1" } },
  ];
  expect(unserved(gpu, offers, true)?.message).toBe(
    "g asks Placement for CUSTOM_PCI_10DE_20B2, 10de:20b2 offers CUSTOM_B: give the alias resourceClass: CUSTOM_B",
  );
});

test("a wrong type says which is right", () => {
  const alias = { ...gpu, deviceType: "type-PCI" } as const;
  expect(unserved(alias, [{ device: ids, known: [wholeCard, wholeCard] }], false)?.message).toBe(
    "g asks for type-PCI, the 2 matching devices are type-PF (physical functions, which can SR-IOV): write deviceType: type-PF",
  );
});
