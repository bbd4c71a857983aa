// A good change on thirty nodes in three pools: every node gets its own fragment, computes go before
// nova-api, never more are down than may be, and not one pod is restarted beyond the minimum.
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiVersion, plurals } from "../../../src/api/names.ts";
import type { ControlPlane } from "../../control-plane/attach.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { until } from "../../control-plane/processes.ts";
import {
  aliasesIn,
  expectEachReadsItsOwn,
  makeSite,
  productsIn,
  threePools,
  type Site,
} from "./cloud-site.ts";
import { alias, passthrough, shortTimes, whitelist } from "./objects.ts";
import { operatorOfTheFile } from "./operator-of-the-file.ts";

controlPlaneLane("a good change", () => {
  let site: Site;
  afterAll(() => site.stop());
  const plane = operatorOfTheFile("good");
  beforeAll(async () => {
    site = await makeSite(plane(), { pools: threePools });
  });

  test("the first configuration restarts each compute and each nova-api pod once", async () => {
    const mark = site.ledger.mark();
    await site.apply(
      passthrough(),
      ...[alias("gpu", "1eb8"), alias("nic", "154d"), alias("fpga", "5000")],
      ...[whitelist("gpu", "1eb8"), whitelist("nic", "154d"), whitelist("fpga", "5000")],
    );
    await site.converged();
    expect(mark.made()).toEqual({ compute: 30, "os-api": 2 });
    expect(mark.worstDown()).toBeLessThanOrEqual(shortTimes.maxUnavailable);
    await expectEachReadsItsOwn(site, { gpu: ["1eb8"], nic: ["154d"], fpga: ["5000"] });
    for (const text of await site.reads("os-api"))
      expect(aliasesIn(text)).toEqual(["fpga", "gpu", "nic"]);
    const lastCompute = Math.max(...mark.pods("compute").map((pod) => pod.readyAt!));
    const firstApi = Math.min(...mark.pods("os-api").map((pod) => pod.cameAt));
    expect(firstApi).toBeGreaterThan(lastCompute);
  });

  test("a new device of one pool restarts that pool and nothing else", async () => {
    const mark = site.ledger.mark();
    const others = await site.computeReads();
    await site.apply(whitelist("nic", "154d", "10fb"));
    await site.converged();
    expect(mark.made()).toEqual({ compute: 10 });
    expect(new Set(mark.pods("compute").map((pod) => pod.node))).toEqual(
      new Set(site.nodesOf("nic")),
    );
    const reads = await site.computeReads();
    for (const node of [...site.nodesOf("gpu"), ...site.nodesOf("fpga")])
      expect(reads[node]).toBe(others[node]);
    await expectEachReadsItsOwn(site, { nic: ["10fb", "154d"] });
  });

  test("converged means that nothing is written", async () => {
    const before = await versions(plane(), site.namespace);
    await pause(5000);
    expect(await versions(plane(), site.namespace)).toEqual(before);
  });

  test("a node that joins is served, and nobody else restarts", async () => {
    const mark = site.ledger.mark();
    const name = await site.join("gpu");
    await until("the new node", async () => {
      const text = (await site.computeReads())[name];
      return text !== undefined && productsIn(text).length === 1;
    });
    await site.converged();
    const made = mark.pods("compute");
    expect(made.filter((record) => record.node !== name)).toEqual([]);
    // The one that the policy held for want of an assignment, if it came first, and its successor.
    expect(made.length).toBeLessThanOrEqual(2);
    expect(mark.made()["os-api"]).toBeUndefined();
  });
});

/** Everything of a namespace that the operator could write. */
async function versions(plane: ControlPlane, namespace: string): Promise<readonly string[]> {
  const paths = [
    ...["configmaps", "pods"].map((text) => `/api/v1/namespaces/${namespace}/${text}`),
    ...["deployments", "daemonsets", "statefulsets"].map(
      (text) => `/apis/apps/v1/namespaces/${namespace}/${text}`,
    ),
    ...Object.values(plurals).map((text) => `/apis/${apiVersion}/namespaces/${namespace}/${text}`),
    `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
  ];
  const lists = await Promise.all(paths.map((path) => plane.list(path)));
  return lists
    .flat()
    .map((value) => `${value.metadata.name} ${value.metadata.resourceVersion}`)
    .sort();
}
