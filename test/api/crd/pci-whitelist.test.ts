// The CRD before a real API server: every shape, with the words that a user sees.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ControlPlane } from "../../control-plane/attach.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { sharedControlPlane } from "../../control-plane/plane-of-the-run.ts";
import { whitelistShapes } from "../shapes/pci-whitelist.ts";
import { objectOf } from "../shapes/shape.ts";
import { columns, installCrds, pathOf, readyCondition, withStatus } from "./server.ts";
import { verdicts } from "./verdicts.ts";

controlPlaneLane(whitelistShapes.kind, () => {
  let plane: ControlPlane;
  let namespace: string;
  beforeAll(async () => {
    plane = await sharedControlPlane();
    await installCrds(plane);
    namespace = await plane.namespace();
  });
  afterAll(() => plane.stop());

  verdicts(whitelistShapes, () => ({ plane, namespace }));

  test("kubectl prints what is wrong", async () => {
    const object = JSON.stringify(objectOf(whitelistShapes.kind, { devices: [{ trusted: true }] }));
    const { code, stderr } = await plane.kubectl(["apply", "-n", namespace, "-f", "-"], object);
    expect(code).toBe(1);
    expect(stderr.trim()).toBe(
      'The PciWhitelist "some-name" is invalid: spec.devices[0]: Invalid value: this entry would make every PCI device of the host assignable: give vendorId, a part of the address, or devname',
    );
  });

  test("kubectl get prints its columns", async () => {
    const path = pathOf(whitelistShapes.kind, namespace);
    const object = objectOf(whitelistShapes.kind, { devices: [{ vendorId: "8086" }], priority: 7 });
    const named = await withStatus(plane, path, object, {
      observedGeneration: 1,
      conditions: [readyCondition("BudgetSpent", "1 node is down")],
      warnings: [{ name: "UnpinnedAddress", message: "give ids", path: "spec.devices[0]" }],
      nodes: { selected: 12, names: ["node-1", "node-2"] },
      devices: { matched: 24, inUse: 3 },
    });
    expect(await columns(plane, named)).toMatchObject({
      Ready: "False",
      Reason: "BudgetSpent",
      Nodes: 12,
      Devices: 24,
      Priority: 7,
      Message: "1 node is down",
    });
    const short = await plane.kubectl(["get", "pciw", "-n", namespace, "-o", "name"]);
    expect(short.stdout.trim()).toBe("pciwhitelist.pci.openstack.org/some-name");
    const category = await plane.kubectl(["get", "pci", "-n", namespace, "-o", "name"]);
    expect(category.stdout).toContain(short.stdout.trim());
    await plane.remove(named);
  });

  test("kubectl explain tells what Nova does with it", async () => {
    const { stdout, code } = await plane.kubectl(["explain", "pciw.spec.devices.address"]);
    expect(code).toBe(0);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      "The same address may be another device on another node",
    );
  });
});
