// What a very large cloud costs: bounded rounds, smaller pages, and one gap that is not many.
import { expect, test } from "@jest/globals";
import { Failure } from "../../../src/api/failure.ts";
import { NoAnswer } from "../../../src/openstack/wire/http.ts";
import { inventoryReader } from "../../../src/openstack/view/inventories.ts";
import { readPages } from "../../../src/openstack/session/pages.ts";
import type { Call, Session } from "../../../src/openstack/session/session.ts";

function session(answer: (call: Call) => unknown): {
  readonly asked: Call[];
  readonly it: Session;
} {
  const asked: Call[] = [];
  const ask = (call: Call) => {
    asked.push(call);
    return Promise.resolve().then(() => answer(call));
  };
  return { asked, it: { ask } as unknown as Session };
}

const hosts = Array.from({ length: 6 }, (_, at) => `host-${at}`);
const hypervisors = hosts.map((host) => ({ host, uuid: `root-${host}` }));
const providers = hosts.flatMap((host, at) =>
  [0, 1].map((card) => ({
    uuid: `${host}-${card}`,
    name: `${host}_0000:8${card}:0${at}.0`,
    generation: 1,
    root_provider_uuid: `root-${host}`,
    parent_provider_uuid: `root-${host}`,
  })),
);

function placement(gone: ReadonlySet<string> = new Set()) {
  return session(({ path }) => {
    if (path === "/resource_providers") return { resource_providers: providers };
    const uuid = path.split("/")[2]!;
    if (gone.has(uuid)) throw new Failure("missing", `no resource provider ${uuid}`);
    if (path.endsWith("/inventories")) return { inventories: { CUSTOM_PCI: { total: 1 } } };
    return path.endsWith("/usages") ? { usages: {} } : { traits: [] };
  });
}

test("a round reads so many providers, and the next goes on where it ended", async () => {
  const { it, asked } = placement();
  const reader = inventoryReader(it, 5);
  const seen: number[] = [];
  let found = await reader.read(hypervisors);
  // Never a host of which a part is read: half an inventory would look like a loss of devices.
  for (let round = 0; round < 2; round += 1) {
    seen.push(Object.keys(found.byHost).length);
    expect(found.complete).toBe(false);
    expect(Object.values(found.byHost).every((rows) => rows.length === 2)).toBe(true);
    found = await reader.read(hypervisors);
  }
  expect(seen).toEqual([2, 5]);
  expect(found.complete).toBe(true);
  expect(Object.keys(found.byHost)).toEqual(hosts);
  const details = asked.filter(({ path }) => path !== "/resource_providers").length;
  expect(details).toBe(3 * providers.length);
  await reader.read(hypervisors);
  expect(asked.length).toBe(details + 4);
});

test("a provider that vanishes between the list and its reading leaves the others known", async () => {
  const { it } = placement(new Set(["host-2-1"]));
  const { byHost, complete } = await inventoryReader(it).read(hypervisors);
  expect(complete).toBe(true);
  expect(byHost["host-2"]).toHaveLength(1);
  for (const host of hosts.filter((text) => text !== "host-2"))
    expect(byHost[host]).toHaveLength(2);
});

test("what is in use is asked for again, in turns: its end moves no generation", async () => {
  const many = Array.from({ length: 100 }, (_, at) => `card-${at}`);
  const inUse = new Set(many);
  const { it, asked } = session(({ path }) => {
    if (path === "/resource_providers")
      return {
        resource_providers: many.map((uuid, at) => ({
          ...{
            uuid,
            name: `host-0_0000:81:${String(Math.floor(at / 8)).padStart(2, "0")}.${at % 8}`,
            generation: 1,
          },
          ...{ root_provider_uuid: "root-host-0", parent_provider_uuid: "root-host-0" },
        })),
      };
    const uuid = path.split("/")[2]!;
    if (path.endsWith("/inventories"))
      return { inventories: { CUSTOM_PCI: { total: 1, reserved: 1 } } };
    if (path.endsWith("/usages")) return { usages: inUse.has(uuid) ? { CUSTOM_PCI: 1 } : {} };
    return { traits: ["HW_PCI_ONE_TIME_USE"] };
  });
  const reader = inventoryReader(it);
  const used = async () => {
    const { byHost } = await reader.read(hypervisors.slice(0, 1));
    return byHost["host-0"]!.reduce((sum, provider) => sum + provider.used, 0);
  };
  expect(await used()).toBe(100);
  inUse.clear();
  expect([await used(), await used(), await used()]).toEqual([60, 20, 0]);
  const before = asked.length;
  expect(await used()).toBe(0);
  expect(asked.length - before).toBe(1);
});

const servers = Array.from({ length: 900 }, (_, at) => ({ id: `server-${at}` }));

/** Answers in time only where it is asked for less than `most`. */
function slowNova(most: number) {
  return session(({ query }) => {
    const { limit, marker } = query as { limit: number; marker?: string };
    if (limit > most) throw new NoAnswer("no complete answer in 30 s", true, true);
    const from = marker === undefined ? 0 : servers.findIndex(({ id }) => id === marker) + 1;
    const page = servers.slice(from, from + limit);
    const more = from + limit < servers.length;
    return { servers: page, ...(more ? { servers_links: [{ rel: "next" }] } : {}) };
  });
}

const call: Call = { service: "compute", method: "GET", path: "/servers/detail" };

test("a page that does not come in time is asked for by half, and stays so", async () => {
  const { it, asked } = slowNova(300);
  expect(await readPages(it, call, "servers")).toHaveLength(900);
  const limits = asked.map(({ query }) => (query as { limit: number }).limit);
  expect(limits).toEqual([1000, 500, 250, 250, 250, 250]);
});

test("a cloud that answers nothing is not asked for ever smaller pages", async () => {
  const { it, asked } = slowNova(0);
  await expect(readPages(it, call, "servers")).rejects.toThrow("no complete answer");
  expect(asked.length).toBeLessThan(8);
  const refused = session(() => {
    throw new NoAnswer("connection refused", false);
  });
  await expect(readPages(refused.it, call, "servers")).rejects.toThrow("connection refused");
  expect(refused.asked).toHaveLength(1);
});
