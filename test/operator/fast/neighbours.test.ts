// Two namespaces with one cloud: found by who is behind the credentials, whatever they are called, and
// before anything is written.
import { expect, test } from "@jest/globals";
import { Failure } from "../../../src/api/failure.ts";
import { openCloudSide } from "../../../src/operator/cloud-side.ts";
import { emptyAsk } from "../../../src/operator/loop.ts";
import type { Neighbour } from "../../../src/operator/neighbours.ts";
import { isSameCloud, readIdentity } from "../../../src/openstack/view/identity.ts";
import type { Session } from "../../../src/openstack/session/session.ts";

const [word, two] = [
  "6f1d0a52-0c52-4b6c-9a53-2a1f4bb8f0a1",
  "6f1d0a52-0c52-4b6c-9a53-2a1f4bb8f0a2",
];

test.each([
  ["one endpoint", ["https://nova/v2.1", []], ["https://nova/v2.1", []], true],
  ["written otherwise", ["https://NOVA:443/v2.1/", []], ["https://nova/v2.1", []], true],
  [
    "inside and outside",
    ["http://nova.svc:8774/v2.1", [word]],
    ["https://nova/v2.1", [two, word]],
    true,
  ],
  ["two regions", ["https://a/v2.1", [word]], ["https://b/v2.1", [two]], false],
  ["two ports of one host", ["https://a:1/v2.1", []], ["https://a:2/v2.1", []], false],
  ["two sites behind one name", ["https://a/north/v2.1", []], ["https://a/south/v2.1", []], false],
  [
    "numbers that every cloud has",
    ["https://a/v2.1", ["1", "2"]],
    ["https://b/v2.1", ["1"]],
    false,
  ],
] as const)("%s", async (_name, left, right, same) => {
  const identity = ([root, ids]: readonly [string, readonly string[]]) =>
    readIdentity({
      root: () => Promise.resolve(root),
      ask: () => Promise.resolve({ services: ids.map((id) => ({ id, host: "h" })) }),
    } as unknown as Session);
  const [a, b] = [await identity(left), await identity(right)];
  expect([isSameCloud(a, b), isSameCloud(b, a)]).toEqual([same, same]);
});

type Answer = () => Promise<{ readonly root: string; readonly services: readonly string[] }>;

/** A cloud side in which each namespace has credentials of its own. */
function side(identities: Readonly<Record<string, Answer>>) {
  const asked: string[] = [];
  const clock = { now: 0 };
  const text = (name: string) =>
    `clouds: {${name}: {auth: {auth_url: "https://k", username: u, password: p, project_name: p}}}`;
  const clouds = openCloudSide({
    secret: (namespace) =>
      Promise.resolve(
        identities[namespace] === undefined ? undefined : { "clouds.yaml": text(namespace) },
      ),
    now: () => clock.now,
    open: ({ cloudName }) => ({
      observe: () => Promise.resolve({ is: "read" } as never),
      identity: () => {
        asked.push(cloudName);
        return identities[cloudName]!();
      },
      perform: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }),
  });
  const neighbours = (namespace: string): readonly Neighbour[] =>
    Object.keys(identities)
      .concat("without-secret")
      .filter((name) => name !== namespace)
      .map((name) => ({
        namespace: name,
        passthrough: undefined,
        flavors: [{ namespace: name, object: "g", uid: `u-${name}`, flavor: { name: "m1" } }],
      }));
  const elsewhere = async (namespace: string): Promise<unknown> => {
    const seen = await clouds.observe(namespace, {
      passthrough: undefined,
      ask: emptyAsk,
      neighbours: neighbours(namespace),
    });
    return seen.is === "read" ? (seen.elsewhere ?? []).map((found) => found.namespace) : seen;
  };
  return { elsewhere, asked, clock };
}

const at =
  (root: string, ...services: string[]): Answer =>
  () =>
    Promise.resolve({ root, services });
const silent: Answer = () => Promise.reject(new Failure("unreachable", "no answer"));

test("each hears of the flavors of those that have its Nova, in its first look, and asks once", async () => {
  const world = side({
    a: at("https://x", word),
    b: at("https://y", word),
    c: at("https://z", two),
  });
  expect(await world.elsewhere("a")).toEqual(["b"]);
  expect(await world.elsewhere("b")).toEqual(["a"]);
  expect(await world.elsewhere("c")).toEqual([]);
  world.clock.now += 3_600_000;
  expect(await world.elsewhere("a")).toEqual(["b"]);
  expect(world.asked.sort()).toEqual(["a", "b", "c"]);
});

test("a neighbour that does not answer holds nobody up, and is asked again after a minute", async () => {
  let answer = silent;
  const world = side({ a: at("https://x"), b: () => answer() });
  expect(await world.elsewhere("a")).toEqual([]);
  answer = at("https://x");
  expect(await world.elsewhere("a")).toEqual([]);
  // Its own round compares before it writes.
  expect(await world.elsewhere("b")).toEqual(["a"]);
  expect(await world.elsewhere("a")).toEqual(["b"]);
});

test("who cannot say which cloud its own is knows nothing of it", async () => {
  const world = side({ a: silent, b: at("https://x") });
  expect(await world.elsewhere("a")).toMatchObject({ is: "unreachable" });
});
