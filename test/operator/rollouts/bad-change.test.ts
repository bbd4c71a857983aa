// A bad change on thirty nodes: nova-compute stops at it everywhere, on the canary alone, or only
// beyond the canary. Whatever it is, it stops there, last-good comes back where it failed, the rest
// of the fleet keeps running, and the entry is not tried again until its own object changes.
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Json } from "../../control-plane/client.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { until } from "../../control-plane/processes.ts";
import {
  conditionOf,
  configuredSite,
  expectEachReadsItsOwn,
  productsIn,
  type Site,
} from "./cloud-site.ts";
import { passthrough, whitelist } from "./objects.ts";
import { operatorOfTheFile } from "./operator-of-the-file.ts";

const bad = "dead";
const novaSays = "nova.exception.PciConfigInvalidSpec: Invalid [pci]device_spec config: bad";

controlPlaneLane("a bad change", () => {
  const plane = operatorOfTheFile("bad");
  let site: Site;
  beforeEach(async () => {
    site = await configuredSite(plane());
    await site.apply(passthrough());
  });
  afterEach(() => site.stop());

  /** nova-compute stops at the bad device spec on these nodes. */
  const stopsAt = (on: (node: string) => boolean) => {
    site.kubelets.behaviour.fails = (pod, files) =>
      on(pod.spec.nodeName as string) &&
      Object.values(files["nova-compute"] ?? {}).some((text) => productsIn(text).includes(bad))
        ? { container: "nova-compute", exitCode: 1, message: novaSays }
        : undefined;
  };
  const untilQuarantined = () =>
    until("the quarantine", async () => {
      const found = ((await site.status())?.quarantined ?? []) as readonly Json[];
      return found.length > 0 ? found : undefined;
    });
  const untilAllRun = () =>
    until("every pod", () => {
      const computes = site.ledger.present().filter((record) => record.component === "compute");
      return computes.length === 30 && computes.every((compute) => compute.ready);
    });
  const nodesThatRead = async (product: string): Promise<readonly string[]> =>
    Object.entries(await site.computeReads())
      .filter(([, text]) => productsIn(text).includes(product))
      .map(([node]) => node);

  test("costs one canary there and back, and holds up no other pool", async () => {
    stopsAt(() => true);
    const mark = site.ledger.mark();
    await site.apply(whitelist("gpu", "1eb8", bad), whitelist("nic", "154d", "10fb"));
    const [first] = await untilQuarantined();
    await until("the good pool", async () => (await nodesThatRead("10fb")).length === 10);
    await untilAllRun();
    await wait(2500);

    const touched = mark.pods("compute").filter((pod) => site.nodesOf("gpu").includes(pod.node!));
    expect(new Set(touched.map((record) => record.node)).size).toBe(1);
    expect(mark.made()).toEqual({ compute: 10 + 2 });
    expect(mark.worstDown()).toBeLessThanOrEqual(3);
    await expectEachReadsItsOwn(site, { gpu: ["1eb8"], nic: ["10fb", "154d"], fpga: ["5000"] });

    expect(first).toMatchObject({ kind: "PciWhitelist", name: "gpu", service: "nova-compute" });
    expect(first.message).toContain("PciConfigInvalidSpec");
    const object = await site.get(whitelist("gpu"));
    expect(conditionOf(object, "Stalled")).toMatchObject({ status: "True" });
    const reasons = (await site.events()).map((event) => event.reason as string);
    expect(reasons).toContain("RolledBack");
  });

  test("is tried again only when its own object changes", async () => {
    stopsAt(() => true);
    await site.apply(whitelist("gpu", "1eb8", bad));
    await untilQuarantined();
    await untilAllRun();
    const mark = site.ledger.mark();
    await site.apply(whitelist("fpga", "5000", "5001"));
    await until("the other change", async () => (await nodesThatRead("5001")).length === 10);
    await wait(2500);
    expect(mark.made()).toEqual({ compute: 10 });
    expect(await nodesThatRead(bad)).toEqual([]);

    await site.apply(whitelist("gpu", "1eb8", "1db6"));
    await site.converged();
    await expectEachReadsItsOwn(site, { gpu: ["1db6", "1eb8"] });
    expect(mark.made()).toEqual({ compute: 20 });
    expect((await site.status()).quarantined ?? []).toEqual([]);
  });

  test("on the canary only: the other nodes are never asked", async () => {
    const canary = site.nodesOf("gpu")[6]!;
    await site.label(canary, { canary: "yes" });
    const nodeSelector = { matchLabels: { canary: "yes" } };
    await site.apply(passthrough({ canary: { count: 1, bakeSeconds: 1, nodeSelector } }));
    stopsAt((node) => node === canary);
    const mark = site.ledger.mark();
    await site.apply(whitelist("gpu", "1eb8", bad));
    await untilQuarantined();
    await untilAllRun();
    await wait(2500);
    expect(mark.pods("compute").map((pod) => pod.node)).toEqual([canary, canary]);
    expect(mark.worstDown()).toBe(1);
    expect(await nodesThatRead(bad)).toEqual([]);
  });

  test("beyond the canary: it stops there, and verified nodes keep what works", async () => {
    const canary = site.nodesOf("gpu")[0]!;
    await site.label(canary, { canary: "yes" });
    const nodeSelector = { matchLabels: { canary: "yes" } };
    await site.apply(
      passthrough({ maxUnavailable: 1, canary: { count: 1, bakeSeconds: 1, nodeSelector } }),
    );
    stopsAt((node) => node !== canary);
    const mark = site.ledger.mark();
    await site.apply(whitelist("gpu", "1eb8", bad));
    await untilQuarantined();
    await untilAllRun();
    await wait(2500);
    expect(mark.made()).toEqual({ compute: 1 + 2 });
    expect(mark.worstDown()).toBe(1);
    expect(await nodesThatRead(bad)).toEqual([canary]);
  });
});
