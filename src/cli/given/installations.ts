// The installations that files describe: one for each namespace, judged apart. Nodes and what is
// known of them belong to all.

import type { FileObject } from "../../api/read-yaml.ts";
import type { FlavorView } from "../../plan/terms/snapshot.ts";
import { UsageProblem } from "../terminal/problems.ts";
import { didYouMean } from "../../api/nearest-name.ts";
import { isOurs } from "./files.ts";

export type Installation = {
  readonly namespace: string;
  readonly objects: readonly FileObject[];
  /** It was read from a cluster; `flavors` is what its Nova answered, where it did. */
  readonly live?: { readonly flavors?: readonly FlavorView[] };
};

/** Where objects go whose files name no namespace, when nothing else says it. */
const usualNamespace = "openstack";

const clusterWide: ReadonlySet<string> = new Set(["Node", "NodeFeature"]);

/** Sorted by namespace; at least one. `only` is what -n says. */
export function installationsOf(
  objects: readonly FileObject[],
  only?: string,
): readonly Installation[] {
  const ours = objects.filter(isOurs);
  const named = [...new Set(ours.flatMap((one) => one.namespace ?? []))].sort();
  const home = only ?? (named.length === 1 ? named[0]! : usualNamespace);
  const all = [...new Set(ours.map((one) => one.namespace ?? home))].sort();
  const namespaces = all.length === 0 ? [home] : all;
  if (only !== undefined && !namespaces.includes(only)) {
    throw new UsageProblem(
      `-n ${only}: the files have objects in ${namespaces.join(", ")}${didYouMean(only, namespaces)}`,
    );
  }
  return (only === undefined ? namespaces : [only]).map((namespace) => ({
    namespace,
    objects: objects.filter(
      (object) => clusterWide.has(object.kind) || (object.namespace ?? home) === namespace,
    ),
  }));
}
