// What Nova and Placement remember of a device that is handed out once: its use, also over a restart, and
// nothing of it when its device spec goes and comes back. The guard against that (NotCleaned) rests on it.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { uncordonCommand } from "../../src/cli/cordon.ts";
import type { Cloud } from "../../src/openstack/cloud.ts";
import type { PciProvider } from "../../src/plan/terms/snapshot.ts";
import { eventually } from "./admin.ts";
import { bootServer, deleteServer } from "./boot.ts";
import { cloudFrom, newFlavor, nothing, read } from "./core.ts";
import { capturedIo } from "./fast/captured-io.ts";
import { lane } from "./lane.ts";
import { startStack, type Stack } from "./stack.ts";

const address = "0000:61:00.0";
const aliases = `[pci]
alias = {"name": "drive", "vendor_id": "144d", "product_id": "a80a"}
`;
const reports = `device_spec = {"vendor_id": "10de", "product_id": "20b0"}
report_in_placement = true
`;
const once = `device_spec = {"vendor_id": "144d", "product_id": "a80a", "one_time_use": "yes"}
`;
const control = `[filter_scheduler]
pci_in_placement = true
enabled_filters = ComputeFilter,ImagePropertiesFilter,PciPassthroughFilter
`;

lane("Nova 34.0.0, a device that is handed out once", () => {
  let stack: Stack;
  let cloud: Cloud;
  let flavor = "";
  beforeAll(async () => {
    stack = await startStack({
      release: "34.0.0",
      computes: {
        cmp0: [
          { address, vendor: "144d", product: "a80a" },
          { address: "0000:81:00.0", vendor: "10de", product: "20b0" },
        ],
      },
      fragments: {
        ...{ "nova-api": aliases + control, "nova-control": control },
        cmp0: aliases + once + reports + control,
      },
    });
    cloud = cloudFrom(stack.cloudsYaml);
    const { id } = await newFlavor(cloud, "drive");
    const set = { "pci_passthrough:alias": "drive:1" };
    await cloud.perform({ do: "set-extra-specs", flavorId: id, set });
    flavor = id;
  }, 600_000);
  afterAll(async () => {
    await cloud?.close();
    await stack?.stop();
  });

  async function provider(): Promise<PciProvider | undefined> {
    const { inventories } = await read(cloud, { ...nothing, inventories: true });
    return inventories?.["cmp0"]?.find((pciProvider) => pciProvider.address === address);
  }
  const becomes = (what: string, wanted: (seen: PciProvider | undefined) => boolean) =>
    eventually(what, provider, wanted);
  const isDirty = (pciProvider: PciProvider | undefined) =>
    pciProvider?.traits.includes("HW_PCI_ONE_TIME_USE") === true &&
    pciProvider.reserved === 1 &&
    pciProvider.used === 0;

  async function use(): Promise<string> {
    const server = await bootServer(stack.admin, "uses-it", flavor);
    await deleteServer(stack.admin, server.id);
    return server.fault ?? server.status;
  }

  async function restartWith(specs: string): Promise<void> {
    stack.writeFragment("cmp0", aliases + specs + control);
    await stack.restartCompute("cmp0");
  }

  test("is reserved when its server is gone, and nobody else gets it", async () => {
    await becomes("the drive offered", (pciProvider) => pciProvider?.reserved === 0);
    expect(await use()).toBe("ACTIVE");
    await becomes("the used drive", isDirty);
    expect(await use()).toMatch(/No valid host/);
  });

  test("also after a restart of its nova-compute", async () => {
    await stack.restartCompute("cmp0");
    expect(isDirty(await provider())).toBe(true);
  });

  test("and is not given back without the word that it was cleaned", async () => {
    const io = capturedIo({}, stack.cloudsYaml);
    const args = ["cmp0", address, "--clouds-yaml", "-"];
    expect(await uncordonCommand.run(args, io)).toBe(1);
    expect(io.said()).toMatch(/wipe it, and say --cleaned/);
    expect(isDirty(await provider())).toBe(true);
  });

  test("but left out and offered again it is handed out as it is", async () => {
    await restartWith(reports);
    await becomes("no provider of it", (pciProvider) => pciProvider === undefined);
    await restartWith(once + reports);
    await becomes("the drive offered", (pciProvider) => pciProvider?.reserved === 0);
    expect(await use()).toBe("ACTIVE");
  });
});
