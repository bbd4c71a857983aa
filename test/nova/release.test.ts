// Which release a user's text means, and what follows from a detected microversion.

import { expect, test } from "@jest/globals";
import {
  atLeast,
  compareVersions,
  findRelease,
  releases,
  releasesOfMicroversion,
  supportedReleases,
} from "../../src/nova/terms/release.ts";

test.each([
  ["31.3.1", "31.3.1", false],
  ["31.3.0", "31.3.0", false],
  ["31.9.4", "31.9.4", false],
  ["31", "31.0.0", true],
  ["31.3", "31.3.0", true],
  ["2025.1", "31.0.0", true],
  ["2025.1 Epoxy", "31.0.0", true],
  ["epoxy", "31.0.0", true],
  [" EPOXY ", "31.0.0", true],
  ["Zed", "26.0.0", true],
  ["nova 34.0.0", "34.0.0", false],
  ["queens", "17.0.0", true],
])("%j is Nova %s", (text, version, assumed) => {
  expect(findRelease(text)).toMatchObject({ version, pointAssumed: assumed });
});

test.each(["", "16.0.0", "35", "2027.1", "31.x", "1.2.3.4", "2025"])("%j is no release", (text) => {
  expect(findRelease(text)).toBeUndefined();
});

test("a point release has what its own row and the earlier ones brought", () => {
  const capability = (text: string): unknown => findRelease(text)?.aliasNeedsIds;
  expect(["31.0.0", "31.3.0", "31.3.1", "32.0.0"].map(capability)).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect(findRelease("31.1.0")?.drainSafe).toBe(false);
  expect(findRelease("31.2.7")?.drainSafe).toBe(true);
  expect(findRelease("30.2.0")?.name).toBe("2024.2 Dalmatian");
});

test("a microversion leaves every row that it may be, lowest first", () => {
  const versions = (max: string): readonly string[] =>
    releasesOfMicroversion(max).map((release) => release.version);
  expect(versions("2.100")).toEqual(["31.0.0", "31.2.0", "31.3.1", "32.0.0"]);
  expect(versions("2.96")).toEqual(["29.0.0", "30.0.0"]);
  expect(versions("2.104")).toEqual(["34.0.0"]);
  expect(versions("2.999")).toEqual([]);
});

test("rows ascend, and the supported ones are 26 to 34", () => {
  const versions = releases.map((release) => release.version);
  expect([...versions].sort(compareVersions)).toEqual(versions);
  expect(supportedReleases[0]?.version).toBe("26.0.0");
  expect(supportedReleases.at(-1)?.version).toBe("34.0.0");
  expect(supportedReleases.every((supportedRelease) => atLeast(supportedRelease, "26.0.0"))).toBe(
    true,
  );
});

test("a filter that is gone is in no default list of its release", () => {
  for (const release of releases) {
    expect(release.defaultFilters.filter((name) => release.removedFilters.includes(name))).toEqual(
      [],
    );
  }
});
