// Nova 34 (2026.2), two nova-computes and PCI in Placement: the core, and all that the operator
// sees and does beyond flavors.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { cordonCommand, uncordonCommand } from "../../src/cli/cordon.ts";
import type { Command } from "../../src/cli/terminal/io.ts";
import type { Cloud } from "../../src/openstack/cloud.ts";
import type { HostUsage } from "../../src/plan/terms/snapshot.ts";
import { eventually } from "./admin.ts";
import { act, bootServer, deleteServer, requestServer, showServer, waitForStatus } from "./boot.ts";
import { cloudFrom, coreTests, newFlavor, nothing, read } from "./core.ts";
import type { Device } from "./devices.ts";
import { capturedIo } from "./fast/captured-io.ts";
import { testCa } from "./fast/stand-in-cloud.ts";
import { startFront } from "./front.ts";
import { lane } from "./lane.ts";
import { urlOf } from "./layout.ts";
import { pciFlavorTests } from "./pci-flavor.ts";
import { startStack, type Stack } from "./stack.ts";

const card = (address: string): Device => ({ address, vendor: "10de", product: "20b0" });
const nic: readonly Device[] = [
  { address: "0000:3b:00.0", vendor: "8086", product: "1592", type: "type-PF" },
  ...["0000:3b:01.0", "0000:3b:01.1"].map(
    (address) =>
      ({
        address,
        vendor: "8086",
        product: "1889",
        type: "type-VF",
        parent: "0000:3b:00.0",
      }) as const,
  ),
];
const aliases = `[pci]
alias = {"name": "card", "vendor_id": "10de", "product_id": "20b0"}
alias = {"name": "vf", "vendor_id": "8086", "product_id": "1889", "device_type": "type-VF"}
`;
const specs = `device_spec = {"vendor_id": "10de", "product_id": "20b0"}
device_spec = {"vendor_id": "8086", "product_id": "1889"}
report_in_placement = true
`;
const control = `[filter_scheduler]
pci_in_placement = true
enabled_filters = ComputeFilter,ImagePropertiesFilter,PciPassthroughFilter
`;

