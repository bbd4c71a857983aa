// What a declaration is told, how it is written, and that Nova takes whatever we do not refuse.

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readAliases } from "../../src/nova/alias/alias.ts";
import { emitAlias, judgeAlias } from "../../src/nova/alias/declare-alias.ts";
import { emitDevice, judgeDevice } from "../../src/nova/device/declare-device.ts";
import type {
  AliasDeclaration,
  DeviceDeclaration,
  Finding,
  ModelContext,
} from "../../src/nova/terms/declare.ts";
import { readSpecs } from "../../src/nova/device/device-spec.ts";
import { unknownHost } from "../../src/nova/terms/host.ts";
import { aliasMeaning, deviceMeaning } from "../../src/nova/device/meaning.ts";
import { isOverridable, policies } from "../../src/nova/terms/policies.ts";
import { findRelease, releases, supportedReleases } from "../../src/nova/terms/release.ts";

function context(versions: string, placement = ""): ModelContext {
  return {
    releases:
      versions === "all"
        ? supportedReleases
        : versions.split(" ").map((word) => findRelease(word)!),
    pciInPlacement: placement.includes("pci"),
    reportInPlacement: placement.includes("report"),
  };
}

function names(findings: readonly Finding[]): readonly string[] {
  return findings.map((finding) => `${finding.severity} ${finding.policy} ${finding.path}`);
}

const match = [{ vendorId: "8086", productId: "154D" }];
const two = [...match, { vendorId: "8086", productId: "10fb" }];
const deviceType = "type-VF";

