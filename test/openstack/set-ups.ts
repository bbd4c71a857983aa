// Set-ups of the field before a real scheduler: all of them on one host, each with its own ids, and
// a server for each. Whom we promise a device gets one, and whom we tell that there is none gets
// NoValidHost.

import { expect } from "@jest/globals";
import type { Cloud } from "../../src/openstack/cloud.ts";
import type { SetUp } from "../cli/field/set-ups.ts";
import { deleteServer, requestServer, waitForStatus } from "./boot.ts";
import { newFlavor } from "./core.ts";
import type { Stack } from "./stack.ts";

/** Below the quota of instances that a project has by default. */
const atOnce = 8;

export async function schedulerAnswers(
  all: readonly SetUp[],
  { admin }: Stack,
  cloud: Cloud,
): Promise<void> {
  const wrong: string[] = [];
  const counts = { served: 0, refused: 0 };
  const ask = async (setUp: SetUp): Promise<void> => {
    const { id } = await newFlavor(cloud, `field-${setUp.name}`);
    const set = { "pci_passthrough:alias": askedBy(setUp) };
    await cloud.perform({ do: "set-extra-specs", flavorId: id, set });
    const server = await requestServer(admin, setUp.name, id);
    const { status, fault = "" } = await waitForStatus(admin, server, ["ACTIVE", "ERROR"]);
    const said = status === "ACTIVE" ? "served" : fault;
    const isServed = setUp.says === "served" && setUp.host === undefined;
    counts[isServed ? "served" : "refused"] += 1;
    if (isServed !== (said === "served") || !/^served$|No valid host/.test(said))
      wrong.push(`${setUp.what}: ${setUp.says}, and Nova: ${said}`);
    await deleteServer(admin, server);
  };
  // Each has devices of its own, so that they do not get in each other's way.
  for (let from = 0; from < all.length; from += atOnce)
    await Promise.all(all.slice(from, from + atOnce).map(ask));
  expect(wrong).toEqual([]);
  expect(counts.refused).toBeGreaterThan(3);
}

function askedBy({ name, objects }: SetUp): string {
  const flavor = objects.find((one) => one.kind === "PciFlavor" && one.name === name)!;
  const { aliases } = flavor.value.spec as {
    readonly aliases: readonly { readonly name: string; readonly count: number }[];
  };
  return aliases.map((one) => `${one.name}:${one.count}`).join(",");
}
