// Measures what a burst costs: a thousand edits within one second on the embedded cluster, in its own
// time. Counted are rollouts and full plans, so the machine does not matter.
import { withDefaults } from "../../src/api/parse.ts";
import { dayOne, makeCluster, type Cluster } from "../../src/embedded/cluster.ts";
import { live, startOperator } from "../../src/embedded/operator.ts";
import { addUsualWorkloads, computeLabel } from "../../src/embedded/workloads.ts";
import { calmWorld, makeWorld } from "../../src/embedded/world.ts";
import { execute } from "../../src/operator/execute.ts";
import { usualTimes } from "../../src/operator/loop.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Row } from "./measure.ts";
import { productOf } from "./snapshot.ts";

const edits = 1000;
const racks = 20;

function build(): Cluster {
  const cluster = makeCluster();
  for (let at = 0; at < racks; at += 1) {
    cluster.addNode(`node-${at}`, { [computeLabel]: "enabled", "example.org/rack": `rack-${at}` });
  }
  addUsualWorkloads(cluster);
  const passthrough = withDefaults("PciPassthrough", {
    metadata: { name: "nova" },
    spec: { adopt: true, rollout: { maxUnavailable: 5 } },
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

export async function embeddedRows(): Promise<readonly Row[]> {
  const cluster = build();
  const { clock, store } = cluster;
  let plans = 0;
  const world = makeWorld(cluster, { ...calmWorld, credentials: true });
  const operator = startOperator(world, clock, {
    plan: (seen) => {
      plans += 1;
      return plan(seen);
    },
    execute,
    planned: () => undefined,
    gatherMillis: usualTimes.gatherMillis,
    pollMillis: usualTimes.pollMillis,
  });
  const until = (at: number) =>
    live(
      clock,
      at,
      () => [operator],
      () => undefined,
    );
  const hour = 3_600_000;
  await until(dayOne + hour);
  const rolloutsBefore = rolloutsOf(operator.last()?.seen.state);
  const plansBefore = plans;
  const burst = clock.now() + 60_000;
  let plansAtEnd = 0;
  for (let edit = 0; edit < edits; edit += 1) {
    clock.after(burst - clock.now() + edit, () => {
      const rack = edit % racks;
      const spec = specOf(rack, (0x4000 + edit).toString(16));
      store.edit("PciWhitelist", `rack-${rack}`, (old) => ({ ...old, spec }));
    });
  }
  clock.after(burst - clock.now() - 1, () => (plansAtEnd = -plans));
  clock.after(burst - clock.now() + edits + 4000, () => (plansAtEnd += plans));
  await until(burst + 3 * hour);
  const bug = operator.bug();
  if (bug !== undefined) throw bug;
  const rollouts = rolloutsOf(operator.last()?.seen.state) - rolloutsBefore;
  void plansBefore;
  return [
    {
      metric: `${edits} edits in one second (embedded cluster): rollouts of nova-compute`,
      measured: `${rollouts}`,
      target: "1",
    },
    {
      metric: `${edits} edits in one second (embedded cluster): plans until all is rendered`,
      measured: `${plansAtEnd}`,
      target: "<= 3",
    },
  ];
}

function rolloutsOf(state: unknown): number {
  const read = state as {
    readonly state?: { readonly history: readonly { readonly service: string }[] };
  };
  return (read.state?.history ?? []).filter((one) => one.service === "compute").length;
}
