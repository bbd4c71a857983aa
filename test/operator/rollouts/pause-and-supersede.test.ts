// Pause and supersede on thirty nodes: a paused rollout takes no further node, resuming costs nothing,
// and a newer wish reaches the nodes that had not started in one restart.
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Json } from "../../control-plane/client.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { until } from "../../control-plane/processes.ts";
import { configuredSite, expectEachReadsItsOwn, type Site } from "./cloud-site.ts";
import { passthrough, whitelist } from "./objects.ts";
import { operatorOfTheFile } from "./operator-of-the-file.ts";

controlPlaneLane("pause and supersede", () => {
  const plane = operatorOfTheFile("pause");
  let site: Site;
  beforeEach(async () => {
    site = await configuredSite(plane());
  });
  afterEach(() => site.stop());

  const computeRow = async (): Promise<Json> => {
    const services = ((await site.status())?.services ?? []) as readonly Json[];
    return services.find((service) => service.service === "nova-compute");
  };
  const untilPaused = () =>
    until("the pause", async () => (await computeRow())?.phase === "Paused");
  const untilMade = (mark: ReturnType<Site["ledger"]["mark"]>, count: number) =>
    until(`${count} restarts`, () => (mark.made()["compute"] ?? 0) >= count, { everyMillis: 10 });

  test("a paused change restarts nothing, and each of its nodes once when it goes on", async () => {
    await site.apply(passthrough({ paused: true }));
    const mark = site.ledger.mark();
    await site.apply(whitelist("nic", "154d", "10fb"));
    await untilPaused();
    await wait(2500);
    expect(mark.made()).toEqual({});
    expect((await computeRow()).gate).toBe("Paused");

    await site.apply(passthrough());
    await site.converged();
    expect(mark.made()).toEqual({ compute: 10 });
    await expectEachReadsItsOwn(site, { nic: ["10fb", "154d"] });
  });

  test("a pause under way ends what it began and begins nothing", async () => {
    await site.apply(passthrough({ maxUnavailable: 1 }));
    site.kubelets.behaviour.readyAfterMillis = 300;
    const mark = site.ledger.mark();
    await site.apply(whitelist("gpu", "1eb8", "1db6"));
    await untilMade(mark, 3);
    await site.apply(passthrough({ maxUnavailable: 1, paused: true }));
    await untilPaused();
    const begun = mark.pods("compute").length;
    await until("the last one", () => site.ledger.present().every((record) => record.ready));
    await wait(2500);
    expect(begun).toBeLessThan(10);
    // One node may have been between the deletion of its pod and the next.
    expect(mark.pods("compute").length).toBeLessThanOrEqual(begun + 1);

    await site.apply(passthrough({ maxUnavailable: 1 }));
    await site.converged();
    expect(mark.made()).toEqual({ compute: 10 });
    expect(mark.worstDown()).toBe(1);
  });

  test("a newer wish reaches nodes that had not started in one restart", async () => {
    site.kubelets.behaviour.readyAfterMillis = 300;
    const mark = site.ledger.mark();
    await site.apply(passthrough({ maxUnavailable: 1 }), whitelist("gpu", "1eb8", "1db6"));
    await untilMade(mark, 3);
    await site.apply(whitelist("gpu", "1eb8", "1db6", "20b0"));
    await site.converged();
    await expectEachReadsItsOwn(site, { gpu: ["1db6", "1eb8", "20b0"] });

    const last = Object.keys(await site.computeReads());
    expect(last).toHaveLength(30);
    const fragments = new Map<string, Set<string | undefined>>();
    for (const pod of mark.pods("compute")) {
      const own = fragments.get(pod.node!) ?? new Set();
      fragments.set(pod.node!, own.add(pod.fragment));
    }
    const twice = [...fragments.values()].filter((fragment) => fragment.size === 2).length;
    expect([...fragments.keys()].sort()).toEqual([...site.nodesOf("gpu")].sort());
    // Exactly one restart for each fragment that a node read.
    expect(mark.made()).toEqual({ compute: 10 + twice });
    expect(twice).toBeGreaterThanOrEqual(2);
    expect(twice).toBeLessThan(10);
    expect(mark.worstDown()).toBe(1);
  });
});
