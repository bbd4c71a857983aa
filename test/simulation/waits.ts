// Is everything that still waits in a converged world opened by a person, or held by what it names: a
// compute that is down, a server, an entry that failed? And does no object speak of progress?

import type { Kind } from "../../src/api/names.ts";
import { stalls } from "../../src/plan/terms/gate-table.ts";
import type { Gate } from "../../src/plan/terms/gates.ts";
import { productsOf } from "./intent.ts";
import { type Run, violate } from "./one-run.ts";

export function checkWaits(run: Run): void {
  const gates = run.leader?.last()?.plan.gates ?? [];
  for (const gate of opensNever(gates, run))
    violate(run, "every-wait-opens", `nobody opens ${JSON.stringify(gate)}`);
}

/**
 * Some gates wait for what another one holds: they go when it does. What is left when all that follow
 * from a person or from the world are taken away waits for nothing.
 */
function opensNever(gates: readonly Gate[], run: Run): readonly Gate[] {
  const explained = new Set(gates.filter((gate) => stalls(gate) || isHeldByTheWorld(gate, run)));
  const follows = (gate: Gate): boolean =>
    [...explained].some((other) => keysOf(other).some((key) => needsOf(gate).includes(key)));
  for (let before = -1; before !== explained.size;) {
    before = explained.size;
    for (const gate of gates) if (follows(gate)) explained.add(gate);
  }
  return gates.filter((gate) => !explained.has(gate));
}

/** What this gate holds back. */
function keysOf({ waits }: Gate): readonly string[] {
  switch (waits.on) {
    case "service":
      return [`service/${waits.service}`];
    case "node":
      return [`node/${waits.node}`, "service/compute"];
    case "entry":
      return [waits.entry];
    case "flavor":
      return [`flavor/${waits.flavor}`];
    case "installation":
      return [];
  }
}

/** What must go on before this gate opens, as it says itself. */
function needsOf(gate: Gate): readonly string[] {
  switch (gate.gate) {
    case "ApiFirst":
      return [`alias/${gate.alias}`, "service/api"];
    case "AliasNotLive":
      return [...gate.aliases.map((name) => `alias/${name}`), "service/api"];
    default:
      return nodesOf(gate).map((node) => `node/${node}`);
  }
}

/** The computes that a gate names. */
function nodesOf(gate: Gate): readonly string[] {
  const { node, nodes, canary } = gate as {
    readonly node?: string;
    readonly nodes?: readonly string[];
    readonly canary?: string;
  };
  const own = gate.waits.on === "node" ? [gate.waits.node] : [];
  return [...own, ...(nodes ?? []), ...[node, canary].flatMap((text) => text ?? [])];
}

function isHeldByTheWorld(gate: Gate, run: Run): boolean {
  const { cloud, store } = run.cluster;
  if (gate.gate === "InUse")
    return (
      cloud.servers().length > 0 || cloud.flavors().length > 0 || store.list("PciFlavor").length > 0
    );
  if (nodesOf(gate).some((node) => isDown(node, run))) return true;
  const failed = failedObjects(run);
  const objects = objectsOf(gate);
  if (objects.some((object) => failed.has(object))) return true;
  return gate.gate === "AliasNotLive" && objects.some((object) => !isDeclared(object, run));
}

/** A node that is down has an alert of its own. */
function isDown(node: string, { truth }: Run): boolean {
  return !truth.isUp(node);
}

/** What failed holds back what it should have replaced; its own object says so. */
function failedObjects({ truth }: Run): ReadonlySet<string> {
  const records = Object.values(truth.state()?.quarantined ?? {});
  return new Set(records.map((record) => `${record.kind}/${record.name}`));
}

/** The objects whose entries a gate names. */
function objectsOf(gate: Gate): readonly string[] {
  const entries = [
    ...(gate.waits.on === "entry" ? [gate.waits.entry] : []),
    ...needsOf(gate).filter((key) => key.startsWith("alias/")),
  ];
  return entries.map((entry) => {
    const [of, name] = entry.split("/");
    return `${of === "alias" ? "PciAlias" : of === "device" ? "PciWhitelist" : "PciPassthrough"}/${name!}`;
  });
}

/** It is written, and not refused: neither for itself nor for another meaning in the chart's own file. */
function isDeclared(object: string, { intent, schedule }: Run): boolean {
  const [kind, name] = object.split("/") as [Kind, string];
  const spec = intent.get(kind, name);
  if (spec === undefined || intent.isBad(object)) return false;
  const { alias } = schedule.setting.base ?? {};
  return alias?.name !== name || productsOf({ kind, spec }).includes(alias.product);
}

type Status = {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
};

/**
 * What does not go on names what it waits for: "Progressing" alone would be a lie by now. A node that
 * is down is told of by the installation, its gauge and its alert.
 */
export function checkProgress(run: Run): void {
  if (run.truth.computeNodes().some((node) => isDown(node, run))) return;
  for (const kind of ["PciAlias", "PciWhitelist", "PciFlavor"] as const) {
    for (const { metadata, status } of run.cluster.store.list(kind)) {
      const found = (status as Status | undefined)?.conditions?.find(
        (condition) => condition.type === "Ready" && condition.status !== "True",
      );
      if (found?.reason !== "Progressing") continue;
      violate(run, "nothing-progresses", `${kind}/${metadata.name}: ${found.message}`);
    }
  }
}
