// Each chart on a real control plane, all of them behind one operator and by the webhook: Nova's worked
// example, one node's change, one broken entry, and no more restarts than files that changed.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openBench, type Bench } from "../operator/process.ts";
import { chartShapes } from "../support/charts/shapes.ts";
import { changeOneNode, minimumOf, openChartSite, type ChartSite } from "./chart-site.ts";
import { controlPlaneLane } from "./lane.ts";
import { freePorts } from "./processes.ts";
import { startControlPlane, type OwnControlPlane } from "./start.ts";
import { applied, installWebhook, shipped } from "./webhook-site.ts";

controlPlaneLane("charts", () => {
  let plane: OwnControlPlane;
  let bench: Bench;
  let port: number;
  const sites: ChartSite[] = [];

  /** All of them, whatever becomes of one; then what went wrong with any. */
  const each = async (step: (site: ChartSite) => Promise<void>): Promise<void> => {
    const ends = await Promise.allSettled(sites.map(step));
    const failed = ends.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
    expect(failed).toEqual([]);
  };

  beforeAll(async () => {
    plane = await startControlPlane();
    for (const folder of ["crds", "deploy", "deploy/guard"])
      await applied(plane, ...shipped(folder));
    bench = await openBench(plane);
    [port = 0] = await freePorts(1);
    // Alone, so that a starved machine does not make it lose a lease and end.
    await bench.start("--leader-elect=false", "--webhook-bind-address", `127.0.0.1:${port}`);
    const hopeless = (): string | undefined => bench.trouble();
    sites.push(
      ...(await Promise.all(chartShapes.map((chart) => openChartSite(plane, chart, hopeless)))),
    );
  });
  afterAll(async () => {
    for (const one of sites) await one.stop();
    await bench.stop();
    await plane.stop();
  });

  const exampleOn = async (site: ChartSite): Promise<void> => {
    await site.applyExample();
    await site.restarted(minimumOf(site));
    expect(site.reads("node-a")).toContain("154d");
    expect(site.reads("node-b")).toContain("10fb");
    await changeOneNode(site);
  };

  test("by the webhook from nothing: the example, one node's change, a broken entry", async () => {
    await installWebhook(plane, port);
    await each(exampleOn);
  });
});
