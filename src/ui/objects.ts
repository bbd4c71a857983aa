// One object: what it says, what it renders to, and what is done about it at this moment.

import { conditionsOf, type Condition } from "../api/statuses.ts";
import { dump } from "js-yaml";
import { serviceTitle, type Service } from "../api/names.ts";
import type { Decision } from "../plan/round/decision.ts";
import { entryParts, lineText } from "../plan/wanted/lines.ts";
import { none, type Fragment } from "../plan/wanted/render.ts";
import type {
  ConditionView,
  ObjectHead,
  ObjectsView,
  ObjectView,
  RenderedFile,
  Tone,
} from "./model.ts";
import {
  decisionAt,
  objectsIn,
  readyOf,
  someOf,
  toneOf,
  type AnyObject,
  type Moment,
} from "./moment.ts";
import type { Effect } from "../plan/terms/effects.ts";
import { doingLine } from "./doing.ts";

export function objectsView(moment: Moment, kind?: string, name?: string): ObjectsView {
  const all = objectsIn(moment.seen);
  const chosen = all.find((one) => one.kind === kind && one.name === name) ?? all[0];
  const heads = all.map(headOf);
  return chosen === undefined
    ? { objects: heads }
    : { objects: heads, chosen: viewOf(moment, chosen) };
}

function headOf(one: AnyObject): ObjectHead {
  const ready = readyOf(one);
  return {
    kind: one.kind,
    name: one.name,
    tone: toneOf(one),
    ready: ready?.status ?? "Unknown",
    reason: ready?.reason ?? "no status yet",
  };
}

function viewOf(moment: Moment, one: AnyObject): ObjectView {
  const decision = decisionAt(moment);
  const verdict = decision.verdicts.find(
    (each) => each.kind === one.kind && each.name === one.name,
  );
  return {
    ...headOf(one),
    spec: dump(plain(one.spec), { lineWidth: 100 }),
    conditions: conditionsOf(one.status).map(conditionView),
    warnings: warningsOf(one.status),
    rejections: (verdict?.rejections ?? []).map((each) => `${each.path}: ${each.message}`),
    renders: filesOf(one, decision),
    writes: writesOf(moment, one),
    changes: moment.plan.effects
      .filter((effect) => concerns(effect, one))
      .flatMap((effect) => doingLine(effect) ?? []),
  };
}

function plain(value: unknown): unknown {
  return value === undefined ? {} : (JSON.parse(JSON.stringify(value)) as unknown);
}

function conditionView(one: Condition): ConditionView {
  const good = one.type === "Reconciling" || one.type === "Stalled" ? "False" : "True";
  return { ...pick(one), tone: conditionTone(one, good) };
}

function pick({ type, status, reason, message }: Condition) {
  return { type, status, reason, message };
}

function conditionTone({ type, status }: Condition, good: string): Tone {
  if (status === good) return "good";
  if (status === "Unknown") return "unknown";
  if (type === "Reconciling") return "moving";
  return type === "Stalled" || type === "Accepted" ? "bad" : "waiting";
}

function warningsOf(status: unknown): readonly string[] {
  const list = (status as { readonly warnings?: readonly Record<string, unknown>[] } | undefined)
    ?.warnings;
  return (list ?? []).map((one) => `${text(one["name"])}: ${text(one["message"])}`);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Which services read lines of it, and the whole file around them. */
function filesOf(one: AnyObject, decision: Decision): readonly RenderedFile[] {
  const own = ownEntries(one, decision);
  const files = new Map<string, { readonly fragment: Fragment; readonly readers: string[] }>();
  const note = (fragment: Fragment, service: Service, node?: string): void => {
    if (fragment.name === none || !fragment.lines.some((line) => own(line.entry))) return;
    const file = files.get(fragment.name) ?? { fragment, readers: [] };
    files.set(fragment.name, file);
    file.readers.push(node ?? serviceTitle[service]);
  };
  for (const fragment of Object.values(decision.serviceWanted)) note(fragment, fragment.service);
  for (const { node, wanted } of decision.nodes) note(wanted, "compute", node.name);
  return [...files.values()].map(({ fragment, readers }) => ({
    readers:
      fragment.service === "compute" ? `nova-compute on ${someOf(readers)}` : readers.join(", "),
    fragment: fragment.name,
    lines: fragment.lines.map((line) => ({ text: lineText(line), own: own(line.entry) })),
  }));
}

function ownEntries(one: AnyObject, { wanted }: Decision): (entry: string) => boolean {
  const names = new Set(
    wanted.aliases.filter((each) => each.object === one.name).map((each) => each.name),
  );
  return (entry) => {
    const { of, name } = entryParts(entry);
    switch (of) {
      case "alias":
        return one.kind === "PciAlias" && names.has(name);
      case "device":
        return one.kind === "PciWhitelist" && name === one.name;
      case "option":
        return one.kind === "PciPassthrough";
    }
  };
}

function writesOf({ seen }: Moment, one: AnyObject): ObjectView["writes"] {
  if (one.kind !== "PciFlavor" || seen.cloud.is !== "read") return [];
  const id = flavorId(one);
  const flavor = seen.cloud.flavors.find((each) => each.id === id);
  return Object.entries(flavor?.extraSpecs ?? {}).map(([key, value]) => ({ key, value }));
}

function concerns(effect: Effect, one: AnyObject): boolean {
  if (effect.do === "status") return effect.kind === one.kind && effect.name === one.name;
  if (effect.do === "event")
    return effect.about.kind === one.kind && effect.about.name === one.name;
  switch (one.kind) {
    case "PciFlavor":
      if ("flavorId" in effect) return effect.flavorId === flavorId(one);
      return effect.do === "create-flavor" && effect.object === one.name;
    case "PciPassthrough":
      return ["create-fragment", "write-mounted", "annotate-workload"].includes(effect.do);
    case "PciAlias":
    case "PciWhitelist":
      return false;
  }
}

function flavorId({ status }: AnyObject): string | undefined {
  return (status as { readonly flavorId?: string } | undefined)?.flavorId;
}
