// The control plane itself: what the other tests rely on.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ControlPlane } from "./attach.ts";
import { controlPlaneLane } from "./lane.ts";
import { sharedControlPlane } from "./plane-of-the-run.ts";

controlPlaneLane("control plane", () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await sharedControlPlane();
  });
  afterAll(() => plane.stop());

  test("it is the pinned version, and kubectl speaks with it", async () => {
    const { stdout, stderr, code } = await plane.kubectl(["version", "-o", "json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      clientVersion: { gitVersion: "v1.36.3" },
      serverVersion: { gitVersion: "v1.36.3" },
    });
  });

  test("a ServiceAccount's token may do nothing before it is granted", async () => {
    const namespace = await plane.namespace();
    await plane.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
      metadata: { name: "someone" },
    });
    const someone = plane.as(await plane.serviceAccountToken(namespace, "someone"));
    const answer = await someone.request("GET", `/api/v1/namespaces/${namespace}/configmaps`);
    expect(answer.status).toBe(403);
  });

  test("two files of one run share it", async () => {
    const again = await sharedControlPlane();
    expect(again.url).toBe(plane.url);
    await again.stop();
  });

  test("deleting an owner deletes what it owns", async () => {
    const namespace = await plane.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const owner = await plane.create(path, { metadata: { name: "owner" } });
    const { uid } = owner.metadata;
    const reference = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid };
    await plane.create(path, { metadata: { name: "owned", ownerReferences: [reference] } });
    await plane.remove(`${path}/owner`);
    let gone = false;
    for (let tries = 0; tries < 400 && !gone; tries++) {
      gone = (await plane.get(`${path}/owned`)) === undefined;
      if (!gone) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(gone).toBe(true);
  });
});
