// The aliases that some devices could serve, found without asking each alias of each device:
// aliases are filed by their ids. 1,000 pools x 200 aliases would be hundreds of thousands of
// questions.

import { couldServe } from "../../nova/device/covers.ts";
import type { DeviceDeclaration } from "../../nova/terms/declare.ts";
import type { AliasEntry } from "./resolve.ts";

type Aliases = ReadonlyMap<string, AliasEntry>;

/** In the order of the aliases. */
export function servedBy(
  devices: readonly DeviceDeclaration[],
  aliases: Aliases,
): readonly AliasEntry[] {
  const file = fileOf(aliases);
  const found = new Set<AliasEntry>();
  for (const device of devices) {
    for (const alias of candidates(device, aliases, file)) {
      if (!found.has(alias) && couldServe(alias.declaration, device)) found.add(alias);
    }
  }
  return found.size < 2 ? [...found] : [...aliases.values()].filter((alias) => found.has(alias));
}

type File = {
  readonly byIds: ReadonlyMap<string, readonly AliasEntry[]>;
  /** Aliases without ids: a class stands for their devices. */
  readonly open: readonly AliasEntry[];
};

const files = new WeakMap<Aliases, File>();

function fileOf(aliases: Aliases): File {
  const known = files.get(aliases);
  if (known !== undefined) return known;
  const byIds = new Map<string, AliasEntry[]>();
  const open: AliasEntry[] = [];
  for (const alias of aliases.values()) {
    if (alias.declaration.match.length === 0) open.push(alias);
    for (const { vendorId, productId } of alias.declaration.match) {
      const key = keyOf(vendorId, productId);
      const list = byIds.get(key);
      if (list === undefined) byIds.set(key, [alias]);
      else list.push(alias);
    }
  }
  const made = { byIds, open };
  files.set(aliases, made);
  return made;
}

function candidates(device: DeviceDeclaration, aliases: Aliases, file: File): Iterable<AliasEntry> {
  const { vendorId, productId } = device;
  if (vendorId === undefined || productId === undefined) return aliases.values();
  const own = file.byIds.get(keyOf(vendorId, productId)) ?? [];
  return file.open.length === 0 ? own : [...own, ...file.open];
}

/** As couldServe compares ids. */
function keyOf(vendorId: string, productId: string): string {
  return `${vendorId.padStart(4, "0")}:${productId.padStart(4, "0")}`.toLowerCase();
}
