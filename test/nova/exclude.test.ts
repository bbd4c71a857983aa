// An exclusion takes exactly the excluded addresses away: asked of the model of Nova and of real
// Nova, for every address that a domain has, and for some of other domains.
import { afterAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { DeviceDeclaration } from "../../src/nova/terms/declare.ts";
import { emitDevice } from "../../src/nova/device/declare-device.ts";
import {
  excludeAddresses,
  exclusionProblem,
  inexpressible,
  mayTakeAddress,
} from "../../src/nova/device/exclude.ts";
import { findRelease } from "../../src/nova/terms/release.ts";
import type { Case } from "./case.ts";
import { judge } from "./judge.ts";
import { releasesThatRun, startOracle, type Oracle } from "./oracle.ts";

const release = "34.0.0";
const ids = { vendor_id: "10de", product_id: "2330" };

const oneDomain = range(256, 2).flatMap((bus) =>
  range(32, 2).flatMap((slot) => range(8, 1).map((last) => `0000:${bus}:${slot}.${last}`)),
);
const otherDomains = ["0001:41:00.1", "ffff:41:00.1", "0010:00:00.0", "1000:41:00.1"];

function range(count: number, width: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => index.toString(16).padStart(width, "0"));
}

function question(entries: readonly DeviceDeclaration[], addresses: readonly string[]): Case {
  const specs = entries.map((entry) => emitDevice(entry, findRelease(release)!));
  const devices = addresses.map((address) => ({ ...ids, address }));
  return { kind: "device_match", input: { specs, devices } };
}

function taken(asked: Case, matches: unknown): readonly string[] {
  const { devices } = asked.input as { readonly devices: readonly { address: string }[] };
  return devices.flatMap(({ address }, index) =>
    (matches as readonly unknown[])[index] === null ? [] : [address],
  );
}

type Example = readonly [
  title: string,
  entry: DeviceDeclaration,
  excluded: readonly string[],
  specs: number,
];
const pinned = { vendorId: "10de", productId: "2330" };

const examples: readonly Example[] = [
  ["one card of a kind", pinned, ["0000:41:00.0"], 4],
  ["four functions of one card", pinned, range(4, 1).map((last) => `0000:41:00.${last}`), 4],
  ["the same function of four cards", pinned, range(4, 2).map((bus) => `0000:${bus}:00.0`), 4],
  ["cards without anything in common", pinned, ["0000:41:00.0", "0000:81:1f.7"], 6],
  ["one of a bus", { ...pinned, address: "0000:41:*.*" }, ["0000:41:00.1"], 2],
  ["one of a slot", { ...pinned, address: "0000:41:00.*" }, ["0000:41:00.1"], 1],
  ["the only one", { ...pinned, address: "0000:41:00.1" }, ["0000:41:00.1"], 0],
  ["one that is not there", { ...pinned, address: "0000:41:*.*" }, ["0000:42:00.1"], 1],
  ["one of a range", { ...pinned, addressRegex: { bus: "4[0-3]" } }, ["0000:41:00.1"], 4],
  ["all of a range", { ...pinned, addressRegex: { function: "[01]" } }, ["0000:41:00.0"], 4],
  ["one of either case", { addressRegex: { bus: "4[ab]" } }, ["0000:4A:00.1"], 4],
  ["some of a few domains", { addressRegex: { domain: "000[01]" } }, ["0001:41:00.1"], 4],
  ["all functions of a card", pinned, range(8, 1).map((last) => `0000:41:00.${last}`), 3],
  ["all of a bus", { addressRegex: { bus: "4a" } }, ["0000:4A:00.1"], 3],
];

const everywhere = [...oneDomain, ...otherDomains];
const sample = everywhere.filter((text) => /^....:..:(00|01|1f)\.[0127]$/.test(text));

/** Every address for the first example; for the others every bus, with some slots and functions. */
function addressesFor(title: string): readonly string[] {
  return title === examples[0]![0] ? everywhere : sample;
}

function expectedOf(
  entry: DeviceDeclaration,
  excluded: readonly string[],
  addresses: readonly string[],
): readonly string[] {
  const asked = question([entry], addresses);
  const lower = excluded.map((text) => text.toLowerCase());
  return taken(asked, judge(asked, release).matches).filter((text) => !lower.includes(text));
}

describe("the model of Nova sees exactly the excluded addresses go", () => {
  test.each(examples)("%s", (title, entry, excluded, specs) => {
    const rest = excludeAddresses(entry, excluded);
    expect(rest).toHaveLength(specs);
    const addresses = addressesFor(title);
    const asked = question(rest, addresses);
    const expected = expectedOf(entry, excluded, addresses);
    expect(taken(asked, judge(asked, release).matches)).toEqual(expected);
  });
});

const started: Oracle[] = [];
afterAll(() => Promise.all(started.map((oracle) => oracle.stop())), 60_000);

