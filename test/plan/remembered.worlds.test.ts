// What is remembered from round to round changes no answer: in the worlds of the simulation, and in a
// calm cloud in which one thing after the other changes, each plan is made once more of a copy, of
// which the process knows no value.

import { expect, test } from "@jest/globals";
import { sameJson } from "../../src/nova/text/same-json.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Plan } from "../../src/plan/terms/effects.ts";
import type { PodView, Snapshot } from "../../src/plan/terms/snapshot.ts";
import type { State } from "../../src/plan/terms/state.ts";
import { converged, nodeName, oneEdited } from "../bench/snapshot.ts";
import { makeSchedule } from "../simulation/generate.ts";
import type { Machine } from "../simulation/one-run.ts";
import { runSchedule } from "../simulation/schedule-run.ts";

/** Another value of no meaning, so that what rests makes its plan anew. */
function anew(seen: Snapshot): Plan {
  return plan(structuredClone({ ...seen, refused: seen.refused ?? [] }));
}

/** The next value with everything of the one before that is the same in it. */
function keeping<T>(before: unknown, next: T): T {
  if (before === next || typeof before !== "object" || before === null) return next;
  if (typeof next !== "object" || next === null) return next;
  if (sameJson(before, next)) return before as T;
  if (Array.isArray(next)) {
    const old = Array.isArray(before) ? before : [];
    return next.map((item: unknown, at) => keeping(old[at], item)) as T;
  }
  const old = before as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(next).map(([key, value]) => [key, keeping(old[key], value)]),
  ) as T;
}

const firstSeed = 1_128_000;

for (const seed of [0, 1, 3, 7].map((number) => firstSeed + number)) {
  test(`schedule ${seed}: a plan of what is known is the plan of what is not`, async () => {
    let before: Snapshot | undefined;
    let compared = 0;
    const machine: Machine = {
      plan: (seen) => {
        before = keeping(before, seen);
        const made = plan(before);
        expect(made).toEqual(anew(seen));
        compared += 1;
        return made;
      },
    };
    const { violations } = await runSchedule(makeSchedule(seed), machine);
    expect(violations).toEqual([]);
    expect(compared).toBeGreaterThan(20);
  }, 120_000);
}

const calm = converged({ nodes: 60, whitelists: 12, aliases: 6 });

type Change = (seen: Snapshot) => Snapshot;

const node = nodeName(7);

function podChanged(change: Partial<PodView>): Change {
  return (seen) => ({
    ...seen,
    pods: seen.pods.map((pod) => (pod.node === node ? { ...pod, ...change } : pod)),
  });
}

function serviceChanged(state: "down" | "unknown"): Change {
  return (seen) => {
    if (seen.cloud.is !== "read") return seen;
    const services = seen.cloud.services.map((service) =>
      service.host === node ? { ...service, state } : service,
    );
    return { ...seen, cloud: { ...seen.cloud, services } };
  };
}

function stateChanged(change: (state: State) => Partial<State>): Change {
  return (seen) => {
    if (seen.state.is !== "read") return seen;
    const { state } = seen.state;
    return { ...seen, state: { ...seen.state, state: { ...state, ...change(state) } } };
  };
}

const devices = [{ vendor: "8086", product: "1000", class: "0200", iommuGroup: true }];

const changes: Readonly<Record<string, Change>> = {
  "an edit": (seen) => oneEdited(seen, 7),
  "an edit elsewhere": (seen) => oneEdited(seen, 3),
  "a whitelist less": (seen) => ({
    ...seen,
    objects: { ...seen.objects, whitelists: seen.objects.whitelists.slice(1) },
  }),
  "an alias less": (seen) => ({
    ...seen,
    objects: { ...seen.objects, aliases: seen.objects.aliases.slice(1) },
  }),
  "a pod that is not ready": podChanged({ ready: false }),
  "a pod that goes": podChanged({ deleting: true }),
  "a pod with another fragment": podChanged({ fragment: "nova-pci-000000000000" }),
  "a pod that is gone": (seen) => ({
    ...seen,
    pods: seen.pods.filter((pod) => pod.node !== node),
  }),
  "a compute that is down": serviceChanged("down"),
  "a cell that is silent": serviceChanged("unknown"),
  "a cloud that is silent": (seen) => ({
    ...seen,
    cloud: { is: "unreachable", message: "it does not answer", at: seen.now },
  }),
  "other labels of a node": (seen) => ({
    ...seen,
    nodes: seen.nodes.map((other) =>
      other.name === node
        ? { ...other, labels: { ...other.labels, "example.org/rack": "rack-1" } }
        : other,
    ),
  }),
  "an inventory of a node": (seen) => ({ ...seen, hardware: { [node]: { devices } } }),
  "a record of another fragment": stateChanged(({ nodes }) => ({
    nodes: { ...nodes, [node]: { ...nodes[node]!, good: nodes[nodeName(8)]!.good } },
  })),
  "a node that is skipped": stateChanged(({ nodes }) => ({
    nodes: {
      ...nodes,
      [node]: { ...nodes[node]!, phase: "skipped", good: nodes[nodeName(8)]!.good },
    },
  })),
  "a state that is lost": (seen) => ({ ...seen, state: { is: "absent" } }),
  "a write that is refused": (seen) => ({
    ...seen,
    refused: [{ do: "write-state", subject: "", by: "kubernetes", words: "no", conflict: false }],
  }),
  "computes that roll": (seen) => ({
    ...seen,
    workloads: seen.workloads.map((workload) =>
      workload.service === "compute" ? { ...workload, observedGeneration: 0 } : workload,
    ),
  }),
};

for (const [what, change] of Object.entries(changes)) {
  test(`${what}, there and back again: nothing is remembered wrongly`, () => {
    const edited = oneEdited(calm, 5);
    for (const seen of [edited, change(edited), edited, change(calm), oneEdited(change(calm), 2)]) {
      expect(plan(seen)).toEqual(anew(seen));
    }
  });
}
