// A cluster as it lives: every change that is seen becomes a moment, an outage is said, and the page
// that looks on writes nothing.

import { expect, test } from "@jest/globals";
import { UnreachableProblem } from "../../src/cli/terminal/problems.ts";
import type { LookedAt } from "../../src/cli/access/cluster-access.ts";
import { follow } from "../../src/cli/follow.ts";
import { makeReel, type Reel } from "../../src/ui/reel.ts";
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

test("a change is a moment, silence is said, and an answer ends it", async () => {
  const stage = await gpuStage(["g1"], () => eightCards(0));
  await stage.pass(2);
  const changed: (() => void)[] = [];
  let silent = false;
  const cluster: LookedAt = {
    observe: () =>
      silent
        ? Promise.reject(new UnreachableProblem("the API server does not answer"))
        : Promise.resolve(stage.last().seen),
    readBase: () => Promise.reject(new Error("not asked")),
    subscribe: (listener) => {
      changed.push(listener);
      return () => undefined;
    },
    close: () => Promise.resolve(),
  };
  const reel = makeReel({ source: "cluster", namespace: "openstack", title: "" });
  const stop = follow(cluster, reel, await cluster.observe(stage.last().plan.ask));
  try {
    expect(reel.story()).toMatchObject({ phase: "live", moments: [{ index: 0 }] });

    const ready = told(reel, () => reel.story().moments.length > 1);
    await stage.pass(1200);
    for (const tell of changed) tell();
    await ready;
    expect(reel.story().moments.at(-1)).toMatchObject({ index: 1, ready: { ready: 4, all: 4 } });

    const lost = told(reel, () => reel.story().phase === "lost");
    silent = true;
    for (const tell of changed) tell();
    await lost;
    expect(reel.story()).toMatchObject({ problem: "the API server does not answer" });

    const back = told(reel, () => reel.story().phase === "live");
    silent = false;
    for (const tell of changed) tell();
    await back;
    expect(reel.story().problem).toBeUndefined();
    expect(reel.story().moments).toHaveLength(2);
  } finally {
    stop();
  }
});
