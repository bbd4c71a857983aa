// A good change on thirty nodes in three pools: every node gets its own fragment, computes go before
// nova-api, never more are down than may be, and not one pod is restarted beyond the minimum.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ControlPlane } from "../../control-plane/attach.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { sharedControlPlane } from "../../control-plane/shared.ts";
import {
  aliasesIn,
  expectEachReadsItsOwn,
  installOperatorsPart,
  makeSite,
  type Site,
} from "./cloud-site.ts";
import { alias, passthrough, shortTimes, whitelist } from "./objects.ts";
import { startOperatorProcess, thisVersion, type OperatorProcess } from "./operator-process.ts";

controlPlaneLane("a good change", () => {
  let plane: ControlPlane;
  let operator: OperatorProcess;
  let site: Site;

  beforeAll(async () => {
    plane = await sharedControlPlane();
    await installOperatorsPart(plane);
    site = await makeSite(plane, { pools: { gpu: 10, nic: 10, fpga: 10 } });
    operator = await startOperatorProcess(plane, { root: thisVersion, identity: "good" });
  });
  afterAll(async () => {
    await site.stop();
    await operator.end("SIGTERM");
    await plane.stop();
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
    const lastCompute = Math.max(...mark.pods("compute").map((one) => one.readyAt!));
    const firstApi = Math.min(...mark.pods("os-api").map((one) => one.cameAt));
    expect(firstApi).toBeGreaterThan(lastCompute);
  });
});
