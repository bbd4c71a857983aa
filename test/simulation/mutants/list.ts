// The machine, broken on purpose: each mutant is a small patch on the real source, and the
// simulation must catch it. A patch that no longer fits the source is a failure, never a skip.

import type { StageName } from "./stages.ts";

export type Patch = { readonly file: string; readonly search: string; readonly replace: string };

export type Mutant = {
  /** What it does wrong: "it ...". */
  readonly name: string;
  readonly stage: StageName;
  readonly patches: readonly [Patch, ...Patch[]];
};

function mutant(name: string, stage: StageName, ...patches: readonly [Patch, ...Patch[]]): Mutant {
  return { name, stage, patches };
}

function patch(file: string, search: string, replace: string): Patch {
  return { file: `src/${file}`, search, replace };
}

export const mutants: readonly Mutant[] = [
  mutant(
    "skips the canary",
    "good change",
    patch(
      "plan/computes-draft.ts",
      `if (change === "" || !input.canaryPossible) return true;`,
      `if (change !== undefined) return true;`,
    ),
  ),
  mutant(
    "forgets the budget",
    "good change",
    patch("plan/start-gates.ts", `if (budget.allowed <= 0) return budgetGate(input, draft);`, ``),
  ),
  mutant(
    "does not count computes that are down for another reason",
    "dead node",
    patch(
      "plan/start-gates.ts",
      `if (underWay || (target.sight.unwell !== undefined && !excused)) down.push`,
      `if (underWay && excused !== undefined) down.push`,
    ),
  ),
  mutant(
    "replaces pods while paused",
    "pause",
    patch("plan/blockers.ts", `if (settings.rollout.paused) reasons.push({ gate: "Paused" });`, ``),
  ),
  mutant(
    "does not wait for minReadySeconds",
    "good change",
    patch(
      "plan/node-step.ts",
      `const end = healthySince + Math.max(settings.rollout.minReadyMillis, bake);`,
      `const end = healthySince + Math.min(0, bake);`,
    ),
  ),
  mutant(
    "verifies without heartbeats",
    "bad entry",
    patch(
      "plan/node-step.ts",
      `if (seen.cloud.is === "no-credentials") return undefined;`,
      `if (seen.cloud.is !== "unreachable") return undefined;`,
    ),
  ),
  mutant(
    "believes a pod that came up with the old fragment",
    "good change",
    patch(
      "plan/node-step.ts",
      `if (sight.reads !== record.assigned) {
    // The API server's view`,
      `if (sight.reads === "nothing") {
    // The API server's view`,
    ),
  ),
  mutant(
    "counts a skipped node as done when it returns",
    "dead node",
    patch(
      "plan/node-step.ts",
      `return stay({ ...record, phase: "verifying", since: context.seen.now, pod: sight.pod.uid });`,
      `return stay({ ...record, phase: "idle", good: record.assigned });`,
    ),
  ),
  mutant(
    "restarts a pod that went back already",
    "bad entry",
    patch(
      "plan/node-step.ts",
      `if (sight.reads !== record.assigned) {
    if (context.noRollback`,
      `if (sight.reads !== record.assigned || record.healthySince === undefined) {
    if (context.noRollback`,
    ),
  ),
  mutant(
    "retries a quarantined entry",
    "bad entry",
    patch(
      "plan/hold.ts",
      `if (quarantine !== undefined) return { gate: "Quarantined", error: quarantine.error };`,
      ``,
    ),
  ),
  mutant(
    "quarantines nothing",
    "bad entry",
    patch(
      "plan/quarantine.ts",
      `if (failures >= settings.rollout.failureLimit) {`,
      `if (failures >= settings.rollout.failureLimit * 1000) {`,
    ),
  ),
  mutant(
    "rolls back nothing",
    "bad entry",
    patch(
      "plan/quarantine.ts",
      `const back = settings.rollout.autoRollback && !onlyReport && !guarded;`,
      `const back = settings.rollout.autoRollback && onlyReport && !guarded;`,
    ),
  ),
  mutant(
    "lifts a quarantine although its object did not change",
    "bad entry",
    patch(
      "plan/memory.ts",
      `return found !== undefined && sameIdentity(found.metadata, one);`,
      `return found === undefined;`,
    ),
  ),
  mutant(
    "leaves the stuck pod of a StatefulSet",
    "bad alias",
    patch(
      "plan/service-failure.ts",
      `.filter((pod) => pod.owner?.kind === "StatefulSet" && names.has(pod.owner.name))`,
      `.filter((pod) => pod.owner?.kind === "Nothing" && names.has(pod.owner.name))`,
    ),
  ),
  mutant(
    "treats an empty relist as removal",
    "lost kind",
    patch(
      "plan/memory.ts",
      `if (crd.is !== "served") return false;`,
      `if (crd.is !== "served") return true;`,
    ),
  ),
  mutant(
    "believes a terminating definition",
    "lost kind",
    patch(
      "plan/memory.ts",
      `if (crd.is !== "served") return false;`,
      `if (crd.is === "absent") return false;`,
    ),
  ),
  mutant(
    "believes a definition of another uid",
    "lost kind",
    patch(
      "plan/memory.ts",
      `return recorded === undefined || recorded === crd.uid;`,
      `return recorded === undefined || recorded !== "";`,
    ),
  ),
  mutant(
    "withdraws what a rejected edit replaced",
    "rejected edit",
    patch(
      "plan/accept.ts",
      `const chosen = ok ? object.spec : earlier;`,
      `const chosen = ok ? object.spec : undefined;`,
    ),
  ),
  mutant(
    "gives nova-api an alias before the computes",
    "good change",
    patch(
      "plan/hold.ts",
      `if (nodes.length === 0) return undefined;`,
      `if (nodes.length >= 0) return undefined;`,
    ),
  ),
  mutant(
    "takes an alias from computes before nova-api",
    "removal",
    patch(
      "plan/hold.ts",
      `return waits ? { gate: "ApiFirst", alias: name } : undefined;`,
      `return waits && name === "" ? { gate: "ApiFirst", alias: name } : undefined;`,
    ),
  ),
  mutant(
    "takes a device in use",
    "servers",
    patch(
      "plan/removal.ts",
      `if (holders.length === 0) return undefined;`,
      `if (holders.length >= 0) return undefined;`,
    ),
  ),
  mutant(
    "takes an alias that servers name",
    "servers",
    patch(
      "plan/removal.ts",
      `return by.length === 0 ? undefined : { gate: "InUse", by: by.slice(0, 10) };`,
      `return by.length >= 0 ? undefined : { gate: "InUse", by: by.slice(0, 10) };`,
    ),
  ),
  mutant(
    "ignores the grace",
    "removal",
    patch(
      "plan/removal.ts",
      `return until <= now ? undefined : { gate: "RemovalGrace", until };`,
      `return until > 0 ? undefined : { gate: "RemovalGrace", until };`,
    ),
  ),
  mutant(
    "forgets who disabled the service",
    "disabled service",
    patch(
      "plan/computes-draft.ts",
      `return service.disabled && (service.disabledReason ?? "").startsWith(quiesceReason);`,
      `return service.disabled && quiesceReason !== "";`,
    ),
  ),
  mutant(
    "forgets to enable the service again",
    "good change",
    patch(
      "plan/computes.ts",
      `if (record.quiesced !== true || record.phase !== "idle" || service === undefined) return;`,
      `if (record.quiesced !== true || record.phase !== "halted" || service === undefined) return;`,
    ),
  ),
  mutant(
    "replaces a pod before the state names it",
    "good change",
    patch(
      "plan/round-effects.ts",
      `return [...record, ...config, ...restarts, ...planned.flavors.effects, ...garbage];`,
      `return [...restarts, ...record, ...config, ...planned.flavors.effects, ...garbage];`,
    ),
  ),
  mutant(
    "assigns before the state names it",
    "good change",
    patch(
      "plan/round-effects.ts",
      `return [...record, ...config, ...restarts, ...planned.flavors.effects, ...garbage];`,
      `return [...config, ...record, ...restarts, ...planned.flavors.effects, ...garbage];`,
    ),
  ),
  mutant(
    "goes on when the state could not be written",
    "state refused",
    patch(
      "operator/execute.ts",
      `if (effect.do === "write-state" && isUnknown(error)) return first;`,
      `if (effect.do === "write-state" && isUnknown(error)) continue;`,
    ),
  ),
  mutant(
    "writes a name before its fragment was read back",
    "good change",
    patch(
      "plan/targets.ts",
      `  return (
    stored !== undefined && (stored === fragment.text || digestOfText(stored) === fragment.digest)
  );`,
      `  return stored === undefined || digestOfText(stored) === fragment.digest;`,
    ),
  ),
  mutant(
    "deletes fragments that pods still name",
    "removal",
    patch("plan/delivery.ts", `const unusedMillis = 60 * 60 * 1000;`, `const unusedMillis = 1000;`),
    patch("plan/delivery.ts", `const keepNewest = 3;`, `const keepNewest = 0;`),
    patch(
      "plan/delivery.ts",
      `  for (const one of seen.pods) if (one.fragment !== undefined) names.add(one.fragment);`,
      ``,
    ),
    patch("plan/delivery.ts", `names.add(record.good);`, ``),
  ),
  mutant(
    "removes a pod by its name alone",
    "two operators",
    patch(
      "embedded/effects.ts",
      `return store.remove("Pod", effect.name, { uid: effect.uid });`,
      `return store.remove("Pod", effect.name);`,
    ),
  ),
  mutant(
    "writes the state over somebody else's",
    "two operators",
    patch(
      "embedded/effects.ts",
      `    resourceVersion: effect.resourceVersion,
  });
}

function createFragment`,
      `  });
}

function createFragment`,
    ),
  ),
  mutant(
    "writes although nothing differs",
    "good change",
    patch(
      "plan/round-effects.ts",
      `memory.sameState(round.before, state) && seen.state.is === "read"`,
      `memory.sameState(round.before, state) && seen.state.is !== "read"`,
    ),
  ),
  mutant(
    "depends on the order of the list",
    "anything",
    patch(
      "plan/accept.ts",
      `if (a.created !== b.created) return a.created < b.created;
  return a.object < b.object;`,
      `return false;`,
    ),
  ),
];
