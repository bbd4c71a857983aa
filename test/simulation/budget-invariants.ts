// Invariants of how much may be down at once, and of how far one bad entry may get.

import type { Effect } from "../../src/plan/terms/effects.ts";
import type { Millis } from "../../src/plan/terms/time.ts";
import { offered } from "./conf.ts";
import { productsOf } from "./intent.ts";
import { verifyTimeoutMillis } from "./rollout-invariants.ts";
import type { Invariant, Scene } from "./scene.ts";

/** The compute node whose running nova-compute an effect takes away; undefined = none. */
export function takesDown(effect: Effect, scene: Scene): string | undefined {
  if (effect.do !== "remove-pod") return undefined;
  const pod = scene.cluster.store.get("Pod", effect.name);
  if (pod?.metadata.uid !== effect.uid) return undefined;
  if (scene.cluster.serviceOf(pod.metadata.labels) !== "compute") return undefined;
  const node = scene.truth.nodeOfPod(effect.name);
  return node !== undefined && scene.truth.isUp(node) ? node : undefined;
}

function rolloutStart(scene: Scene): Millis {
  return scene.truth.state()?.rollouts.compute?.startedAt ?? scene.cluster.clock.now();
}

/**
 * Down since before the rollout began, skipped, or down for verifyTimeoutSeconds when somebody wishes
 * anew: nobody has to wait for it.
 */
function isExcused(node: string, scene: Scene): boolean {
  const state = scene.truth.state();
  if (state?.nodes[node]?.phase === "skipped") return true;
  const since = scene.truth.downSince(node);
  if (since === undefined) return false;
  const late = scene.cluster.clock.now() - since >= verifyTimeoutMillis;
  return since < rolloutStart(scene) || (late && since < (state?.changedAt ?? 0));
}

export const budget: Invariant = {
  name: "budget",
  sentence:
    "never more than maxUnavailable nova-computes are down through us, beyond those skipped",
  watch: (scene) => {
    const down = new Set<string>();
    let taking: string | undefined;
    return {
      before: (effect) => {
        taking = takesDown(effect, scene);
      },
      after: (_effect, done) => {
        if (!done || taking === undefined) return;
        down.add(taking);
        const counted = [...down].filter((node) => !isExcused(node, scene));
        const { maxUnavailable } = scene.schedule.setting;
        if (counted.length > maxUnavailable) {
          scene.violated("budget", `${counted.join(", ")} are down, allowed ${maxUnavailable}`);
        }
      },
      happened: () => {
        for (const node of down) {
          const gone = scene.cluster.store.get("Node", node) === undefined;
          const back = scene.truth.isUp(node) && scene.truth.pod(node) !== undefined;
          if (gone || back) down.delete(node);
        }
      },
    };
  },
};

export const budgetOfOthers: Invariant = {
  name: "budget-of-others",
  sentence: "a compute that was seen down for any other reason during the rollout counts too",
  watch: (scene) => ({
    before: (effect) => {
      const node = takesDown(effect, scene);
      const seen = scene.round()?.seen;
      if (node === undefined || seen === undefined) return;
      // It failed and was counted as down all along, even if it came up at last.
      if (scene.truth.state()?.nodes[node]?.phase === "rolling-back") return;
      const ready = new Set(
        seen.pods
          .filter((pod) => pod.service === "compute" && pod.ready && !pod.deleting)
          .map((pod) => pod.node),
      );
      const others = seen.nodes.filter(({ name }) => {
        if (name === node || ready.has(name)) return false;
        const since = scene.truth.downSince(name);
        return since !== undefined && !isExcused(name, scene);
      });
      const { maxUnavailable } = scene.schedule.setting;
      if (others.length + 1 > maxUnavailable) {
        const names = others.map((other) => other.name).join(", ");
        scene.violated("budget-of-others", `${node} is taken although ${names} was seen down`);
      }
    },
  }),
};

export const blast: Invariant = {
  name: "blast-radius",
  sentence: "one bad entry stops no more computes than the failure limit and the budget allow",
  watch: (scene) => {
    const harmed = new Map<string, Set<string>>();
    let taken: string | undefined;
    const ours = new Set<string>();
    return {
      before: (effect) => {
        taken = takesDown(effect, scene);
      },
      after: (_effect, done) => {
        if (done && taken !== undefined) ours.add(taken);
      },
      started: ({ node, text }) => {
        if (!ours.delete(node) || scene.schedule.setting.delivery === "Mounted") return;
        for (const product of offered(text)) {
          if (!product.startsWith("dea")) continue;
          if (product === "dea2" && !scene.schedule.setting.credentials) continue;
          const whose = scene.cluster.store
            .list("PciWhitelist")
            .filter((custom) =>
              productsOf({ kind: "PciWhitelist", spec: custom.spec }).includes(product),
            )
            .map(({ metadata }) => `${metadata.uid}.${metadata.generation}`);
          const key = `${product} of ${whose.join()}`;
          const nodes = harmed.get(key) ?? new Set();
          harmed.set(key, nodes.add(node));
          const { failureLimit, maxUnavailable } = scene.schedule.setting;
          // A canary whose Node left, or whose host died, proved nothing: nobody is to blame for it.
          for (const word of nodes) {
            const there = scene.cluster.store.get("Node", word) !== undefined;
            if (!there || !scene.cluster.kubelets.isAlive(word)) nodes.delete(word);
          }
          if (nodes.size > failureLimit - 1 + maxUnavailable) {
            scene.violated("blast-radius", `${product} stopped ${[...nodes].join(", ")}`);
          }
        }
      },
    };
  },
};