test.each(releasesThatRun(["26.3.0", release]))(
  "nova %s sees exactly the excluded addresses go",
  async (asks) => {
    const oracle = await startOracle(asks);
    started.push(oracle);
    for (const [title, entry, excluded] of examples) {
      const addresses = addressesFor(title);
      const asked = question(excludeAddresses(entry, excluded), addresses);
      const [answer] = await oracle.judge([asked]);
      const expected = expectedOf(entry, excluded, addresses);
      expect([title, taken(asked, answer!.matches)]).toEqual([title, expected]);
    }
  },
  600_000,
);

test("whatever is excluded of whatever entry: the others stay, in entries that never overlap", () => {
  const address = fc
    .tuple(
      fc.constantFrom("0000", "0001"),
      fc.constantFrom("41", "4a", "81"),
      fc.constantFrom("00", "01", "1f"),
      fc.constantFrom("0", "1", "7"),
    )
    .map(([domain, bus, slot, last]) => `${domain}:${bus}:${slot}.${last}`);
  const entry = fc.constantFrom<DeviceDeclaration>(
    pinned,
    { vendorId: "10de" },
    { address: "*:41:*.*" },
    { address: "0000:*:00.*" },
    { address: ".1" },
    { addressRegex: { bus: "4[1a]", function: "[0-3]" } },
    { addressRegex: { domain: "0000", slot: "(00|1f)" } },
  );
  const all = ["0000", "0001", "0002"].flatMap((domain) =>
    ["00", "41", "4a", "81", "14"].flatMap((bus) =>
      ["00", "01", "1f", "10"].flatMap((slot) =>
        ["0", "1", "2", "7"].map((last) => `${domain}:${bus}:${slot}.${last}`),
      ),
    ),
  );
  fc.assert(
    fc.property(entry, fc.array(address, { maxLength: 6 }), (declared, excluded) => {
      const rest = excludeAddresses(declared, excluded);
      const before = question([declared], all);
      const wanted = taken(before, judge(before, release).matches).filter(
        (text) => !excluded.includes(text),
      );
      const parts = rest.map((deviceDeclaration) => question([deviceDeclaration], all));
      const got = parts.flatMap((part) => taken(part, judge(part, release).matches));
      expect([...got].sort()).toEqual([...wanted].sort());
    }),
    { seed: 4, numRuns: 150 },
  );
});

test("what is written in its place is short, portable and easy to read", () => {
  const rest = excludeAddresses(pinned, ["0000:41:00.1", "0000:81:00.1"]);
  expect(rest.map((deviceDeclaration) => deviceDeclaration.addressRegex)).toEqual([
    { domain: "([1-9a-f]...|0[1-9a-f]..|00[1-9a-f].|000[1-9a-f])" },
    { domain: "0000", bus: "([0-35-79a-f].|[48][02-9a-f])" },
    { domain: "0000", bus: "[48]1", slot: "(0[1-9a-f]|1.)" },
    { domain: "0000", bus: "[48]1", slot: "00", function: "[02-7]" },
  ]);
});

describe("what a PF or a device name offers besides cannot be excluded", () => {
  const address = "0000:41:00.0";
  const literal = { domain: "0000", bus: "41", slot: "00", function: "0" };
  test.each<[string, DeviceDeclaration, readonly string[], readonly string[]]>([
    ["the PF itself", { ...pinned, address }, [address], []],
    ["a VF", { ...pinned, address }, ["0000:41:00.3"], ["0000:41:00.3"]],
    ["a VF beyond its bus", { ...pinned, address }, ["0000:42:00.0"], ["0000:42:00.0"]],
    ["what is of another domain", { ...pinned, address }, ["0001:41:00.3"], []],
    ["what comes before it", { ...pinned, address }, ["0000:40:00.3"], []],
    ["a PF named by mere values", { addressRegex: literal }, ["0000:41:00.3"], ["0000:41:00.3"]],
    ["a range", { addressRegex: { ...literal, function: ".*" } }, ["0000:41:00.3"], []],
    ["a glob", { address: "0000:41:*.*" }, ["0000:41:00.3"], []],
    ["a device name", { devname: "ens1f0" }, [address], [address]],
    ["ids", pinned, [address], []],
    ["what nobody understands", { addressRegex: { bus: "(?i)4A" } }, [address], [address]],
  ])("%s", (_name, entry, excluded, left) => {
    expect(inexpressible(entry, excluded)).toEqual(left);
    const problem = exclusionProblem(entry, excluded);
    if (left.length === 0) expect(problem).toBeUndefined();
    else expect(problem).toContain(`address: "${left[0]!.slice(0, 7)}:*.*", or addressRegex`);
  });
});

test("an address that no entry takes is told from one that it may take", () => {
  const takes = (entry: DeviceDeclaration) => mayTakeAddress(entry, "0000:41:00.3");
  expect(takes(pinned)).toBe(true);
  expect(takes({ address: "0000:41:*.*" })).toBe(true);
  expect(takes({ address: "0000:41:00.0" })).toBe(true);
  expect(takes({ devname: "ens1f0" })).toBe(true);
  expect(takes({ address: "0000:42:*.*" })).toBe(false);
  expect(takes({ addressRegex: { function: "[01]" } })).toBe(false);
});
