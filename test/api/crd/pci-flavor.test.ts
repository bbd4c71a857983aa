// The CRD before a real API server: every shape, with the words that a user sees.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ControlPlane } from "../../control-plane/attach.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { sharedControlPlane } from "../../control-plane/plane-of-the-run.ts";
import { flavorShapes } from "../shapes/pci-flavor.ts";
import { objectOf } from "../shapes/shape.ts";
import { columns, installCrds, pathOf, readyCondition, withStatus } from "./server.ts";
import { verdicts } from "./verdicts.ts";

controlPlaneLane(flavorShapes.kind, () => {
  let plane: ControlPlane;
  let namespace: string;
  beforeAll(async () => {
    plane = await sharedControlPlane();
    await installCrds(plane);
    namespace = await plane.namespace();
  });
  afterAll(() => plane.stop());

  verdicts(flavorShapes, () => ({ plane, namespace }));

  test("kubectl prints what is wrong", async () => {
    const object = JSON.stringify(
      objectOf(flavorShapes.kind, { flavor: {}, aliases: [{ name: "a1", count: 1 }] }),
    );
    const { code, stderr } = await plane.kubectl(["apply", "-n", namespace, "-f", "-"], object);
    expect(code).toBe(1);
    expect(stderr.trim()).toBe(
      'The PciFlavor "some-name" is invalid: spec.flavor: Invalid value: give spec.flavor.name or spec.flavor.id, and only one of them',
    );
  });

  test("kubectl get prints its columns", async () => {
    const path = pathOf(flavorShapes.kind, namespace);
    const object = objectOf(flavorShapes.kind, {
      flavor: { name: "m1.large" },
      aliases: [{ name: "a1", count: 2 }],
    });
    const named = await withStatus(plane, path, object, {
      observedGeneration: 1,
      conditions: [readyCondition("AliasNotLive", "alias a1 is not live")],
      warnings: [],
      flavorId: "42",
      hosts: { count: 2, names: ["node-1", "node-2"] },
      instancesFit: { bound: "UpperBound", value: 4 },
    });
    expect(await columns(plane, named)).toMatchObject({
      Ready: "False",
      Reason: "AliasNotLive",
      Flavor: "m1.large",
      Hosts: 2,
      Fit: 4,
      Id: "42",
      Message: "alias a1 is not live",
    });
    const short = await plane.kubectl(["get", "pcif", "-n", namespace, "-o", "name"]);
    expect(short.stdout.trim()).toBe("pciflavor.pci.openstack.org/some-name");
    const category = await plane.kubectl(["get", "pci", "-n", namespace, "-o", "name"]);
    expect(category.stdout).toContain(short.stdout.trim());
    await plane.remove(named);
  });

  test("kubectl explain tells what Nova does with it", async () => {
    const { stdout, code } = await plane.kubectl(["explain", "pcif.spec.deletionPolicy"]);
    expect(code).toBe(0);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("Detach: our keys are removed");
  });
});
