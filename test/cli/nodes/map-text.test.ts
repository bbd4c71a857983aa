// The map of devices as a person sees it, at two widths, with and without colour; nodes that are alike
// are one row when there are many.

import { expect, test } from "@jest/globals";
import { mapText, wideText } from "../../../src/cli/nodes/map-text.ts";
import { paintFor } from "../../../src/cli/terminal/screen.ts";
import type { DeviceRow, DeviceState, NodeDevices } from "../../../src/plan/devices.ts";

function device(slot: number, state: DeviceState, more: Partial<DeviceRow> = {}): DeviceRow {
  const address = `0000:${slot.toString(16).padStart(2, "0")}:00.0`;
  return {
    ...{ address, resourceClass: "CUSTOM_PCI_10DE_2330", aliases: ["gpu"] },
    ...{ counts: { [state]: 1 }, ...more },
  };
}

const nic = (counts: DeviceRow["counts"]): DeviceRow => ({
  ...{ address: "0000:d8:00.0", resourceClass: "CUSTOM_NIC", aliases: ["nic-a", "nic-b"], counts },
});

const world: readonly NodeDevices[] = [
  {
    node: "gpu-1",
    host: "gpu-1",
    devices: [
      device(0x3b, "free"),
      device(0x5e, "used", { usedBy: [{ what: "server", id: "5f0e", name: "train-7" }] }),
      device(0x86, "reserved"),
      { address: "0000:af:00.0", aliases: [], counts: { excluded: 1 } },
      nic({ free: 40, used: 7, reserved: 1 }),
    ],
  },
  {
    node: "gpu-2",
    host: "gpu-2",
    devices: [
      device(0x3b, "used", { usedBy: [{ what: "migration", id: "9c" }] }),
      device(0x5e, "used"),
    ],
  },
  {
    node: "gpu-3",
    devices: [device(0x3b, "unknown"), { aliases: ["gpu"], counts: {} }],
    unknown: "the cloud does not answer",
  },
];

const none = paintFor({});
const look = (width: number) => ({ width, paint: none });

const below = `
TOGETHER     FREE  USED  RESERVED  EXCLUDED  UNKNOWN
gpu          1     3     1         0         1 and ?..
nic-a,nic-b  40    7     1         0         0
(no alias)   0     0     0         1         0

o free  # used  = reserved  x excluded  ? unknown  ?.. unknown, and how many

unknown on gpu-3: the cloud does not answer

USED ON  DEVICE        BY
gpu-1    0000:5e:00.0  server train-7 (5f0e)
gpu-2    0000:3b:00.0  migration 9c
`;

test.each([80, 120])(
  "at %i columns every device is a sign in the column of its aliases",
  (width) => {
    expect(`\n${mapText(world, look(width))}`).toBe(`
NODE   gpu   nic-a,nic-b  (no alias)
gpu-1  o#=   40o 7# 1=    x
gpu-2  ##    -            -
gpu-3  ??..  -            -
${below}`);
  },
);

test("where the columns do not fit side by side they stand below each other", () => {
  const lines = mapText(world, look(25)).split("\n");
  expect(lines.slice(0, 10)).toEqual([
    "NODE   gpu   nic-a,nic-b",
    "gpu-1  o#=   40o 7# 1=",
    "gpu-2  ##    -",
    "gpu-3  ??..  -",
    "",
    "NODE   (no alias)",
    "gpu-1  x",
    "gpu-2  -",
    "gpu-3  -",
    "",
  ]);
});

test("colour repeats what the signs say, and NO_COLOR leaves the signs", () => {
  const painted = paintFor({ terminal: { hasColors: () => true } as never });
  const colourless = paintFor({ terminal: { hasColors: () => false } as never });
  const text = mapText(world, { width: 80, paint: painted });
  expect(text).toContain("\u001b[32mo\u001b[39m");
  expect(text.replace(/\u001b\[\d+m/g, "")).toBe(mapText(world, look(80)));
  expect(mapText(world, { width: 80, paint: colourless })).toBe(mapText(world, look(80)));
});

function many(count: number): readonly NodeDevices[] {
  return Array.from({ length: count }, (_, index) => ({
    node: `n${String(index).padStart(4, "0")}`,
    devices: [device(0x3b + (index % 2), "free"), device(0x5e, index === 7 ? "reserved" : "used")],
  }));
}

test.each([500, 5000])("of %i nodes those that are alike are one row", (count) => {
  const group = `n[0000-0006], n[0008-${String(count - 1).padStart(4, "0")}] (${count - 1} nodes)`;
  const lines = mapText(many(count), look(80)).split("\n");
  expect(lines.slice(0, 4)).toEqual([
    `${"NODE".padEnd(group.length)}  gpu`,
    `${group}  1o 1#`,
    `${"n0007".padEnd(group.length)}  1o 1=`,
    "",
  ]);
});

test("few nodes are never grouped", () => {
  expect(mapText(many(24), look(80))).toContain("n0023");
});

test("of users many are counted, and the wide table has them all", () => {
  const busy = Array.from({ length: 30 }, (_, index) => ({
    node: `n${index}`,
    devices: [device(0x3b, "used", { usedBy: [{ what: "server" as const, id: `s${index}` }] })],
  }));
  expect(mapText(busy, look(80))).toContain("and 10 more; -o wide shows all\n");
  expect(wideText(busy, 120)).toContain("server s29\n");
});

test("wide has a line for each device", () => {
  expect(`\n${wideText(world, 120)}`).toBe(`
NODE   DEVICE        CLASS                 ALIASES      STATE                        BY
gpu-1  0000:3b:00.0  CUSTOM_PCI_10DE_2330  gpu          free
gpu-1  0000:5e:00.0  CUSTOM_PCI_10DE_2330  gpu          used                         server train-7
gpu-1  0000:86:00.0  CUSTOM_PCI_10DE_2330  gpu          reserved
gpu-1  0000:af:00.0  -                     -            excluded
gpu-1  0000:d8:00.0  CUSTOM_NIC            nic-a,nic-b  40 free, 7 used, 1 reserved
gpu-2  0000:3b:00.0  CUSTOM_PCI_10DE_2330  gpu          used                         migration 9c
gpu-2  0000:5e:00.0  CUSTOM_PCI_10DE_2330  gpu          used
gpu-3  0000:3b:00.0  CUSTOM_PCI_10DE_2330  gpu          unknown
gpu-3  -             -                     gpu          unknown, and how many

unknown on gpu-3: the cloud does not answer
`);
});

test("no node, and nodes that offer nothing, are said", () => {
  expect(mapText([], look(80))).toBe(
    "no compute node: no DaemonSet of nova-compute wants a pod on any node\n",
  );
  expect(mapText([{ node: "a", devices: [] }], look(80))).toBe(
    "1 compute node, none offers a device: no PciWhitelist applies\n",
  );
});
