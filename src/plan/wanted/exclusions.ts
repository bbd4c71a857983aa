// The exclusions of a PciWhitelist: which of them count now, and what is said of them. What
// subtracts fails closed.

import type { PciWhitelist } from "../../api/generated/pci-whitelist.ts";
import { exclusionProblem, mayTakeAddress } from "../../nova/device/exclude.ts";
import type { Millis } from "../terms/time.ts";

type Spec = NonNullable<PciWhitelist["spec"]>;

type Finding = {
  readonly policy: string;
  readonly severity: "refuse" | "warn";
  readonly message: string;
  readonly path: string;
};

type Exclusion = NonNullable<Spec["exclude"]>[number];

/** What is no moment never comes: a device that should stay out stays out. */
function isOver({ until }: Exclusion, now: Millis): boolean {
  return until !== undefined && Date.parse(until) <= now;
}

const known = new WeakMap<Spec, Map<string, Spec>>();

/**
 * The spec as it counts now, without the exclusions that are over. The same value as long as the
 * same ones are, so that what was worked out for it still holds.
 */
export function inForce(spec: Spec, now: Millis): Spec {
  const over = (spec.exclude ?? []).filter((device) => isOver(device, now));
  if (over.length === 0) return spec;
  const key = over.map((device) => spec.exclude!.indexOf(device)).join();
  const made = known.get(spec) ?? new Map<string, Spec>();
  known.set(spec, made);
  const found = made.get(key) ?? {
    ...spec,
    exclude: spec.exclude!.filter((device) => !over.includes(device)),
  };
  made.set(key, found);
  return found;
}

/** When an exclusion of these ends next. */
export function nextEnd(specs: readonly Spec[], now: Millis): Millis | undefined {
  const ends = specs
    .flatMap((spec) => spec.exclude ?? [])
    .map(({ until }) => (until === undefined ? Number.NaN : Date.parse(until)))
    .filter((at) => at > now);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** An exclusion that no device spec can express is refused. */
export function exclusionFindings(given: Spec, now: Millis): readonly Finding[] {
  return [...standingFindings(inForce(given, now)), ...endedExclusions(given, now)];
}

function endedExclusions({ exclude = [] }: Spec, now: Millis): readonly Finding[] {
  return exclude.flatMap((device, index): Finding[] => {
    if (!isOver(device, now)) return [];
    const message = `ended at ${device.until!}, and ${device.address} is offered again: remove this exclusion`;
    return [
      { policy: "ExclusionEnded", severity: "warn", message, path: `spec.exclude[${index}].until` },
    ];
  });
}

function standingFindings(spec: Spec): readonly Finding[] {
  const excluded = (spec.exclude ?? []).map((device) => device.address);
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
    if (devices.some((device) => mayTakeAddress(device, address))) return [];
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
