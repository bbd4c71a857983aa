// While the chart's own change replaces the nova-computes, their one mounted file says nothing new: it
// would reach all of them at once, without a proof.
import { expect, test } from "@jest/globals";
import { mountedName } from "../../../src/api/names.ts";
import { chartRolls } from "../../../src/plan/gates/delivery.ts";
import type { Snapshot } from "../../../src/plan/terms/snapshot.ts";

const set = (strategy: string) => ({ service: "compute", kind: "DaemonSet", strategy });
const pod = (name: string, more: object = {}) => ({
  ...{ name, service: "compute", ready: true, deleting: false },
  ...more,
});
const mounts = { mounted: mountedName("compute") };

test.each([
  ["every pod mounts it", "RollingUpdate", [pod("a", mounts)], undefined],
  ["one does not yet", "RollingUpdate", [pod("a", mounts), pod("b")], "1 do not mount"],
  ["none does yet", "RollingUpdate", [pod("b"), pod("c")], "2 do not mount"],
  ["only one that is leaving does not", "RollingUpdate", [pod("b", { deleting: true })], undefined],
  [
    "only one that runs nothing does not: a dead node",
    "RollingUpdate",
    [pod("b", { ready: false })],
    undefined,
  ],
  ["nobody replaces them", "OnDelete", [pod("b")], undefined],
  ["another service's pod", "RollingUpdate", [pod("b", { service: "api" })], undefined],
] as const)("%s", (_name, strategy, pods, says) => {
  const seen = { workloads: [set(strategy)], pods } as unknown as Snapshot;
  const gate = chartRolls(seen);
  if (says === undefined) expect(gate).toBeUndefined();
  else expect(gate).toMatchObject({ gate: "NotWired", why: expect.stringContaining(says) });
});
