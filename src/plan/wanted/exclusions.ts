// What is said of the exclusions of a PciWhitelist: what subtracts fails closed.

import type { PciWhitelist } from "../../api/generated/pci-whitelist.ts";
import { exclusionProblem, mayTakeAddress } from "../../nova/device/exclude.ts";

type Spec = NonNullable<PciWhitelist["spec"]>;

type Finding = {
  readonly policy: string;
  readonly severity: "refuse" | "warn";
  readonly message: string;
  readonly path: string;
};

/** An exclusion that no device spec can express is refused. */
export function exclusionFindings(spec: Spec): readonly Finding[] {
  const excluded = (spec.exclude ?? []).map((one) => one.address);
  if (excluded.length === 0) return [];
  const refused = spec.devices.flatMap((device, index): Finding[] => {
    const message = exclusionProblem(device, excluded);
    if (message === undefined) return [];
    const path = `spec.devices[${index}]`;
    return [{ policy: "ExclusionIneffective", severity: "refuse", message, path }];
  });
  return [...refused, ...idleExclusions(spec, excluded)];
}

/** A misspelt address would leave the card where it is. */
function idleExclusions({ devices }: Spec, excluded: readonly string[]): readonly Finding[] {
  return excluded.flatMap((address, index): Finding[] => {
    if (devices.some((one) => mayTakeAddress(one, address))) return [];
    return [
      {
        policy: "ExclusionIneffective",
        severity: "warn",
        message: `no entry of this object takes ${address}, so nothing is left out: correct the address, or remove it`,
        path: `spec.exclude[${index}].address`,
      },
    ];
  });
}
