// A device_spec line of ours read back: everything that decides which alias it serves is kept.

import { expect, test } from "@jest/globals";
import { emitDevice } from "../../../src/nova/device/declare-device.ts";
import type { DeviceDeclaration } from "../../../src/nova/terms/declare.ts";
import { releases } from "../../../src/nova/terms/release.ts";
import { declarationOf } from "../../../src/plan/wanted/lines.ts";

const ids = { vendorId: "10de", productId: "20b2" };

/** One row for each field that Nova's choice of a device depends on. */
const kept: Readonly<Record<string, DeviceDeclaration>> = {
  ids,
  address: { ...ids, address: "0000:41:00.0" },
  "a regular expression": { ...ids, addressRegex: { bus: "4[01]", function: "0" } },
  devname: { devname: "ens3f0" },
  "a class": { ...ids, resourceClass: "CUSTOM_GPU" },
  traits: { ...ids, traits: ["CUSTOM_MEM_80G", "CUSTOM_NVLINK"] },
  "a physical network": { ...ids, physicalNetwork: "physnet1" },
  "a network without a physical one": { ...ids, physicalNetwork: null },
  "remote managed": { ...ids, remoteManaged: true },
  "live migratable": { ...ids, liveMigratable: true },
  "for one use": { ...ids, oneTimeUse: true },
};

test.each(Object.entries(kept))("%s", (_name, declared) => {
  expect(declarationOf(emitDevice(declared, releases.at(-1)!))).toEqual(declared);
});
