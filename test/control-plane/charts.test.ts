// Each chart on a real control plane, all of them behind one operator: by the webhook, mounted as the
// message says, by the policy, and from way to way. The operator restarts what reads another file and
// nothing else, and moving restarts nothing. CHARTS=all takes every chart by every way; the lane takes
// every one by the webhook and one by the other ways.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { fragmentsOf } from "../../src/admission/mounting.ts";
import { openBench, type Bench } from "../operator/process.ts";
import { chartShapes, type ChartShape } from "../support/charts/shapes.ts";
import {
  changeOneNode,
  deleteCompute,
  everyPodOf,
  minimumOf,
  openChartSite,
  type ChartSite,
} from "./chart-site.ts";
import { controlPlaneLane } from "./lane.ts";
import { freePorts, until } from "./processes.ts";
import { startControlPlane, type OwnControlPlane } from "./start.ts";
import { applied, installWebhook, shipped } from "./webhook-site.ts";

const all = process.env["CHARTS"] === "all";
const alsoMounted = all ? chartShapes : chartShapes.slice(0, 1);

controlPlaneLane("charts", () => {
  let plane: OwnControlPlane;
  let bench: Bench;
  let port: number;
  const injected: ChartSite[] = [];
  const mounted: ChartSite[] = [];

  const opened = (shapes: readonly ChartShape[]) =>
    Promise.all(shapes.map((chart) => openChartSite(plane, chart, () => bench.trouble())));
  /** All of them, whatever becomes of one; then what went wrong with any. */
  const each = async <T>(
    sites: readonly ChartSite[],
    step: (site: ChartSite) => Promise<T>,
  ): Promise<readonly T[]> => {
    const ends = await Promise.allSettled(sites.map(step));
    const failed = ends.flatMap((end) => (end.status === "rejected" ? [String(end.reason)] : []));
    expect(failed).toEqual([]);
    return ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
  };

  beforeAll(async () => {
    plane = await startControlPlane();
    for (const folder of ["crds", "deploy", "deploy/guard"])
      await applied(plane, ...shipped(folder));
    bench = await openBench(plane);
    [port = 0] = await freePorts(1);
    // Alone, so that a starved machine does not make it lose a lease and end.
    await bench.start("--leader-elect=false", "--webhook-bind-address", `127.0.0.1:${port}`);
    injected.push(...(await opened(chartShapes)));
    mounted.push(...(await opened(alsoMounted)));
  });
  afterAll(async () => {
    for (const chartSite of [...injected, ...mounted]) await chartSite.stop();
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
  const asTold = async (site: ChartSite): Promise<void> => {
    await site.applyExample({ delivery: "Mounted" });
    const said = async () => (await site.wired()).startsWith("False");
    await until(`a word on ${site.chart.name}`, said, { seconds: 60, hopeless: bench.trouble });
    await site.mountAsTold();
    // A pod that the chart's change makes after its file was written reads it from the beginning.
    const single = minimumOf(site).filter((text) => text.startsWith("Deployment/"));
    await site.restarted([...everyPodOf(site), ...minimumOf(site)], single);
  };
  /** What the pods of nova-compute name, node by node. */
  const named = async ({ namespace }: ChartSite): Promise<readonly string[]> => {
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=component=compute`;
    const pods = await plane.list(path);
    return pods.map((pod) => fragmentsOf(pod.spec).join()).sort();
  };

  test("by the webhook from nothing: the example, one node's change, a broken entry; mounted: the chart's own change, then each pod whose file changed", async () => {
    await installWebhook(plane, port);
    const ends = await Promise.allSettled([each(injected, exampleOn), each(mounted, asTold)]);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  });

  test("from mounted to the webhook: the chart's own change and nothing else", async () => {
    await each(mounted, async (site) => {
      await site.applyExample({ delivery: "Injected" });
      const told = async () => (await site.wired()).includes("so nothing can be injected");
      await until(`${site.chart.name}: what stands in the way`, told, {
        seconds: 90,
        hopeless: bench.trouble,
      });
      await site.restoreChart();
      await site.restarted(everyPodOf(site));
      expect(await site.wired()).toBe("True pods name the fragments they read");
    });
  });

  test("from the webhook to the policy: nothing, and a pod of both names one fragment", async () => {
    const sites = [...injected, ...mounted];
    const before = await each(sites, named);
    await applied(plane, ...shipped("deploy/injection"));
    await deleteCompute(plane, sites[0]!, "node-a");
    await sites[0]!.restarted(["nova-compute on node-a"]);
    const { code, stderr } = await plane.kubectl(["delete", ...shipped("deploy/webhook")]);
    expect([code, stderr]).toEqual([0, ""]);
    await each(sites, async (site) => {
      await site.restarted([]);
    });
    expect(await each(sites, named)).toEqual(before);
  });

  test("by the policy: one node's change, a broken entry", async () => {
    await each(mounted, changeOneNode);
  });
});