describe("an alias", () => {
  test.each<[string, AliasDeclaration, ModelContext, readonly string[]]>([
    ["is fine", { name: "a", match, deviceType }, context("all"), []],
    [
      "without type",
      { name: "a", match },
      context("all"),
      ["warn MissingDeviceType spec.deviceType"],
    ],
    [
      "of two devices without type",
      { name: "a", match: two },
      context("34"),
      ["refuse NovaRefuses spec.deviceType"],
    ],
    [
      "with a separator",
      { name: "a:b", match, deviceType },
      context("all"),
      ["refuse NameWithSeparator spec.name"],
    ],
    [
      "with outer blanks",
      { name: " a", match, deviceType },
      context("all"),
      ["refuse NameWithBlanks spec.name"],
    ],
    [
      "with no name",
      { name: "", match, deviceType },
      context("all"),
      ["refuse NovaRefuses spec.name"],
    ],
    [
      "with a short id",
      { name: "a", match: [{ vendorId: "86", productId: "0x154d" }], deviceType },
      context("34"),
      ["refuse NovaRefuses spec.match[0].vendorId", "refuse NovaRefuses spec.match[0].productId"],
    ],
    [
      "with socket on 22",
      { name: "a", match, deviceType, numaPolicy: "socket" },
      context("22"),
      ["refuse NovaRefuses spec.numaPolicy"],
    ],
    [
      "with socket on 23",
      { name: "a", match, deviceType, numaPolicy: "socket" },
      context("23"),
      [],
    ],
    [
      "with a class on 26",
      { name: "a", match, deviceType, resourceClass: "CUSTOM_GPU" },
      context("26", "report"),
      ["refuse NovaRefuses spec.resourceClass", "warn ClassIgnored spec.resourceClass"],
    ],
    [
      "with a class, nobody knows the release",
      { name: "a", match, deviceType, resourceClass: "CUSTOM_GPU" },
      context("all", "pci"),
      ["refuse NovaRefuses spec.resourceClass"],
    ],
    [
      "of a class alone, in Placement",
      { name: "a", match: [], deviceType, resourceClass: "CUSTOM_GPU" },
      context("31.3.1 34", "pci"),
      [],
    ],
    [
      "of a class alone, without Placement, new",
      { name: "a", match: [], deviceType, resourceClass: "CUSTOM_GPU" },
      context("31.3.1"),
      ["refuse NovaRefuses spec.match"],
    ],
    [
      "of a class alone, without Placement, old",
      { name: "a", match: [], deviceType, resourceClass: "CUSTOM_GPU" },
      context("30"),
      ["refuse MissingIds spec.match"],
    ],
    [
      "of nothing, old",
      { name: "a", match: [], deviceType },
      context("31.3.0"),
      ["refuse MissingIds spec.match"],
    ],
    [
      "of nothing, new",
      { name: "a", match: [], deviceType },
      context("31.3.1"),
      ["refuse NovaRefuses spec.match"],
    ],
    [
      "of two devices in Placement",
      { name: "a", match: two, deviceType },
      context("34", "pci"),
      ["refuse SeveralMatchesNeedClass spec.match"],
    ],
    [
      "with names that are not normal",
      { name: "a", match, deviceType, resourceClass: "my gpu", traits: ["blue, big", "hw_x", ""] },
      context("34", "pci"),
      [
        "warn NotNormalised spec.resourceClass",
        "refuse BlankInTrait spec.traits[0]",
        "warn NotNormalised spec.traits[1]",
        "refuse BlankInTrait spec.traits[2]",
      ],
    ],
    [
      "with an empty class",
      { name: "a", match, deviceType, resourceClass: " " },
      context("34", "pci"),
      ["refuse EmptyResourceClass spec.resourceClass"],
    ],
    [
      "with a class that Placement refuses",
      { name: "a", match, deviceType, resourceClass: "CUSTOM_my gpu-1" },
      context("34", "pci"),
      ["refuse InvalidInPlacement spec.resourceClass"],
    ],
    [
      "to be live migrated, before 31",
      { name: "a", match, deviceType, liveMigratable: false },
      context("30 31"),
      ["refuse NovaRefuses spec.liveMigratable"],
    ],
  ])("%s", (_what, declared, where, expected) => {
    expect(names(judgeAlias(declared, where))).toEqual(expected);
  });

  test("a message says what Nova would have done, and when", () => {
    const [found] = judgeAlias(
      { name: "a", match: [], deviceType },
      context("31.0.0 31.3.1 34.0.0"),
    );
    expect(found?.message).toBe(
      "nova-api and nova-compute 31.3.1 to 34.0.0 would not start: an alias needs vendor and product id; list them in spec.match",
    );
    const [socket] = judgeAlias(
      { name: "a", match, deviceType, numaPolicy: "socket" },
      context("22.0.0"),
    );
    expect(socket?.message).toContain(
      "nova-api 22.0.0 would answer 400 to every server with a PCI flavor",
    );
  });

  test.each<[AliasDeclaration, ModelContext, readonly string[]]>([
    [
      { name: "a1", match, deviceType: "type-PF", numaPolicy: "legacy" },
      context("34"),
      [
        '{"name":"a1","vendor_id":"8086","product_id":"154d","device_type":"type-PF","numa_policy":"legacy"}',
      ],
    ],
    [
      { name: "é$x", match: two },
      context("34"),
      [
        '{"name":"\\u00e9\\u0024x","vendor_id":"8086","product_id":"154d"}',
        '{"name":"\\u00e9\\u0024x","vendor_id":"8086","product_id":"10fb"}',
      ],
    ],
    [
      { name: "a", match: two, resourceClass: "gpu", traits: ["big", "HW_NIC_SRIOV"] },
      context("34", "pci"),
      ['{"name":"a","resource_class":"CUSTOM_GPU","traits":"CUSTOM_BIG,HW_NIC_SRIOV"}'],
    ],
    [
      { name: "a", match, liveMigratable: true },
      context("34", "pci"),
      ['{"name":"a","vendor_id":"8086","product_id":"154d","live_migratable":"true"}'],
    ],
  ])("%j is written canonically", (declared, where, values) => {
    expect(emitAlias(declared, where)).toEqual(values);
  });
});

