// The CRD before a real API server: every shape, with the words that a user sees.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ControlPlane } from "../../control-plane/attach.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { sharedControlPlane } from "../../control-plane/plane-of-the-run.ts";
import { aliasShapes } from "../shapes/pci-alias.ts";
import { objectOf } from "../shapes/shape.ts";
import { columns, installCrds, pathOf, readyCondition, withStatus } from "./server.ts";
import { verdicts } from "./verdicts.ts";

controlPlaneLane(aliasShapes.kind, () => {
  let plane: ControlPlane;
  let namespace: string;
  beforeAll(async () => {
    plane = await sharedControlPlane();
    await installCrds(plane);
    namespace = await plane.namespace();
  });
  afterAll(() => plane.stop());

  verdicts(aliasShapes, () => ({ plane, namespace }));

  test("kubectl prints what is wrong", async () => {
    const object = JSON.stringify(objectOf(aliasShapes.kind, { name: "a:b" }));
    const { code, stderr } = await plane.kubectl(["apply", "-n", namespace, "-f", "-"], object);
    expect(code).toBe(1);
    expect(stderr.trim()).toBe(
      [
        'The PciAlias "some-name" is invalid: ',
        "* spec: Invalid value: give spec.match (vendorId and productId of the devices) or spec.resourceClass",
        `* spec.name: Invalid value: "a:b": spec.name must hold no ':' and no ',': a flavor could not refer to it`,
      ].join("\n"),
    );
  });

  test("kubectl get prints its columns", async () => {
    const path = pathOf(aliasShapes.kind, namespace);
    const object = objectOf(aliasShapes.kind, {
      match: [{ vendorId: "8086", productId: "154d" }],
      deviceType: "type-PF",
    });
    const named = await withStatus(plane, path, object, {
      observedGeneration: 1,
      conditions: [readyCondition("ComputesFirst", "2 computes are behind")],
      warnings: [{ name: "ClassIgnored", message: "no effect", path: "spec.resourceClass" }],
      live: { api: { ready: 0, total: 3 }, computes: { ready: 5, total: 7 } },
      flavors: ["m1.large"],
    });
    expect(await columns(plane, named)).toMatchObject({
      Ready: "False",
      Reason: "ComputesFirst",
      Type: "type-PF",
      API: 0,
      Computes: 5,
      Message: "2 computes are behind",
    });
    const short = await plane.kubectl(["get", "pcia", "-n", namespace, "-o", "name"]);
    expect(short.stdout.trim()).toBe("pcialias.pci.openstack.org/some-name");
    const category = await plane.kubectl(["get", "pci", "-n", namespace, "-o", "name"]);
    expect(category.stdout).toContain(short.stdout.trim());
    await plane.remove(named);
  });

  test("kubectl explain tells what Nova does with it", async () => {
    const { stdout, code } = await plane.kubectl(["explain", "pcia.spec.deviceType"]);
    expect(code).toBe(0);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("type-VF: a virtual function");
  });
});
