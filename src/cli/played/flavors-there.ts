// Flavors that Nova is to have already: a PciFlavor without spec.create makes none, and files do
// not say whether there is one. They are taken as there, and it is said; where a cluster was
// asked, its answer counts.

import type { FileObject } from "../../api/read-yaml.ts";
import type { FlavorView } from "../../plan/terms/snapshot.ts";

type Asked = { readonly name?: string; readonly id?: string };
type Spec = { readonly flavor?: Asked; readonly create?: object };

type Taken = {
  /** The PciFlavor. */
  readonly object: string;
  readonly flavor: { readonly name: string; readonly id?: string };
};

/** What is taken for granted, each flavor once. */
export function takenAsThere(objects: readonly FileObject[]): readonly Taken[] {
  const specs = objects.filter((object) => object.kind === "PciFlavor");
  const made = new Set(
    specs.flatMap(({ value }) => {
      const { flavor, create } = (value.spec ?? {}) as Spec;
      return create === undefined ? [] : [flavor?.name];
    }),
  );
  const taken = new Map<string, Taken>();
  for (const { name: object, value } of specs) {
    const { flavor = {}, create } = (value.spec ?? {}) as Spec;
    const name = flavor.name ?? flavor.id;
    if (create !== undefined || name === undefined || made.has(name) || taken.has(name)) continue;
    const id = flavor.id === undefined ? {} : { id: flavor.id };
    taken.set(name, { object, flavor: { name, ...id } });
  }
  return [...taken.values()];
}

/** `known`: what the Nova of a cluster answered. */
export function flavorsThere(
  objects: readonly FileObject[],
  known: readonly FlavorView[] | undefined,
): readonly (Taken["flavor"] | FlavorView)[] {
  const taken = takenAsThere(objects).map((item) => item.flavor);
  if (known === undefined) return taken;
  return known.filter(({ name, id }) => taken.some((item) => item.name === name || item.id === id));
}

export function notAsked({ flavor }: Pick<Taken, "flavor">): string {
  return `Nova was not asked whether it has flavor ${flavor.name}, which is taken as there: openstack flavor show ${flavor.id ?? flavor.name} (with spec.create it is created where it is missing)`;
}
