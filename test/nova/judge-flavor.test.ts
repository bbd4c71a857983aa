// What a PciFlavor may carry: judged for the release that runs, with the words that Nova would use.
import { describe, expect, test } from "@jest/globals";
import { isUnvalidated, judgeFlavor } from "../../src/nova/flavor/judge-flavor.ts";
import { findRelease, supportedReleases } from "../../src/nova/terms/release.ts";

function said(extraSpecs: Record<string, string>, ...releases: readonly string[]): string[] {
  const context = {
    releases:
      releases.length === 0 ? supportedReleases : releases.map((release) => findRelease(release)!),
    pciInPlacement: false,
    reportInPlacement: false,
  };
  const aliases = [{ name: "gpu", count: 1 }];
  return judgeFlavor({ aliases, extraSpecs }, context).map(
    (finding) => `${finding.path}: ${finding.message}`,
  );
}

describe("extra specs", () => {
  test.each([
    ["hw:hide_hypervisor_id", "true"],
    ["hw:cpu_policy", "mixed"],
    ["resources:VGPU", "1"],
    ["resources_a:CUSTOM_GPU", "2"],
    ["trait:CUSTOM_FAST", "required"],
    ["quota:cpu_quota", "-1"],
    ["own:anything", "x"],
    ["without_namespace", "x"],
  ])("%s=%s is taken by every release", (key, value) => {
    expect(said({ [key]: value })).toEqual([]);
  });

  test.each([
    ["hw:hide_hypervisor_id", "maybe", "'maybe' is not a valid boolean-like value"],
    ["hw:pci_typo", "x", "'hw:pci_typo' does not appear to be a valid extra spec"],
    ["quota:foo", "1", "'quota:foo' does not appear to be a valid extra spec"],
    ["hw:numa_nodes", "0", "'0' is less than the min value of '1'"],
    ["hw:numa_nodes", "two", "'two' is not a valid integer value"],
    ["hw:cpu_policy", "Dedicated", "'Dedicated' is not one of: dedicated, shared, mixed"],
    ["trait:CUSTOM_FAST", "yes", "'yes' is not one of: required, forbidden"],
  ])("%s=%s is answered with 400, and the answer is quoted", (key, value, words) => {
    const [first, ...more] = said({ [key]: value }, "34.0.0");
    expect(more).toEqual([]);
    expect(first).toContain(`spec.extraSpecs.${key}: Nova 34.0.0: the API answers 400: ${words}`);
  });

  test("a name that is nearly right is told", () => {
    expect(said({ "hw:hide_hypervisorid": "true" }, "34.0.0")[0]).toContain(
      "did you mean hw:hide_hypervisor_id?",
    );
  });

  test("what one of the releases that may run refuses is refused, and which", () => {
    expect(said({ "hw:locked_memory": "true" }, "25.3.0", "26.3.0")[0]).toContain("Nova 25.3.0: ");
    expect(said({ "hw:tpm_secret_security": "host" }, "32.0.0")).toHaveLength(1);
    expect(said({ "hw:tpm_secret_security": "host" }, "33.0.0")).toEqual([]);
  });
});

describe("keys that Nova reads and its API refuses", () => {
  test.each([
    ["hw:maxphysaddr_mode", "passthrough"],
    ["hw:maxphysaddr_bits", "46"],
  ])("%s=%s can be written where something reads it", (key, value) => {
    expect(isUnvalidated(key)).toBe(true);
    expect(said({ [key]: value }, "34.0.0")).toEqual([]);
    expect(said({ [key]: value }, "28.0.0")).toEqual([]);
    expect(said({ [key]: value }, "27.0.0")[0]).toContain("nothing reads");
  });

  test("their values are judged here, because nothing else does", () => {
    expect(said({ "hw:maxphysaddr_mode": "host" }, "34.0.0")[0]).toContain(
      "'host' is not one of: passthrough, emulate",
    );
    expect(said({ "hw:maxphysaddr_bits": "many" }, "34.0.0")).toHaveLength(1);
  });

  test("all others are checked by Nova", () => {
    expect(isUnvalidated("hw:numa_nodes")).toBe(false);
  });
});

test("a value of pci_passthrough:alias that is too long for Nova is refused", () => {
  const aliases = Array.from({ length: 16 }, (_, index) => ({
    name: `alias-with-a-long-name-${index}`,
    count: 1,
  }));
  const context = {
    releases: supportedReleases,
    pciInPlacement: false,
    reportInPlacement: false,
  };
  expect(judgeFlavor({ aliases }, context)).toMatchObject([{ path: "spec.aliases" }]);
});
