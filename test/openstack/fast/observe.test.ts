import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openCloud, type Cloud } from "../../../src/openstack/cloud.ts";
import { parseClouds } from "../../../src/openstack/session/clouds-yaml.ts";
import { ownedClock, type OwnedClock } from "./owned-clock.ts";
import {
  startStandIn,
  type Handler,
  type Reply,
  type Seen,
  type StandIn,
} from "./stand-in-cloud.ts";

let standIn: StandIn;
let clock: OwnedClock;
let cloud: Cloud;

beforeEach(async () => {
  standIn = await startStandIn();
  clock = ownedClock();
  const parsed = parseClouds({
    text: `clouds: {test: {auth: {auth_url: "${standIn.url}", username: u, password: p, project_name: p}}}`,
  });
  cloud = openCloud(parsed.credentials!, {
    clock,
    now: () => clock.nowMillis(),
    random: () => 0.5,
  });
});
afterEach(async () => {
  await cloud.close();
  await standIn.close();
});

const nothing = { usageOf: [], aliasUse: [], inventories: false, placement: false };
const asked = (end: string) => standIn.seen.filter(({ path }) => path.endsWith(end)).length;

/** Answers GETs by the end of their path. */
function answers(bodies: Readonly<Record<string, (seen: Seen) => unknown>>): Handler {
  return (seen) => {
    const end = Object.keys(bodies).find((path) => seen.path.endsWith(path));
    return end === undefined ? undefined : { status: 200, body: bodies[end]!(seen) };
  };
}

const service = (host: string, more = {}) => ({
  id: `id-${host}`,
  host,
  binary: "nova-compute",
  state: "up",
  status: "enabled",
  updated_at: "2026-01-01T00:00:00.000000",
  ...more,
});

test("an empty cloud is read, not unreachable", async () => {
  expect(await cloud.observe(nothing)).toEqual({
    is: "read",
    at: 0,
    microversion: "2.104",
    flavors: [],
    services: [],
    usage: {},
  });
});

test("observing again and again asks once per period", async () => {
  for (let times = 0; times < 50; times++) await cloud.observe(nothing);
  expect([asked("/flavors/detail"), asked("/os-services")]).toEqual([1, 1]);
  clock.pass(5000);
  await cloud.observe(nothing);
  expect([asked("/flavors/detail"), asked("/os-services")]).toEqual([1, 2]);
  clock.pass(40_000);
  await cloud.observe(nothing);
  expect([asked("/flavors/detail"), asked("/os-services")]).toEqual([2, 3]);
});

test("after a change of ours the next look asks again, also when the change was refused", async () => {
  await cloud.observe(nothing);
  await cloud.perform({ do: "delete-flavor", flavorId: "gone" });
  await cloud.observe(nothing);
  expect(asked("/flavors/detail")).toBe(2);
});

test("a broken Nova is unreachable, asked in no storm, and seen again", async () => {
  standIn.answerWith(({ path }) => (path.endsWith("/os-services") ? { status: 400 } : undefined));
  for (let times = 0; times < 20; times++)
    expect(await cloud.observe(nothing)).toMatchObject({ is: "unreachable", at: 0 });
  expect(asked("/os-services")).toBe(1);
  standIn.answerWith(() => undefined);
  clock.pass(3000);
  expect(await cloud.observe(nothing)).toMatchObject({ is: "read" });
});

test("a long list is read to its end", async () => {
  const flavor = (id: string) => ({ id, name: id, vcpus: 1, ram: 1, disk: 1, swap: "" });
  const pages: Readonly<Record<string, unknown>> = {
    "": { flavors: [flavor("f1"), flavor("f2")], flavors_links: [{ rel: "next" }] },
    f2: { flavors: [flavor("f3")], flavors_links: [{ rel: "next" }] },
    f3: { flavors: [] },
  };
  standIn.answerWith(
    answers({ "/flavors/detail": ({ query }) => pages[query.get("marker") ?? ""] }),
  );
  const view = await cloud.observe(nothing);
  expect(view.is === "read" && view.flavors.map(({ id }) => id)).toEqual(["f1", "f2", "f3"]);
  expect(view.is === "read" && view.flavors[0]!.swapMiB).toBe(0);
});

test("a host in a cell that is down is unknown, and counts as use of every alias", async () => {
  standIn.answerWith(
    answers({
      "/os-services": () => ({
        services: [service("h1"), { host: "h2", binary: "nova-compute", status: "UNKNOWN" }],
      }),
    }),
  );
  const view = await cloud.observe({ ...nothing, usageOf: ["h1", "h2"], aliasUse: ["a1"] });
  expect(view).toMatchObject({
    usage: { h1: { is: "read" }, h2: { is: "unknown", reason: "its cell is down" } },
    aliasUse: { a1: { flavors: [], servers: ["any server on h2 (its cell is down)"] } },
  });
});

test("what one service does not tell is unknown, and the rest is read", async () => {
  standIn.answerWith(({ path }) =>
    path.startsWith("/network") || path === "/placement/" ? { status: 403 } : undefined,
  );
  const view = await cloud.observe({ ...nothing, usageOf: ["h1"], inventories: true });
  expect(view).toMatchObject({ is: "read", usage: { h1: { is: "unknown" } } });
  expect(view).not.toHaveProperty("inventories");
});

