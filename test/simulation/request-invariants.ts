// Invariants of single requests: what each rests on must still be so when it arrives, and what it
// names must have been seen.

import { assignmentName, fragmentNamePattern, stateName } from "../../src/api/names.ts";
import type { Effect } from "../../src/plan/terms/effects.ts";
import { aliasesIn } from "./conf.ts";
import type { Invariant, Scene } from "./scene.ts";

export const readBack: Invariant = {
  name: "read-back-first",
  sentence: "no name is given to a pod before its fragment was read back",
  watch: (scene) => ({
    before: (effect) => {
      const seen = scene.round()?.seen;
      if (seen === undefined || scene.schedule.setting.delivery === "Mounted") return;
      for (const [where, name] of namesIn(effect)) {
        if (!fragmentNamePattern.test(name) || seen.configMaps[name] !== undefined) continue;
        scene.violated("read-back-first", `${where} is given ${name}, which nobody has read back`);
      }
    },
  }),
};

function namesIn(effect: Effect): readonly (readonly [string, string])[] {
  switch (effect.do) {
    case "patch-assignment":
    case "create-assignment":
      return Object.entries(effect.data).flatMap(([node, name]) =>
        node.startsWith("_") || name === null ? [] : [[node, name] as const],
      );
    case "annotate-workload":
      return [[effect.name, effect.value]];
    default:
      return [];
  }
}

export const preconditions: Invariant = {
  name: "late-writer-loses",
  sentence: "a request that rests on an old sight changes nothing",
  watch: (scene) => {
    let old: string | undefined;
    return {
      before: (effect) => {
        old = outdated(effect, scene);
      },
      after: (effect, done) => {
        if (done && old !== undefined) {
          scene.violated("late-writer-loses", `${effect.do} was done although ${old}`);
        }
        old = undefined;
      },
    };
  },
};

/** What is no longer so of what a request rests on; undefined = all is as it was. */
function outdated(effect: Effect, scene: Scene): string | undefined {
  const { store } = scene.cluster;
  if (effect.do === "remove-pod") {
    const found = store.get("Pod", effect.name)?.metadata.uid;
    return found === undefined || found === effect.uid ? undefined : "the pod is another one";
  }
  if (effect.do !== "write-state" && effect.do !== "patch-assignment") return undefined;
  const name = effect.do === "write-state" ? stateName : assignmentName;
  const found = store.get("ConfigMap", name)?.metadata.resourceVersion;
  const same = found === undefined || found === effect.resourceVersion;
  return same ? undefined : `${name} was written meanwhile`;
}

export const aliasesInUse: Invariant = {
  name: "used-alias-stays",
  sentence: "nova-api loses no alias that a flavor or a server still names",
  watch: (scene) => ({
    before: (effect) => {
      if (effect.do !== "annotate-workload") return;
      const state = scene.truth.state();
      const record = state?.services.api;
      if (record?.assigned !== effect.value || record.phase === "rolling-back") return;
      if (scene.cluster.store.get("PciPassthrough", "nova")?.spec.removals !== undefined) return;
      const before = aliasesIn(scene.truth.textOf(record.good));
      const after = aliasesIn(scene.truth.textOf(record.assigned));
      for (const [alias, product] of before) {
        if (after.get(alias) === product) continue;
        const servers = scene.cluster.cloud
          .servers()
          .filter(
            (server) => server.aliases.includes(alias) && server.since < record.since - 60_000,
          );
        if (servers.length === 0) continue;
        scene.violated("used-alias-stays", `nova-api loses ${alias} of ${servers[0]!.id}`);
      }
    },
  }),
};
