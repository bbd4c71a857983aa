// Set-ups of the field before a real scheduler: all of them on one host, each with its own ids, and
// a server for each. Whom we promise a device gets one, and whom we tell that there is none gets
// NoValidHost.

import { expect } from "@jest/globals";
import type { Cloud } from "../../src/openstack/cloud.ts";
import type { SetUp } from "../cli/field/set-ups.ts";
import { deleteServers, requestServer, settledServers } from "./boot.ts";
import { newFlavor } from "./core.ts";
import type { Stack } from "./stack.ts";

/** As many as one nova-compute builds at a time. */
const atOnce = 10;

export async function schedulerAnswers(
  all: readonly SetUp[],
  { admin }: Stack,
  cloud: Cloud,
): Promise<void> {
  const wrong: string[] = [];
  const counts = { served: 0, refused: 0 };
  const request = async (setUp: SetUp): Promise<readonly [string, SetUp]> => {
    const { id } = await newFlavor(cloud, `field-${setUp.name}`);
    const set = { "pci_passthrough:alias": askedBy(setUp) };
    await cloud.perform({ do: "set-extra-specs", flavorId: id, set });
    return [await requestServer(admin, setUp.name, id), setUp];
  };
  // Each has devices of its own, so that they do not get in each other's way.
  for (let from = 0; from < all.length; from += atOnce) {
    const asked = new Map(await Promise.all(all.slice(from, from + atOnce).map(request)));
    for (const { id, status, fault = "" } of await settledServers(admin, [...asked.keys()])) {
      const setUp = asked.get(id)!;
      const said = status === "ACTIVE" ? "served" : fault;
      const isServed = setUp.says === "served" && setUp.host === undefined;
      counts[isServed ? "served" : "refused"] += 1;
      if (isServed !== (said === "served") || !/^served$|No valid host/.test(said))
        wrong.push(`${setUp.what}: ${setUp.says}, and Nova: ${said}`);
    }
    await deleteServers(admin, [...asked.keys()]);
  }
  expect(wrong).toEqual([]);
  expect(counts.refused).toBeGreaterThanOrEqual(10);
}

function askedBy({ name, objects }: SetUp): string {
  const flavor = objects.find((object) => object.kind === "PciFlavor" && object.name === name)!;
  const { aliases } = flavor.value.spec as {
    readonly aliases: readonly { readonly name: string; readonly count: number }[];
  };
  return aliases.map((alias) => `${alias.name}:${alias.count}`).join(",");
}
