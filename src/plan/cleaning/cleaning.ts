// The cleaning of devices that are handed out once: a Job for each, one at a time on a node; what
// a finished Job has cleaned is given back, everything else stays out. What is not known changes
// nothing: no Job is made, deleted or believed, and no device is returned.

import type { KubeEffect, CloudEffect } from "../terms/effects.ts";
import type { Gate } from "../terms/gates.ts";
import type { CleaningJob, Millis, Snapshot } from "../terms/snapshot.ts";
import type { DeviceEntry } from "../wanted/resolve.ts";
import { dirtyDevices, templateOf, type DirtyDevice } from "./dirty.ts";
import { jobFor, placeText } from "./job.ts";

/** So many Jobs run at a time in an installation; the others wait. */
const jobLimit = 10;
/** Placement tells nobody: it is looked at this often for devices that have become dirty. */
const lookMillis = 30_000;

export type CleaningNode = {
  readonly node: string;
  /** Host of Nova; undefined = nobody can say which. */
  readonly host: string | undefined;
  /** Its nova-compute reports: only then has Nova taken away what Placement has given up. */
  readonly up: boolean;
  readonly entries: readonly DeviceEntry[];
};

export type DeviceStage = "waiting" | "cleaning" | "cleaned" | "failed";

export type DeviceRow = Pick<DirtyDevice, "node" | "address" | "object" | "entry" | "job"> & {
  readonly stage: DeviceStage;
  readonly why?: string;
  /** What the Job wrote last: not fit to be shown. */
  readonly lastLine?: string;
};

export type CleaningOutput = {
  readonly effects: readonly (KubeEffect | CloudEffect)[];
  readonly gates: readonly Gate[];
  readonly wakes: readonly Millis[];
  readonly devices: readonly DeviceRow[];
  /** Any entry asks for Jobs. */
  readonly asks: boolean;
};

export function planCleaning(seen: Snapshot, nodes: readonly CleaningNode[]): CleaningOutput {
  const asking = askingEntries(nodes);
  const asks = asking.length > 0;
  const nothing = { effects: [], gates: [], wakes: [], devices: [], asks };
  if (!asks) return nothing;
  const { cloud, jobs: view } = seen;
  const wakes = [seen.now + lookMillis];
  if (view?.is === "denied") return { ...nothing, gates: asking.map(denied), wakes };
  if (cloud.is !== "read" || cloud.inventories === undefined || view?.is !== "read")
    return { ...nothing, wakes };
  const { inventories } = cloud;
  const known = nodes.filter(({ host }) => host !== undefined && inventories[host] !== undefined);
  const dirty = known.map((node) => ({
    ...node,
    devices: dirtyDevices(node.node, node.entries, inventories[node.host!]!),
  }));
  const jobs = new Map(view.jobs.map((job) => [job.name, job] as const));
  const turns = takeTurns(dirty, view.jobs);
  const rows = dirty.flatMap(({ devices, up }) =>
    devices.map((of) => ({ of, up, row: rowOf(of, up, jobs.get(of.job), view.refused) })),
  );
  const effects = rows.flatMap(({ of, row, up }): readonly (KubeEffect | CloudEffect)[] => {
    if (row.stage === "cleaned" && up) return [returned(of)];
    if (row.stage === "waiting" && turns.has(of.job)) return created(of, seen);
    return [];
  });
  const devices = rows.map(({ row }) => row);
  const gates = devices.flatMap((device) => gatesOf(device));
  const left = leftOver(view.jobs, dirty);
  return { effects: [...effects, ...left], gates, wakes, devices, asks };
}

/** One of each object, which is enough to say something of it. */
function askingEntries(nodes: readonly CleaningNode[]): readonly string[] {
  const found = new Map<string, string>();
  for (const entries of new Set(nodes.map((node) => node.entries))) {
    for (const entry of entries)
      if (templateOf(entry) !== undefined) found.set(entry.object, entry.line.entry);
  }
  return [...found.values()].sort();
}

