// Which aliases an entry could serve, which entries share devices, and which come first.

import { describe, expect, test } from "@jest/globals";
import {
  couldServe,
  includes,
  overlap,
  rankOf,
  shadowedBy,
  type Overlap,
} from "../../src/nova/device/covers.ts";
import type { AliasDeclaration, DeviceDeclaration } from "../../src/nova/terms/declare.ts";

const match = [{ vendorId: "10de", productId: "2330" }];
const gpu: AliasDeclaration = { name: "gpu", match };
const byClass: AliasDeclaration = { name: "gpu", match: [], resourceClass: "gpu" };

test.each<[boolean, string, AliasDeclaration, DeviceDeclaration]>([
  [true, "both ids", gpu, { vendorId: "10DE", productId: "2330" }],
  [false, "another product", gpu, { vendorId: "10de", productId: "2331" }],
  [true, "vendor only", gpu, { vendorId: "10de" }],
  [true, "an address", gpu, { address: "0000:41:00.0" }],
  [false, "remote managed", gpu, { vendorId: "10de", remoteManaged: true }],
  [false, "migratable is wanted", { ...gpu, liveMigratable: true }, { vendorId: "10de" }],
  [
    true,
    "and offered",
    { ...gpu, liveMigratable: true },
    { vendorId: "10de", liveMigratable: true },
  ],
  [
    false,
    "one use of a VF",
    { ...gpu, deviceType: "type-VF" },
    { vendorId: "10de", oneTimeUse: true },
  ],
  [true, "the class", byClass, { vendorId: "10de", resourceClass: "CUSTOM_GPU" }],
  [false, "another class", byClass, { vendorId: "10de", resourceClass: "CUSTOM_NIC" }],
  [false, "no class", byClass, { vendorId: "10de" }],
  [
    true,
    "the class of its ids",
    { ...byClass, resourceClass: "CUSTOM_PCI_10DE_2330" },
    { vendorId: "10de" },
  ],
])("%s: %s", (expected, _what, alias, device) => {
  expect(couldServe(alias, device)).toBe(expected);
});

test("the more an entry says about its place, the earlier it comes", () => {
  const ranks = [
    { address: "0000:41:00.0" },
    { address: "*:41:00.0", vendorId: "10de", productId: "2330" },
    { addressRegex: { bus: "41" } },
    { vendorId: "10de", productId: "2330" },
    { vendorId: "10de" },
    { devname: "eth0" },
  ].map(rankOf);
  expect(ranks).toEqual([4, 3, 3, 2, 1, 0]);
});

describe("overlap", () => {
  test.each<[Overlap, DeviceDeclaration, DeviceDeclaration]>([
    ["same", { vendorId: "10DE" }, { vendorId: "10de", physicalNetwork: "x" }],
    ["same", { address: "0:41:0.0" }, { address: "0000:41:00.0" }],
    ["never", { vendorId: "10de" }, { vendorId: "8086" }],
    ["never", { address: "0000:41:00.0" }, { address: "0000:41:00.1" }],
    ["possible", { address: "*:41:*.*" }, { address: "0000:*:00.0" }],
    ["never", { address: "*:41:*.*" }, { address: "*:42:*.*" }],
    ["possible", { addressRegex: { bus: "4[0-3]" } }, { address: "*:42:*.*" }],
    ["never", { addressRegex: { bus: "4[0-3]" } }, { addressRegex: { bus: "4[4-7]" } }],
    ["possible", { addressRegex: { bus: "4" } }, { addressRegex: { bus: "4f" } }],
    ["possible", { addressRegex: { bus: "4a++" } }, { address: "*:00:*.*" }],
    ["possible", { vendorId: "10de" }, { address: "0000:41:00.0" }],
    ["never", { devname: "eth0" }, { devname: "eth1" }],
    ["possible", { devname: "eth0" }, { vendorId: "8086" }],
    ["same", { devname: "eth0" }, { devname: "eth0", trusted: true }],
  ])("%s: %j and %j", (expected, a, b) => {
    expect(overlap(a, b)).toBe(expected);
    expect(overlap(b, a)).toBe(expected);
  });
});

describe("an entry that never matches", () => {
  test.each<[boolean, DeviceDeclaration, DeviceDeclaration]>([
    [true, { vendorId: "10de" }, { vendorId: "10de", productId: "2330" }],
    [true, { vendorId: "10de" }, { vendorId: "10de", address: "0000:41:00.0" }],
    [false, { vendorId: "10de", productId: "2330" }, { vendorId: "10de" }],
    [true, { address: "*:41:*.*" }, { address: "*:41:00.*" }],
    // The single address may be a PF, whose VFs can lie on another bus.
    [false, { address: "*:41:*.*" }, { address: "0000:41:00.0" }],
    [true, { addressRegex: { bus: "4." } }, { addressRegex: { bus: "4[0-3]" } }],
    [false, { vendorId: "10de", remoteManaged: true }, { vendorId: "10de" }],
    [false, { address: "0000:41:00.0" }, { devname: "eth0" }],
  ])("%s: after %j comes %j", (expected, earlier, later) => {
    expect(includes(earlier, later)).toBe(expected);
    expect(shadowedBy(later, [{ vendorId: "ffff" }, earlier])).toBe(expected ? earlier : undefined);
  });
});
