// The PCI requests of a server with a flavor: _translate_alias_to_requests of nova/pci/request.py,
// and from 27 on the request groups that Placement gets.

import type { Alias, Aliases } from "../alias/alias.ts";
import { partsOf } from "./flavor-value.ts";
import { resourceClassOf, traitsOf } from "../terms/placement-names.ts";
import type { Refusal } from "../device/spec-address.ts";

type PciRequest = {
  readonly aliasName: string;
  readonly alias: Alias;
  readonly count: bigint;
};

/** Part by part: the first one that is wrong ends it. */
export function requestsOf(value: string, aliases: Aliases): readonly PciRequest[] | Refusal {
  const requests: PciRequest[] = [];
  for (const part of partsOf(value)) {
    if ("malformed" in part) {
      return { refused: `"${part.malformed}" is not name:count`, clean: false };
    }
    const alias = aliases.get(part.name);
    if (alias === undefined) return { refused: `no alias is called "${part.name}"`, clean: true };
    if (part.count === undefined) {
      return { refused: `the count of "${part.name}" is not a number`, clean: false };
    }
    requests.push({ aliasName: part.name, alias, count: part.count });
  }
  return requests;
}

type RequestGroup = { readonly resourceClass: string; readonly traits: readonly string[] };

/** One group for each device. */
export function requestGroups(requests: readonly PciRequest[]): readonly RequestGroup[] | Refusal {
  const groups: RequestGroup[] = [];
  for (const { alias, count } of requests) {
    const [spec, ...more] = alias.specs;
    if (more.length > 0) {
      return { refused: "PCI in Placement takes one entry for each alias name", clean: false };
    }
    const group = {
      resourceClass: resourceClassOf(
        spec!.get("resource_class"),
        spec!.get("vendor_id") ?? null,
        spec!.get("product_id") ?? null,
      ),
      traits: traitsOf(spec!.get("traits") ?? ""),
    };
    for (let index = 0n; index < count; index += 1n) groups.push(group);
  }
  return groups;
}
