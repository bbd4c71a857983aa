// What stands in for what the files do not have: nodes, and openstack-helm's workloads of Nova. It
// is always said, so that no name and no count of it is taken for the user's.

import type { FileObject } from "../../api/read-yaml.ts";
import { fileStart } from "../../api/yaml-places.ts";
import { foldedNames } from "../../api/folded-names.ts";
import type { Installation } from "../given/installations.ts";
import { notAsked, takenAsThere } from "./flavors-there.ts";
import type { Io } from "../terminal/io.ts";
import { standInNodes, workloadsIn } from "../../embedded/load.ts";

/** The same files with nodes, where they have none. */
export function withNodes(
  objects: readonly FileObject[],
  perSelector?: number,
): readonly FileObject[] {
  if (objects.some((object) => object.kind === "Node")) return objects;
  const made = standInNodes(objects, perSelector).map((written): FileObject => ({
    ...written,
    file: "",
    line: 1,
    at: () => fileStart,
  }));
  return [...objects, ...made];
}

/** One sentence for each kind of thing that the files do not have. */
export function standInTexts(
  objects: readonly FileObject[],
  perSelector?: number,
): readonly string[] {
  return [
    ...nodesText(objects, perSelector),
    ...workloadsText(objects),
    ...takenAsThere(objects).map(notAsked),
  ];
}

function nodesText(objects: readonly FileObject[], perSelector?: number): readonly string[] {
  if (objects.some((object) => object.kind === "Node")) return [];
  const made = withNodes(objects, perSelector).filter((withNode) => withNode.kind === "Node");
  const names = made.map((object) => object.name);
  return [
    `No Node is among the files: ${foldedNames(names)} ${names.length === 1 ? "stands" : "stand"} in, so names and counts of nodes are not yours. Add them: kubectl get nodes -o yaml`,
  ];
}

function workloadsText(objects: readonly FileObject[]): readonly string[] {
  if (workloadsIn(objects).length > 0) return [];
  return ["No workload of Nova is among the files: those of openstack-helm stand in."];
}

/** What of a cluster that was read is not its own. */
function liveTexts({ namespace, objects, live }: Installation): readonly string[] {
  const labels = "spec.services of PciPassthrough nova says by which labels";
  return [
    ...(workloadsIn(objects).length > 0
      ? []
      : [
          `No workload of Nova is found in namespace ${namespace} (${labels}): those of openstack-helm stand in.`,
        ]),
    ...(live?.flavors === undefined ? takenAsThere(objects).map(notAsked) : []),
  ];
}

/** What concerns an answer about nodes, about one object, or about everything. */
export function printStandIns(
  installation: Installation,
  about: "nodes" | "object" | "everything",
  io: Io,
): void {
  const { objects, live } = installation;
  const nodes = nodesText(objects);
  const texts =
    live !== undefined
      ? [...nodes, ...liveTexts(installation)]
      : about === "nodes"
        ? nodes
        : about === "object"
          ? [...nodes, ...takenAsThere(objects).map(notAsked)]
          : standInTexts(objects);
  for (const text of texts) io.stderr(`${text}\n`);
}
