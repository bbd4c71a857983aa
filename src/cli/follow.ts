// A cluster as it lives, moment by moment: looked at when Kubernetes says that something changed,
// and every few seconds for what only the cloud knows. Who cannot be asked is said and asked again.

import { Failure } from "../api/failure.ts";
import { plan } from "../plan/plan.ts";
import type { Snapshot } from "../plan/terms/snapshot.ts";
import type { Reel } from "../ui/reel.ts";
import { UnreachableProblem } from "./terminal/problems.ts";
import type { LookedAt } from "./access/cluster-access.ts";
import { askAfter } from "./nodes/look.ts";

/** Changes that come together are one moment. */
const gatherMillis = 150;
const cloudMillis = 5000;

/** Gives back what ends it. */
export function follow(cluster: LookedAt, reel: Reel, first: Snapshot): () => void {
  const life = { last: first, ended: false, busy: false, again: false };
  const timers = new Set<NodeJS.Timeout>();
  const after = (millis: number, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, millis);
    timers.add(timer);
  };
  const look = async (): Promise<void> => {
    if (life.busy || life.ended) {
      life.again = true;
      return;
    }
    life.busy = true;
    life.again = false;
    try {
      show(await cluster.observe(askAfter(life.last)));
    } catch (error) {
      if (!life.ended) reel.enter("lost", whyNot(error));
    } finally {
      life.busy = false;
      if (life.again) after(gatherMillis, () => void look());
    }
  };
  const show = (seen: Snapshot): void => {
    if (life.ended) return;
    life.last = seen;
    reel.add({ seen, plan: plan(seen) });
    reel.enter("live");
  };
  const clock = (): void => {
    void look();
    after(cloudMillis, clock);
  };
  const state = { waits: false };
  const stop = cluster.subscribe(() => {
    if (state.waits) return;
    state.waits = true;
    after(gatherMillis, () => {
      state.waits = false;
      void look();
    });
  });
  show(first);
  after(cloudMillis, clock);
  return () => {
    life.ended = true;
    stop();
    for (const timer of timers) clearTimeout(timer);
  };
}

function whyNot(error: unknown): string {
  if (error instanceof UnreachableProblem || error instanceof Failure) return error.message;
  return "the namespace cannot be read";
}
