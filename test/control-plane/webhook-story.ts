// From objects to a flavor where there is no policy: a chart whose pods the webhook injects, a budget that
// wants evictions, and a cloud behind it. One test, for any release of Kubernetes.
import { expect, test } from "@jest/globals";
import { cloudBehind } from "../operator/adoption-site.ts";
import { conditionOf } from "../operator/rollouts/cloud-site.ts";
import { chartShapes } from "../support/charts/shapes.ts";
import { changeOneNode, minimumOf, openChartSite } from "./chart-site.ts";
import { freePorts, until } from "./processes.ts";
import type { OwnControlPlane } from "./start.ts";
import type { WebhookSite } from "./webhook-site.ts";

/** Atmosphere's clusters are that old. */
const chart = chartShapes.find((chartShape) => chartShape.name === "Atmosphere")!;

type Given = {
  readonly plane: () => OwnControlPlane;
  readonly site: () => WebhookSite;
  /** Of Kubernetes. */
  readonly minor: number;
};

/** The operator of the site only serves the webhook; another, which needs no lease, leads here. */
export function describeStory({ plane: planeOf, site: siteOf, minor }: Given): void {
  test("the worked example to its flavor, by eviction, and one node's change", async () => {
    const plane = planeOf();
    const { bench } = siteOf();
    const [port = 0] = await freePorts(1);
    const flags = ["--leader-elect=false", "--webhook-bind-address", `127.0.0.1:${port}`];
    const leader = await bench.start(...flags);
    const site = await openChartSite(plane, chart, bench.trouble);
    const cloud = await cloudBehind(plane, site);
    const before = bench.proxy.seen.length;
    try {
      await plane.create(`/apis/policy/v1/namespaces/${site.namespace}/poddisruptionbudgets`, {
        metadata: { name: "nova-compute" },
        spec: { minAvailable: 0, selector: { matchLabels: { component: "compute" } } },
      });
      await site.applyExample();
      await site.apply([
        "PciFlavor",
        "large",
        '{ flavor: { name: pci.large }, aliases: [{ name: a1, count: 1 }], extraSpecs: { "hw:pci_numa_affinity_policy": preferred } }',
      ]);
      await site.restarted(minimumOf(site));
      const flavor = async () => {
        const found = conditionOf(await site.object("PciFlavor", "large"), "Ready");
        return found?.status === "True";
      };
      await until("the flavor", flavor, { seconds: 60, hopeless: bench.trouble });
      const written = cloud.seen.filter((seen) => seen.path.endsWith("/f1/os-extra_specs"));
      expect(written.map((seen) => seen.body)).toEqual([
        { extra_specs: { "hw:pci_numa_affinity_policy": "preferred" } },
      ]);
      await changeOneNode(site);
      const replaced = bench.proxy.seen
        .slice(before)
        .filter((seen) => seen.path.includes(`/${site.namespace}/pods/`))
        .filter((seen) => seen.verb === "delete" || seen.resource === "pods/eviction");
      // Two for the example, one for the device more, one to the broken entry. What comes back is not
      // Ready: no budget has a say in it.
      const ways = replaced.map((seen) => seen.resource);
      expect(ways).toEqual([...Array<string>(4).fill("pods/eviction"), "pods"]);
    } finally {
      leader.signal("SIGKILL");
      await site.stop();
      await cloud.close();
    }
  });

  test("where a server cannot stream a list, it is listed", () => {
    const { seen } = siteOf().bench.proxy;
    const refused = seen.filter((file) => file.verb === "watch" && file.status === 422);
    // Streams of lists are on by default since 1.32.
    if (minor < 32) expect(refused.length).toBeGreaterThan(0);
    const bare = (path: string) => path.split("?", 1)[0];
    for (const path of new Set(refused.map((file) => bare(file.path)))) {
      const lists = seen.filter((file) => file.verb === "list" && bare(file.path) === path);
      expect([path, lists.map((list) => list.status)]).toEqual([
        path,
        expect.arrayContaining([200]),
      ]);
    }
  });
}
