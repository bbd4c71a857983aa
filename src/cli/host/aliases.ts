// The aliases of the files that match was given, held against the devices of one host that go to
// guests: how many can serve each, and what it can never get, which is a mistake.

import { readAliases, type Alias } from "../../nova/alias/alias.ts";
import { aliasOnHost } from "../../nova/serving/alias-devices.ts";
import type { Release } from "../../nova/terms/release.ts";
import type { HandOut, Mistake } from "./hand-outs.ts";

type Scope = {
  readonly release: Release;
  readonly aliases: readonly string[];
  readonly pciInPlacement: boolean;
};

type Judged = { readonly line: string; readonly mistakes: readonly Mistake[] };

export function aliasLines(
  taken: readonly HandOut[],
  { release, pciInPlacement, aliases }: Scope,
): readonly Judged[] {
  const read = readAliases(aliases, release, pciInPlacement);
  if ("refused" in read) {
    const line = `aliases are refused: ${read.refused}\n`;
    const message = `aliases: ${read.refused}`;
    return [{ line, mistakes: [{ name: "NovaRefuses", severity: "refuse", message }] }];
  }
  const offered = taken.flatMap(({ device, spec }) =>
    spec === undefined ? [] : [{ device, spec }],
  );
  return [...read.aliases].map(([name, alias]): Judged => {
    const found = aliasOnHost(alias, offered, { release, pciInPlacement });
    const open = found.unknown === 0 ? "" : `, ${found.unknown} may: of them the type is not known`;
    const line = `alias "${name}": ${found.serve} of ${offered.length} devices that go to guests can serve it${open}\n`;
    return { line, mistakes: found.serve > 0 ? [] : whyNone(name, alias, found, taken) };
  });
}

function whyNone(
  name: string,
  alias: Alias,
  found: ReturnType<typeof aliasOnHost>,
  taken: readonly HandOut[],
): readonly Mistake[] {
  if (found.otherTypes.length > 0) {
    const asked = alias.specs[0]!.get("dev_type") ?? "type-PCI or type-VF";
    const types = [...new Set(found.otherTypes)].join(", ");
    const message = `alias "${name}" asks for ${asked}, and the ${found.otherTypes.length} matching devices are ${types}: write "device_type": "${found.otherTypes[0]!}"`;
    return [{ name: "WrongDeviceType", severity: "refuse", message }];
  }
  if (found.unknown > 0) {
    const message = `whether alias "${name}" is served cannot be decided: the inventory does not tell physical from virtual functions; make it with the line that nova-pci match --collect prints`;
    return [{ name: "Undecided", severity: "warn", message }];
  }
  if (found.obstacles.length === 0) return swapped(name, alias, taken);
  return found.obstacles.map(({ name: reason, message }) => ({
    name: reason,
    severity: "refuse",
    message: `alias "${name}" is served by no device here: ${message}`,
  }));
}

/** What the alias asks for is there with its ids the other way round. */
function swapped(name: string, alias: Alias, taken: readonly HandOut[]): readonly Mistake[] {
  return alias.specs.flatMap((spec): readonly Mistake[] => {
    const [vendor, product] = [spec.get("vendor_id"), spec.get("product_id")].map((text) =>
      text?.toLowerCase(),
    );
    const other = taken.find(
      ({ device }) => device.vendorId === product && device.productId === vendor,
    );
    if (other === undefined || vendor === product) return [];
    const message = `alias "${name}" asks for ${vendor!}:${product!}, and at ${other.device.address} is ${product!}:${vendor!}: vendor_id and product_id are swapped`;
    return [{ name: "IdsSwapped", severity: "refuse", message }];
  });
}
