// What people of a namespace may do with the kinds, by Kubernetes' own roles view, edit and admin.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { join } from "node:path";
import type { ControlPlane } from "../../control-plane/attach.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { sharedControlPlane } from "../../control-plane/plane-of-the-run.ts";
import { until } from "../../control-plane/processes.ts";

const root = join(import.meta.dirname, "../../..");
const roles = ["view", "edit", "admin"] as const;

controlPlaneLane("roles of people", () => {
  let plane: ControlPlane;
  let namespace: string;
  beforeAll(async () => {
    plane = await sharedControlPlane();
    namespace = await plane.namespace();
    for (const folder of ["crds", "deploy"])
      await plane.kubectl(["apply", "--server-side", "-k", join(root, folder)]);
    for (const role of roles)
      await plane.create(
        `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
        {
          metadata: { name: role },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
          subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: `${role}@t` }],
        },
      );
    await until("the roles to be aggregated", () => may("admin", "create", "pciflavors"));
  });
  afterAll(() => plane.stop());

  const may = async (role: string, verb: string, resource: string): Promise<boolean> => {
    const review = await plane.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
      spec: {
        user: `${role}@t`,
        resourceAttributes: { namespace, verb, resource, group: "pci.openstack.org" },
      },
    });
    return review.status.allowed as boolean;
  };

  const all = ["pcialiases", "pciwhitelists", "pcipassthroughs", "pciflavors"];
  test.each([
    ["view", "list", all, true],
    ["view", "create", all, false],
    ["edit", "patch", all.slice(0, 3), true],
    ["edit", "create", ["pciflavors"], false],
    ["edit", "delete", ["pciflavors"], false],
    ["admin", "create", all, true],
    ["admin", "delete", all, true],
    ["edit", "patch", ["pcialiases/status"], false],
  ] as const)("%s: %s %j %s", async (role, verb, resources, wanted) => {
    for (const resource of resources)
      expect({ resource, allowed: await may(role, verb, resource) }).toEqual({
        ...{ resource, allowed: wanted },
      });
  });
});
