// A cluster as it lives, moment by moment: looked at when Kubernetes says that something changed,
// and every few seconds for what only the cloud knows, which nobody waits for. Who cannot be asked
// is said and asked again.

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

type After = (millis: number, work: () => void) => void;

/** Gives back what ends it. */
export function follow(cluster: LookedAt, reel: Reel, first: Snapshot): () => void {
  const life = { last: first, ended: false };
  const timers = new Set<NodeJS.Timeout>();
  const after: After = (millis, work) => {
    if (life.ended) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, millis);
    timers.add(timer);
  };
  const show = (seen: Snapshot): void => {
    if (life.ended) return;
    life.last = seen;
    reel.add({ seen, plan: plan(seen) });
    reel.enter("live");
  };
  const lost = (error: unknown): void => {
    if (!life.ended) reel.enter("lost", whyNot(error));
  };
  // What Kubernetes says is shown at once, beside what the cloud said last.
  const look = oneAtATime(after, async () => {
    const seen = await cluster.observeKubernetes();
    show({ ...seen, cloud: life.last.cloud });
  });
  const ask = oneAtATime(after, async () => {
    const { cloud } = await cluster.observe(askAfter(life.last));
    life.last = { ...life.last, cloud };
    look(lost);
  });
  const clock = (): void => {
    ask(lost);
    after(cloudMillis, clock);
  };
  const state = { waits: false };
  const stop = cluster.subscribe(() => {
    if (state.waits) return;
    state.waits = true;
    after(gatherMillis, () => {
      state.waits = false;
      look(lost);
      ask(lost);
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

/** Who calls meanwhile gets one more after it. */
function oneAtATime(
  after: After,
  work: () => Promise<void>,
): (failed: (error: unknown) => void) => void {
  const state = { busy: false, again: false };
  const start = (failed: (error: unknown) => void): void => {
    state.again = state.busy;
    if (state.busy) return;
    state.busy = true;
    void work()
      .catch(failed)
      .finally(() => {
        state.busy = false;
        if (state.again) after(gatherMillis, () => start(failed));
      });
  };
  return start;
}

function whyNot(error: unknown): string {
  if (error instanceof UnreachableProblem || error instanceof Failure) return error.message;
  return "the namespace cannot be read";
}
