// A plan in few lines: restarts by service, how long they take, and rows of what happens for the
// same reason to nodes that are alike.

import { services, serviceTitle, type Service } from "../../api/names.ts";
import { unavailableBudget } from "../../plan/terms/settings.ts";
import type { Cause, Causes } from "./causes.ts";
import type { Foretold, Step } from "./foretell.ts";

export type Row = {
  readonly after: number;
  readonly what: string;
  readonly nodes: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly because: readonly Cause[];
};

export type Summary = {
  readonly restarts: Readonly<Partial<Record<Service, number>>>;
  readonly total: number;
  readonly computes: number;
  readonly canaries: number;
  readonly budget: number;
  readonly seconds: number;
  /** The same with more at once; absent when it would save little. */
  readonly faster?: { readonly budget: number; readonly seconds: number };
  readonly played: number;
  readonly nodes: number;
  readonly rows: readonly Row[];
};

type Rollout = { readonly maxUnavailable: number | string; readonly canaryCount: number };

export function summaryOf(told: Foretold, causes: Causes, rollout: Rollout): Summary {
  const rows = rowsOf(told, causes);
  const computes = rows
    .filter((row) => row.nodes.length > 0)
    .reduce((sum, row) => sum + row.nodes.length, 0);
  const restarts: Partial<Record<Service, number>> = {};
  for (const service of services) {
    const own = told.steps.filter((step) => step.service === service);
    const count = service === "compute" ? computes : own.length;
    if (count > 0) restarts[service] = count;
  }
  const nodes = told.cluster.store.list("Node").length;
  const unplayed = told.kinds.reduce((sum, kind) => sum + kind.all.length - kind.played.length, 0);
  const budget = unavailableBudget(rollout.maxUnavailable, Math.max(nodes, 1));
  const playedComputes = told.steps.filter((step) => step.node !== undefined).length;
  const fixed = told.takes;
  const each = told.eachCompute;
  const seconds = (allowed: number): number =>
    Math.round((fixed + (Math.max(0, computes - playedComputes) * each) / allowed) / 1000);
  const wide = Math.max(2, Math.floor(nodes / 10));
  const faster =
    computes > 20 && wide > budget
      ? { faster: { budget: wide, seconds: fasterSeconds(told, computes, wide) } }
      : {};
  const changes = new Set(
    rows
      .filter((row) => row.nodes.length > 0)
      .map((row) => [...row.added, "-", ...row.removed].join("\n")),
  );
  return {
    restarts,
    total: Object.values(restarts).reduce((sum, number) => sum + number, 0),
    computes: new Set(rows.flatMap((row) => row.nodes)).size,
    canaries: changes.size * rollout.canaryCount,
    budget,
    seconds: seconds(budget),
    ...faster,
    played: nodes - unplayed,
    nodes,
    rows,
  };
}

/** What is not a wait for nova-compute stays; the computes share the larger budget. */
function fasterSeconds(told: Foretold, computes: number, budget: number): number {
  const played = told.steps.filter((step) => step.node !== undefined).length;
  const rest = Math.max(0, told.takes - played * told.eachCompute);
  return Math.round((rest + Math.ceil(computes / budget) * told.eachCompute) / 1000);
}

/** The same change on nodes that are alike is one row, at the time of the first. */
function rowsOf({ steps, kinds }: Foretold, causes: Causes): readonly Row[] {
  const likeIt = followersOf(steps, kinds);
  const groups = new Map<string, { first: Step; nodes: string[] }>();
  for (const step of steps) {
    const key = [step.what, step.object, ...step.added, "-", ...step.removed].join("\n");
    const group = groups.get(key) ?? { first: step, nodes: [] };
    groups.set(key, group);
    if (step.node !== undefined) group.nodes.push(step.node, ...(likeIt.get(step.node) ?? []));
  }
  return [...groups.values()].map(({ first, nodes }) => ({
    after: first.at,
    what: first.what,
    nodes: nodes.sort(),
    added: first.added,
    removed: first.removed,
    because: becauseOf(first, causes),
  }));
}

/** Nodes that were not played do what the last of their kind does: it was no canary. */
function followersOf(
  steps: readonly Step[],
  kinds: Foretold["kinds"],
): ReadonlyMap<string, readonly string[]> {
  const begins = new Map<string, number>();
  for (const { node, at } of steps) {
    if (node !== undefined && !begins.has(node)) begins.set(node, at);
  }
  return new Map(
    kinds.map(({ played, all }) => {
      const last = played.reduce((text, other) =>
        (begins.get(other) ?? -1) >= (begins.get(text) ?? -1) ? other : text,
      );
      return [last, all.filter((text) => !played.includes(text))] as const;
    }),
  );
}

function becauseOf(step: Step, causes: Causes): readonly Cause[] {
  if (step.object !== undefined)
    return [{ object: `PciFlavor/${step.object}`, field: "spec", place: "" }];
  const found = new Map<string, Cause>();
  for (const line of [...step.added, ...step.removed]) {
    const cause = causes(line);
    if (cause !== undefined) found.set(`${cause.object} ${cause.field}`, cause);
  }
  return [...found.values()];
}

// --- text ---------------------------------------------------------------------------------------

export function duration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, "0")} min`;
  return minutes > 0 ? `${minutes} min ${String(seconds % 60).padStart(2, "0")} s` : `${seconds} s`;
}

export function summaryText(summary: Summary): string {
  if (summary.rows.length === 0) return "Nothing to do: no restart, no flavor is written.\n";
  const parts = services.flatMap((service) => {
    const count = summary.restarts[service];
    if (count === undefined) return [];
    const where = service === "compute" ? ` on ${summary.computes} of ${summary.nodes} nodes` : "";
    return [`${serviceTitle[service]} ${count}${where}`];
  });
  const lines = [
    summary.total === 0
      ? "No restart."
      : `${summary.total} ${summary.total === 1 ? "restart" : "restarts"}: ${parts.join(", ")}.`,
  ];
  if (summary.total > 0)
    lines.push(
      `About ${duration(summary.seconds)} with ${summary.budget} ${summary.budget === 1 ? "nova-compute" : "nova-computes"} at once (spec.rollout.maxUnavailable)${summary.computes === 0 ? "" : `, ${summary.canaries} ${summary.canaries === 1 ? "canary" : "canaries"} first`}.`,
    );
  if (summary.faster !== undefined)
    lines.push(
      `About ${duration(summary.faster.seconds)} with maxUnavailable: ${summary.faster.budget} (10 % of the nodes).`,
    );
  if (summary.played < summary.nodes)
    lines.push(
      `Played with ${summary.played} of ${summary.nodes} nodes: the others are like them.`,
    );
  return `${lines.join("\n")}\n`;
}