const page = "<html><body>Down for maintenance</body></html>";
const noAnswers: readonly (readonly [string, Reply])[] = [
  ["the page of a proxy", { status: 200, body: page, headers: { "content-type": "text/html" } }],
  ["a redirect to a log-in", { status: 302, body: "", headers: { location: "/login" } }],
  ["a permanent redirect with JSON", { status: 308, body: {}, headers: { location: "/v2.1" } }],
  ["half of its JSON", { status: 200, body: '{"servers": [{"id": "s1", "na' }],
  ["nothing", { status: 200 }],
  ["no content", { status: 204 }],
  ["an empty object", { status: 200, body: {} }],
  ["null", { status: 200, body: "null" }],
  ["a bare list", { status: 200, body: [] }],
  ["null in place of each list", { status: 200, body: nulls(null) }],
  ["a list of nulls", { status: 200, body: nulls([null]) }],
  ["an error with status 200", { status: 200, body: { error: { message: "overloaded" } } }],
  ["503", { status: 503, body: page }],
  ["401 for ever", { status: 401 }],
];

function nulls(value: unknown): Readonly<Record<string, unknown>> {
  const lists = ["flavors", "services", "servers", "migrations", "hypervisors", "ports"];
  return Object.fromEntries([...lists, "resource_providers"].map((text) => [text, value]));
}

/** What cannot be read, and what the view must then say; nothing else of it may change. */
const parts: readonly (readonly [string, object | string])[] = [
  ["/os-services", { is: "unreachable" }],
  ["/flavors/detail", { is: "unreachable" }],
  ["/compute/v2.1/", { is: "unreachable" }],
  ["/v3/auth/tokens", { is: "unreachable" }],
  ["/servers/detail", { is: "read", usage: { h1: { is: "unknown" } } }],
  ["/os-migrations", { is: "read", usage: { h1: { is: "unknown" } } }],
  ["/ports", { is: "read", usage: { h1: { is: "unknown" } } }],
  ["/resource_providers", "inventories"],
  ["/os-hypervisors/detail", "inventories"],
];

describe.each(parts)("%s", (path, told) => {
  test.each(noAnswers)("answered with %s is unknown, never empty", async (_name, reply) => {
    standIn.answerWith((seen) => (seen.path.endsWith(path) ? reply : undefined));
    const watch = cloud.observe({
      ...nothing,
      usageOf: ["h1"],
      aliasUse: ["a"],
      inventories: true,
    });
    let over = false as boolean;
    void watch.finally(() => (over = true));
    // Pauses between attempts pass on the clock of the test.
    for (let turn = 0; turn < 2000 && !over; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      clock.pass(1000);
    }
    const view = await watch;
    if (typeof told === "string") {
      expect(view.is).toBe("read");
      expect(view).not.toHaveProperty(told);
    } else expect(view).toMatchObject(told);
  });
});

test("a host is asked for until Nova has mapped it, and then rarely", async () => {
  let mapped = false;
  standIn.answerWith(
    answers({
      "/os-services": () => ({ services: [service("h1")] }),
      "/os-hypervisors/detail": () => ({
        hypervisors: mapped ? [{ id: "node-1", service: { host: "h1" } }] : [],
      }),
    }),
  );
  const look = async () => {
    clock.pass(10_000);
    const view = await cloud.observe({ ...nothing, inventories: true });
    return view.is === "read" ? view.inventories : undefined;
  };
  expect(await look()).toEqual({});
  mapped = true;
  expect(await look()).toEqual({ h1: [] });
  const before = asked("/os-hypervisors/detail");
  for (let times = 0; times < 5; times++) await look();
  expect(asked("/os-hypervisors/detail")).toBe(before);
});

test("a provider is read again when its generation moved, and while it is used only its use", async () => {
  let generation = 1;
  const provider = (uuid: string, name: string, parent: string | null) => ({
    uuid,
    name,
    generation,
    root_provider_uuid: "node-1",
    parent_provider_uuid: parent,
  });
  standIn.answerWith(
    answers({
      "/os-services": () => ({ services: [service("h1")] }),
      "/os-hypervisors/detail": () => ({
        hypervisors: [{ id: "node-1", service: { host: "h1" } }],
      }),
      "/inventories": () => ({ inventories: { CUSTOM_X: { total: 2, reserved: 1 } } }),
      "/usages": () => ({ usages: { CUSTOM_X: 1 } }),
      "/traits": () => ({ traits: ["B", "A"] }),
      "/placement/resource_providers": () => ({
        resource_providers: [
          provider("node-1", "h1.example", null),
          provider("rp-1", "h1.example_0000:8A:00.0", "node-1"),
        ],
      }),
    }),
  );
  const look = async () => {
    clock.pass(10_000);
    return cloud.observe({ ...nothing, inventories: true });
  };
  expect(await look()).toMatchObject({
    inventories: {
      h1: [
        {
          uuid: "rp-1",
          address: "0000:8a:00.0",
          resourceClass: "CUSTOM_X",
          total: 2,
          reserved: 1,
          used: 1,
          traits: ["A", "B"],
        },
      ],
    },
  });
  await look();
  expect([asked("/rp-1/usages"), asked("/rp-1/traits")]).toEqual([2, 1]);
  generation = 2;
  await look();
  expect([asked("/rp-1/usages"), asked("/rp-1/traits")]).toEqual([3, 2]);
});
