// Nothing happens any more: does the world converge, and is it silent then?

import { describeEffect } from "./describe-effect.ts";
import { checkContent, checkHealth, checkServices } from "./in-the-end.ts";
import { checkGreen } from "./green-invariants.ts";
import { pass } from "./lead.ts";
import { type Run, forget, violate } from "./one-run.ts";
import { checkProgress, checkWaits } from "./waits.ts";

const restMinutes = 150;

/** By then what nothing names any more was collected (src/plan/gates/delivery.ts: an hour). */
const collectMinutes = 70;

export async function comeToRest(run: Run): Promise<void> {
  const { clock, kubelets } = run.cluster;
  run.calm = true;
  run.faults.length = 0;
  run.crashes = 0;
  run.cloudDownUntil = 0;
  run.policyAwayUntil = 0;
  run.frozen = undefined;
  run.outages.clear();
  run.slow.clear();
  run.noImage.clear();
  for (const node of run.schedule.setting.nodes) {
    if (!kubelets.isAlive(node.name)) kubelets.revive(node.name);
  }
  for (const operator of [...run.operators]) {
    if (operator === run.leader) continue;
    operator.world.kill();
    forget(run, operator);
  }
  const end = clock.now() + restMinutes * 60_000;
  // What was lost for a while is back by then.
  await pass(run, 240_000);
  while (clock.now() < end && !isQuiet(run)) {
    await pass(run, 60_000);
    if (run.violations.length > 0) return;
  }
  if (!isQuiet(run)) {
    const { plan } = run.leader?.last() ?? {};
    return violate(
      run,
      "converges",
      `still writing ${restMinutes} minutes later: ${(plan?.effects ?? []).map(describeEffect).join(", ")}; gates ${JSON.stringify(plan?.gates ?? [])}`,
    );
  }
  if (run.schedule.seed % 8 === 0) await pass(run, collectMinutes * 60_000);
  await askOnceMore(run, "looked again");
  run.leader?.world.kill();
  // One whose clock is behind begins anew what it is told of the future, when it leads: seconds from
  // now. Ten minutes are the longest that is waited for.
  if (run.schedule.setting.clocks !== undefined) await pass(run, 660_000);
  await askOnceMore(run, "a new operator");
  if (run.violations.length > 0) return;
  checkContent(run);
  checkServices(run);
  checkHealth(run);
  checkWaits(run);
  checkProgress(run);
  checkGreen(run);
}

/** Nothing was written for six minutes, and nothing timed is near. */
function isQuiet(run: Run): boolean {
  const { clock } = run.cluster;
  const last = run.leader?.last();
  if (last === undefined || clock.now() - run.lastWriteAt < 360_000) return false;
  const { againAt } = last.plan;
  return againAt === undefined || againAt - clock.now() > 60_000 || againAt <= last.seen.now;
}

async function askOnceMore(run: Run, who: string): Promise<void> {
  const before = run.effects;
  run.leader?.nudge();
  await pass(run, 30_000);
  if (run.violations.length > 0 || run.effects === before) return;
  const plan = run.leader?.last()?.plan;
  violate(
    run,
    "converged-writes-nothing",
    `${who}: ${run.effects - before} effects, last plan ${(plan?.effects ?? []).map(describeEffect).join(", ")}`,
  );
}
