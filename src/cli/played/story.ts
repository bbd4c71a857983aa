// The story of an operator in an embedded cluster: one line for each thing that a person cares
// about, with the virtual time. Decides nothing; status writes and the operator's memory are not
// part of the story.

import { serviceTitle } from "../../api/names.ts";
import { clockText, type Cluster } from "../../embedded/cluster.ts";
import type { Round } from "../../embedded/operator.ts";
import type { Pod } from "../../embedded/store/objects.ts";
import { isGoing, nodeOf, reportsReady } from "../../embedded/controllers/pods.ts";
import type { Change } from "../../embedded/store/store.ts";
import { wrapped } from "../terminal/lines.ts";
import type { Effect } from "../../plan/terms/effects.ts";
import type { Gate } from "../../plan/terms/gates.ts";
import { isRestart } from "../../plan/terms/effect-table.ts";
import { isRoutine, sentenceOf } from "../../plan/terms/gate-table.ts";
import { doingLine } from "../../ui/doing.ts";
import { whoWaits } from "../../ui/rollout.ts";

export type Story = {
  readonly say: (topic: string, text: string) => void;
  readonly before: (effect: Effect) => void;
  readonly changed: (change: Change) => void;
  readonly planned: (round: Round) => void;
  /** Pods that our effects replaced, by service title. */
  readonly restarts: () => number;
};

const topicWidth = 8;

type Page = { readonly print: (line: string) => void; readonly width: number };

export function tellStory(cluster: Cluster, { print, width }: Page): Story {
  const told = new Set<string>();
  let restarts = 0;

  let last = "";

  function say(topic: string, text: string): void {
    if (`${topic} ${text}` === last) return;
    last = `${topic} ${text}`;
    const [first = "", ...more] = text.split("\n");
    const indent = " ".repeat(topicWidth + 12);
    const start = `${clockText(cluster.clock.now())}  ${topic.padEnd(topicWidth)}  `;
    print(`${start}${wrapped(first, width, indent).slice(indent.length).trimEnd()}`);
    for (const line of more) print(`${indent}${line}`);
  }

  return {
    say,
    restarts: () => restarts,
    before: (effect) => {
      if (isRestart(effect)) restarts += 1;
      const line = effectLine(effect, cluster);
      if (line !== undefined) say(...line);
    },
    changed: (change) => {
      const line = podLine(change, cluster);
      if (line !== undefined) say(...line);
    },
    planned: ({ plan }) => {
      const now = new Set(plan.gates.map(keyOf));
      for (const text of told) if (!now.has(text)) told.delete(text);
      const fresh = plan.gates.filter((gate) => !told.has(keyOf(gate)) && !isRoutine(gate));
      for (const gate of fresh) told.add(keyOf(gate));
      for (const [sentence, waiting] of grouped(fresh, plan.namespace)) {
        say(
          "waits",
          `${waiting.includes("everything") ? "everything" : waiting.join(", ")}: ${sentence}`,
        );
      }
    },
  };
}

/** Who waits for the same thing, in the order of the plan. */
function grouped(
  gates: readonly Gate[],
  namespace: string,
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const gate of gates) {
    const sentence = sentenceOf(gate, namespace);
    groups.set(sentence, [...(groups.get(sentence) ?? []), whoWaits(gate)]);
  }
  return groups;
}

function keyOf(gate: Gate): string {
  return `${JSON.stringify(gate.waits)} ${gate.gate}`;
}

type Line = readonly [topic: string, text: string];

/** Files are shown whole, and of a pod its node is said; all else as the page says it. */
function effectLine(effect: Effect, cluster: Cluster): Line | undefined {
  if (effect.do === "create-fragment" || effect.do === "write-mounted") {
    const title = `${effect.name}, for ${serviceTitle[effect.service]}`;
    return ["file", `${title}\n${effect.text.trimEnd()}`];
  }
  if (effect.do === "remove-pod") return ["restart", removalText(effect.name, effect.why, cluster)];
  const line = doingLine(effect);
  return line === undefined ? undefined : [line.topic, line.text];
}

function removalText(name: string, why: string, cluster: Cluster): string {
  const pod = cluster.store.get("Pod", name);
  const node = pod === undefined ? undefined : nodeOf(pod);
  return node === undefined ? `pod ${name}: ${why}` : `nova-compute on ${node}: ${why}`;
}

function podLine(change: Change, cluster: Cluster): Line | undefined {
  if (change.kind !== "Pod" || change.type !== "modified") return undefined;
  const now = change.object as Pod;
  const old = change.old as Pod;
  const service = cluster.serviceOf(now.metadata.labels);
  if (service === undefined || isGoing(now)) return undefined;
  const node = service === "compute" ? ` on ${nodeOf(now) ?? "?"}` : ` (${now.metadata.name})`;
  if (reportsReady(now) && !reportsReady(old)) return ["ready", `${serviceTitle[service]}${node}`];
  const main = now.status.containerStatuses?.[0];
  const ended =
    main !== undefined && "waiting" in main.state ? main.lastState?.terminated : undefined;
  const before = old.status.containerStatuses?.[0]?.state;
  if (ended === undefined || (before !== undefined && "waiting" in before)) return undefined;
  return [
    "crash",
    `${serviceTitle[service]}${node} ends with code ${ended.exitCode}: ${ended.message ?? ""}`,
  ];
}
