// The page of `nova-pci ui` with 5,000 nodes: first paint in a real browser, from an event of the
// server to what is drawn, and the memory of the process that serves it.
import { pageFiles } from "../../src/ui/page-files.ts";
import { makeReel } from "../../src/ui/reel.ts";
import { servePage } from "../../src/ui/server.ts";
import { eightCards, gpuStage, momentOf } from "../ui/gpu-world.ts";
import { openBrowser } from "../ui/real/browser.ts";
import { megabytes, millis, spread, type Row } from "./measure.ts";

const nodes = 5000;
const events = 10;

export async function uiRows(): Promise<readonly Row[]> {
  const names = Array.from({ length: nodes }, (_, place) => `gpu-${place}`);
  const stage = await gpuStage(names, (_, place) => eightCards(place % 8));
  await stage.pass(2);
  const reel = makeReel({ source: "cluster", namespace: "openstack", title: "" });
  reel.add(momentOf(stage));
  const server = await servePage({ reel, files: await pageFiles() });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    const began = performance.now();
    await page.goto(`${server.url}#/capacity`);
    await page.waitForSelector(".group");
    const whole = performance.now() - began;
    const paint = await page.evaluate<number>(
      "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN",
    );
    const pushed: number[] = [];
    for (let event = 1; event <= events; event++) {
      const { seen, plan } = momentOf(stage);
      const cloud = withUse(seen.cloud, event);
      const before = performance.now();
      reel.add({ seen: { ...seen, cloud }, plan });
      await page.locator(".count", { hasText: `${event + 1} of ${event + 1}` }).waitFor();
      pushed.push(performance.now() - before);
    }
    const what = `page, ${nodes.toLocaleString("en")} nodes`;
    return [
      { metric: `${what}: first paint`, measured: millis(paint), target: "" },
      { metric: `${what}: capacity drawn`, measured: millis(whole), target: "1000 ms for 500" },
      { metric: `${what}: event to pixel`, measured: spread(pushed), target: "2000 ms" },
      {
        metric: `${what}: memory, ${events + 1} moments`,
        measured: megabytes(process.memoryUsage().rss),
        target: "",
      },
    ];
  } finally {
    await browser.close();
    await server.close();
  }
}

type Cloud = ReturnType<typeof momentOf>["seen"]["cloud"];

function withUse(cloud: Cloud, used: number): Cloud {
  if (cloud.is !== "read") return cloud;
  return { ...cloud, inventories: { ...cloud.inventories, "gpu-0": eightCards(used % 8) } };
}
