// One leader on a real API server: taking, giving back, taking over, and a leader that was frozen.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { holdLease, type Lease, type LeaseTimes } from "../../../src/cluster/lease.ts";
import { openRest, type Rest } from "../../../src/cluster/wire/rest.ts";
import type { ControlPlane } from "../../control-plane/attach.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { until } from "../../control-plane/processes.ts";
import { sharedControlPlane } from "../../control-plane/plane-of-the-run.ts";

const times: LeaseTimes = { durationSeconds: 3, renewDeadlineSeconds: 2, retrySeconds: 0.2 };

controlPlaneLane("lease", () => {
  let plane: ControlPlane;
  let namespace: string;
  let rest: Rest;
  const held: Lease[] = [];
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    plane = await sharedControlPlane();
    rest = openRest({
      server: plane.url,
      tls: { ca: plane.ca },
      headers: () => Promise.resolve({ authorization: `Bearer ${plane.adminToken}` }),
      forget: () => undefined,
    });
  });
  // What a try before has left would be taken for what this one does.
  beforeEach(async () => {
    namespace = await plane.namespace();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const lease of held.splice(0)) await lease.release();
  });
  afterAll(async () => {
    await rest.close();
    await plane.stop();
  });

  function candidate(name: string, identity: string) {
    const told: string[] = [];
    const lease = holdLease({
      rest,
      namespace,
      name,
      identity,
      times,
      led: () => told.push("led"),
      lost: () => told.push("lost"),
    });
    held.push(lease);
    return { lease, told };
  }
  const stored = (name: string) =>
    plane.get(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`);

  test("of two candidates one leads, and both know which", async () => {
    const item = candidate("two", "one");
    const two = candidate("two", "two");
    await until("a leader", () => item.lease.leads() || two.lease.leads());
    await until(
      "agreement",
      () => item.lease.leader() !== undefined && item.lease.leader() === two.lease.leader(),
    );
    expect([item.lease.leads(), two.lease.leads()].filter(Boolean).length).toBe(1);
    const { spec } = await stored("two");
    expect(spec.renewTime).toMatch(/\.\d{6}Z$/);
    expect(spec.acquireTime).toMatch(/\.\d{6}Z$/);
  });

  test("given back, it is the other's without waiting for its end", async () => {
    const item = candidate("back", "one");
    await until("the first", () => item.lease.leads());
    const two = candidate("back", "two");
    await until("the second to look", () => two.lease.leader() === "one");
    await item.lease.release();
    expect((await stored("back")).spec.holderIdentity ?? "").toBe("");
    await until("the second", () => two.lease.leads());
    expect((await stored("back")).spec.leaseTransitions).toBe(1);
    expect(item.lease.leads()).toBe(false);
  });

  test("a Lease of another clock is judged by what changes before our eyes", async () => {
    await plane.create(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`, {
      metadata: { name: "clock" },
      spec: {
        holderIdentity: "gone",
        leaseDurationSeconds: 1,
        renewTime: "2099-01-01T00:00:00.000000Z",
      },
    });
    const item = candidate("clock", "one");
    await until("the taking over", () => item.lease.leads());
    expect(item.told).toEqual(["led"]);
  });

  test("who is cut off falls behind its own fence before another may lead", async () => {
    const item = candidate("cut", "one");
    await until("the first", () => item.lease.leads());
    const { metadata, spec } = await stored("cut");
    await plane.patch(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/cut`, {
      metadata: { resourceVersion: metadata.resourceVersion },
      spec: { ...spec, holderIdentity: "other", renewTime: "2099-01-01T00:00:00.000000Z" },
    });
    await until("the loss", () => item.told.includes("lost"));
    expect(item.lease.leads()).toBe(false);
  });

  test("a leader that was frozen changes nothing when it thaws", async () => {
    const child = fork(join(import.meta.dirname, "frozen-leader.ts"), [plane.url, namespace], {
      env: { ...process.env, CA: plane.ca, TOKEN: plane.adminToken, NODE_OPTIONS: "" },
      execArgv: ["--no-warnings"],
    });
    children.push(child);
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    const marks = async () =>
      (await plane.list(maps)).filter((value) => String(value.metadata.name).startsWith("mark-"))
        .length;
    await until("its first changes", async () => (await marks()) > 2);
    child.kill("SIGSTOP");
    const other = candidate("frozen", "other");
    await until("the other", () => other.lease.leads());
    const before = await marks();
    child.kill("SIGCONT");
    await until("its end", () => child.exitCode !== null);
    expect(child.exitCode).toBe(7);
    expect(await marks()).toBe(before);
    expect(other.lease.leads()).toBe(true);
  });
});
