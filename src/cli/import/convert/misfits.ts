// Aliases whose devices stand in the same files and can never be handed out for them: by class,
// traits, network or another tag.

import { askedFor, canServe, misfit, type Unserved } from "../../../nova/serving/serves.ts";
import type { ConvertedDevice } from "./convert-device.ts";
import type { MergedAlias } from "./merge-aliases.ts";

type Misfit = {
  readonly alias: MergedAlias;
  readonly rule: Unserved["name"];
  readonly message: string;
};

/**
 * Aliases whose devices stand nowhere: nobody says no to the line, and no server can get one. Of
 * several nodes with different devices only the files of some may have been given.
 */
export function withoutDevices(
  aliases: readonly MergedAlias[],
  devices: readonly ConvertedDevice[],
  pciInPlacement: boolean,
): readonly string[] {
  const offers = devices.map(({ declared }) => ({ device: declared }));
  return aliases.flatMap(({ declared, origin }) =>
    offers.some((offer) => canServe(declared, offer, pciInPlacement))
      ? []
      : [
          `${origin}: no device spec that was read offers what alias "${declared.name}" asks for (${askedFor(declared)}), so nova-pci lint refuses the objects: give the nova.conf of the nova-compute that has it, too, as --compute FILE`,
        ],
  );
}

/** The reason is that of the first entry with the ids; aliases that one entry serves have none. */
export function misfits(
  aliases: readonly MergedAlias[],
  devices: readonly ConvertedDevice[],
  pciInPlacement: boolean,
): readonly Misfit[] {
  const offers = devices.map(({ declared }) => ({ device: declared }));
  return aliases.flatMap((alias) => {
    const { declared } = alias;
    if (offers.some((offer) => canServe(declared, offer, pciInPlacement))) return [];
    const [why] = offers.flatMap((offer) => misfit(declared, offer, pciInPlacement) ?? []);
    if (why === undefined) return [];
    const message = `no server can get alias "${declared.name}": ${why.message}`;
    return [{ alias, rule: why.name, message }];
  });
}
