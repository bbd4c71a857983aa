// The registry of validators in real Nova and ours must agree on every key that a flavor may carry,
// with parts and without, and on values near the edge of each rule.
import { afterAll, expect, test } from "@jest/globals";
import { checkExtraSpec } from "../../../src/nova/flavor/extra-spec.ts";
import { extraSpecRows, unvalidatedRows } from "../../../src/nova/flavor/extra-spec-table.ts";
import { findRelease } from "../../../src/nova/terms/release.ts";
import { releasesThatRun, startOracle, type Oracle } from "../oracle.ts";
import { usualReleases } from "../oracle-install.ts";

const values = [
  ..."0 1 -1 2 15 16 8 64 true yes no maybe x any large 2M 1.2 2.0 0-3 ^1 ^0-1,^2".split(" "),
  ..."dedicated shared mixed required forbidden preferred legacy socket isolate none intel auto".split(
    " ",
  ),
  ..."passthrough emulate amd-sev intel-tdx a:1 a:1,b:2 a: low custom host virtio".split(" "),
  "",
  " 1",
  "1 ",
];

const odd = [
  ..."resources:VGPU resources1:CUSTOM_X resources_a:VCPU resources:nope resources:custom_x".split(
    " ",
  ),
  ..."trait:CUSTOM_A trait1:HW_CPU_X86_AVX2 trait:NOPE traits:CUSTOM_A hw:numa_cpus.0 hw:numa_mem.x".split(
    " ",
  ),
  ..."hw:pci_typo hw:hide_hypervisor quota:foo os:nope own:key ownkey accel:x vmware:x hw_rng:x".split(
    " ",
  ),
  ..."capabilities:vcpus capabilities:cpu_info:arch capabilities:nope aggregate_instance_extra_specs:any".split(
    " ",
  ),
];

const keys = [
  ...new Set([...extraSpecRows, ...unvalidatedRows].map(([name]) => name)),
  ...odd,
].filter((text) => !text.includes("{"));
const textKeys = new Set(
  extraSpecRows.flatMap(([name, , , rule]) => (rule === "text" ? [name] : [])),
);
const pairs = keys.flatMap((key) =>
  (textKeys.has(key) ? ["x"] : values).map((value) => [key, value] as const),
);

const started: Oracle[] = [];
afterAll(() => Promise.all(started.map((oracle) => oracle.stop())), 60_000);

test.each(releasesThatRun(usualReleases))(
  "nova %s takes and refuses the same extra specs",
  async (version) => {
    const oracle = await startOracle(version);
    started.push(oracle);
    const release = findRelease(version)!;
    const said = await oracle.extraSpecs(pairs);
    const differ = pairs.flatMap(([key, value], index) => {
      const verdict = checkExtraSpec(key, value, release);
      const taken = said[index] === null;
      return taken === (verdict.is === "accepted") ? [] : [`${key}=${value}: ${said[index]}`];
    });
    expect(differ).toEqual([]);
    // What the driver reads and the API does not know: refused in every release that has it.
    const unknown = unvalidatedRows.map(([name]) => [name, "emulate"] as const);
    for (const answer of await oracle.extraSpecs(unknown))
      expect(answer).toContain("does not appear to be a valid extra spec");
  },
  600_000,
);
