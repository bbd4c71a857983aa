// Measures what a burst costs: a thousand edits within one second on the embedded cluster, whose clock
// follows the real one here, under the operator's own loop. Counted are rollouts and plans.
import { setTimeout as pause } from "node:timers/promises";
import { withDefaults } from "../../src/api/parse.ts";
import { makeCluster, passTime, type Cluster } from "../../src/embedded/cluster.ts";
import { addUsualWorkloads, computeLabel } from "../../src/embedded/workloads.ts";
import { makeWorld } from "../../src/embedded/world.ts";
import { startLoop, type RoundReport } from "../../src/operator/loop.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Snapshot } from "../../src/plan/terms/snapshot.ts";
import type { Row } from "./measure.ts";
import { productOf } from "./snapshot.ts";

const edits = 1000;
const racks = 20;

function build(): Cluster {
  const cluster = makeCluster({
    knobs: {
      startMillis: () => 50,
      readyMillis: () => 50,
      stopMillis: () => 50,
      trouble: () => undefined,
    },
  });
  for (let at = 0; at < racks; at += 1) {
    cluster.addNode(`node-${at}`, { [computeLabel]: "enabled", "example.org/rack": `rack-${at}` });
  }
  addUsualWorkloads(cluster);
  passTime(cluster.clock, 60_000);
  const rollout = {
    ...{ settleSeconds: 2, minReadySeconds: 0, maxUnavailable: "100%", removalGraceSeconds: 2 },
  };
  const passthrough = withDefaults("PciPassthrough", {
    metadata: { name: "nova" },
    spec: { adopt: true, rollout: { ...rollout, canary: { bakeSeconds: 0 } } },
  });
  cluster.store.create("PciPassthrough", passthrough);
  for (let at = 0; at < racks; at += 1) {
    cluster.store.create("PciWhitelist", {
      metadata: { name: `rack-${at}` },
      spec: specOf(at, productOf(at)),
    });
  }
  return cluster;
}

function specOf(rack: number, product: string) {
  return {
    nodeSelector: { matchLabels: { "example.org/rack": `rack-${rack}` } },
    priority: 0,
    devices: [{ vendorId: "8086", productId: product }],
    removalPolicy: "Wait" as const,
  };
}

type Running = {
  /** Virtual milliseconds for each real one: 1 while edits are made. */
  speed: number;
  readonly stop: () => void;
};

/** Lets the clock of the cluster follow the real one. */
function run({ clock }: Cluster): Running {
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    passTime(clock, (now - last) * running.speed);
    last = now;
  }, 1);
  const running: Running = { speed: 20, stop: () => clearInterval(timer) };
  return running;
}

export async function embeddedRows(): Promise<readonly Row[]> {
  const cluster = build();
  const world = makeWorld(cluster, { credentials: true });
  const reports: RoundReport[] = [];
  const seen: { last?: Snapshot } = {};
  const running = run(cluster);
  const loop = startLoop({
    world: { ...world, namespaces: () => [cluster.namespace] },
    plan: (snapshot) => {
      seen.last = snapshot;
      return plan(snapshot);
    },
    leads: () => true,
    reported: (report) => reports.push(report),
  });
  loop.wake();
  await rest(reports);
  const before = rolloutsOf(seen.last);
  const plansBefore = reports.length;
  running.speed = 1;
  const took = await burst(cluster);
  await pause(1000);
  running.speed = 20;
  const plans = reports.slice(plansBefore);
  await rest(reports);
  const rollouts = rolloutsOf(seen.last) - before;
  await loop.stop();
  running.stop();
  const bug = reports.find((report) => report.bug !== undefined)?.bug;
  if (bug !== undefined) throw new Error("a round ended with a bug", { cause: bug });
  const title = `${edits} edits in ${took.toFixed(1)} s (embedded cluster)`;
  return [
    { metric: `${title}: rollouts of nova-compute`, measured: `${rollouts}`, target: "1" },
    {
      metric: `${title}: plans from the first to a second after the last`,
      measured: `${plans.length}`,
      target: "<= 3",
    },
  ];
}

/** One edit every millisecond, each whitelist fifty times. */
async function burst({ store }: Cluster): Promise<number> {
  const began = performance.now();
  for (let edit = 0; edit < edits;) {
    const due = Math.min(edits, Math.floor(performance.now() - began) + 1);
    for (; edit < due; edit += 1) {
      const spec = specOf(edit % racks, (0x4000 + edit).toString(16));
      store.edit("PciWhitelist", `rack-${edit % racks}`, (old) => ({ ...old, spec }));
    }
    await pause(1);
  }
  return (performance.now() - began) / 1000;
}

/** Nothing but statuses was written, and no step waits, for three seconds. */
async function rest(reports: readonly RoundReport[]): Promise<void> {
  let quietSince = performance.now();
  let known = 0;
  const deadline = quietSince + 120_000;
  while (performance.now() - quietSince < 5000) {
    if (performance.now() > deadline) {
      const gates = reports.at(-1)?.plan?.gates.slice(0, 3);
      throw new Error(`the embedded cluster does not come to rest: ${JSON.stringify(gates)}`);
    }
    await pause(20);
    const fresh = reports.slice(known);
    known = reports.length;
    const busy = fresh.some(
      (roundReport) => roundReport.executed.length > 0 || roundReport.failure !== undefined,
    );
    const waits = (reports.at(-1)?.plan?.gates.length ?? 1) > 0;
    if (busy || waits) quietSince = performance.now();
  }
}

function rolloutsOf(seen: Snapshot | undefined): number {
  if (seen?.state.is !== "read") return 0;
  return seen.state.state.history.filter((record) => record.service === "compute").length;
}
