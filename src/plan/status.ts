// Answers "what does each object's status say?". Status is a projection of the decision: deleting
// it loses nothing. The only place where conditions are made.

import { services, serviceTitle, type Kind, type Service } from "../api/names.ts";
import type { Reason as ConditionReason } from "../api/conditions.ts";
import type { Notice, Verdict } from "./accept.ts";
import type { ComputeView } from "./compute-view.ts";
import type { Decision } from "./decide.ts";
import type { FlavorOutcome } from "./flavors.ts";
import type { Gate } from "./gates.ts";
import { checkDevice, matching } from "./hardware.ts";
import { isDevice } from "./hold.ts";
import { aliasEntry, byEntry, declarationOf, entryParts, includesLines } from "./lines.ts";
import { none } from "./render.ts";
import { sentenceOf, stalls } from "./sentences.ts";
import { timeText, type Millis } from "./time.ts";
import type { Settings } from "./settings.ts";
import { isStored, splitKey } from "./accept.ts";
import type { Meta, Snapshot } from "./snapshot.ts";
import type { SingleService } from "./services.ts";

export type Condition = {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
};

export type StatusContext = { readonly seen: Snapshot; readonly settings: Settings };

type Draft = {
  readonly type: string;
  readonly status: Condition["status"];
  readonly reason: ConditionReason;
  readonly message: string;
};

type Object_ = { readonly metadata: Meta; readonly status?: unknown };

/** Keeps the transition time of a condition whose status did not change. */
export function conditions(
  drafts: readonly Draft[],
  object: Object_,
  now: Millis,
): readonly Condition[] {
  const before =
    (object.status as { readonly conditions?: readonly Condition[] } | undefined)?.conditions ?? [];
  return drafts.map((draft) => {
    const old = before.find((one) => one.type === draft.type);
    return {
      type: draft.type,
      status: draft.status,
      reason: draft.reason,
      message: draft.message.slice(0, 1024),
      observedGeneration: object.metadata.generation ?? 0,
      lastTransitionTime: old?.status === draft.status ? old.lastTransitionTime : timeText(now),
    };
  });
}

type Standing = {
  readonly accepted: Draft;
  readonly live: Draft;
  readonly gate: Gate | undefined;
};

/** The kstatus trio and the domain conditions, from whether it is accepted, live, or waits. */
function trio({ accepted, live, gate }: Standing, namespace: string): readonly Draft[] {
  const ok = accepted.status === "True";
  const done = ok && live.status === "True";
  const message = !ok
    ? accepted.message
    : gate === undefined
      ? live.message
      : sentenceOf(gate, namespace);
  const stalled = !ok || (!done && gate !== undefined && stalls(gate));
  const drafts: Draft[] = [
    {
      type: "Ready",
      status: done ? "True" : "False",
      reason: done ? "Live" : !ok ? accepted.reason : (gate?.gate ?? live.reason),
      message: done ? live.message : message,
    },
  ];
  if (!done && !stalled)
    drafts.push({
      type: "Reconciling",
      status: "True",
      reason: gate?.gate ?? "Progressing",
      message,
    });
  if (stalled)
    drafts.push({
      type: "Stalled",
      status: "True",
      reason: gate !== undefined && ok ? gate.gate : accepted.reason,
      message,
    });
  return [...drafts, accepted, live];
}

function acceptance(verdict: Verdict): Draft {
  const first = verdict.rejections[0];
  if (first === undefined) {
    return {
      type: "Accepted",
      status: "True",
      reason: "Accepted",
      message: "takes part in the configuration",
    };
  }
  const kept = verdict.keepsEarlier ? " The content accepted before stays in force." : "";
  return {
    type: "Accepted",
    status: "False",
    reason: first.reason as ConditionReason,
    message: `${first.path}: ${first.message}.${kept}`,
  };
}

