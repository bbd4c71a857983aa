// Answers "what does this cloud have already, as objects?": nova-pci import --cluster. Reads what the
// workloads mount and what Nova's flavors ask for; prints objects with which the operator changes
// nothing. Writes nothing.

import { aliasExtraSpec, passthroughName } from "../api/names.ts";
import { numaAffinityExtraSpec } from "../api/names.ts";
import { emitFlavorValue, partsOf } from "../nova/flavor-value.ts";
import { releases, type Release } from "../nova/release.ts";
import type { NodeSelector } from "../plan/terms/settings.ts";
import { settingsOf } from "../plan/terms/settings.ts";
import type {
  BaseView,
  FlavorView,
  Labels,
  Snapshot,
  WorkloadView,
} from "../plan/terms/snapshot.ts";
import { ReadingProblem } from "./arguments.ts";
import { emptyAsk } from "../operator/loop.ts";
import { openCluster, type ClusterChoice } from "./cluster-access.ts";
import {
  assemble,
  comments,
  document,
  objectName,
  objectsOf,
  placementFlags,
  readNovaConf,
  type Printed,
  type Read,
} from "./imported-conf.ts";

export async function importCluster(
  choice: ClusterChoice,
  release: Release | undefined,
): Promise<Printed> {
  const cluster = await openCluster(choice);
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
  const api = workloads.filter((one) => one.service === "api").slice(0, 1);
  const computes = workloads.filter((one) => one.service === "compute" && one.kind === "DaemonSet");
  return [...api, ...computes];
}

export type Source = { readonly workload: WorkloadView; readonly base: BaseView };

/** Everything that is printed, from what was seen. */
export function importSeen(
  seen: Snapshot,
  sources: readonly Source[],
  given: Release | undefined,
): Printed {
  if (sources.length === 0) {
    throw new ReadingProblem(
      `namespace ${seen.namespace} has no workload of nova-api or nova-compute: name its labels in a PciPassthrough (spec.services), or use --conf`,
    );
  }
  const release = given ?? settingsOf(seen).releases.at(-1) ?? releases.at(-1)!;
  const reads = sources.map(({ workload, base }) => ({
    workload,
    read: readNovaConf(filesOf(base, workload), release),
  }));
  const computes = reads.filter((one) => one.workload.service === "compute");
  const api = reads.find((one) => one.workload.service === "api");
  const lists = computes.filter((one) => one.read.specs.length > 0);
  const documents: readonly Printed[] = [
    passthroughDocument(
      seen,
      reads.map((one) => one.read),
    ),
    ...objectsOf(
      aliasesOf(
        api?.read,
        computes.map((one) => one.read),
      ),
      noNodes,
    ),
    ...lists.flatMap(({ workload, read }) =>
      objectsOf({ ...read, aliases: new Map() }, whereabouts(workload)),
    ),
    ...unseen(sources),
    ...newToApi(
      api?.read,
      computes.map((one) => one.read),
    ),
    ...flavorDocuments(seen),
  ];
  const heading = [
    `Imported from namespace ${seen.namespace}, as Nova ${release.version} reads it.`,
    ...reads.map(({ workload }) => `${workload.kind}/${workload.name}: its mounted nova.conf`),
  ];
  return assemble(heading, documents);
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

const noNodes = { name: "imported", comments: [] };

/** Those of nova-api; a name that only a nova-compute knows is taken from there. */
function aliasesOf(api: Read | undefined, computes: readonly Read[]): Read {
  const [first] = api === undefined ? computes : [api];
  const aliases = new Map(
    [...computes, ...(api === undefined ? [] : [api])].flatMap((one) => [...one.aliases]),
  );
  return { ...first!, aliases, specs: [] };
}

/** The one thing that applying changes: said, so that nobody is surprised. */
function newToApi(api: Read | undefined, computes: readonly Read[]): readonly Printed[] {
  if (api === undefined) return [];
  const names = new Set(computes.flatMap((one) => [...one.aliases.keys()]));
  const unknown = [...names].filter((name) => !api.aliases.has(name)).sort();
  if (unknown.length === 0) return [];
  const why = `nova-api does not know what only nova-compute names, and gets it: its pods restart once for ${unknown.join(", ")}`;
  return [{ text: comments([why]), problems: [] }];
}

/** Nova could have any file there: an image's own, or one on the host. */
function unseen(sources: readonly Source[]): readonly Printed[] {
  return sources.flatMap(({ workload, base }) => {
    if (filesOf(base, workload).length > 0) return [];
    const why = `${workload.kind}/${workload.name} mounts no nova.conf from a ConfigMap or Secret: copy it from a pod and use --conf`;
    return [{ text: comments([`LEFT OUT: ${why}`]), problems: [why] }];
  });
}

/** Without it what the base says would not be read, and every entry would be rendered once more. */
function passthroughDocument(seen: Snapshot, reads: readonly Read[]): Printed {
  const flags = [...new Set(reads.flatMap(placementFlags))];
  const existing = seen.objects.passthrough;
  const placement = Object.fromEntries(flags.map((one) => [one.split(":")[0]!, true]));
  const spec = {
    ...(existing?.spec ?? {}),
    ...(flags.length === 0 ? {} : { placement: { ...existing?.spec?.placement, ...placement } }),
    baseConfig: { ...existing?.spec?.baseConfig, fromWorkloads: true },
  };
  return document("PciPassthrough", passthroughName, spec, [
    "baseConfig lets the operator see what nova.conf says already. It needs the rights of deploy/namespace/base-config.",
  ]);
}

function whereabouts(workload: WorkloadView) {
  const { matchLabels, anyOf } = workload.wants;
  const [only, ...more] = anyOf;
  const expressions = only ?? [];
  const expressible =
    more.length === 0 && expressions.every((one) => one.operator !== "Gt" && one.operator !== "Lt");
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

function flavorDocuments({ cloud }: Snapshot): readonly Printed[] {
  if (cloud.is !== "read") {
    const why = `flavors are not imported: ${cloud.message}`;
    return [{ text: `# LEFT OUT: ${why}\n`, problems: [why] }];
  }
  const names = new Set<string>();
  return cloud.flavors
    .filter((one) => one.extraSpecs[aliasExtraSpec] !== undefined)
    .map((one) => flavorDocument(one, objectName(one.name, names)));
}

function flavorDocument(flavor: FlavorView, name: string): Printed {
  const value = flavor.extraSpecs[aliasExtraSpec]!;
  const parts = partsOf(value);
  const aliases = parts.flatMap((one) =>
    "malformed" in one || one.count === undefined || one.count < 1n
      ? []
      : [{ name: one.name, count: Number(one.count) }],
  );
  if (aliases.length < parts.length) {
    const why = `flavor ${flavor.name}: ${aliasExtraSpec} "${value}" is not a list of name:count with counts above zero`;
    return { text: `# LEFT OUT: ${why}\n`, problems: [why] };
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
  return document("PciFlavor", name, spec, [`Flavor ${flavor.name}.`, ...rewritten]);
}
