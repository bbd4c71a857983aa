import { expect, test } from "@jest/globals";
import {
  aliasRequests,
  type Migration,
  type Server,
} from "../../../src/openstack/services/servers.ts";
import { usageOf, type HostFacts } from "../../../src/openstack/view/usage.ts";

const server = (id: string, more: Partial<Server> = {}): Server => ({
  id,
  name: `name-of-${id}`,
  host: "h1",
  status: "ACTIVE",
  taskState: undefined,
  asksFor: {},
  ...more,
});
const migration = (uuid: string, more: Partial<Migration> = {}): Migration => ({
  uuid,
  serverId: "s1",
  type: "resize",
  status: "finished",
  source: "h1",
  destination: "h2",
  changesFlavor: true,
  ...more,
});
const onDevice = (consumer: string, amount = 1) => ({
  consumer,
  resourceClass: "CUSTOM_PCI_10DE_20B0",
  amount,
  address: "0000:81:00.0",
});

function usage(facts: Partial<HostFacts>) {
  const seen = usageOf({
    host: "h1",
    at: 7,
    servers: [],
    migrations: [],
    ports: [],
    allocations: undefined,
    aliasNames: ["a1", "b1"],
    ...facts,
  });
  if (seen.is !== "read") throw new Error("not read");
  return {
    uses: seen.consumers.map(({ what, id, address, aliases }) =>
      [what, id, address ?? "-", ...aliases].join(" "),
    ),
    busy: seen.busy.map(({ what, id }) => `${what}: ${id}`),
  };
}

test.each([
  ["a1:2", { a1: 2 }],
  ["a1:2,b:1", { a1: 2, b: 1 }],
  [" my gpu:1 , a1:1", { "my gpu": 1, a1: 1 }],
  ["a1:1,a1:2", { a1: 3 }],
  ["a1", {}],
  ["", {}],
  [undefined, {}],
])("a flavor that asks for %j asks for %j", (value, requests) => {
  expect(aliasRequests(value)).toEqual(requests);
});

test("without Placement a server counts by its aliases, and one without any does not", () => {
  const servers = [server("s1", { asksFor: { a1: 1 } }), server("s2")];
  expect(usage({ servers }).uses).toEqual(["server s1 - a1"]);
});

test("with Placement it counts by address, and by alias only for what no allocation names", () => {
  const servers = [server("s1", { asksFor: { a1: 1 } }), server("s2", { asksFor: { a1: 2 } })];
  expect(usage({ servers, allocations: [onDevice("s1"), onDevice("s2")] }).uses).toEqual([
    "server s1 0000:81:00.0",
    "server s2 0000:81:00.0",
    "server s2 - a1",
  ]);
});

test("an allocation of nobody we know still counts", () => {
  expect(usage({ allocations: [onDevice("gone")] }).uses).toEqual(["allocation gone 0000:81:00.0"]);
});

test("a resize at rest holds what its old flavor asked for: any alias, unless Placement knows", () => {
  const migrations = [migration("m1")];
  expect(usage({ migrations }).uses).toEqual(["migration m1 - a1 b1"]);
  expect(usage({ migrations, allocations: [] }).uses).toEqual([]);
  expect(usage({ migrations, allocations: [onDevice("m1")] }).uses).toEqual([
    "migration m1 0000:81:00.0",
  ]);
  expect(usage({ migrations: [migration("m1", { source: "h3" })] }).uses).toEqual([]);
});

test("a migration under way counts on both sides, and keeps the host busy", () => {
  const moving = { status: "migrating", type: "migration" };
  const away = usage({ migrations: [migration("m1", moving)], allocations: [] });
  expect(away).toEqual({ uses: ["migration m1 - a1 b1"], busy: ["migration migrating: m1"] });
  const coming = migration("m2", { ...moving, source: "h2", destination: "h1" });
  expect(usage({ migrations: [coming] }).busy).toEqual(["migration migrating: m2"]);
});

test("a cold migration keeps its flavor, so the server tells its aliases", () => {
  const servers = [server("s1", { asksFor: { a1: 1 } })];
  const migrations = [migration("m1", { status: "running", changesFlavor: false })];
  expect(usage({ servers, migrations }).uses).toEqual(["server s1 - a1", "migration m1 - a1"]);
});

test("a resize at rest keeps nobody busy; a task state does", () => {
  const servers = [server("s1", { taskState: "rebooting" })];
  expect(usage({ servers, migrations: [migration("m1")] }).busy).toEqual([
    "server in task rebooting: s1",
  ]);
});
