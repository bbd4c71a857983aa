// The worked example through a network and an API server that fail in every way they can: the same end
// with the same restarts as on a good day.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Fault } from "../control-plane/fault-proxy.ts";
import { controlPlaneLane } from "../control-plane/lane.ts";
import { until } from "../control-plane/processes.ts";
import { isWrite, type OperatorProcess } from "./process.ts";
import { openScene, type Scene } from "./scene.ts";

const usual = ["compute a", "compute b", "os-api", "os-api", "scheduler"];

controlPlaneLane("bad network", () => {
  let scene: Scene;
  let operator: OperatorProcess;

  beforeAll(async () => {
    scene = await openScene();
    // The Lease has tests of its own; on a busy machine a network that is cut all the time costs it.
    operator = await scene.bench.start("--leader-elect=false");
  });
  afterAll(() => scene.stop());

  const faults: readonly (readonly [string, Fault])[] = [
    ["a reset before", { fault: "reset" }],
    ["a 500 although it was done", { fault: "fail-after-commit" }],
    ["a reset although it was done", { fault: "reset-after-commit" }],
    ["429 with Retry-After", { fault: "answer", status: 429, headers: { "retry-after": "1" } }],
    ["503", { fault: "answer", status: 503 }],
    ["a slow answer", { fault: "slow", millis: 700 }],
  ];

  test.each(faults)("each kind of write meets %s once", async (_name, fault) => {
    const cloud = await scene.cloud();
    const met = new Set<string>();
    const remove = scene.bench.proxy.add({
      ...fault,
      when: (seen) => {
        const kind = `${seen.verb} ${seen.resource} ${seen.path.split("/").at(-1)?.slice(0, 12) ?? ""}`;
        if (!isWrite(seen) || met.has(kind)) return false;
        met.add(kind);
        return true;
      },
    });
    try {
      await cloud.applyExamples();
      await cloud.converged();
    } finally {
      remove();
    }
    expect(met.size).toBeGreaterThan(5);
    expect([...cloud.restarts()].sort()).toEqual(usual);
  });

  const streams: readonly (readonly [string, Fault])[] = [
    ["are cut", { fault: "cut", afterBytes: 3000 }],
    ["end with 410", { fault: "error-event", code: 410 }],
    ["are reset", { fault: "reset" }],
  ];

  test.each(streams)("watches %s again and again", async (_name, fault) => {
    const cloud = await scene.cloud();
    let turn = 0;
    const remove = scene.bench.proxy.add({
      ...fault,
      when: (seen) => seen.verb === "watch" && turn++ % 2 === 0,
      times: 40,
    });
    const cutting = setInterval(() => scene.bench.proxy.cutAll(), 600);
    try {
      await cloud.applyExamples();
      await cloud.converged();
    } finally {
      clearInterval(cutting);
      remove();
    }
    expect(turn).toBeGreaterThan(2);
    expect([...cloud.restarts()].sort()).toEqual(usual);
  });

  test("watches are answered with 429 until they are told to come in: nothing is missed", async () => {
    const cloud = await scene.cloud();
    const times = 30;
    let refused = 0;
    const remove = scene.bench.proxy.add({
      ...{ fault: "answer", status: 429, headers: { "retry-after": "1" }, times },
      when: (seen) => seen.verb === "watch" && ++refused > 0,
    });
    // All of them must be opened again, however fast the rest is.
    scene.bench.proxy.cutAll();
    try {
      await cloud.applyExamples();
      await until("the refusals", () => refused === times, { hopeless: scene.bench.trouble });
      await cloud.converged();
    } finally {
      remove();
    }
    expect([...cloud.restarts()].sort()).toEqual(usual);
  });

  test("the API server dies and comes back: what changed meanwhile is seen", async () => {
    const cloud = await scene.cloud();
    await cloud.applyExamples();
    await cloud.converged();
    const before = cloud.restarts().length;
    await scene.plane.restartApiServer("SIGKILL");
    await cloud.apply(
      JSON.stringify({
        apiVersion: "pci.openstack.org/v1alpha1",
        kind: "PciAlias",
        metadata: { name: "a3" },
        spec: { match: [{ vendorId: "8086", productId: "154d" }], deviceType: "type-PF" },
      }),
    );
    await until("a3", async () => (await cloud.object("PciAlias", "a3")).status !== undefined, {
      hopeless: scene.bench.trouble,
    });
    await cloud.converged();
    expect([...cloud.restarts().slice(before)].sort()).toEqual(["compute a", "os-api", "os-api"]);
  });

  test("with all that it never met a bug", () => {
    const said = operator.log().map((line) => line.message);
    expect(said).toContain("this operator leads");
    expect(said).not.toContain("a round ended with a bug");
  });
});
