// "How many more servers fit?", asked of the operator and answered by Nova: seeded worlds of hosts with
// devices that are free, reserved or used are filled until no host is valid. The operator sees what
// Placement really says; its number is reached, and one more server is refused.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { makeChance, type Chance } from "../../src/embedded/store/chance.ts";
import type { Cloud } from "../../src/openstack/cloud.ts";
import { plan } from "../../src/plan/plan.ts";
import type { CloudRead } from "../../src/plan/terms/snapshot.ts";
import { setStage, type Stage } from "../support/stage.ts";
import { linesOf } from "../cli/field/host-of-set-ups.ts";
import { setUps } from "../cli/field/set-ups.ts";
import { bootServer, deleteServers } from "./boot.ts";
import { cloudFrom, newFlavor, nothing, read } from "./core.ts";
import type { Device } from "./devices.ts";
import { lane } from "./lane.ts";
import { schedulerAnswers } from "./set-ups.ts";
import { startStack, type Stack } from "./stack.ts";

const hosts = ["cmp0", "cmp1", "cmp2"] as const;
const cards = (count: number): readonly Device[] =>
  Array.from({ length: count }, (_, slot) => ({
    ...{ address: `0000:8${slot}:00.0`, vendor: "10de", product: "20b0" },
  }));
const nic: readonly Device[] = [
  { address: "0000:3b:00.0", vendor: "8086", product: "1592", type: "type-PF" },
  ...[0, 1, 2].map((port): Device => ({
    ...{ address: `0000:3b:01.${port}`, vendor: "8086", product: "1889" },
    ...{ type: "type-VF", parent: "0000:3b:00.0" },
  })),
];
const aliases = `[pci]
alias = {"name": "card", "vendor_id": "10de", "product_id": "20b0", "device_type": "type-PCI"}
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

const noQuota = `[quota]
instances = -1
cores = -1
ram = -1
`;

/** Flavors that ask, by the name of their PciFlavor. */
const asks: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "one-card": { card: 1 },
  "two-cards": { card: 2 },
  "three-cards": { card: 3 },
  "one-vf": { vf: 1 },
  "two-vfs": { vf: 2 },
  "card-and-vf": { card: 1, vf: 1 },
  "two-cards-and-vf": { card: 2, vf: 1 },
};

const worldsOfEach = 10;

/** They stand beside each other on a host of their own. */
const asked = setUps.filter((setUp) => setUp.placement && setUp.unasked === undefined);

for (const release of ["31.3.1", "34.0.0"] as const)
  lane(`what fits on Nova ${release}`, () => {
    let stack: Stack;
    let cloud: Cloud;
    let operator: Stage;
    let placement: CloudRead["inventories"];
    const flavorIds = new Map<string, string>();

    beforeAll(async () => {
      const compute = aliases + specs + control;
      const field = await linesOf(asked, true, release);
      stack = await startStack({
        release,
        computes: {
          cmp0: [...cards(4), ...nic],
          cmp1: [...cards(3), ...nic],
          cmp2: cards(2),
          field: asked.flatMap((setUp) => setUp.devices),
        },
        fragments: {
          "nova-api": aliases + field.aliases + control + noQuota,
          "nova-control": control,
          ...{ cmp0: compute, cmp1: compute, cmp2: compute },
          field: `[pci]\n${field.aliases}${field.specs}report_in_placement = true\n${control}`,
        },
      });
      cloud = cloudFrom(stack.cloudsYaml);
      for (const [name, counts] of Object.entries(asks)) {
        const { id } = await newFlavor(cloud, name);
        const alias = Object.entries(counts).map(([text, count]) => `${text}:${count}`);
        const set = { "pci_passthrough:alias": alias.join(",") };
        await cloud.perform({ do: "set-extra-specs", flavorId: id, set });
        flavorIds.set(name, id);
      }
      await look();
      operator = await operatorOf(release, () => placement);
    }, 600_000);
    afterAll(async () => {
      await cloud?.close();
      await stack?.stop();
    });

    /** Until each host has reported. */
    async function look(): Promise<void> {
      for (let tries = 0; tries < 120; tries++) {
        const { inventories } = await read(cloud, { ...nothing, inventories: true });
        placement = Object.fromEntries(hosts.map((host) => [host, inventories?.[host] ?? []]));
        if (hosts.every((host) => (placement?.[host]?.length ?? 0) > 0)) return;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      throw new Error("the computes did not report their devices");
    }

    async function setReserved(uuid: string, reserved: number): Promise<void> {
      const path = `/resource_providers/${uuid}/inventories`;
      const { body } = await stack.admin.placement("GET", path);
      const all = body as { readonly inventories: Readonly<Record<string, object>> };
      const inventories = Object.fromEntries(
        Object.entries(all.inventories).map(([name, value]) => [name, { ...value, reserved }]),
      );
      const { status } = await stack.admin.placement("PUT", path, { ...all, inventories });
      expect(status).toBe(200);
    }

    /** Some devices reserved, some used; who uses them. */
    async function makeWorld(chance: Chance): Promise<readonly string[]> {
      for (const provider of hosts.flatMap((host) => placement![host]!)) {
        const reserved = chance.yes(0.3) ? chance.between(1, provider.total) : 0;
        await setReserved(provider.uuid, reserved);
      }
      const servers: string[] = [];
      for (let count = chance.between(0, 2); count > 0; count--) {
        const name = chance.yes(0.5) ? "one-card" : "one-vf";
        servers.push((await bootServer(stack.admin, "before", flavorIds.get(name)!)).id);
      }
      return servers;
    }

    /** free, used and reserved of each class, from Placement's own answers. */
    async function booksOf(): Promise<Readonly<Record<string, number>>> {
      const sums: Record<string, number> = {};
      for (const { uuid } of hosts.flatMap((host) => placement![host]!)) {
        const path = `/resource_providers/${uuid}`;
        const stock = await stack.admin.placement("GET", `${path}/inventories`);
        const use = await stack.admin.placement("GET", `${path}/usages`);
        const { inventories } = stock.body as {
          readonly inventories: Readonly<
            Record<string, { readonly total: number; readonly reserved: number }>
          >;
        };
        const { usages } = use.body as { readonly usages: Readonly<Record<string, number>> };
        for (const [name, { total, reserved }] of Object.entries(inventories)) {
          const used = usages[name] ?? 0;
          const free = Math.max(0, total - reserved - used);
          const rows = { free, used, reserved: total - free - used };
          for (const [state, count] of Object.entries(rows))
            sums[`${name} ${state}`] = (sums[`${name} ${state}`] ?? 0) + count;
        }
      }
      return sums;
    }

    /** What the operator publishes when it sees these books. */
    function gauges(name: string, key: (labels: Readonly<Record<string, string>>) => string) {
      const { seen } = operator.last();
      if (seen.cloud.is !== "read") throw new Error("the operator cannot read its cloud");
      const sums: Record<string, number> = {};
      const cloudNow = { ...seen.cloud, inventories: placement! };
      for (const gauge of plan({ ...seen, cloud: cloudNow }).gauges)
        if (gauge.name === name)
          sums[key(gauge.labels)] = (sums[key(gauge.labels)] ?? 0) + gauge.value;
      return sums;
    }

    if (release === "34.0.0")
      test(
        "who serves an alias is who the scheduler finds",
        () => schedulerAnswers(asked, stack, cloud),
        900_000,
      );

    test.each(Array.from({ length: worldsOfEach }, (_, seed) => seed))(
      "world %i: what the operator says fits is reached, and no server more",
      async (seed) => {
        const chance = makeChance(seed + (release === "34.0.0" ? 1000 : 0));
        const before = await makeWorld(chance);
        await look();
        const counted = gauges(
          "nova_pci_devices",
          (labels) => `${labels["resource_class"]} ${labels["state"]}`,
        );
        expect(counted).toEqual(await booksOf());
        const name = chance.pick(Object.keys(asks));
        const fit = gauges("nova_pci_flavor_fit", (labels) => labels["flavor"]!)[name];
        expect(fit).toBeGreaterThanOrEqual(0);
        const flavor = flavorIds.get(name)!;
        const made = [...before];
        // One after the other: two that are placed at once may claim one device, and Nova gives up.
        const boot = async (title: string): Promise<string> => {
          const server = await bootServer(stack.admin, title, flavor);
          made.push(server.id);
          return server.status === "ACTIVE" ? server.status : `${server.status}: ${server.fault}`;
        };
        try {
          const reached: string[] = [];
          while (reached.length < fit!) reached.push(await boot(`fill-${reached.length}`));
          expect([name, ...reached]).toEqual([name, ...reached.map(() => "ACTIVE")]);
          expect([name, await boot("one-more")]).toEqual([
            name,
            expect.stringContaining("No valid host"),
          ]);
        } finally {
          await deleteServers(stack.admin, made);
        }
      },
    );
  });

/** The whole operator with the same hosts, which sees the inventories of the real Placement. */
async function operatorOf(
  release: string,
  placement: () => CloudRead["inventories"],
): Promise<Stage> {
  const stage = await setStage({ nodes: hosts });
  stage.outage((view) => {
    const inventories = placement();
    return view.is !== "read" || inventories === undefined ? view : { ...view, inventories };
  });
  const rollout = "rollout: { maxUnavailable: 3, minReadySeconds: 0 }";
  const placing = "placement: { reportInPlacement: true, pciInPlacement: true }";
  stage.apply(
    "PciPassthrough",
    "nova",
    `{ adopt: true, release: '${release}', ${placing}, ${rollout} }`,
  );
  const ids = (vendor: string, product: string): string =>
    `{ vendorId: '${vendor}', productId: '${product}' }`;
  stage.apply("PciAlias", "card", `{ match: [${ids("10de", "20b0")}], deviceType: type-PCI }`);
  stage.apply("PciAlias", "vf", `{ match: [${ids("8086", "1889")}], deviceType: type-VF }`);
  stage.apply(
    "PciWhitelist",
    "all",
    `{ devices: [${ids("10de", "20b0")}, ${ids("8086", "1889")}] }`,
  );
  for (const [name, counts] of Object.entries(asks)) {
    const list = Object.entries(counts).map(
      ([text, count]) => `{ name: ${text}, count: ${count} }`,
    );
    const create = "create: { vcpus: 1, ramMiB: 128, diskGiB: 1 }";
    stage.apply(
      "PciFlavor",
      name,
      `{ flavor: { name: ${name} }, aliases: [${list.join(", ")}], ${create} }`,
    );
  }
  await stage.pass(1800);
  return stage;
}
