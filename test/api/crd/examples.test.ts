// deploy/examples before a real API server, applied as a user applies it.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { join } from "node:path";
import type { ControlPlane } from "../../control-plane/attach.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { sharedControlPlane } from "../../control-plane/plane-of-the-run.ts";
import { installCrds, root } from "./server.ts";

controlPlaneLane("the examples", () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await sharedControlPlane();
    await installCrds(plane);
    await plane.kubectl(["create", "namespace", "openstack"]);
  });
  afterAll(() => plane.stop());

  test("kubectl applies the directory, strictly and without a warning", async () => {
    const folder = join(root, "deploy/examples");
    const args = ["apply", "--dry-run=server", "--validate=strict", "-f", folder, "-o", "name"];
    const { code, stdout, stderr } = await plane.kubectl(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trim().split("\n").sort()).toEqual([
      "pcialias.pci.openstack.org/a1",
      "pcialias.pci.openstack.org/a2",
      "pciflavor.pci.openstack.org/m1.large",
      "pcipassthrough.pci.openstack.org/nova",
      "pciwhitelist.pci.openstack.org/by-address",
      "pciwhitelist.pci.openstack.org/by-product",
    ]);
  });
});
