// An installation to look at: GPU nodes in two pools, devices in every state, a flavor.

import type { PciProvider } from "../../src/plan/terms/snapshot.ts";
import type { Moment } from "../../src/ui/moment.ts";
import { setStage, type Stage } from "../support/stage.ts";

const gpuClass = "CUSTOM_PCI_10DE_2330";

function provider(address: string, more: Partial<PciProvider> = {}): PciProvider {
  return {
    ...{ uuid: address, name: address, address, resourceClass: gpuClass },
    ...{ total: 1, reserved: 0, used: 0, traits: [] },
    ...more,
  };
}

/** Eight cards; the first so many are used, then reserved. */
export function eightCards(used: number, reserved = 0): readonly PciProvider[] {
  return ["1a", "40", "53", "66", "9c", "c0", "d1", "e4"].map((bus, place) =>
    provider(`0000:${bus}:00.0`, {
      used: place < used ? 1 : 0,
      reserved: place >= used && place < used + reserved ? 1 : 0,
    }),
  );
}

export async function gpuStage(
  nodes: readonly string[],
  cardsOf: (node: string, place: number) => readonly PciProvider[],
): Promise<Stage> {
  const stage = await setStage({ nodes });
  stage.apply(
    "PciPassthrough",
    "nova",
    "{ adopt: true, release: '2025.1', placement: { reportInPlacement: true } }",
  );
  stage.apply(
    "PciAlias",
    "h100",
    "{ match: [{ vendorId: '10de', productId: '2330' }], deviceType: type-PF }",
  );
  stage.apply(
    "PciWhitelist",
    "h100-nodes",
    "{ devices: [{ vendorId: '10de', productId: '2330' }] }",
  );
  stage.apply(
    "PciFlavor",
    "gpu.h100x4",
    "{ flavor: { name: gpu.h100x4 }, aliases: [{ name: h100, count: 4 }], create: { vcpus: 64, ramMiB: 262144, diskGiB: 100 } }",
  );
  const inventories = Object.fromEntries(nodes.map((node, place) => [node, cardsOf(node, place)]));
  stage.outage((view) => (view.is === "read" ? { ...view, inventories } : view));
  return stage;
}

export function momentOf(stage: Stage): Moment {
  const { seen, plan } = stage.last();
  return { seen, plan };
}
