// The CRD before a real API server: every shape, with the words that a user sees.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ControlPlane } from "../../control-plane/attach.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { sharedControlPlane } from "../../control-plane/plane-of-the-run.ts";
import { passthroughShapes } from "../shapes/pci-passthrough.ts";
import { objectOf } from "../shapes/shape.ts";
import { columns, installCrds, pathOf, readyCondition, withStatus } from "./server.ts";
import { verdicts } from "./verdicts.ts";

controlPlaneLane(passthroughShapes.kind, () => {
  let plane: ControlPlane;
  let namespace: string;
  beforeAll(async () => {
    plane = await sharedControlPlane();
    await installCrds(plane);
    namespace = await plane.namespace();
  });
  afterAll(() => plane.stop());

  verdicts(passthroughShapes, () => ({ plane, namespace }));

  test("kubectl prints what is wrong", async () => {
    const object = JSON.stringify(
      objectOf(passthroughShapes.kind, { rollout: { maxUnavailable: 0 } }),
    );
    const { code, stderr } = await plane.kubectl(["apply", "-n", namespace, "-f", "-"], object);
    expect(code).toBe(1);
    expect(stderr.trim()).toBe(
      'The PciPassthrough "nova" is invalid: spec.rollout.maxUnavailable: Invalid value: 0: maxUnavailable is a number from 1, or a percentage such as "10%"; to stop, set paused: true',
    );
  });

  test("kubectl get prints its columns", async () => {
    const path = pathOf(passthroughShapes.kind, namespace);
    const object = objectOf(passthroughShapes.kind, {});
    const named = await withStatus(plane, path, object, {
      observedGeneration: 1,
      conditions: [
        readyCondition("Verifying", "node-1 is being proved"),
        { ...readyCondition("Wired", "pods name their fragments"), type: "Wired", status: "True" },
      ],
      warnings: [{ name: "FilterMissing", message: "add it", path: "spec.scheduler.filters" }],
      release: "31.3.1",
      delivery: "Injected",
      novaError: "PciConfigInvalidSpec: ...",
      services: [
        {
          service: "nova-compute",
          phase: "Canary",
          digest: "none",
          wantedDigest: "nova-pci-compute-0123456789abcdef",
          updated: 1,
          total: 12,
          gate: "Verifying",
          message: "node-1 is being proved",
        },
      ],
      retained: [
        {
          kind: "PciAlias",
          name: "a1",
          reason: "InUse",
          message: "m1.large asks for it",
          since: "2026-01-01T00:00:00Z",
        },
      ],
      quarantined: [
        {
          kind: "PciWhitelist",
          name: "w",
          entry: "device_spec = {}",
          service: "nova-compute",
          reason: "FailedRollout",
          message: "did not become Ready",
        },
      ],
      skipped: [{ node: "node-9", reason: "NotReady" }],
      rollouts: [
        {
          id: "7",
          service: "nova-api",
          result: "Complete",
          from: "none",
          to: "nova-pci-api-0123456789abcdef",
          startedAt: "2026-01-01T00:00:00Z",
          finishedAt: "2026-01-01T00:01:00Z",
          message: "",
        },
      ],
    });
    expect(await columns(plane, named)).toMatchObject({
      Ready: "False",
      Reason: "Verifying",
      Wired: "True",
      Release: "31.3.1",
      Delivery: "Injected",
      Message: "node-1 is being proved",
    });
    const short = await plane.kubectl(["get", "pcip", "-n", namespace, "-o", "name"]);
    expect(short.stdout.trim()).toBe("pcipassthrough.pci.openstack.org/nova");
    const category = await plane.kubectl(["get", "pci", "-n", namespace, "-o", "name"]);
    expect(category.stdout).toContain(short.stdout.trim());
    await plane.remove(named);
  });

  test("kubectl explain tells what Nova does with it", async () => {
    const { stdout, code } = await plane.kubectl(["explain", "pcip.spec.rollout.maxUnavailable"]);
    expect(code).toBe(0);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("nova-computes that may be down at once");
  });
});
