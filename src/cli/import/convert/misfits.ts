// Aliases whose devices stand in the same files and can never be handed out for them: by class,
// traits, network or another tag.

import { canServe, misfit, type Unserved } from "../../../nova/serving/serves.ts";
import type { ConvertedDevice } from "./convert-device.ts";
import type { MergedAlias } from "./merge-aliases.ts";

type Misfit = {
  readonly alias: MergedAlias;
  readonly rule: Unserved["name"];
  readonly message: string;
};

/** The reason is that of the first entry with the ids; aliases that one entry serves have none. */
export function misfits(
  aliases: readonly MergedAlias[],
  devices: readonly ConvertedDevice[],
  pciInPlacement: boolean,
): readonly Misfit[] {
  const offers = devices.map(({ declared }) => ({ device: declared }));
  return aliases.flatMap((alias) => {
    const { declared } = alias;
    if (offers.some((one) => canServe(declared, one, pciInPlacement))) return [];
    const [why] = offers.flatMap((one) => misfit(declared, one, pciInPlacement) ?? []);
    if (why === undefined) return [];
    const message = `no server can get alias "${declared.name}": ${why.message}`;
    return [{ alias, rule: why.name, message }];
  });
}
