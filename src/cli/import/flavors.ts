// Flavors of Nova that ask for PCI devices, as PciFlavors that change nothing.

import { aliasExtraSpec, numaAffinityExtraSpec } from "../../api/names.ts";
import { emitFlavorValue, partsOf } from "../../nova/flavor/flavor-value.ts";
import type { GivenFlavor } from "./formats/given.ts";
import { document, objectName, type Printed } from "./yaml-document.ts";

export function flavorDocuments(
  flavors: readonly GivenFlavor[],
  namespace: string | undefined,
): readonly Printed[] {
  const names = new Set<string>();
  return flavors
    .filter((flavor) => flavor.extraSpecs[aliasExtraSpec] !== undefined)
    .map((flavor) => flavorDocument(flavor, objectName(flavor.name, names), namespace));
}

/** Aliases that flavors ask for and no object declares: Nova refuses each server of theirs. */
export function undeclared(
  flavors: readonly GivenFlavor[],
  aliases: readonly { readonly declared: { readonly name: string } }[],
): readonly string[] {
  const known = new Set(aliases.map(({ declared }) => declared.name));
  const askers = new Map<string, Set<string>>();
  for (const { name, extraSpecs } of flavors)
    for (const part of partsOf(extraSpecs[aliasExtraSpec] ?? ""))
      if (!("malformed" in part) && !known.has(part.name))
        askers.set(part.name, (askers.get(part.name) ?? new Set()).add(name));
  return [...askers].map(
    ([alias, names]) =>
      `no object here declares alias "${alias}", for which flavors ask (${[...names].join(", ")}): give the file of nova-api that has it, too`,
  );
}

function flavorDocument(flavor: GivenFlavor, name: string, namespace: string | undefined): Printed {
  const value = flavor.extraSpecs[aliasExtraSpec]!;
  const parts = partsOf(value);
  const asked = parts.flatMap((part) =>
    "malformed" in part || part.count === undefined || part.count < 1n
      ? []
      : [{ name: part.name, count: Number(part.count) }],
  );
  const aliases = summed(asked);
  if (asked.length < parts.length) {
    const why = `flavor ${flavor.name}: ${aliasExtraSpec} "${value}" is not a list of name:count with counts above zero`;
    return { text: "", object: `PciFlavor/${name}`, problems: [why] };
  }
  const numa = flavor.extraSpecs[numaAffinityExtraSpec];
  const canonical = emitFlavorValue(aliases);
  const rewritten =
    canonical === value
      ? []
      : [
          `Nova has "${value}", and the operator writes "${canonical}": the same to Nova, so adopt is Overwrite.`,
        ];
  const spec = {
    flavor: { id: flavor.id },
    aliases,
    ...(numa === undefined ? {} : { numaAffinityPolicy: numa }),
    ...(canonical === value ? {} : { adopt: "Overwrite" }),
  };
  const said = [`Flavor ${flavor.name}.`, ...rewritten];
  return document({ kind: "PciFlavor", name, namespace, spec, comments: said });
}

/** Nova gives what is asked for twice twice. */
function summed(asked: readonly Asked[]): readonly Asked[] {
  const counts = new Map<string, number>();
  for (const { name, count } of asked) counts.set(name, (counts.get(name) ?? 0) + count);
  return [...counts].map(([name, count]) => ({ name, count }));
}

type Asked = { readonly name: string; readonly count: number };
