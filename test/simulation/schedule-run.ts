// Runs one schedule: builds the installation, lets things happen, watches every invariant after
// every event, then lets the world come to rest and asks the questions of the end.

import { makeChance } from "../../src/embedded/store/chance.ts";
import { type Cluster, makeCluster, passTime } from "../../src/embedded/cluster.ts";
import { comeToRest } from "./at-rest.ts";
import { baseTexts } from "./base.ts";
import { furnish, troubleOf } from "./furnish.ts";
import { happen } from "./happen.ts";
import { makeIntent } from "./intent.ts";
import { holdsIn, invariants } from "./invariants.ts";
import { lead, pass } from "./lead.ts";
import { type Machine, type Result, type Run, type Violation, violate } from "./one-run.ts";
import type { Scene, Watcher } from "./scene.ts";
import { type Schedule, calmAfter } from "./schedule.ts";
import { makeTruth } from "./truth.ts";

export async function runSchedule(
  schedule: Schedule,
  machine: Machine,
  trace: (line: string) => void = () => undefined,
): Promise<Result> {
  const run = build(schedule, machine, trace);
  for (const happening of schedule.happenings) {
    run.cluster.clock.after(happening.at * 1000, () => {
      if (!run.calm) happen(happening, run);
    });
  }
  lead(run);
  await pass(run, calmAfter * 1000);
  const stopped = run.violations.length > 0;
  if (!stopped) await comeToRest(run);
  return {
    violations: run.violations,
    rounds: run.rounds,
    effects: run.effects,
    restarts: run.restarts,
    events: run.events,
    quietAfter: Math.round((run.lastWriteAt - run.start) / 1000) - calmAfter,
  };
}

function build(schedule: Schedule, machine: Machine, trace: (line: string) => void): Run {
  const { setting } = schedule;
  const slow = new Map<string, number>();
  const noImage = new Map<string, number>();
  const chance = makeChance(schedule.seed).fork(77);
  const factor = (node: string): number => slow.get(node) ?? 1;
  const texts = baseTexts(setting);
  const hooks: { started?: Watcher["started"] } = {};
  const cluster: Cluster = makeCluster({
    seed: schedule.seed,
    injection: setting.delivery === "Injected",
    policyAway: () => cluster.clock.now() < run.policyAwayUntil,
    microversion: setting.microversion,
    ...(texts === undefined ? {} : { texts }),
    admissionLagMillis: (own) => {
      const late = own.yes(0.9) ? own.between(1, 30) : own.between(30, 3000);
      const { since, until } = run.frozen ?? { since: 0, until: 0 };
      const now = cluster.clock.now();
      return now < until ? now - since : late;
    },
    knobs: {
      startMillis: (node) => chance.between(500, 2500) * factor(node),
      readyMillis: (node) => setting.readySeconds * 1000 * factor(node),
      stopMillis: () => chance.between(100, 3000),
      noImage: (node) =>
        cluster.clock.now() < (noImage.get(node) ?? 0)
          ? 'Back-off pulling image "nova": manifest unknown'
          : undefined,
      trouble: (started) => {
        hooks.started?.(started);
        const service = cluster.serviceOf(started.pod.metadata.labels);
        const first = started.node === setting.nodes[0]?.name;
        return troubleOf(started.text, service ?? "", { first, setting });
      },
    },
  });
  const truth = makeTruth(cluster, setting.credentials);
  const intent = makeIntent(() => cluster.clock.now());
  const violations: Violation[] = [];
  const run: Run = {
    schedule,
    machine,
    cluster,
    truth,
    intent,
    watchers: [],
    violations,
    trace,
    slow,
    noImage,
    policyAwayUntil: 0,
    frozen: undefined,
    operators: [],
    leaders: 0,
    acting: undefined,
    leader: undefined,
    faults: [],
    crashes: 0,
    cloudDownUntil: 0,
    outages: new Map(),
    servers: 0,
    effects: 0,
    restarts: 0,
    events: 0,
    rounds: 0,
    roundsInMinute: 0,
    minuteAt: 0,
    lastWriteAt: 0,
    calm: false,
    start: cluster.clock.now() + 30_000,
  };
  const scene: Scene = {
    cluster,
    schedule,
    truth,
    intent,
    round: () => run.acting?.last(),
    violated: (invariant, message) => violate(run, invariant, message),
  };
  (run.watchers as Watcher[]).push(
    ...invariants
      .filter((invariant) => holdsIn(invariant, setting))
      .map((invariant) => invariant.watch(scene)),
  );
  furnish(run);
  passTime(cluster.clock, 30_000);
  truth.refresh();
  hooks.started = (started) => {
    for (const watcher of run.watchers) watcher.started?.(started);
  };
  cluster.store.watch((change) => {
    for (const watcher of run.watchers) watcher.changed?.(change);
  });
  return run;
}
