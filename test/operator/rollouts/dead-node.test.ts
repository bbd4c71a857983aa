// A dead node among thirty: it holds up neither the fleet nor nova-api nor itself for ever. It is named
// in status, and reads what it was assigned when it comes back. One that dies under way spends budget.
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Json } from "../../control-plane/client.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { until } from "../../control-plane/processes.ts";
import {
  aliasesIn,
  configuredSite,
  expectEachReadsItsOwn,
  productsIn,
  type Site,
} from "./cloud-site.ts";
import { alias, passthrough, whitelist } from "./objects.ts";
import { operatorOfTheFile } from "./operator-of-the-file.ts";

controlPlaneLane("a dead node", () => {
  const plane = operatorOfTheFile("dead");
  let site: Site;
  beforeEach(async () => {
    site = await configuredSite(plane());
    await site.apply(passthrough());
  });
  afterEach(() => site.stop());

  const reading = async (product: string): Promise<readonly string[]> =>
    Object.entries(await site.computeReads())
      .filter(([, text]) => productsIn(text).includes(product))
      .map(([node]) => node);

  test("is skipped, and the others and nova-api get the change without it", async () => {
    const dead = site.nodesOf("gpu")[3]!;
    await site.kubelets.setDead(dead, true);
    await until("not Ready", () =>
      site.ledger.present().some((record) => record.node === dead && !record.ready),
    );
    const mark = site.ledger.mark();
    await site.apply(alias("h100", "2330"), whitelist("gpu", "1eb8", "2330"));
    await until("nova-api", async () => {
      const texts = await site.reads("os-api");
      return texts.length === 2 && texts.every((text) => aliasesIn(text).includes("h100"));
    });
    expect((await reading("2330")).length).toBe(9);
    expect(mark.made()).toEqual({ compute: 9, "os-api": 2 });
    // The dead one, and the budget beyond it.
    expect(mark.worstDown()).toBeLessThanOrEqual(1 + 3);
    const skipped = ((await site.status()).skipped ?? []) as readonly Json[];
    expect(skipped.map((value) => value.node as string)).toEqual([dead]);

    await site.kubelets.setDead(dead, false);
    await until("the tenth", async () => (await reading("2330")).includes(dead));
    await site.converged();
    expect(mark.made()).toEqual({ compute: 10, "os-api": 2 });
    expect((await site.status()).skipped ?? []).toEqual([]);
    await expectEachReadsItsOwn(site, { gpu: ["1eb8", "2330"] });
  });

  test("one that dies under way spends the budget until it is back", async () => {
    await site.apply(passthrough({ maxUnavailable: 1 }));
    site.kubelets.behaviour.readyAfterMillis = 200;
    const mark = site.ledger.mark();
    await site.apply(whitelist("nic", "154d", "10fb"));
    await until("the canary and one more", () => (mark.made()["compute"] ?? 0) >= 2, {
      everyMillis: 10,
    });
    const dead = site.nodesOf("fpga")[0]!;
    await site.kubelets.setDead(dead, true);
    await wait(1000);
    const begun = mark.pods("compute").length;
    await wait(2500);
    expect(begun).toBeLessThan(10);
    expect(mark.pods("compute").length).toBe(begun);

    await site.kubelets.setDead(dead, false);
    await site.converged();
    expect(mark.made()).toEqual({ compute: 10 });
    await expectEachReadsItsOwn(site, { nic: ["10fb", "154d"], fpga: ["5000"] });
  });
});