function warnings(notices: readonly Notice[]): readonly Record<string, string>[] {
  const seen = new Set<string>();
  return notices
    .filter((one) => {
      const key = `${one.reason}\n${one.path}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .slice(0, 20)
    .map((one) => ({ name: one.reason, message: one.message.slice(0, 1024), path: one.path }));
}

function verdictOf(decision: Decision, kind: Kind, name: string): Verdict | undefined {
  return decision.verdicts.find((one) => one.kind === kind && one.name === name);
}

export function firstTen(names: readonly string[]): readonly string[] {
  return [...names].sort().slice(0, 10);
}

// --- PciAlias ---------------------------------------------------------------------------------

export function aliasStatus(
  object: Snapshot["objects"]["aliases"][number],
  decision: Decision,
  { seen }: StatusContext,
): Record<string, unknown> {
  const verdict = verdictOf(decision, "PciAlias", object.metadata.name)!;
  const alias = decision.wanted.aliases.find((one) => one.object === object.metadata.name);
  const name = alias?.name ?? object.metadata.name;
  const serving = decision.nodes.filter((one) => carries(one, name));
  const ready = serving.filter((one) => hasVerified(one, name, decision));
  const api = seen.pods.filter((one) => one.service === "api" && !one.deleting);
  const liveApi = decision.liveAliases.has(name);
  const gate =
    gateFor(decision, (one) => one.waits.on === "entry" && one.waits.entry === aliasEntry(name)) ??
    serviceGate(decision, "api", liveApi);
  const through = decision.base.throughBase.has(name);
  const live: Draft = {
    type: "Live",
    status: liveApi ? "True" : "False",
    reason: through ? "LiveThroughBase" : liveApi ? "Live" : "Progressing",
    message: through
      ? "the nova.conf under ours defines it with the same meaning; nothing is rendered"
      : `nova-api ${liveApi ? api.length : 0}/${api.length}, computes ${ready.length}/${serving.length}`,
  };
  const flavors = seen.objects.flavors
    .filter((one) => one.spec.aliases.some((used) => used.name === name))
    .map((one) => one.metadata.name);
  const world: Notice[] =
    serving.length === 0 && verdict.rejections.length === 0
      ? [
          {
            reason: "NoMatchingDevice",
            message: "no PciWhitelist offers a device that this alias could take",
            path: "spec.match",
          },
        ]
      : [];
  return {
    observedGeneration: object.metadata.generation ?? 0,
    conditions: conditions(
      trio({ accepted: acceptance(verdict), live, gate }, seen.namespace),
      object,
      seen.now,
    ),
    live: {
      api: { ready: liveApi ? api.length : 0, total: api.length },
      computes: { ready: ready.length, total: serving.length },
    },
    flavors: firstTen(flavors),
    warnings: warnings([...verdict.warnings, ...world]),
  };
}

function carries(view: ComputeView, alias: string): boolean {
  return view.wanted.lines.some((line) => line.entry === aliasEntry(alias));
}

function hasVerified(view: ComputeView, alias: string, decision: Decision): boolean {
  const record = decision.state.nodes[view.node.name];
  if (record === undefined) return false;
  const entry = aliasEntry(alias);
  const wanted = byEntry(view.wanted.lines).get(entry) ?? [];
  return includesLines(byEntry(decision.linesOf(record.good)).get(entry) ?? [], wanted);
}

function gateFor(decision: Decision, match: (gate: Gate) => boolean): Gate | undefined {
  return decision.gates.find(match);
}

function serviceGate(decision: Decision, service: Service, done: boolean): Gate | undefined {
  if (done) return undefined;
  return (
    gateFor(decision, (one) => one.waits.on === "installation") ??
    gateFor(decision, (one) => one.waits.on === "service" && one.waits.service === service)
  );
}

// --- PciWhitelist -----------------------------------------------------------------------------

export function whitelistStatus(
  object: Snapshot["objects"]["whitelists"][number],
  decision: Decision,
  { seen, settings }: StatusContext,
): Record<string, unknown> {
  const { name } = object.metadata;
  const verdict = verdictOf(decision, "PciWhitelist", name)!;
  const selected = decision.nodes.filter((one) => poolHas(decision, one, name));
  const behind = selected.filter((one) => !isVerified(one, decision));
  const gate =
    gateFor(decision, (one) => ownsGate(one, name)) ??
    (behind.length === 0
      ? undefined
      : (gateFor(
          decision,
          (one) =>
            one.waits.on === "node" &&
            behind.some((view) => view.node.name === (one.waits as { readonly node: string }).node),
        ) ?? serviceGate(decision, "compute", false)));
  const live: Draft = {
    type: "Live",
    status: behind.length === 0 ? "True" : "False",
    reason: behind.length === 0 ? "Live" : "Progressing",
    message: `${selected.length - behind.length}/${selected.length} nodes offer these devices`,
  };
  const hardware = settings.hardwareCheck === "Off" ? [] : hardwareWarnings(selected, name, seen);
  const none_: Notice[] =
    selected.length === 0 && verdict.rejections.length === 0
      ? [
          {
            reason: "NoNodeSelected",
            message: "spec.nodeSelector picks no compute node",
            path: "spec.nodeSelector",
          },
        ]
      : [];
  const matched = matchedDevices(selected, name, seen);
  return {
    observedGeneration: object.metadata.generation ?? 0,
    conditions: conditions(
      trio({ accepted: acceptance(verdict), live, gate: gate }, seen.namespace),
      object,
      seen.now,
    ),
    nodes: { selected: selected.length, names: firstTen(selected.map((one) => one.node.name)) },
    ...(matched === undefined ? {} : { devices: { matched } }),
    warnings: warnings([...verdict.warnings, ...none_, ...hardware]),
  };
}

function poolHas(decision: Decision, view: ComputeView, whitelist: string): boolean {
  const pool = decision.wanted.pools.get(decision.wanted.poolOf.get(view.node.name) ?? "");
  return pool?.whitelists.some((one) => one.object === whitelist) === true;
}

function isVerified(view: ComputeView, decision: Decision): boolean {
  const record = decision.state.nodes[view.node.name];
  return record !== undefined && record.phase === "idle" && record.good === view.wanted.name;
}

function ownsGate(gate: Gate, whitelist: string): boolean {
  if (gate.waits.on !== "entry") return false;
  const parts = entryParts(gate.waits.entry);
  return parts.of === "device" && parts.name === whitelist;
}

function deviceLinesOf(view: ComputeView, whitelist: string): readonly string[] {
  return view.wanted.lines
    .filter((line) => isDevice(line) && entryParts(line.entry).name === whitelist)
    .map((line) => line.value);
}

function matchedDevices(
  selected: readonly ComputeView[],
  whitelist: string,
  seen: Snapshot,
): number | undefined {
  let total = 0;
  for (const view of selected) {
    const hardware = seen.hardware?.[view.node.name];
    if (hardware === undefined) return undefined;
    for (const value of deviceLinesOf(view, whitelist))
      total += matching(declarationOf(value), hardware).length;
  }
  return total;
}

function hardwareWarnings(
  selected: readonly ComputeView[],
  whitelist: string,
  seen: Snapshot,
): readonly Notice[] {
  const found = new Map<string, string[]>();
  for (const view of selected) {
    const hardware = seen.hardware?.[view.node.name];
    if (hardware === undefined) continue;
    for (const value of deviceLinesOf(view, whitelist)) {
      const finding = checkDevice(view.node.name, declarationOf(value), hardware);
      if (finding === undefined) continue;
      const key = `${finding.reason}\n${finding.device}`;
      found.set(key, [...(found.get(key) ?? []), finding.node]);
    }
  }
  return [...found].map(([key, nodes]) => {
    const [reason, device] = key.split("\n") as [keyof typeof hardwareSentences, string];
    return {
      reason,
      message: `${device} on ${firstTen(nodes).join(", ")}: ${hardwareSentences[reason]}`,
      path: "spec.devices",
    };
  });
}

const hardwareSentences = {
  NoSuchDevice: "the node's inventory shows no such device",
  IdsSwapped: "vendor and product seem to be swapped: the node has the device the other way round",
  IommuMissing:
    "the device is in no IOMMU group: enable the IOMMU in firmware and kernel arguments",
} as const;

// --- PciFlavor --------------------------------------------------------------------------------

export function flavorStatus(
  object: Snapshot["objects"]["flavors"][number],
  decision: Decision,
  { seen }: StatusContext,
): Record<string, unknown> {
  const verdict = verdictOf(decision, "PciFlavor", object.metadata.name)!;
  const outcome = decision.flavors.outcomes.find((one) => one.object === object.metadata.name);
  const accepted = acceptance({
    ...verdict,
    rejections: [...verdict.rejections, ...(outcome?.conflicts ?? [])],
  });
  const gate: Gate | undefined =
    outcome?.gate === undefined
      ? undefined
      : { waits: { on: "flavor", flavor: object.metadata.name }, ...outcome.gate };
  const live: Draft = {
    type: "Live",
    status: outcome?.live === true ? "True" : "False",
    reason: outcome?.live === true ? "Live" : "Progressing",
    message:
      outcome?.live === true
        ? "Nova has the flavor with these aliases"
        : "the flavor is being written",
  };
  return {
    observedGeneration: object.metadata.generation ?? 0,
    conditions: conditions(trio({ accepted, live, gate }, seen.namespace), object, seen.now),
    ...(outcome?.flavorId === undefined ? {} : { flavorId: outcome.flavorId }),
    ...hostsOf(outcome),
    warnings: warnings([...verdict.warnings, ...(outcome?.warnings ?? [])]),
  };
}

function hostsOf(outcome: FlavorOutcome | undefined): Record<string, unknown> {
  const capacity = outcome?.capacity;
  if (capacity === undefined) return {};
  return {
    hosts: { count: capacity.nodes.length, names: firstTen(capacity.nodes) },
    instancesFit:
      capacity.fit === undefined
        ? { bound: "Unknown" }
        : { bound: "UpperBound", value: capacity.fit },
  };
}

// --- PciPassthrough ---------------------------------------------------------------------------

export function passthroughStatus(
  object: NonNullable<Snapshot["objects"]["passthrough"]>,
  decision: Decision,
  { seen, settings }: StatusContext,
): Record<string, unknown> {
  const rows = services.map((service) => serviceRow(service, decision, seen));
  const busy = decision.gates.find((one) => one.waits.on !== "flavor" && one.waits.on !== "entry");
  const settled = rows.every(
    (one) => one.digest === one.wantedDigest && (one.phase === "Idle" || one.phase === "Complete"),
  );
  const problem: Draft | undefined =
    settings.releaseProblem === undefined
      ? undefined
      : {
          type: "Accepted",
          status: "False",
          reason: "UnknownRelease",
          message: settings.releaseProblem,
        };
  const accepted: Draft = problem ?? {
    type: "Accepted",
    status: "True",
    reason: "Accepted",
    message: "takes part in the configuration",
  };
  const live: Draft = {
    type: "Live",
    status: settled ? "True" : "False",
    reason: settled ? "Live" : "Progressing",
    message: settled
      ? "every service runs what is wanted"
      : "services are being brought to what is wanted",
  };
  const quarantined = Object.values(decision.state.quarantined).sort((a, b) =>
    a.line < b.line ? -1 : 1,
  );
  return {
    observedGeneration: object.metadata.generation ?? 0,
    conditions: conditions(
      [...trio({ accepted, live, gate: busy }, seen.namespace), wired(decision, seen)],
      object,
      seen.now,
    ),
    release: releaseText(settings),
    ...(decision.delivery === undefined ? {} : { delivery: decision.delivery }),
    services: rows,
    retained: retained(decision, seen),
    quarantined: quarantined.slice(0, 50).map((one) => ({
      kind: one.kind,
      name: one.name,
      entry: one.line.slice(0, 1024),
      service: serviceTitle[one.service],
      reason: one.byUser === true ? "RolledBackByUser" : "FailedRollout",
      message: one.error,
    })),
    skipped: skipped(decision),
    rollouts: decision.state.history.map((one) => ({
      id: one.id,
      service: serviceTitle[one.service],
      result: one.result,
      from: one.from,
      to: one.to,
      startedAt: timeText(one.startedAt),
      finishedAt: timeText(one.finishedAt),
      message: one.message.slice(0, 1024),
    })),
    ...novaError(decision),
    warnings: warnings(filterNotices(decision)),
  };
}

function releaseText(settings: Settings): string {
  const [first] = settings.releases;
  const last = settings.releases.at(-1);
  if (first === undefined || last === undefined) return "";
  const span = first === last ? first.version : `${first.version} to ${last.version}`;
  return settings.releaseFrom === "spec" ? span : `${span} (${settings.releaseFrom})`;
}

type Row = {
  readonly service: string;
  readonly phase: string;
  readonly digest: string;
  readonly wantedDigest: string;
  readonly updated: number;
  readonly total: number;
  readonly gate?: string;
  readonly message?: string;
};

function serviceRow(service: Service, decision: Decision, seen: Snapshot): Row {
  const gate = decision.gates.find((one) => isOf(service, one));
  const waits =
    gate === undefined
      ? {}
      : { gate: gate.gate, message: sentenceOf(gate, seen.namespace).slice(0, 1024) };
  if (service === "compute")
    return { service: serviceTitle.compute, ...computeRow(decision), ...waits };
  const record = decision.state.services[service];
  const wanted = decision.serviceWanted[service as SingleService];
  const pods = seen.pods.filter((one) => one.service === service && !one.deleting);
  const reads = pods.filter(
    (one) => (one.fragment ?? one.annotated ?? none) === (record?.assigned ?? none),
  );
  const phases = {
    idle: "Idle",
    rolling: "Promote",
    halted: "Halt",
    "rolling-back": "Rollback",
  } as const;
  return {
    service: serviceTitle[service],
    phase: phases[record?.phase ?? "idle"],
    digest: record?.good ?? none,
    wantedDigest: wanted?.name ?? none,
    updated: reads.length,
    total: pods.length,
    ...waits,
  };
}

function isOf(service: Service, gate: Gate): boolean {
  if (gate.waits.on === "installation") return true;
  if (gate.waits.on === "service") return gate.waits.service === service;
  return service === "compute" && gate.waits.on === "node";
}

function computeRow(decision: Decision): Omit<Row, "service"> {
  const verified = decision.nodes.filter((one) => isVerified(one, decision));
  const wanted = new Set(decision.nodes.map((one) => one.wanted.name));
  const good = new Set(
    decision.nodes.map((one) => decision.state.nodes[one.node.name]?.good ?? none),
  );
  return {
    phase: decision.state.rollouts.compute?.phase ?? "Idle",
    digest: summary(good),
    wantedDigest: summary(wanted),
    updated: verified.length,
    total: decision.nodes.length,
  };
}

function summary(names: ReadonlySet<string>): string {
  const sorted = [...names].sort();
  return sorted.length <= 1 ? (sorted[0] ?? none) : `${sorted.length} fragments`;
}

function wired(decision: Decision, seen: Snapshot): Draft {
  const blocker = decision.blockers.find((one) =>
    ["PolicyMissing", "PolicyOutdated", "NamespaceNotLabelled"].includes(one.gate),
  );
  if (blocker !== undefined) {
    return {
      type: "Wired",
      status: "False",
      reason: blocker.gate,
      message: sentenceOf(blocker, seen.namespace),
    };
  }
  const lost = seen.pods.find((one) => one.notInjected !== undefined && !one.deleting);
  if (lost !== undefined) {
    return {
      type: "Wired",
      status: "False",
      reason: "NotWired",
      message: `pod ${lost.name} was left alone by the policy: ${lost.notInjected ?? ""}`,
    };
  }
  const proved = seen.pods.some((one) => one.fragment !== undefined || one.mounted !== undefined);
  if (!proved)
    return {
      type: "Wired",
      status: "Unknown",
      reason: "NotProvedYet",
      message: "no pod has been given a fragment yet",
    };
  return {
    type: "Wired",
    status: "True",
    reason: "Wired",
    message:
      decision.delivery === "Mounted"
        ? "pods mount the fixed-name ConfigMaps; this is weaker evidence, and no canary is possible"
        : "pods name the fragments they read",
  };
}

/** Entries whose object is gone or rejected and that are still in a fragment. */
function retained(decision: Decision, seen: Snapshot): readonly Record<string, unknown>[] {
  return Object.entries(decision.state.accepted)
    .filter(
      ([key, one]) => !isStored(key, seen) && (one.removedAt !== undefined || one.orphan === true),
    )
    .slice(0, 50)
    .map(([key, one]) => {
      const [kind, name] = splitKey(key);
      const gate = decision.gates.find(
        (waiting) =>
          waiting.waits.on === "entry" && ownedBy(waiting.waits.entry, kind, name, decision),
      );
      return {
        kind,
        name,
        reason: one.orphan === true ? "CrdGone" : (gate?.gate ?? "Leaving"),
        message: (gate === undefined
          ? "its object is gone"
          : sentenceOf(gate, seen.namespace)
        ).slice(0, 1024),
        ...(one.removedAt === undefined ? {} : { since: timeText(one.removedAt) }),
      };
    });
}

function ownedBy(entry: string, kind: string, name: string, decision: Decision): boolean {
  const parts = entryParts(entry);
  if (kind === "PciWhitelist") return parts.of === "device" && parts.name === name;
  if (kind !== "PciAlias" || parts.of !== "alias") return false;
  const spec = decision.state.accepted[`PciAlias/${name}`]?.spec as
    { readonly name?: string } | undefined;
  return (spec?.name ?? name) === parts.name;
}

function skipped(decision: Decision): readonly Record<string, string>[] {
  return Object.entries(decision.state.nodes)
    .filter(([, one]) => one.phase === "skipped")
    .slice(0, 10)
    .map(([node, one]) => ({ node, reason: one.skipped ?? "" }));
}

function novaError(decision: Decision): Record<string, string> {
  const failed = Object.values(decision.state.quarantined).find((one) => one.byUser !== true);
  return failed === undefined ? {} : { novaError: failed.error };
}

function filterNotices(decision: Decision): readonly Notice[] {
  const { filters } = decision;
  if (filters.unknownBase) {
    return [
      {
        reason: "FiltersUnknown",
        message:
          "filters: Manage needs the base list: give spec.scheduler.baseFilters, set assumeReleaseDefaults: true, or allow reading the base",
        path: "spec.scheduler",
      },
    ];
  }
  if ((filters.missing ?? []).length === 0) return [];
  return [
    {
      reason: "FilterMissing",
      message: `nova-scheduler lacks ${filters.missing!.join(", ")}; set spec.scheduler.filters: Manage, or add it to the base`,
      path: "spec.scheduler.filters",
    },
  ];
}
