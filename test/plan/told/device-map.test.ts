// What `nova-pci nodes` and the metrics say of devices: the books of Placement as they stand, and
// unknown where there are none.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { devices } from "../../../src/plan/devices.ts";
import type { PciProvider } from "../../../src/plan/terms/snapshot.ts";
import { setStage, type Stage } from "../../support/stage.ts";

const gpu = "CUSTOM_PCI_10DE_2330";

function provider(address: string, more: Partial<PciProvider> = {}): PciProvider {
  return {
    ...{ uuid: address, name: `c1_${address}`, address, resourceClass: gpu },
    ...{ total: 1, reserved: 0, used: 0, traits: [] },
    ...more,
  };
}

async function withProviders(providers: readonly PciProvider[], exclude = ""): Promise<Stage> {
  const stage = await setStage({ nodes: ["c1"] });
  stage.apply(
    "PciPassthrough",
    "nova",
    "{ adopt: true, release: '2025.1', placement: { reportInPlacement: true } }",
  );
  stage.apply(
    "PciAlias",
    "gpu",
    "{ match: [{ vendorId: '10de', productId: '2330' }], deviceType: type-PF }",
  );
  stage.apply(
    "PciWhitelist",
    "gpus",
    `{ devices: [{ vendorId: '10de', productId: '2330' }]${exclude} }`,
  );
  stage.outage((view) => (view.is === "read" ? { ...view, inventories: { c1: providers } } : view));
  await stage.pass(1200);
  return stage;
}

test("an alias that asks by ids is not told of a device that has another class in Placement", async () => {
  const asking = async (pciInPlacement: boolean): Promise<readonly string[]> => {
    const stage = await setStage({ nodes: ["c1"] });
    stage.apply(
      "PciPassthrough",
      "nova",
      `{ adopt: true, release: '2025.1', placement: { reportInPlacement: true, pciInPlacement: ${pciInPlacement} } }`,
    );
    stage.apply("PciAlias", "ids", "{ match: [{ vendorId: '10de', productId: '2330' }] }");
    stage.apply(
      "PciWhitelist",
      "gpus",
      "{ devices: [{ vendorId: '10de', productId: '2330', resourceClass: CUSTOM_FAST }] }",
    );
    const fast = provider("0000:3b:00.0", { resourceClass: "CUSTOM_FAST" });
    stage.outage((view) => (view.is === "read" ? { ...view, inventories: { c1: [fast] } } : view));
    await stage.pass(1200);
    return devices(stage.last().seen)[0]!.devices[0]!.aliases;
  };
  expect(await asking(false)).toEqual(["ids"]);
  expect(await asking(true)).toEqual([]);
});

function counted(stage: Stage): readonly (readonly unknown[])[] {
  return stage
    .last()
    .plan.gauges.filter(({ name }) => name === "nova_pci_devices")
    .map(({ labels, value }) => [labels["node"], labels["resource_class"], labels["state"], value]);
}

test("each device is in one state, a one-time-use device in use is used and not reserved too", async () => {
  const stage = await withProviders([
    provider("0000:3b:00.0"),
    provider("0000:5e:00.0", { used: 1 }),
    provider("0000:86:00.0", { reserved: 1 }),
    provider("0000:af:00.0", { reserved: 1, used: 1 }),
    provider("0000:d8:00.0", { resourceClass: "CUSTOM_NIC", total: 8, used: 3, reserved: 1 }),
  ]);
  expect(devices(stage.last().seen)).toEqual([
    {
      node: "c1",
      host: "c1",
      devices: [
        { address: "0000:3b:00.0", resourceClass: gpu, aliases: ["gpu"], counts: { free: 1 } },
        { address: "0000:5e:00.0", resourceClass: gpu, aliases: ["gpu"], counts: { used: 1 } },
        { address: "0000:86:00.0", resourceClass: gpu, aliases: ["gpu"], counts: { reserved: 1 } },
        { address: "0000:af:00.0", resourceClass: gpu, aliases: ["gpu"], counts: { used: 1 } },
        {
          address: "0000:d8:00.0",
          resourceClass: "CUSTOM_NIC",
          aliases: [],
          counts: { free: 4, used: 3, reserved: 1 },
        },
      ],
    },
  ]);
});

