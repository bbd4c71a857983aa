// Labels and container of each Nova service: the defaults with what PciPassthrough says over them,
// which service a pod runs by them, and one selector that finds the pods of all.

import { serviceDefaults, services, type Service } from "../../api/names.ts";
import type { Labels } from "../../plan/terms/snapshot.ts";

export type ServiceLabels = Readonly<
  Record<Service, { readonly matchLabels: Labels; readonly container: string }>
>;

type Said = Readonly<
  Partial<Record<Service, { readonly matchLabels?: Labels; readonly container?: string }>>
>;

export function serviceLabels(said: Said = {}): ServiceLabels {
  return Object.fromEntries(
    services.map((service) => [
      service,
      {
        matchLabels: said[service]?.matchLabels ?? serviceDefaults[service].matchLabels,
        container: said[service]?.container ?? serviceDefaults[service].container,
      },
    ]),
  ) as ServiceLabels;
}

export function serviceOf(labels: Labels | undefined, known: ServiceLabels): Service | undefined {
  return services.find((service) =>
    Object.entries(known[service].matchLabels).every(([key, value]) => labels?.[key] === value),
  );
}

/** Keys that every service has: what they share is all that one selector can say. */
export function commonSelector(known: ServiceLabels): string | undefined {
  const sets = services.map((service) => known[service].matchLabels);
  const keys = Object.keys(sets[0] ?? {}).filter((key) =>
    sets.every((set) => set[key] !== undefined),
  );
  const terms = keys.sort().map((key) => {
    const values = [...new Set(sets.map((set) => set[key]!))].sort();
    return values.length === 1 ? `${key}=${values[0]!}` : `${key} in (${values.join(",")})`;
  });
  return terms.length === 0 ? undefined : terms.join(",");
}
