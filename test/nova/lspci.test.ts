// Inventories as people have them: every form of lspci, copied, cut and decorated, and JSON of /sys.
import { expect, test } from "@jest/globals";
import { parseInventory } from "../../src/nova/device/lspci.ts";

const full =
  "0000:41:00.0 3D controller [0302]: NVIDIA Corporation GH100 [H100] [10de:2330] (rev a1)";
const card = { address: "0000:41:00.0", vendorId: "10de", productId: "2330", classId: "0302" };

test.each<readonly [string, string, readonly object[]]>([
  ["lspci -Dnn", `${full}\n`, [card]],
  ["lspci -n", "41:00.0 0302: 10de:2330 (rev a1)\n", [card]],
  [
    "lspci -Dnmm of Windows",
    `0000:41:00.0 "0302" "10de" "2330" -ra1 "10de" "1839"\r\n\r\n`,
    [card],
  ],
  [
    "lspci -Dnnk",
    `${full}\n\tSubsystem: NVIDIA [10de:1839]\n\tKernel driver in use: vfio-pci\n\tKernel modules: nouveau\n`,
    [{ ...card, driver: "vfio-pci" }],
  ],
  [
    "the same, copied from a terminal",
    `${full}\n        Subsystem: NVIDIA [10de:1839]\n        Kernel driver in use: nvidia\n`,
    [{ ...card, driver: "nvidia" }],
  ],
  [
    "lspci -Dnnvv of root",
    `${full}\n\tFlags: fast devsel, IRQ 18, NUMA node 1, IOMMU group 30\n\tCapabilities: [bcc v1] Single Root I/O Virtualization (SR-IOV)\n\t\tInitial VFs: 20, Total VFs: 20, Number of VFs: 0\n`,
    [{ ...card, numaNode: 1, iommuGroup: "30", deviceType: "type-PF" }],
  ],
  [
    "a card whose virtual functions the firmware does not allow stays undecided",
    `${full}\n\tCapabilities: [bcc v1] Single Root I/O Virtualization (SR-IOV)\n\t\tInitial VFs: 0, Total VFs: 0, Number of VFs: 0\n`,
    [card],
  ],
  ["lspci -Dnnx", `${full}\n00: de 10 30 23 06 04 10 00\n10: 00 00 00 de\n`, [card]],
  [
    "grep -A0 between",
    `${full}\n--\n${full.replace("41", "42")}\n`,
    [card, { ...card, address: "0000:42:00.0" }],
  ],
  [
    "lspci -Dvmmn",
    "Slot:\t0000:41:00.0\nClass:\t0302\nVendor:\t10de\nDevice:\t2330\nSVendor:\t10de\nNUMANode:\t1\nIOMMUGroup:\t12\n\nSlot:\t42:00.0\nClass:\t0302\nVendor:\t10de\nDevice:\t2330\n",
    [
      { ...card, numaNode: 1, iommuGroup: "12" },
      { ...card, address: "0000:42:00.0" },
    ],
  ],
  [
    "lspci -Dvmmnnk with blanks for tabs",
    "Slot:   0000:41:00.0\r\nClass:  3D controller [0302]\r\nVendor: NVIDIA Corporation [10de]\r\nDevice: GH100 [2330]\r\nDriver: vfio-pci\r\n",
    [{ ...card, driver: "vfio-pci" }],
  ],
  [
    "one object of JSON on each line",
    '{"address":"0000:41:00.0","vendor":"0x10de","device":"0x2330","class":"0x030200"}\n{"address":"0000:42:00.0","vendor":"0x10de","device":"0x2330","class":"0x030200"}\n',
    [card, { ...card, address: "0000:42:00.0" }],
  ],
])("%s", (_what, text, devices) => {
  expect(parseInventory(text)).toEqual({ devices, problems: [] });
});

test.each([
  ["names only", '41:00.0 "3D controller" "NVIDIA" "GH100"\n', 1, "names without ids"],
  [
    "blocks of names only",
    "Slot:\t41:00.0\nClass:\tVGA\nVendor:\tNVIDIA\nDevice:\tGH100\n",
    1,
    "names and no ids",
  ],
  [
    "the second block cut off",
    `Slot:\t41:00.0\nClass:\t0302\nVendor:\t10de\nDevice:\t2330\n\nSlot:\t42:00.0\nCla`,
    6,
    "names and no ids",
  ],
  ["cut off", `${full}\n0000:42:00.0 3D contr`, 2, "names and no ids"],
  ["JSON that is cut off", '[{"address":"0000:41:00.0"', 1, "is not JSON"],
  ["what is below nothing", "        Kernel driver in use: nvidia\n", 1, "is not a line of lspci"],
  ["the prompt of a shell", `root@gpu:~# lspci -Dnn\n${full}\n`, 1, "is not a line of lspci"],
  ["a tree", "-[0000:00]-+-00.0  Intel\n", 1, "is not a line of lspci"],
])("%s is told with its line", (_what, text, line, said) => {
  expect(parseInventory(text).problems[0]).toEqual({
    line,
    message: expect.stringContaining(said),
  });
});
