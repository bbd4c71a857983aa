// The shell line of `nova-pci match --collect`, run by sh on a tree of the form of /sys, and on the
// /sys of this machine.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectLine } from "../../src/cli/host/collect.ts";
import { parseInventory } from "../../src/nova/device/lspci.ts";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "nova-pci-sys-"));
  const pf = device("0000:3b:00.0", { class: "0x020000", sriov_totalvfs: "64", numa_node: "1" });
  mkdirSync(join(pf, "net/ens1f0"), { recursive: true });
  symlinkSync("../../../kernel/iommu_groups/17", join(pf, "iommu_group"));
  symlinkSync("../../../bus/pci/drivers/mlx5_core", join(pf, "driver"));
  // Keywords of a VPD: two letters, a length, the text.
  writeFileSync(join(pf, "vpd"), Buffer.from("\x90\x10\0PN\x03ABCSN\x06MT12-3RV\x01x", "latin1"));
  const vf = device("0000:3b:00.2", { class: "0x020000" });
  symlinkSync("../0000:3b:00.0", join(vf, "physfn"));
  device("0000:41:00.0", { class: "0x030200" });
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

function device(address: string, files: Readonly<Record<string, string>>): string {
  const folder = join(root, "bus/pci/devices", address);
  mkdirSync(folder, { recursive: true });
  const all = { vendor: "0x15b3", device: "0x101e", ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), `${text}\n`);
  return folder;
}

function collected(sys: string) {
  const env = { PATH: process.env["PATH"] ?? "", SYS: sys };
  return parseInventory(execFileSync("sh", ["-c", collectLine], { env, encoding: "utf8" }));
}

test("a tree of the form of /sys", () => {
  expect(collected(root)).toEqual({
    problems: [],
    devices: [
      expect.objectContaining({
        ...{ address: "0000:3b:00.0", vendorId: "15b3", productId: "101e", classId: "0200" },
        ...{ deviceType: "type-PF", numaNode: 1, interfaces: ["ens1f0"], cardSerial: "MT12-3" },
        ...{ iommuGroup: "17", driver: "mlx5_core" },
      }),
      expect.objectContaining({
        ...{ address: "0000:3b:00.2", deviceType: "type-VF", parentAddress: "0000:3b:00.0" },
        ...{ interfaces: [], cardSerial: null },
      }),
      expect.objectContaining({ address: "0000:41:00.0", deviceType: "type-PCI", classId: "0302" }),
    ],
  });
});

test("the /sys of this machine gives an inventory without problems", () => {
  mkdirSync(join(root, "empty/bus/pci/devices"), { recursive: true });
  expect(collected(join(root, "empty"))).toEqual({ devices: [], problems: [] });
  if (process.platform === "linux") expect(collected("/sys").problems).toEqual([]);
});