test("metrics count the same devices, by node, class and state", async () => {
  const stage = await withProviders([
    provider("0000:3b:00.0"),
    provider("0000:5e:00.0", { used: 1 }),
    provider("0000:86:00.0", { reserved: 1 }),
  ]);
  expect(counted(stage)).toEqual([
    ["c1", gpu, "free", 1],
    ["c1", gpu, "used", 1],
    ["c1", gpu, "reserved", 1],
  ]);
});

test("whatever Placement says, the states of a provider add up to what it has", async () => {
  const stage = await withProviders([]);
  const { seen } = stage.last();
  if (seen.cloud.is !== "read") throw new Error("the cloud was not read");
  const { cloud } = seen;
  const count = fc.nat({ max: 20 });
  fc.assert(
    fc.property(count, count, count, (total, reserved, used) => {
      const inventories = { c1: [provider("0000:3b:00.0", { total, reserved, used })] };
      const [node] = devices({ ...seen, cloud: { ...cloud, inventories } });
      const { counts } = node!.devices[0]!;
      const { free = 0, used: taken = 0, reserved: kept = 0 } = counts;
      expect(free + taken + kept).toBe(total);
      expect(free).toBe(Math.max(0, total - reserved - used));
    }),
  );
});

test("an excluded device is shown as such, and is neither free nor used", async () => {
  const stage = await withProviders(
    [provider("0000:3b:00.0")],
    ", exclude: [{ nodeName: c1, address: '0000:5E:00.0' }]",
  );
  expect(devices(stage.last().seen)[0]?.devices.at(-1)).toEqual({
    address: "0000:5e:00.0",
    aliases: [],
    counts: { excluded: 1 },
  });
  expect(counted(stage)).toContainEqual(["c1", "", "excluded", 1]);
});

test("a device that Placement still shows keeps its class and aliases when it is excluded", async () => {
  const stage = await withProviders(
    [provider("0000:5e:00.0")],
    ", exclude: [{ nodeName: c1, address: '0000:5e:00.0' }]",
  );
  expect(devices(stage.last().seen)[0]?.devices).toEqual([
    { address: "0000:5e:00.0", resourceClass: gpu, aliases: ["gpu"], counts: { excluded: 1 } },
  ]);
});

test("without Placement a named device is unknown, never free, and the reason is said", async () => {
  const stage = await setStage({ nodes: ["c1"], credentials: false });
  stage.apply("PciPassthrough", "nova", "{ adopt: true, release: '2025.1' }");
  stage.apply(
    "PciAlias",
    "gpu",
    "{ match: [{ vendorId: '10de', productId: '2330' }], deviceType: type-PF }",
  );
  stage.apply(
    "PciWhitelist",
    "gpus",
    "{ devices: [{ vendorId: '10de', productId: '2330', address: '0000:3b:00.0' }] }",
  );
  await stage.pass(1200);
  expect(devices(stage.last().seen)).toEqual([
    {
      node: "c1",
      devices: [{ address: "0000:3b:00.0", aliases: ["gpu"], counts: { unknown: 1 } }],
      unknown: "there are no credentials for the cloud",
    },
  ]);
});

async function unreportedDevices(alias: string, devicesText: string): Promise<unknown> {
  const stage = await setStage({ nodes: ["c1"], credentials: false });
  stage.apply("PciPassthrough", "nova", "{ adopt: true, release: '2025.1' }");
  stage.apply("PciAlias", "x", `{ match: [{ vendorId: '8086', productId: '154d' }]${alias} }`);
  stage.apply("PciWhitelist", "all", `{ devices: [${devicesText}] }`);
  await stage.pass(1200);
  return devices(stage.last().seen)[0]?.devices.map(({ counts }) => counts);
}

test("how many VFs a PF has, or how many devices have an id, nobody guesses", async () => {
  const pf = "{ vendorId: '8086', productId: '154d', address: '0000:3b:00.0' }";
  const vfs = ", deviceType: type-VF";
  expect(await unreportedDevices(vfs, pf)).toEqual([{}]);
  expect(await unreportedDevices("", pf)).toEqual([{ unknown: 1 }]);
  expect(await unreportedDevices("", "{ vendorId: '8086', productId: '154d' }")).toEqual([{}]);
});
