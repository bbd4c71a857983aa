// Invariants of replacing: that it ends, and that nothing is taken that would come back without its
// fragment.

import { takesDown } from "./budget-invariants.ts";
import type { Invariant } from "./scene.ts";

/** The change itself, and twice more for an API server that sees the assignment late. */
const mostReplacements = 3;

export const replacingEnds: Invariant = {
  name: "replacing-ends",
  sentence:
    "the pod of a node is replaced three times at most for one fragment, unless something happens",
  watch: (scene) => {
    let replaced = new Map<string, number>();
    return {
      // A pod that somebody deletes or a file that somebody changes begins anew.
      intervened: () => {
        replaced = new Map();
      },
      after: (effect, done) => {
        if (effect.do !== "remove-pod" || !done) return;
        const node = scene.truth.nodeOfPod(effect.name);
        const record = scene.truth.state()?.nodes[node ?? ""];
        if (node === undefined || record === undefined) return;
        const key = `${node} for ${record.assigned}`;
        const times = (replaced.get(key) ?? 0) + 1;
        replaced.set(key, times);
        if (times > mostReplacements)
          scene.violated("replacing-ends", `${key}: ${times} times without a change`);
      },
    };
  },
};

export const injectedAgain: Invariant = {
  name: "comes-back-with-its-fragment",
  sentence: "no nova-compute is taken while its next pod was seen to come without a fragment",
  watch: (scene) => ({
    before: (effect) => {
      const seen = scene.round()?.seen;
      if (seen === undefined || scene.schedule.setting.delivery === "Mounted") return;
      const { mutating, namespaceLabelled } = seen.injection;
      if (mutating.is === "installed" && namespaceLabelled) return;
      const node = takesDown(effect, scene);
      if (node === undefined) return;
      const what = namespaceLabelled ? "the policy was away" : "the namespace had no label";
      scene.violated("comes-back-with-its-fragment", `${node} is taken although ${what}`);
    },
  }),
};
