// Two operators, in clusters that know nothing of each other, and one Nova: nobody writes without
// end, and who does not get what it asks for says so.
import { beforeEach, expect, test } from "@jest/globals";
import type { CloudEffect } from "../../../src/plan/terms/effects.ts";
import { gpuAlias, gpuDevices, installation, setStage, type Stage } from "../../support/stage.ts";

const aliasKey = "pci_passthrough:alias";
const size = { vcpus: 4, ramMiB: 8192, diskGiB: 20 };
const wish = (count: number, more = ""): string =>
  `{ flavor: { name: g1 }, aliases: [{ name: gpu, count: ${count} }] ${more} }`;
const overwrite = ", adopt: Overwrite";

let part: Stage;
let other: Stage;
/** Who wrote to a flavor, in order. */
let writes: ("one" | "other")[] = [];

beforeEach(async () => {
  part = await setStage({ nodes: ["c1"], seed: 1 });
  other = await setStage({ nodes: ["c1"], seed: 2 });
  writes = [];
  const nova = part.cluster.cloud;
  const { read, perform } = nova;
  const shared = (name: "one" | "other", { cluster: { cloud } }: Stage): void => {
    // Its own computes, and the flavors of the one Nova.
    const own = { read: cloud.read, perform: cloud.perform };
    Object.assign(cloud, {
      read: (ask: Parameters<typeof read>[0]) => ({
        ...own.read(ask),
        flavors: read(ask).flavors,
      }),
      perform: (effect: CloudEffect) => {
        if (!/flavor|extra-spec/.test(effect.do)) return own.perform(effect);
        writes.push(name);
        return perform(effect);
      },
    });
  };
  shared("other", other);
  shared("one", part);
  for (const stage of [part, other]) {
    stage.apply("PciPassthrough", "nova", installation);
    stage.apply("PciAlias", "gpu", gpuAlias);
    stage.apply("PciWhitelist", "gpus", gpuDevices);
    await stage.pass(900);
  }
});

/** Both clocks, five seconds at a time; nobody is told what the other does. */
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 5) {
    await part.pass(5);
    await other.pass(5);
    if (second % 60 !== 0) continue;
    for (const stage of [part, other]) stage.label("c1", { look: String(second) });
  }
}

const flavorOf = (): Readonly<Record<string, string>> =>
  part.cluster.cloud.flavors().find(({ name }) => name === "g1")!.extraSpecs;
const ready = (): readonly string[] => [part, other].map((stage) => stage.ready("PciFlavor", "g1"));

test("both overwrite: each repairs it once, then it is left to a person", async () => {
  part.cluster.cloud.addFlavor({ name: "g1", ...size });
  part.apply("PciFlavor", "g1", wish(1, overwrite));
  other.apply("PciFlavor", "g1", wish(2, overwrite));
  await pass(1200);
  expect(writes.length).toBeLessThanOrEqual(6);
  expect(ready()).toContain("False Conflict");
  const before = writes.length;
  await pass(3600);
  expect(writes).toHaveLength(before);
  // A person gives way in one of them.
  const loser = ready()[0] === "False Conflict" ? part : other;
  loser.apply("PciFlavor", "g1", wish(loser === part ? 2 : 1, overwrite));
  await pass(1200);
  expect(ready()).toEqual(["True Live", "True Live"]);
  expect(flavorOf()[aliasKey]).toMatch(/^gpu:[12]$/);
});

test("who does not overwrite finds the other's value, and writes nothing", async () => {
  part.cluster.cloud.addFlavor({ name: "g1", ...size });
  part.apply("PciFlavor", "g1", wish(1));
  await pass(300);
  other.apply("PciFlavor", "g1", wish(2));
  await pass(1200);
  expect(flavorOf()).toEqual({ [aliasKey]: "gpu:1" });
  expect(ready()).toEqual(["True Live", "False Conflict"]);
  expect(writes.filter((by) => by === "other")).toEqual([]);
});

test("a flavor that the other created is not created twice, and not deleted by who adopted it", async () => {
  const create = `, create: { vcpus: 4, ramMiB: 8192, diskGiB: 20 }`;
  part.apply("PciFlavor", "g1", wish(1, create));
  await pass(300);
  other.apply("PciFlavor", "g1", wish(1, create));
  await pass(600);
  expect(ready()).toEqual(["True Live", "True Live"]);
  expect(part.cluster.cloud.flavors()).toHaveLength(1);
  other.remove("PciFlavor", "g1");
  await pass(1200);
  expect(flavorOf()).toEqual({ [aliasKey]: "gpu:1" });
});
