// nova-pci import --cluster: what a cluster has already, as objects. Reads what the workloads mount
// and what Nova's flavors ask for; prints objects with which the operator changes nothing. Writes
// nothing.

import { releases, type Release } from "../../nova/terms/release.ts";
import type { NodeSelector } from "../../plan/terms/settings.ts";
import { settingsOf } from "../../plan/terms/settings.ts";
import type { BaseView, Labels, Snapshot, WorkloadView } from "../../plan/terms/snapshot.ts";
import { emptyAsk } from "../../operator/loop.ts";
import { ReadingProblem } from "../terminal/problems.ts";
import { openCluster, type ClusterChoice } from "../access/cluster-access.ts";
import { entriesOf, type Entries } from "./convert/entries.ts";
import type { GivenFlavor } from "./formats/given.ts";
import { importEntries } from "./convert/objects.ts";
import { undeclared } from "./flavors.ts";
import { assemble, documentsOf, type Sheet } from "./print.ts";

type Result = { readonly text: string; readonly problems: readonly string[] };

export async function importCluster(
  choice: ClusterChoice,
  release: Release | undefined,
): Promise<Result> {
  const cluster = await openCluster(choice, { needs: "workloads" });
  try {
    const seen = await cluster.observe(emptyAsk);
    const bases = await Promise.all(
      sourcesOf(seen).map(async (workload) => ({
        workload,
        base: await cluster.readBase([workload]),
      })),
    );
    return importSeen(seen, bases, release);
  } finally {
    await cluster.close();
  }
}

/** nova-api's first: what it says of aliases counts. */
function sourcesOf({ workloads }: Snapshot): readonly WorkloadView[] {
  const api = workloads.filter((workload) => workload.service === "api").slice(0, 1);
  const computes = workloads.filter(
    (workload) => workload.service === "compute" && workload.kind === "DaemonSet",
  );
  return [...api, ...computes];
}

export type Source = { readonly workload: WorkloadView; readonly base: BaseView };

/** Everything that is printed, from what was seen. */
export function importSeen(
  seen: Snapshot,
  sources: readonly Source[],
  given: Release | undefined,
): Result {
  if (sources.length === 0) {
    throw new ReadingProblem(
      `namespace ${seen.namespace} has no workload of nova-api or nova-compute: name its labels in a PciPassthrough (spec.services), or use --conf`,
    );
  }
  const release = given ?? settingsOf(seen).releases.at(-1) ?? releases.at(-1)!;
  const entries = sources.map(({ workload, base }) => readSource(workload, base, release));
  const imported = importEntries(entries, release);
  const flavors = flavorsOf(seen);
  const sheet: Sheet = {
    imported,
    flavors: flavors.all,
    name: "imported",
    namespace: seen.namespace,
    release: undefined,
    installation: installationOf(seen),
    remarks: [
      "baseConfig lets the operator see what nova.conf says already. It needs the rights of deploy/namespace/base-config.",
    ],
    selectors: new Map(),
  };
  const documents = documentsOf(sheet);
  const toCheck = [...imported.unequal, ...undeclared(flavors.all, imported.aliases)];
  const lost = [
    ...imported.lost,
    ...unseen(sources),
    ...flavors.problems,
    ...documents.flatMap((document) => document.problems),
  ];
  const heading = [
    `Imported from namespace ${seen.namespace}, as Nova ${release.version} reads it.`,
    ...sources.map(({ workload }) => `${workload.kind}/${workload.name}: its mounted nova.conf`),
    ...imported.notes,
    ...lost.map((text) => `LEFT OUT: ${text}`),
    ...toCheck.map((text) => `CHECK: ${text}`),
  ];
  return { text: assemble(heading, documents, []), problems: [...lost, ...toCheck] };
}

function readSource(workload: WorkloadView, base: BaseView, release: Release): Entries {
  const files = filesOf(base, workload).map(({ name, text }) => ({
    name: `${workload.name}:${name}`,
    text,
  }));
  const process =
    workload.service === "compute"
      ? { reader: "compute" as const, pool: whereabouts(workload), files }
      : { reader: "api" as const, pool: undefined, files };
  return entriesOf(process, release);
}

function filesOf(base: BaseView, workload: WorkloadView) {
  if (base.is === "denied") {
    throw new ReadingProblem(
      `what ${workload.kind}/${workload.name} mounts may not be read with these rights; the operator needs: ${base.command}`,
    );
  }
  if (base.is === "missing") {
    throw new ReadingProblem(
      `${base.object}, which ${workload.kind}/${workload.name} mounts, is not there: create it first`,
    );
  }
  return base.files[workload.service] ?? [];
}

/** Nova could have any file there: an image's own, or one on the host. */
function unseen(sources: readonly Source[]): readonly string[] {
  return sources.flatMap(({ workload, base }) =>
    filesOf(base, workload).length > 0
      ? []
      : [
          `${workload.kind}/${workload.name} mounts no nova.conf from a ConfigMap or Secret: copy it from a pod and give it as a file`,
        ],
  );
}

/**
 * Without baseConfig what the base says would not be read, and every entry be rendered once more.
 */
function installationOf(seen: Snapshot): object {
  const { spec } = seen.objects.passthrough ?? {};
  return { ...spec, baseConfig: { ...spec?.baseConfig, fromWorkloads: true } };
}

function whereabouts(workload: WorkloadView) {
  const { matchLabels, anyOf } = workload.wants;
  const [only, ...more] = anyOf;
  const expressions = only ?? [];
  const expressible =
    more.length === 0 &&
    expressions.every((expression) => expression.operator !== "Gt" && expression.operator !== "Lt");
  const nodeSelector = selectorOf(matchLabels, expressible ? expressions : []);
  return {
    name: workload.name,
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    comments: expressible
      ? []
      : [`The node affinity of DaemonSet/${workload.name} says more than a nodeSelector can.`],
  };
}

function selectorOf(
  matchLabels: Labels,
  expressions: WorkloadView["wants"]["anyOf"][number],
): NodeSelector | undefined {
  if (Object.keys(matchLabels).length + expressions.length === 0) return undefined;
  return {
    ...(Object.keys(matchLabels).length === 0 ? {} : { matchLabels }),
    ...(expressions.length === 0
      ? {}
      : { matchExpressions: expressions as NonNullable<NodeSelector["matchExpressions"]> }),
  };
}

function flavorsOf({ cloud }: Snapshot): {
  readonly all: readonly GivenFlavor[];
  readonly problems: readonly string[];
} {
  if (cloud.is === "read") return { all: cloud.flavors, problems: [] };
  return { all: [], problems: [`flavors are not imported: ${cloud.message}`] };
}