describe("a device entry", () => {
  const ids = { vendorId: "10de", productId: "2330" };
  test.each<[string, DeviceDeclaration, ModelContext, readonly string[]]>([
    ["by ids", ids, context("all"), []],
    ["of everything", {}, context("all"), ["refuse MatchesEveryDevice "]],
    [
      "of every address",
      { address: "*:*:*.*" },
      context("34"),
      ["refuse MatchesEveryDevice ", "warn UnpinnedAddress address"],
    ],
    [
      "of every match",
      { addressRegex: { bus: "[0-9a-f]*" } },
      context("34"),
      ["refuse MatchesEveryDevice ", "warn UnpinnedAddress addressRegex"].toSorted((a, b) =>
        a < b ? -1 : 1,
      ),
    ],
    [
      "with hexadecimal prefix",
      { vendorId: "0x10de" },
      context("34"),
      ["refuse NovaRefuses vendorId"],
    ],
    [
      "of a slot too high",
      { ...ids, address: "0000:00:20.0" },
      context("34"),
      ["refuse NovaRefuses address"],
    ],
    [
      "abbreviated",
      { ...ids, address: "0000:00:1.0" },
      context("34"),
      ["warn AbbreviatedAddress address"],
    ],
    ["upper case", { ...ids, address: "0000:0A:00.1" }, context("34"), []],
    [
      "unpinned",
      { vendorId: "10de", address: "0000:41:00.0" },
      context("34"),
      ["warn UnpinnedAddress address"],
    ],
    [
      "unanchored",
      { ...ids, addressRegex: { bus: "0" } },
      context("34"),
      ["warn UnanchoredRegex addressRegex.bus"],
    ],
    [
      "upper case pattern",
      { ...ids, addressRegex: { bus: "0A" } },
      context("34"),
      ["warn NeverMatches addressRegex.bus", "warn UpperCaseRegex addressRegex.bus"],
    ],
    [
      "no pattern",
      { ...ids, addressRegex: { bus: "[" } },
      context("34"),
      ["refuse NovaRefuses addressRegex.bus"],
    ],
    [
      "a pattern of newer Pythons",
      { ...ids, addressRegex: { bus: "0a++" } },
      context("34"),
      ["refuse UnportableRegex addressRegex.bus"],
    ],
    [
      "by name and address",
      { devname: "eth0", address: "0000:41:00.0" },
      context("34"),
      ["refuse NovaRefuses devname", "warn UnpinnedAddress address"],
    ],
    [
      "by name in Placement",
      { devname: "eth0" },
      context("34", "report"),
      ["refuse NovaRefuses devname"],
    ],
    [
      "managed, before 31",
      { ...ids, managed: false },
      context("30"),
      ["refuse TagWithoutEffect managed"],
    ],
    [
      "managed, nobody knows",
      { ...ids, managed: false },
      context("all"),
      ["refuse TagWithoutEffect managed"],
    ],
    [
      "for one use without Placement",
      { ...ids, oneTimeUse: true },
      context("34"),
      ["refuse NovaRefuses oneTimeUse"],
    ],
    ["for one use", { ...ids, oneTimeUse: true }, context("34", "report"), []],
    [
      "remote managed by address",
      { ...ids, address: "0000:41:00.0", remoteManaged: true },
      context("34"),
      ["warn RemoteManagedWithAddress remoteManaged"],
    ],
    [
      "remote managed by the address of what can only be a virtual function",
      { ...ids, address: "0000:41:02.1", remoteManaged: true },
      context("34"),
      [],
    ],
    [
      "with a class that is ignored",
      { ...ids, resourceClass: "CUSTOM_GPU" },
      context("34"),
      ["warn ClassIgnored resourceClass"],
    ],
    [
      "with a physical network in Placement",
      { ...ids, physicalNetwork: "p" },
      context("34", "report"),
      ["warn PhysicalNetworkNotInPlacement physicalNetwork"],
    ],
  ])("%s", (_what, declared, where, expected) => {
    expect(names(judgeDevice(declared, where))).toEqual(expected);
  });

  test("of one node needs no pin", () => {
    const where = { ...context("34"), severalNodes: false };
    expect(judgeDevice({ vendorId: "10de", address: "0000:41:00.0" }, where)).toEqual([]);
  });

  test.each<[DeviceDeclaration, string]>([
    [{ vendorId: "8086", productId: "154D" }, '{"vendor_id":"8086","product_id":"154d"}'],
    [{ address: "a:0.1" }, '{"address":"*:0a:00.1"}'],
    [
      { address: "0000:0A:00.1", physicalNetwork: null },
      '{"address":"0000:0a:00.1","physical_network":null}',
    ],
    [
      { addressRegex: { bus: "0a$", function: "[0-3]" } },
      '{"address":{"bus":"0a\\u0024","function":"[0-3]"}}',
    ],
    [
      { devname: "eth0", trusted: true, managed: false, liveMigratable: true, oneTimeUse: false },
      '{"devname":"eth0","trusted":"true","managed":"false","live_migratable":"true"}',
    ],
    [
      { vendorId: "10de", oneTimeUse: true, resourceClass: "gpu", traits: ["b", "HW_NIC_SRIOV"] },
      '{"vendor_id":"10de","one_time_use":"true","resource_class":"CUSTOM_GPU","traits":"CUSTOM_B,HW_NIC_SRIOV"}',
    ],
  ])("%j is written canonically", (declared, value) => {
    expect(emitDevice(declared, findRelease("34.0.0")!)).toBe(value);
  });
});

