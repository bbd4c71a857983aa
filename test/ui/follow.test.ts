// A cluster as it lives: every change that is seen becomes a moment, an outage is said, and the page
// that looks on writes nothing.

import { expect, test } from "@jest/globals";
import { UnreachableProblem } from "../../src/cli/terminal/problems.ts";
import type { LookedAt } from "../../src/cli/access/cluster-access.ts";
import { follow } from "../../src/cli/follow.ts";
import { makeReel, type Reel } from "../../src/ui/reel.ts";
import type { Snapshot } from "../../src/plan/terms/snapshot.ts";
import type { Stage } from "../support/stage.ts";
import { eightCards, gpuStage } from "./gpu-world.ts";

/** Resolves with the first thing told that is one of these. */
function told(reel: Reel, test: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = reel.subscribe(() => {
      if (!test()) return;
      stop();
      resolve();
    });
  });
}

type Followed = {
  readonly stage: Stage;
  readonly reel: Reel;
  readonly change: () => void;
  /** From now on. */
  readonly answers: (of: { readonly kubernetes?: Answer; readonly cloud?: Answer }) => void;
  readonly stop: () => void;
};
type Answer = "at once" | "never" | "refused";

async function followed(): Promise<Followed> {
  const stage = await gpuStage(["g1"], () => eightCards(0));
  await stage.pass(2);
  const changed: (() => void)[] = [];
  let how: { readonly kubernetes: Answer; readonly cloud: Answer } = {
    ...{ kubernetes: "at once", cloud: "at once" },
  };
  const answer = async (of: Answer): Promise<Snapshot> => {
    if (of === "never") await new Promise(() => undefined);
    if (of === "refused") throw new UnreachableProblem("the API server does not answer");
    return stage.last().seen;
  };
  const cluster: LookedAt = {
    observe: () => answer(how.kubernetes === "refused" ? "refused" : how.cloud),
    observeKubernetes: () => answer(how.kubernetes),
    elsewhere: () => [],
    readBase: () => Promise.reject(new Error("not asked")),
    subscribe: (listener) => {
      changed.push(listener);
      return () => undefined;
    },
    close: () => Promise.resolve(),
  };
  const reel = makeReel({ source: "cluster", namespace: "openstack", title: "" });
  const stop = follow(cluster, reel, await cluster.observe(stage.last().plan.ask));
  const change = (): void => {
    for (const tell of changed) tell();
  };
  return { stage, reel, change, answers: (of) => void (how = { ...how, ...of }), stop };
}

test("a change is a moment, silence is said, and an answer ends it", async () => {
  const { stage, reel, change, answers, stop } = await followed();
  try {
    expect(reel.story()).toMatchObject({ phase: "live", moments: [{ index: 0 }] });

    const ready = told(reel, () => reel.story().moments.length > 1);
    await stage.pass(1200);
    change();
    await ready;
    expect(reel.story().moments[1]).toMatchObject({ ready: { ready: 4, all: 4 } });
    // The cloud is heard of after Kubernetes.
    if (reel.story().moments.length === 2) await told(reel, () => reel.story().moments.length > 2);
    expect(JSON.stringify(reel.story().moments[2])).toContain("is created in Nova");

    const lost = told(reel, () => reel.story().phase === "lost");
    answers({ kubernetes: "refused" });
    change();
    await lost;
    expect(reel.story()).toMatchObject({ problem: "the API server does not answer" });

    const back = told(reel, () => reel.story().phase === "live");
    answers({ kubernetes: "at once" });
    change();
    await back;
    expect(reel.story().problem).toBeUndefined();
    expect(reel.story().moments).toHaveLength(3);
  } finally {
    stop();
  }
});

test("a cloud that takes its time holds up nothing that Kubernetes says", async () => {
  const { stage, reel, change, answers, stop } = await followed();
  try {
    answers({ cloud: "never" });
    change();
    const ready = told(reel, () => reel.story().moments.at(-1)?.ready.ready === 4);
    await stage.pass(1200);
    change();
    await ready;
    expect(reel.story().phase).toBe("live");
  } finally {
    stop();
  }
});