lane("Nova 34.0.0", () => {
  let stack: Stack;
  let cloud: Cloud;
  beforeAll(async () => {
    stack = await startStack({
      release: "34.0.0",
      computes: {
        cmp0: [card("0000:81:00.0"), card("0000:82:00.0"), ...nic],
        cmp1: [card("0000:81:00.0"), card("0000:82:00.0")],
      },
      fragments: {
        "nova-api": aliases + control,
        "nova-control": control,
        cmp0: aliases + specs + control,
        cmp1: aliases + specs + control,
      },
      // A deleted server is kept for an hour.
      novaExtra: "[DEFAULT]\nreclaim_instance_interval = 3600\n",
    });
    cloud = cloudFrom(stack.cloudsYaml);
  }, 600_000);
  afterAll(async () => {
    await cloud?.close();
    await stack?.stop();
  });

  coreTests("34.0.0", () => stack);
  pciFlavorTests(() => stack);

  async function pciFlavor(name: string, alias: string) {
    const { id } = await newFlavor(cloud, name);
    await cloud.perform({
      do: "set-extra-specs",
      flavorId: id,
      set: { "pci_passthrough:alias": alias },
    });
    return id;
  }

  async function usage(host: string): Promise<Extract<HostUsage, { is: "read" }>> {
    const { usage: all } = await read(cloud, { ...nothing, usageOf: [host] });
    const found = all[host]!;
    if (found.is !== "read") throw new Error(found.reason);
    return found;
  }

  /** What the devices of a host are used by, once everybody has reported. */
  const usesOf = (host: string, wanted: (count: number) => boolean) =>
    eventually(
      `device use of ${host}`,
      async () => (await usage(host)).consumers,
      (consumers) => wanted(consumers.length),
    );

  const onHost = (host: string) => ({
    disableOthers: async () => setEnabled(host === "cmp0" ? "cmp1" : "cmp0", false),
    enableOthers: async () => setEnabled(host === "cmp0" ? "cmp1" : "cmp0", true),
  });

  async function setEnabled(host: string, enabled: boolean): Promise<void> {
    const { services } = await read(cloud);
    const serviceId = services.find((service) => service.host === host)!.id;
    await cloud.perform(
      enabled
        ? { do: "enable-compute", serviceId, host }
        : { do: "disable-compute", serviceId, host, reason: "nova-pci-operator: test" },
    );
  }

  describe("service", () => {
    test("is disabled with our reason, and enabled again", async () => {
      const row = async () => (await read(cloud)).services.find(({ host }) => host === "cmp1");
      expect(await row()).toMatchObject({ binary: "nova-compute", state: "up", disabled: false });
      await setEnabled("cmp1", false);
      expect(await row()).toMatchObject({
        disabled: true,
        disabledReason: "nova-pci-operator: test",
      });
      await setEnabled("cmp1", true);
      expect(await row()).toMatchObject({ disabled: false });
      expect(await row()).not.toHaveProperty("disabledReason");
    });

    test("beats: updatedAt moves on", async () => {
      const beat = async () =>
        (await read(cloud)).services.find((s) => s.host === "cmp0")?.updatedAt;
      const first = await beat();
      await eventually("a heartbeat", beat, (now) => now !== first && now !== undefined);
      expect(first).toBeDefined();
    });
  });

  describe("devices", () => {
    test("are seen in Placement by host and address, VFs at their PF", async () => {
      const { inventories } = await read(cloud, { ...nothing, inventories: true });
      const rows = (host: string) =>
        inventories?.[host]?.map(({ address, resourceClass, total, used }) =>
          [address, resourceClass, total, used].join(" "),
        );
      expect(rows("cmp0")?.sort()).toEqual([
        "0000:3b:00.0 CUSTOM_PCI_8086_1889 2 0",
        "0000:81:00.0 CUSTOM_PCI_10DE_20B0 1 0",
        "0000:82:00.0 CUSTOM_PCI_10DE_20B0 1 0",
      ]);
      expect(rows("cmp1")).toHaveLength(2);
    });

    test("of a server are in use by address, also when it is deleted softly", async () => {
      const flavor = await pciFlavor("two-cards", "card:2");
      const server = await bootServer(stack.admin, "two-cards", flavor);
      expect(server).toMatchObject({ status: "ACTIVE" });
      const host = server.host!;
      const used = ["0000:81:00.0", "0000:82:00.0"].map((address) => ({
        what: "server",
        id: server.id,
        name: "two-cards",
        address,
        resourceClass: "CUSTOM_PCI_10DE_20B0",
        aliases: [],
      }));
      const seen = await usesOf(host, (count) => count === 2);
      expect([...seen].sort((a, b) => (a.address! < b.address! ? -1 : 1))).toEqual(used);
      expect((await usage(host)).busy).toEqual([]);
      expect((await stack.admin.nova("DELETE", `/servers/${server.id}`)).status).toBe(204);
      await eventually(
        "SOFT_DELETED",
        () => showServer(stack.admin, server.id),
        (now) => now === undefined || now.status === "SOFT_DELETED",
      );
      const view = await read(cloud, { ...nothing, usageOf: [host], aliasUse: ["card"] });
      expect(view.usage[host]).toMatchObject({
        consumers: [{ what: "server" }, { what: "server" }],
      });
      expect(view.aliasUse?.["card"]).toEqual({ flavors: ["two-cards"], servers: [server.id] });
      await deleteServer(stack.admin, server.id);
      await usesOf(host, (count) => count === 0);
    });

    test("of a resize that waits for its confirmation are in use on both sides", async () => {
      const flavor = await pciFlavor("one-card", "card:1");
      const other = await pciFlavor("two-vfs", "vf:2");
      const { enableOthers, disableOthers } = onHost("cmp1");
      await disableOthers();
      const server = await bootServer(stack.admin, "moves", flavor);
      await enableOthers();
      expect(server).toMatchObject({ status: "ACTIVE", host: "cmp1" });
      await act(stack.admin, server.id, { resize: { flavorRef: other } });
      await waitForStatus(stack.admin, server.id, ["VERIFY_RESIZE", "ERROR"]);
      // The VFs are only on cmp0, so it went there; the card on cmp1 is kept for a revert.
      const [left] = await usesOf("cmp1", (count) => count === 1);
      expect(left).toMatchObject({ what: "migration", resourceClass: "CUSTOM_PCI_10DE_20B0" });
      const [arrived] = await usesOf("cmp0", (count) => count === 1);
      expect(arrived).toMatchObject({ what: "server", id: server.id, address: "0000:3b:00.0" });
      const { placement } = await read(cloud, { ...nothing, placement: true });
      expect(placement).toEqual({ serversWithoutAllocation: [], unconfirmedMoves: [left!.id] });
      await act(stack.admin, server.id, { confirmResize: null });
      await usesOf("cmp1", (count) => count === 0);
      await deleteServer(stack.admin, server.id);
      await usesOf("cmp0", (count) => count === 0);
    });

    test("of a server that is being built keep the host busy", async () => {
      const { id } = await newFlavor(cloud, "no-device");
      const { enableOthers, disableOthers } = onHost("cmp1");
      await disableOthers();
      stack.hold("cmp1", true);
      const server = await requestServer(stack.admin, "building", id);
      const busyOf = async () => (await usage("cmp1")).busy;
      expect(await eventually("busy", busyOf, (busy) => busy.length > 0)).toEqual([
        {
          what: expect.stringMatching(/^server in task (networking|spawning|block_dev)/),
          id: server,
        },
      ]);
      expect((await usage("cmp0")).busy).toEqual([]);
      stack.hold("cmp1", false);
      await waitForStatus(stack.admin, server, ["ACTIVE"]);
      expect(await busyOf()).toEqual([]);
      await enableOthers();
      await deleteServer(stack.admin, server);
    });

    test("of a port that is bound with a direct vnic type are in use", async () => {
      const port = (id: string, vnic: string, host: string) => ({
        id,
        name: `port-${id}`,
        device_id: "some-server",
        "binding:host_id": host,
        "binding:vnic_type": vnic,
        "binding:profile": { pci_slot: "0000:3B:01.1", pci_vendor_info: "8086:1889" },
      });
      stack.setPorts([
        port("p1", "direct", "cmp0"),
        port("p2", "normal", "cmp0"),
        port("p3", "direct", "cmp1"),
      ]);
      expect((await usage("cmp0")).consumers).toEqual([
        { what: "port", id: "p1", name: "port-p1", address: "0000:3b:01.1", aliases: [] },
      ]);
      stack.setPorts([]);
    });

    test("that are cordoned go to no server, also after a restart of nova-compute", async () => {
      const run = async (command: Command) => {
        const io = capturedIo({}, stack.cloudsYaml);
        const code = await command.run(["cmp1", "0000:82:00.0", "--clouds-yaml", "-"], io);
        return { code, printed: io.printed() };
      };
      expect(await run(cordonCommand)).toEqual({
        code: 0,
        printed:
          "cmp1_0000:82:00.0: 1 of 1 CUSTOM_PCI_10DE_20B0 reserved (before 0); nothing restarts\n",
      });
      await stack.restartCompute("cmp1");
      const row = async () => {
        const { inventories } = await read(cloud, { ...nothing, inventories: true });
        return inventories?.["cmp1"]?.find(({ address }) => address === "0000:82:00.0");
      };
      expect(await row()).toMatchObject({ reserved: 1, total: 1 });
      const { disableOthers, enableOthers } = onHost("cmp1");
      await disableOthers();
      const flavor = await pciFlavor("needs-two", "card:2");
      const refused = await bootServer(stack.admin, "needs-two", flavor);
      expect(refused).toMatchObject({
        status: "ERROR",
        fault: expect.stringContaining("No valid host"),
      });
      await deleteServer(stack.admin, refused.id);
      expect((await run(uncordonCommand)).code).toBe(0);
      expect(await row()).toMatchObject({ reserved: 0 });
      const served = await bootServer(stack.admin, "needs-two", flavor);
      expect(served.status).toBe("ACTIVE");
      await enableOthers();
      await deleteServer(stack.admin, served.id);
    });
  });

  test("a cloud behind TLS is trusted by its cacert, and by nothing else", async () => {
    const keystone = await startFront(urlOf(stack.layout, "keystone"), true);
    const nova = await startFront(urlOf(stack.layout, "nova"), true);
    const text = stack.cloudsYaml
      .replace(urlOf(stack.layout, "keystone"), keystone.url)
      .replace("region_name", `compute_endpoint_override: ${nova.url}/v2.1\n    region_name`);
    const trusting = cloudFrom(text, testCa);
    const { services } = await read(trusting);
    expect(services.length).toBeGreaterThan(0);
    expect(nova.count("GET", "/v2.1/os-services", 200)).toBe(1);
    const blind = cloudFrom(text);
    const before = keystone.passed.length;
    expect(await blind.observe(nothing)).toMatchObject({
      is: "unreachable",
      message: expect.stringContaining("give the right CA as cacert"),
    });
    expect(keystone.passed).toHaveLength(before);
    for (const each of [trusting, blind, keystone, nova]) await each.close();
  });

  test("a Nova that is away is unreachable, and read again when it is back", async () => {
    await read(cloud);
    await stack.stopApi();
    const view = await cloud.observe(nothing);
    expect(view).toMatchObject({ is: "unreachable" });
    expect(JSON.stringify(view)).toContain("connection refused");
    await stack.startApi();
    const back = await eventually(
      "Nova read again",
      () => cloud.observe(nothing),
      ({ is }) => is === "read",
    );
    expect(back.is).toBe("read");
  });
});