function denied(entry: string): Gate {
  return { waits: { on: "entry", entry }, gate: "CleaningDenied" };
}

type Dirty = CleaningNode & { readonly devices: readonly DirtyDevice[] };

/** Whose Job is made now: the first of each node on which none runs, within the limit of all. */
function takeTurns(all: readonly Dirty[], jobs: readonly CleaningJob[]): ReadonlySet<string> {
  const made = new Set(jobs.map((job) => job.name));
  const running = jobs.filter((job) => job.state === "running");
  const busy = new Set(running.map((cleaningJob) => cleaningJob.node));
  const turns = all
    .filter(({ node, up }) => up && !busy.has(node))
    .flatMap(({ devices }) => {
      const next = devices.find((device) => device.template !== undefined && !made.has(device.job));
      return next === undefined ? [] : [next.job];
    });
  return new Set(turns.slice(0, Math.max(0, jobLimit - running.length)));
}

function rowOf(
  device: DirtyDevice,
  up: boolean,
  job: CleaningJob | undefined,
  refused: Readonly<Record<string, string>>,
): DeviceRow {
  const { node, address, object, entry, job: name, template } = device;
  const at = { node, address, object, entry, job: name };
  const unsure = "the entries that may take it say different things about its cleaning";
  if (template === undefined) return { ...at, stage: "failed", why: unsure };
  if (job === undefined) {
    const no = refused[name];
    if (no !== undefined) return { ...at, stage: "failed", why: `its Job is refused: ${no}` };
    return { ...at, stage: "waiting", ...(up ? {} : { why: "its nova-compute does not report" }) };
  }
  // Of this very life of this very device, whatever its name says.
  const isIts = job.life === device.life && placeText(job) === placeText(device);
  if (!isIts)
    return { ...at, stage: "failed", why: `Job ${name} is not the operator's: delete it` };
  if (job.state === "running" || job.deleting) return { ...at, stage: "cleaning" };
  if (job.state === "succeeded") return { ...at, stage: "cleaned" };
  const { why = "failed", lastLine } = job;
  return { ...at, stage: "failed", why, ...(lastLine === undefined ? {} : { lastLine }) };
}

function returned(device: DirtyDevice): CloudEffect {
  const { provider, generation, resourceClass, node, address } = device;
  return { do: "return-device", provider, generation, resourceClass, node, address };
}

function created(device: DirtyDevice, { objects }: Snapshot): readonly KubeEffect[] {
  const owner = objects.whitelists.find((whitelist) => whitelist.metadata.name === device.object);
  // An entry that outlives its object has nobody who answers for the Job.
  if (owner === undefined || device.template === undefined) return [];
  const { name, uid } = owner.metadata;
  const job = jobFor(device, device.template, { name, uid });
  return [{ do: "create-job", name: device.job, node: device.node, address: device.address, job }];
}

function gatesOf({ node, address, stage, entry, job, why = "" }: DeviceRow): readonly Gate[] {
  const waits = { on: "entry", entry } as const;
  switch (stage) {
    case "waiting":
    case "cleaning":
      return [{ waits, gate: "Cleaning", node, address, job }];
    case "failed":
      return [{ waits, gate: "CleaningFailed", node, address, job, why }];
    case "cleaned":
      return [];
  }
}

/** Finished Jobs of a device that Placement shows to have moved on. */
function leftOver(jobs: readonly CleaningJob[], all: readonly Dirty[]): readonly KubeEffect[] {
  const needed = new Set(all.flatMap(({ devices }) => devices.map((device) => device.job)));
  const looked = new Set(all.map((dirty) => dirty.node));
  return jobs
    .filter((job) => job.state !== "running" && !job.deleting)
    .filter((job) => looked.has(job.node) && !needed.has(job.name))
    .map(({ name, uid }) => ({ do: "delete-job", name, uid }));
}
