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
  const chosen = all.find((object) => object.kind === kind && object.name === name) ?? all[0];
  const heads = all.map(headOf);
  return chosen === undefined
    ? { objects: heads }
    : { objects: heads, chosen: viewOf(moment, chosen) };
}

function headOf(object: AnyObject): ObjectHead {
  const ready = readyOf(object);
  return {
    kind: object.kind,
    name: object.name,
    tone: toneOf(object),
    ready: ready?.status ?? "Unknown",
    reason: ready?.reason ?? "no status yet",
  };
}

function viewOf(moment: Moment, object: AnyObject): ObjectView {
  const decision = decisionAt(moment);
  const verdict = decision.verdicts.find(
    (each) => each.kind === object.kind && each.name === object.name,
  );
  return {
    ...headOf(object),
    spec: dump(plain(object.spec), { lineWidth: 100 }),
    conditions: conditionsOf(object.status).map(conditionView),
    warnings: warningsOf(object.status),
    rejections: (verdict?.rejections ?? []).map((each) => `${each.path}: ${each.message}`),
    renders: filesOf(object, decision),
    writes: writesOf(moment, object),
    changes: moment.plan.effects
      .filter((effect) => concerns(effect, object))
      .flatMap((effect) => doingLine(effect) ?? []),
  };
}

function plain(value: unknown): unknown {
  return value === undefined ? {} : (JSON.parse(JSON.stringify(value)) as unknown);
}

function conditionView(item: Condition): ConditionView {
  const good = item.type === "Reconciling" || item.type === "Stalled" ? "False" : "True";
  return { ...pick(item), tone: conditionTone(item, good) };
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
  return (list ?? []).map((item) => `${text(item["name"])}: ${text(item["message"])}`);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Which services read lines of it, and the whole file around them. */
function filesOf(object: AnyObject, decision: Decision): readonly RenderedFile[] {
  const own = ownEntries(object, decision);
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

function ownEntries(object: AnyObject, { wanted }: Decision): (entry: string) => boolean {
  const names = new Set(
    wanted.aliases.filter((each) => each.object === object.name).map((each) => each.name),
  );
  return (entry) => {
    const { of, name } = entryParts(entry);
    switch (of) {
      case "alias":
        return object.kind === "PciAlias" && names.has(name);
      case "device":
        return object.kind === "PciWhitelist" && name === object.name;
      case "option":
        return object.kind === "PciPassthrough";
    }
  };
}

function writesOf({ seen }: Moment, object: AnyObject): ObjectView["writes"] {
  if (object.kind !== "PciFlavor" || seen.cloud.is !== "read") return [];
  const id = flavorId(object);
  const flavor = seen.cloud.flavors.find((each) => each.id === id);
  return Object.entries(flavor?.extraSpecs ?? {}).map(([key, value]) => ({ key, value }));
}

function concerns(effect: Effect, object: AnyObject): boolean {
  if (effect.do === "status") return effect.kind === object.kind && effect.name === object.name;
  if (effect.do === "event")
    return effect.about.kind === object.kind && effect.about.name === object.name;
  switch (object.kind) {
    case "PciFlavor":
      if ("flavorId" in effect) return effect.flavorId === flavorId(object);
      return effect.do === "create-flavor" && effect.object === object.name;
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