describe("whatever is not refused, Nova takes", () => {
  const text = (...some: readonly string[]): fc.Arbitrary<string> =>
    fc.oneof(fc.constantFrom(...some), fc.string({ maxLength: 6 }));
  const id = text("8086", "10DE", "154d", "*", "86", "ffff");
  const contexts = fc.record({
    releases: fc.subarray([...releases], { minLength: 1 }),
    pciInPlacement: fc.boolean(),
    reportInPlacement: fc.boolean(),
  });
  const optional = { requiredKeys: [] };
  const traits = fc.array(text("CUSTOM_A", "b", "x, y"), { maxLength: 2 });
  const aliases = fc.record(
    {
      name: text("gpu", "a:b", " x "),
      match: fc.array(fc.record({ vendorId: id, productId: id }), { maxLength: 2 }),
      deviceType: fc.constantFrom("type-PCI", "type-PF", "type-VF"),
      numaPolicy: fc.constantFrom("legacy", "preferred", "required", "socket"),
      resourceClass: text("CUSTOM_GPU", "", "vgpu"),
      traits,
      liveMigratable: fc.boolean(),
    },
    { requiredKeys: ["name", "match"] },
  );
  const regex = text("0a", "[0-3]", ".*", "0a++", "(", "");
  const devices = fc.record(
    {
      vendorId: id,
      productId: id,
      address: text("0000:0a:00.1", "*:0a:*.*", ".5", "0:1:20.9"),
      addressRegex: fc.record(
        { domain: regex, bus: regex, slot: regex, function: regex },
        optional,
      ),
      devname: text("eth0"),
      physicalNetwork: fc.oneof(fc.constant(null), text("physnet1")),
      trusted: fc.boolean(),
      remoteManaged: fc.boolean(),
      managed: fc.boolean(),
      liveMigratable: fc.boolean(),
      oneTimeUse: fc.boolean(),
      resourceClass: text("CUSTOM_GPU", ""),
      traits,
    },
    optional,
  );
  const runs = { numRuns: 2000 };

  test("as an alias", () => {
    fc.assert(
      fc.property(aliases, contexts, (declared, where) => {
        if (judgeAlias(declared, where).some((finding) => finding.severity === "refuse")) return;
        const values = emitAlias(declared, where);
        expect(new Set(values.map(aliasMeaning)).size).toBeLessThanOrEqual(values.length);
        for (const release of where.releases) {
          expect(readAliases(values, release, where.pciInPlacement)).toHaveProperty("aliases");
        }
      }),
      runs,
    );
  });

  test("as a device entry", () => {
    fc.assert(
      fc.property(devices, contexts, (declared, where) => {
        if (judgeDevice(declared, where).some((finding) => finding.severity === "refuse")) return;
        for (const release of where.releases) {
          const value = emitDevice(declared, release);
          const { reportInPlacement } = where;
          const read = readSpecs([value], { release, reportInPlacement, host: unknownHost });
          if (declared.remoteManaged === true && declared.devname !== undefined) continue;
          expect(read).toHaveProperty("specs");
          expect(deviceMeaning(value)).toBe(deviceMeaning(`[${value}]`));
        }
      }),
      runs,
    );
  });
});

test("only a spec of everything, and what keeps others waiting, can never be set aside", () => {
  const fixed = Object.keys(policies).filter((name) => !isOverridable(name));
  expect(fixed).toEqual(["MatchesEveryDevice", "TooManyExpressions"]);
  expect(isOverridable("toString")).toBe(false);
});
