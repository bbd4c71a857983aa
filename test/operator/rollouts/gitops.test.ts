// GitOps takes an alias, a whitelist and a flavor away in one commit. A revert costs nothing, however
// the objects come back; a removal that is meant costs each pod one restart.
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Json } from "../../control-plane/client.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { until } from "../../control-plane/processes.ts";
import { aliasesIn, configuredSite, expectEachReadsItsOwn, type Site } from "./cloud-site.ts";
import { alias, flavor, passthrough, whitelist } from "./objects.ts";
import { operatorOfTheFile } from "./operator-of-the-file.ts";

controlPlaneLane("GitOps", () => {
  const plane = operatorOfTheFile("gitops");
  let site: Site;
  const commit = [alias("gpu", "1eb8"), whitelist("gpu", "1eb8"), flavor("gpu.large", "gpu")];
  beforeEach(async () => {
    site = await configuredSite(plane());
    await site.apply(flavor("gpu.large", "gpu"));
  });
  afterEach(() => site.stop());

  const retained = async (): Promise<readonly string[]> => {
    const found = ((await site.status()).retained ?? []) as readonly Json[];
    return found.map((value) => `${value.kind} ${value.name}`).sort();
  };
  const untilRetained = () =>
    until("the retained entries", async () => {
      const found = await retained();
      return found.length === 2 ? found : undefined;
    });

  test("a commit that is reverted costs no restart", async () => {
    const mark = site.ledger.mark();
    await site.remove(...commit);
    expect(await untilRetained()).toEqual(["PciAlias gpu", "PciWhitelist gpu"]);
    await until("the flavor to go", async () => (await site.get(commit[2])) === undefined);
    // Beyond settleSeconds and the grace: without credentials nobody can prove that it is unused.
    await wait(4000);
    expect(mark.made()).toEqual({});
    await expectEachReadsItsOwn(site, { gpu: ["1eb8"] });

    await site.apply(...commit);
    await site.converged();
    await until("no retained entry", async () => (await retained()).length === 0);
    await wait(2500);
    expect(mark.made()).toEqual({});
    await expectEachReadsItsOwn(site, { gpu: ["1eb8"], nic: ["154d"], fpga: ["5000"] });
  });

  test("a removal that Git releases costs each pod one restart, nova-api first", async () => {
    const mark = site.ledger.mark();
    const [gpuAlias, gpuWhitelist, gpuFlavor] = commit;
    await site.remove(gpuAlias, gpuFlavor);
    const removals = [{ kind: "PciAlias", name: "gpu" }];
    await site.apply(passthrough({ maxUnavailable: 3 }, { removals }));
    await untilGone(() => site.reads("os-api"), 2);
    await untilGone(ofPool, 10);
    expect(mark.made()).toEqual({ compute: 10, "os-api": 2 });
    const lastApi = Math.max(...mark.pods("os-api").map((pod) => pod.readyAt!));
    const firstCompute = Math.min(...mark.pods("compute").map((pod) => pod.cameAt));
    expect(firstCompute).toBeGreaterThan(lastApi);

    await site.remove(gpuWhitelist);
    removals.push({ kind: "PciWhitelist", name: "gpu" });
    await site.apply(passthrough({ maxUnavailable: 3 }, { removals }));
    await until("computes without the devices", async () =>
      (await ofPool()).every((text) => text === ""),
    );
    await site.converged();
    expect(mark.made()).toEqual({ compute: 20, "os-api": 2 });
    expect(mark.worstDown()).toBeLessThanOrEqual(3);
  });

  const ofPool = async (): Promise<readonly string[]> => {
    const reads = await site.computeReads();
    return site.nodesOf("gpu").flatMap((node) => reads[node] ?? []);
  };
  const untilGone = (texts: () => Promise<readonly string[]>, count: number) =>
    until("the alias to go", async () => {
      const found = await texts();
      return found.length === count && found.every((text) => !aliasesIn(text).includes("gpu"));
    });
});
