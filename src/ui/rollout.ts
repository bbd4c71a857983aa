// The rollout as it moves: services, pools and their nodes, what waits and for whom, what is done
// at this moment, and what ended before.

import { serviceTitle } from "../api/names.ts";
import type { ComputeView } from "../plan/gates/compute-view.ts";
import { isRoutine, sentenceOf, stalls } from "../plan/terms/gate-table.ts";
import type { Gate } from "../plan/terms/gates.ts";
import type { RolloutNode, RolloutPool, RolloutView, ServiceRow, Tone } from "./model.ts";
import { decisionAt, someOf, type Moment } from "./moment.ts";
import { doingLine } from "./doing.ts";
import { nodeState } from "./node-state.ts";

export function rolloutView(moment: Moment): RolloutView {
  const { plan, seen } = moment;
  const { state } = decisionAt(moment);
  return {
    services: serviceRows(seen.objects.passthrough?.status),
    pools: poolsOf(moment),
    waits: waitsOf(plan.gates, plan.namespace),
    now: plan.effects.flatMap((effect) => doingLine(effect) ?? []),
    history: [...state.history].reverse().map((record) => ({
      service: serviceTitle[record.service],
      result: record.result,
      tone: record.result === "Complete" ? "good" : record.result === "Superseded" ? "idle" : "bad",
      finishedAt: record.finishedAt,
      message: record.message,
    })),
  };
}

const phaseTones: Readonly<Record<string, Tone>> = {
  Idle: "good",
  Complete: "good",
  Halt: "bad",
  Rollback: "bad",
  Inconclusive: "unknown",
  Paused: "waiting",
};

/** The rows that the operator wrote into the status. */
function serviceRows(status: unknown): readonly ServiceRow[] {
  const list = (status as { readonly services?: readonly Record<string, unknown>[] } | undefined)
    ?.services;
  return (list ?? []).map((item) => {
    const phase = text(item["phase"]);
    const [runs, wanted] = [text(item["digest"]), text(item["wantedDigest"])];
    const calm = phaseTones[phase] === "good" && runs !== wanted;
    return {
      ...{ service: text(item["service"]), phase, runs, wanted, message: text(item["message"]) },
      tone: calm ? "waiting" : (phaseTones[phase] ?? "moving"),
      updated: number(item["updated"]),
      total: number(item["total"]),
    };
  });
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** So many nodes of a pool are named; who moves or fails comes first. */
const namedNodes = 60;
const order: readonly Tone[] = ["bad", "moving", "unknown", "waiting", "good", "idle"];

function poolsOf(moment: Moment): readonly RolloutPool[] {
  const decision = decisionAt(moment);
  const pools = new Map<string, ComputeView[]>();
  for (const view of decision.nodes) {
    const key = decision.wanted.poolOf.get(view.node.name) ?? "";
    pools.set(key, [...(pools.get(key) ?? []), view]);
  }
  return [...pools].map(([key, views]): RolloutPool => {
    const pool = decision.wanted.pools.get(key);
    const names = [...new Set((pool?.whitelists ?? []).map((whitelist) => whitelist.object))];
    const nodes = views
      .map(nodeOf)
      .sort((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone) || (a.node < b.node ? -1 : 1));
    return {
      title: names.length === 0 ? "no PciWhitelist" : someOf(names, 4),
      fragment: views[0]?.wanted.name ?? "none",
      done: nodes.filter((node) => node.tone === "good" || node.tone === "idle").length,
      size: nodes.length,
      nodes: nodes.slice(0, namedNodes),
      more: Math.max(0, nodes.length - namedNodes),
    };
  });
}

function nodeOf(view: ComputeView): RolloutNode {
  const { record, node, sight, wanted } = view;
  const reads = sight.reads ?? "nothing: there is no pod";
  const behind =
    reads === wanted.name ? `reads ${reads}` : `reads ${reads}, is to read ${wanted.name}`;
  const canary = record.canary === true && record.phase !== "idle";
  return { node: node.name, ...nodeState(view), canary, detail: sight.unwell ?? behind };
}

function waitsOf(gates: readonly Gate[], namespace: string): RolloutView["waits"] {
  const waits = new Map<string, { who: string[]; person: boolean }>();
  for (const gate of gates) {
    if (isRoutine(gate)) continue;
    const sentence = sentenceOf(gate, namespace);
    const known = waits.get(sentence) ?? { who: [], person: stalls(gate) };
    waits.set(sentence, known);
    known.who.push(whoWaits(gate));
  }
  return [...waits].map(([sentence, { who, person }]) => ({
    who: who.includes("everything") ? "everything" : someOf([...new Set(who)], 5),
    ...{ sentence, person },
  }));
}

export function whoWaits({ waits }: Gate): string {
  switch (waits.on) {
    case "service":
      return serviceTitle[waits.service];
    case "node":
      return waits.node;
    case "entry":
      return waits.entry;
    case "flavor":
      return `PciFlavor/${waits.flavor}`;
    case "installation":
      return "everything";
  }
}
