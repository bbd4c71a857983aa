// Options of nova-compute beside the device specs that do not go together with them: post-copy
// migration, and mediated devices at the same address.

import { fieldNames, isRefused, parseExact, wildcard } from "../device/address.ts";
import type { Finding } from "../terms/declare.ts";
import type { DeviceSpec } from "../device/device-spec.ts";
import { finding } from "../terms/findings.ts";
import { unknownHost } from "../terms/host.ts";
import { matcherOf } from "../device/match.ts";
import type { Conf, ConfValue } from "../conf/oslo-conf.ts";

type Placed = { readonly finding: Finding; readonly at: ConfValue };

export function clashes(conf: Conf, specs: readonly DeviceSpec[]): readonly Placed[] {
  return [...postCopy(conf, specs), ...mediated(conf, specs)];
}

/**
 * QEMU refuses post-copy for each guest with such a device (nova/conf/libvirt.py, documentation).
 */
function postCopy(conf: Conf, specs: readonly DeviceSpec[]): readonly Placed[] {
  const at = conf.single([{ section: "libvirt", option: "live_migration_permit_post_copy" }]);
  const migratable = specs.some((spec) => spec.tags.get("live_migratable") === "true");
  if (at === undefined || !migratable || !/^(true|1|on|yes)$/i.test(at.value)) return [];
  const message =
    "with live_migration_permit_post_copy QEMU refuses every live migration of a guest with a live_migratable device: write live_migration_permit_post_copy = false on this nova-compute";
  return [
    { finding: finding("PostCopyMigration", "live_migration_permit_post_copy", message), at },
  ];
}

/** An address that [mdev_x] gives to mediated devices and a device spec to guests as a whole. */
function mediated(conf: Conf, specs: readonly DeviceSpec[]): readonly Placed[] {
  const placed = specs.filter(
    ({ address }) =>
      address !== undefined && fieldNames.some((name) => address.fields[name] !== wildcard),
  );
  const match = matcherOf(
    placed.map((spec) => ({ ...spec, vendorId: wildcard, productId: wildcard })),
    unknownHost,
  );
  return conf.values
    .filter((value) => /^(mdev|vgpu)_/.test(value.section) && value.option === "device_addresses")
    .flatMap((at) =>
      at.value.split(",").flatMap((text) => {
        const address = text.trim().toLowerCase();
        if (isRefused(parseExact(address))) return [];
        const hit = match({ vendorId: "", productId: "", address });
        if (typeof hit !== "number") return [];
        const message = `${address} is given to mediated devices in [${at.section}] and to guests by a device spec: leave it out of one of the two`;
        return [{ finding: finding("TwoAllocators", "device_addresses", message), at }];
      }),
    );
}
