// Deliberately broken variants of the machine, as patches of its real source. Each must apply (else
// the source has moved on and this list with it), and the simulation must catch each.

export type Mutant = {
  readonly name: string;
  readonly file: string;
  /** Must occur exactly once. */
  readonly find: string;
  readonly replace: string;
  /** A seed that caught it once, or a story of its own, tried first: what is rare is found at once. */
  readonly near?: number;
};

export const mutants: readonly Mutant[] = [
  {
    name: "skips the canary",
    file: "src/plan/computes/draft.ts",
    find: `if (change === "" || !input.canaryPossible) return true;`,
    replace: `if (change.length >= 0) return true;`,
  },
  {
    name: "forgets the budget",
    file: "src/plan/computes/start-gates.ts",
    find: `if (budget.allowed <= 0) return budgetGate(input, draft);`,
    replace: ``,
  },
  {
    name: "counts only its own restarts as down",
    file: "src/plan/computes/start-gates.ts",
    find: `if (underWay || (target.sight.unwell !== undefined && !excused)) down.push`,
    replace: `if (underWay && !excused) down.push`,
    near: 33,
  },
  {
    name: "excuses every node from the budget",
    file: "src/plan/computes/start-gates.ts",
    find: `const excused = record.phase === "skipped" || before.has(target.node.name);
    if (underWay ||`,
    replace: `const excused = before.size >= 0;
    if ((underWay && !excused) ||`,
  },
  {
    name: "performs effects before the state is written",
    file: "src/plan/round/round-effects.ts",
    find: `    ...record,
    ...finalizers,
    ...config,
    ...restarts,
    ...flavors,
    ...garbage,
    ...planned.cleaning.effects,`,
    replace: `    ...finalizers,
    ...config,
    ...restarts,
    ...flavors,
    ...garbage,
    ...planned.cleaning.effects,
    ...record,`,
  },
  {
    name: "goes on after the state could not be written",
    file: "src/operator/execute.ts",
    find: `if (effect.do === "write-state" && isUnknown(failure) && !run.tellAnyway) run.over = true;`,
    replace: `if (effect.do === "write-state" && isUnknown(failure)) return;`,
  },
  {
    name: "retries a quarantined device spec",
    file: "src/plan/gates/hold.ts",
    find: `if (quarantine !== undefined) return { gate: "Quarantined", error: quarantine.error };`,
    replace: ``,
  },
  {
    name: "retries a quarantined alias",
    file: "src/plan/gates/hold.ts",
    find: `return quarantined ? have : alias.lines;`,
    replace: `return quarantined ? alias.lines : alias.lines;`,
  },
  {
    name: "quarantines nothing",
    file: "src/plan/computes/quarantine.ts",
    find: `if (failures >= settings.rollout.failureLimit) {`,
    replace: `if (failures < 0) {`,
  },
  {
    name: "forgets a quarantine when it starts again",
    file: "src/plan/wanted/departures.ts",
    find: `return meta.uid === one.uid && (meta.generation ?? 0) === one.generation;`,
    replace: `return meta.uid === one.uid && (meta.generation ?? 0) < one.generation;`,
  },
  {
    name: "takes the end of a CRD for removals",
    file: "src/plan/wanted/departures.ts",
    find: `if (crd.is !== "served") return false;`,
    replace: `if (crd.is !== "served") return true;`,
    near: 42,
  },
  {
    name: "takes a new CRD without objects for removals",
    file: "src/plan/wanted/departures.ts",
    find: `if (believed || named) {`,
    replace: `if (believed || named || seen.crds[kind as Kind].is === "served") {`,
    near: 42,
  },
  {
    name: "removes without grace",
    file: "src/plan/gates/removal.ts",
    find: `return until <= now ? undefined : { gate: "RemovalGrace", until };`,
    replace: `return until < 0 ? { gate: "RemovalGrace", until } : undefined;`,
  },
  {
    name: "takes filters away without grace",
    file: "src/plan/gates/hold-options.ts",
    find: `if (facts.halted) return undefined;`,
    replace: `if (facts.current.length >= 0) return undefined;`,
    near: -5,
  },
  {
    name: "takes devices that are in use",
    file: "src/plan/gates/removal.ts",
    find: `if (holders.length > 0) return { gate: "InUse", by: firstOf(holders.map(describeUse)) };`,
    replace: ``,
    near: -1,
  },
  {
    name: "gives nova-api an alias before the computes",
    file: "src/plan/gates/hold.ts",
    find: `if (nodes.length === 0) return undefined;
  return { gate: "ComputesFirst"`,
    replace: `if (nodes.length >= 0) return undefined;
  return { gate: "ComputesFirst"`,
  },
  {
    name: "takes an alias from computes before nova-api",
    file: "src/plan/gates/hold.ts",
    find: `if (waits) return { gate: "ApiFirst", alias: name };`,
    replace: ``,
  },
  {
    name: "writes a name before its fragment was read back",
    file: "src/plan/round/targets.ts",
    find: `const stored = round.seen.configMaps[fragment.name]?.data[fragmentKey];`,
    replace: `const stored = round.seen.configMaps[fragment.name]?.data[fragmentKey] ?? fragment.text;`,
  },
  {
    name: "restarts pods that read what they should",
    file: "src/plan/computes/node-step.ts",
    find: `if (sight.reads !== record.assigned) return misread(record, sight, context);`,
    replace: `if (sight.reads !== record.assigned || pod.ready)
    return misread(record, sight, context);`,
  },
  {
    name: "believes a pod that came up with the wrong fragment",
    file: "src/plan/computes/node-step.ts",
    find: `if (sight.reads !== record.assigned) return misread(record, sight, context);`,
    replace: `if (sight.reads === "") return misread(record, sight, context);`,
  },
  {
    name: "takes Ready for healthy at once",
    file: "src/plan/computes/node-step.ts",
    find: `if (seen.now >= end) return stay({ ...record, healthySince }, { outcome: "verified" });`,
    replace: `if (seen.now >= healthySince) return stay({ ...record, healthySince }, { outcome: "verified" });`,
  },
  {
    name: "does not wait for heartbeats of the new process",
    file: "src/plan/computes/node-step.ts",
    find: `if ((record.beats ?? []).length < beatsNeeded) return heartbeats;`,
    replace: ``,
  },
  {
    name: "blames what was never started",
    file: "src/plan/computes/evidence.ts",
    find: `    return isDown(health) ? nodeDown(health) : notStarted(pod);`,
    replace: `    return undefined;`,
    near: 75,
  },
  {
    name: "never sees a failure",
    file: "src/plan/computes/node-step.ts",
    find: `if (failure === "now") return failed(seenRunning, sight, context);`,
    replace: ``,
  },
  {
    name: "leaves the failed pod of a rollback",
    file: "src/plan/computes/node-step.ts",
    find: `if (context.noRollback !== undefined) return stay(record, { gate: context.noRollback });
    if (record.replaces`,
    replace: `if (context.seen.now > 0) return stay(record);
    if (record.replaces`,
  },
  {
    name: "goes on while paused",
    file: "src/plan/round/blockers.ts",
    find: `if (settings.rollout.paused) reasons.push({ gate: "Paused" });`,
    replace: ``,
  },
  {
    name: "enables what somebody else disabled",
    file: "src/plan/computes/draft.ts",
    find: `return service.disabled && (service.disabledReason ?? "").startsWith(quiesceReason);`,
    replace: `return service.disabled;`,
    near: 37,
  },
  {
    name: "forgets to enable a compute service again",
    file: "src/plan/computes/computes.ts",
    find: `...(record.quiesced === true ? { quiesced: true } : {}),`,
    replace: ``,
  },
  {
    name: "deletes fragments that are still named",
    file: "src/plan/gates/delivery.ts",
    find: `const used = names.has(name) || inUse.has(name);`,
    replace: `const used = inUse.has(name) && names.size > 99;`,
    near: 64,
  },
  {
    name: "leaves the stuck pod of a StatefulSet",
    file: "src/plan/services/failure.ts",
    find: `effects: unstick(workloads, progress) }`,
    replace: `effects: unstick(workloads, { ...progress, stuck: [] }) }`,
    near: 107,
  },
  {
    name: "does not put nova-api back",
    file: "src/plan/services/failure.ts",
    find: `const back = settings.rollout.autoRollback && record.good !== record.assigned;`,
    replace: `const back = settings.rollout.autoRollback && record.good === "-";`,
  },
  {
    name: "leaves a pod that kubelet holds",
    file: "src/plan/computes/start-gates.ts",
    find: `if (isHeld(sight)) return undefined;`,
    replace: `if (isHeld(sight)) return { gate: "Paused" };`,
  },
  {
    name: "asks no more once the answer is there",
    file: "src/plan/round/round-effects.ts",
    find: `if ((guarded || leaves) && sight.service !== undefined) usage.add(sight.service.host);`,
    replace: `if (guarded && !leaves && sight.service !== undefined) usage.add(sight.service.host);`,
  },
  {
    name: "takes a quiesced node whatever changed meanwhile",
    file: "src/plan/computes/take-node.ts",
    find: `if (undone || late || gone || another || input.blockers.length > 0) return letGo(record, input);`,
    replace: `if (undone || late || gone) return letGo(record, input);`,
    near: -2,
  },
  {
    name: "takes a pod after a crash without asking the budget again",
    file: "src/plan/computes/take-node.ts",
    find: `const closed = othersDown(target, input) ?? (another ? input.blockers[0] : undefined);`,
    replace: `const closed = another ? input.blockers[0] : undefined;`,
    near: -3,
  },
  {
    name: "replaces a pod once more without asking the budget",
    file: "src/plan/computes/take-node.ts",
    find: `if (!takes || back || target.sight.unwell !== undefined) return made;`,
    replace: `if (takes || !takes) return made;`,
    near: 4,
  },
  {
    name: "leaves a skipped node that fails with what is wanted no more",
    file: "src/plan/computes/start-gates.ts",
    find: `if (sight.unwell !== undefined && !isAbandoned(target, record, input, draft))`,
    replace: `if (sight.unwell !== undefined)`,
    near: 75,
  },
  {
    name: "gives a skipped node what failed elsewhere",
    file: "src/plan/round/targets.ts",
    find: `if (!isUnread(record) || sight.reads === record.assigned) return assigned;`,
    replace: `if (record.good !== "") return assigned;`,
    near: 291,
  },
  {
    name: "believes that a nova-compute carries what it is assigned",
    file: "src/plan/round/singles.ts",
    find: `if ([good, assigned, reads].every(carries)) return false;`,
    replace: `if ([good, assigned].every(carries)) return false;`,
    near: 44,
  },
  {
    name: "replaces a pod that nothing injects into without end",
    file: "src/plan/computes/unread.ts",
    find: `if (again > mostAgain) return { do: "stop", cause: causeOf(record, sight) };`,
    replace: ``,
    near: -4,
  },
  {
    name: "takes a nova-compute while nothing injects",
    file: "src/plan/gates/delivery.ts",
    find: `if (!injection.namespaceLabelled) reasons.push({ gate: "NamespaceNotLabelled" });`,
    replace: ``,
  },
  {
    name: "opens nova-api while a node under verification offers the devices",
    file: "src/plan/round/singles.ts",
    find: `return [good, assigned, reads].some(offers);`,
    replace: `return offers(good);`,
    near: 908,
  },
  {
    name: "stamps every status with the time of the look",
    file: "src/plan/told/standing.ts",
    find: `lastTransitionTime: old?.status === draft.status ? old.lastTransitionTime : timeText(now),`,
    replace: `lastTransitionTime: timeText(now),`,
  },
  {
    name: "lets the order of a list decide",
    file: "src/plan/wanted/selection.ts",
    find: `.sort((a, b) => (a.name < b.name ? -1 : 1));`,
    replace: `;`,
  },
  {
    name: "forgets the release while the cloud is silent",
    file: "src/plan/terms/settings.ts",
    find: `if (seen.cloud.is !== "read") return remembered;`,
    replace: `if (seen.cloud.is !== "read") return undefined;`,
  },
  {
    name: "takes a compute while the cloud is silent",
    file: "src/plan/computes/start-gates.ts",
    find: `if (silent !== undefined) return silent;`,
    replace: ``,
  },
  {
    name: "waits for devices before it reports",
    file: "src/plan/gates/hold.ts",
    find: `const first = facts.current.some(isDevice) || waited;`,
    replace: `const first = facts.current.some(isDevice);`,
  },
  {
    name: "retries a quarantined option",
    file: "src/plan/gates/hold-options.ts",
    find: `if (failed !== undefined) return gated(failed, have);`,
    replace: ``,
  },
  {
    name: "repairs a flavor however often somebody else changes it",
    file: "src/plan/flavors/contest.ts",
    find: `const count = before !== undefined && isRecent(before, now) ? before.count + 1 : 1;`,
    replace: `const count = 1;`,
    near: 293,
  },
  {
    name: "calls an alias Ready that no nova-compute serves",
    file: "src/plan/told/alias-status.ts",
    find: `ready.some((one) => isServed(one, decision));`,
    replace: `serving.length > 0;`,
    near: 16,
  },
  {
    name: "waits for entries that the chart's own nova.conf holds",
    file: "src/plan/told/whitelist-status.ts",
    find: `.filter((one) => meanings.size === 0 || !meanings.has(deviceMeaning(one.line.value)))`,
    replace: ``,
    near: 12,
  },
  {
    name: "lets nova-api wait for computes that have it",
    file: "src/plan/gates/hold.ts",
    find: `if (nodes.length === 0) return undefined;`,
    replace: `if (nodes.length === 0 && want.length > 1) return undefined;`,
    near: 1,
  },
];
