// The cleaning of devices that are handed out once, on a real Nova and Placement: the whole operator sees
// what Placement says, its Jobs are those of a cluster in memory, and what it gives back it gives back there.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Cloud } from "../../src/openstack/cloud.ts";
import type { Job } from "../../src/embedded/store/objects.ts";
import type { CloudEffect } from "../../src/plan/terms/effects.ts";
import type { CloudRead, PciProvider } from "../../src/plan/terms/snapshot.ts";
import { setStage, type Stage } from "../support/stage.ts";
import { eventually } from "./admin.ts";
import { bootServer, bootServers, deleteServer, deleteServers } from "./boot.ts";
import { cloudFrom, newFlavor, nothing, read } from "./core.ts";
import { lane } from "./lane.ts";
import { startStack, type Stack } from "./stack.ts";

const [bad, good] = ["0000:61:00.0", "0000:62:00.0"] as const;
const aliases = `[pci]
alias = {"name": "drive", "vendor_id": "144d", "product_id": "a80a"}
`;
const specs = `device_spec = {"vendor_id": "144d", "product_id": "a80a", "one_time_use": "yes"}
report_in_placement = true
`;
const control = `[filter_scheduler]
pci_in_placement = true
enabled_filters = ComputeFilter,ImagePropertiesFilter,PciPassthroughFilter
`;
const host = "cmp0";
const tries = 100;
/** Together they stay below the quota of a new project. */
const atOnce = 5;

type Returned = Extract<CloudEffect, { readonly do: "return-device" }>;

lane("cleaning on Nova 34.0.0", () => {
  let stack: Stack;
  let cloud: Cloud;
  let operator: Stage;
  let flavor = "";
  let placement: CloudRead["inventories"];
  const returned: Returned[] = [];

  beforeAll(async () => {
    const drive = { vendor: "144d", product: "a80a" };
    stack = await startStack({
      release: "34.0.0",
      computes: { [host]: [bad, good].map((address) => ({ address, ...drive })) },
      fragments: {
        ...{ "nova-api": aliases + control, "nova-control": control },
        [host]: aliases + specs + control,
      },
    });
    cloud = cloudFrom(stack.cloudsYaml);
    const { id } = await newFlavor(cloud, "drive");
    const set = { "pci_passthrough:alias": "drive:1" };
    await cloud.perform({ do: "set-extra-specs", flavorId: id, set });
    flavor = id;
    await becomes("both drives offered", (rows) => rows.length === 2);
    operator = await operatorThatSees(() => placement, returned);
  }, 600_000);
  afterAll(async () => {
    await cloud?.close();
    await stack?.stop();
  });

  async function rows(): Promise<readonly PciProvider[]> {
    placement = (await read(cloud, { ...nothing, inventories: true })).inventories;
    return placement?.[host] ?? [];
  }
  const becomes = (what: string, wanted: (rows: readonly PciProvider[]) => boolean) =>
    eventually(what, rows, wanted);
  const stock = async (address: string) => {
    const { reserved, used } = (await rows()).find((row) => row.address === address)!;
    return { reserved, used };
  };
  const boot = (name: string) => bootServer(stack.admin, name, flavor);

  /** The operator looks, its Jobs run, and it looks again. */
  async function lives(): Promise<void> {
    await rows();
    await operator.pass(120);
  }

  test("two servers are gone: both drives are reserved, each has its Job, one is given back", async () => {
    const servers = [await boot("first"), await boot("second")];
    expect(servers.map((server) => server.fault ?? server.status)).toEqual(["ACTIVE", "ACTIVE"]);
    for (const { id } of servers) await deleteServer(stack.admin, id);
    await becomes("both drives dirty", (all) =>
      all.every((provider) => provider.reserved === 1 && provider.used === 0),
    );
    expect(returned).toEqual([]);
    await lives();
    expect(returned.map((effect) => [effect.node, effect.address])).toEqual([[host, good]]);
    await cloud.perform(returned[0]!);
    expect([await stock(bad), await stock(good)]).toEqual([
      { reserved: 1, used: 0 },
      { reserved: 0, used: 0 },
    ]);
  });

  test("the next server has the cleaned drive, and a hundred more never get the other", async () => {
    const next = await boot("next");
    expect(next.fault ?? next.status).toBe("ACTIVE");
    expect(await stock(good)).toEqual({ reserved: 1, used: 1 });
    for (let round = 0; round < tries / atOnce; round += 1) {
      const names = Array.from({ length: atOnce }, (_, at) => `try-${round}-${at}`);
      const refused = await bootServers(stack.admin, names, flavor);
      for (const server of refused) expect(server.fault).toMatch(/No valid host/);
      await deleteServers(
        stack.admin,
        refused.map(({ id }) => id),
      );
      await lives();
    }
    expect(await stock(bad)).toEqual({ reserved: 1, used: 0 });
    expect(returned).toHaveLength(1);
    await deleteServer(stack.admin, next.id);
    await becomes("the drive dirty again", (all) =>
      all.every((provider) => provider.reserved === 1 && provider.used === 0),
    );
  }, 900_000);

  test("what moved on since it was seen is not given back", async () => {
    await lives();
    const last = returned.at(-1)!;
    expect([returned.length > 1, last.address]).toEqual([true, good]);
    const path = `/resource_providers/${last.provider}/inventories`;
    const { body } = await stack.admin.placement("GET", path);
    expect((await stack.admin.placement("PUT", path, body)).status).toBe(200);
    await expect(cloud.perform(last)).rejects.toMatchObject({ kind: "conflict" });
    expect(await stock(good)).toEqual({ reserved: 1, used: 0 });
  });
});

/** What it would give back is kept: the test gives it to the real Placement. */
async function operatorThatSees(
  placement: () => CloudRead["inventories"],
  returned: Returned[],
): Promise<Stage> {
  const stage = await setStage({
    nodes: [host],
    microversion: "2.104",
    jobEnds: (job: Job) =>
      job.metadata.annotations!["pci.openstack.org/device"]!.endsWith(bad)
        ? { is: "fails", millis: 5000, lastLine: "format failed: device busy" }
        : { is: "succeeds", millis: 5000 },
  });
  stage.outage((view) => {
    const inventories = placement();
    if (view.is !== "read" || inventories === undefined) return view;
    const seen = inventories[host]!.map((provider) =>
      isReturned(provider) ? { ...provider, reserved: 0 } : provider,
    );
    return { ...view, inventories: { [host]: seen } };
  });
  // As Placement would answer after it.
  const isReturned = ({ uuid, generation }: PciProvider): boolean =>
    returned.some((effect) => effect.provider === uuid && effect.generation === generation);
  const { placement: fake } = stage.cluster.cloud;
  Object.assign(fake, { giveBack: (effect: Returned) => void returned.push(effect) });
  stage.apply(
    "PciPassthrough",
    "nova",
    "{ adopt: true, release: '34.0.0', placement: { reportInPlacement: true, pciInPlacement: true } }",
  );
  stage.apply("PciAlias", "drive", "{ match: [{ vendorId: '144d', productId: 'a80a' }] }");
  const pod = "{ containers: [{ name: wipe, image: 'wipe:1' }] }";
  const cleaning = `{ jobTemplate: { spec: { template: { spec: ${pod} } } } }`;
  const drives = `{ vendorId: '144d', productId: a80a, oneTimeUse: true, cleaning: ${cleaning} }`;
  stage.apply("PciWhitelist", "drives", `{ devices: [${drives}] }`);
  await stage.pass(1800);
  return stage;
}
