// Nova 32 (2025.2), with one nova-compute and no PCI in Placement: the core, and what is known of
// device use when only flavors tell.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { cloudFrom, coreTests, newFlavor, nothing, read } from "./core.ts";
import { bootServer, deleteServer } from "./boot.ts";
import { lane } from "./lane.ts";
import { pciFlavorTests } from "./pci-flavor.ts";
import { startStack, type Stack } from "./stack.ts";

const alias = 'alias = {"name": "card", "vendor_id": "10de", "product_id": "20b0"}';
const spec = 'device_spec = {"vendor_id": "10de", "product_id": "20b0"}';
const filters = `[filter_scheduler]
enabled_filters = ComputeFilter,ImagePropertiesFilter,PciPassthroughFilter
`;

lane("Nova 32.2.1", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      release: "32.2.1",
      computes: { cmp0: [{ address: "0000:81:00.0", vendor: "10de", product: "20b0" }] },
      fragments: {
        "nova-api": `[pci]\n${alias}\n`,
        "nova-control": filters,
        cmp0: `[pci]\n${alias}\n${spec}\n`,
      },
    });
  }, 600_000);
  afterAll(() => stack?.stop());

  coreTests("32.2.1", () => stack);
  pciFlavorTests(() => stack);

  test("without PCI in Placement a server is counted by the alias that its flavor names", async () => {
    const cloud = cloudFrom(stack.cloudsYaml);
    const flavor = await newFlavor(cloud, "one-card");
    const set = { "pci_passthrough:alias": "card:1" };
    await cloud.perform({ do: "set-extra-specs", flavorId: flavor.id, set });
    const plain = await newFlavor(cloud, "no-card");
    const withCard = await bootServer(stack.admin, "with-card", flavor.id);
    const without = await bootServer(stack.admin, "without-card", plain.id);
    expect([withCard.status, without.status]).toEqual(["ACTIVE", "ACTIVE"]);
    // The flavor changes afterwards; the server keeps what it embeds.
    await cloud.perform({
      do: "delete-extra-spec",
      flavorId: flavor.id,
      key: "pci_passthrough:alias",
    });
    const view = await read(cloud, {
      ...nothing,
      usageOf: ["cmp0"],
      aliasUse: ["card", "other"],
      inventories: true,
      placement: true,
    });
    expect(view.usage["cmp0"]).toMatchObject({
      is: "read",
      consumers: [{ what: "server", id: withCard.id, name: "with-card", aliases: ["card"] }],
    });
    expect(view.aliasUse).toEqual({
      card: { flavors: [], servers: [withCard.id] },
      other: { flavors: [], servers: [] },
    });
    expect(view.inventories).toEqual({ cmp0: [] });
    expect(view.placement).toEqual({
      serversWithoutAllocation: [withCard.id],
      unconfirmedMoves: [],
    });
    for (const { id } of [withCard, without]) await deleteServer(stack.admin, id);
    await cloud.close();
  });
});
