// The page and the map of the devices over the real cluster: each view once in a real browser, and a
// change of status as it comes.
import { deepStrictEqual, match, ok } from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { until } from "../control-plane/processes.ts";
import { keepPicture, openBrowser } from "../ui/real/browser.ts";
import { manifest, type Note, type World } from "./evidence.ts";
import { novaNamespace } from "./layout.ts";
import { conditionOf, pathOf } from "./operator.ts";
import { run, start } from "./processes.ts";
import { versions } from "./release.ts";

/** What is drawn in each view, and the text that only this cluster can have put there. */
const views = [
  ["chain", ".links li", /0000:41:00\.0|compute-1/],
  ["capacity", ".group .node", /compute-1[^]*compute-2|compute-2[^]*compute-1/],
  ["rollout", ".service", /nova-compute/],
  ["objects", "article pre", /comes-too-late|adopt: true/],
] as const;

const late = "comes-too-late";

type NodeRow = {
  readonly node: string;
  readonly devices: readonly {
    readonly address: string;
    readonly counts: Readonly<Record<string, number>>;
  }[];
};

export async function lookAtAll(world: World, note: Note): Promise<void> {
  const program = await released(world);
  const { adminKubeconfig } = world.cluster;
  const asAdmin = ["-n", novaNamespace, "--kubeconfig", adminKubeconfig];
  const said = await run(process.execPath, [program, "nodes", ...asAdmin, "-o", "json"]);
  const rows = (JSON.parse(said) as { readonly nodes: readonly NodeRow[] }).nodes;
  deepStrictEqual(states(rows), {
    "compute-1": { "0000:41:00.0": "free", "0000:41:00.1": "free", "0000:81:00.0": "reserved" },
    "compute-2": {
      ...{ "0000:05:00.0": "free", "0000:05:00.1": "free" },
      ...{ "0000:06:00.0": "free", "0000:06:00.1": "free", "0000:81:00.0": "used" },
    },
  });
  note("nova-pci nodes: 1 used, 1 reserved, 6 free, as Placement says");

  const log = join(world.layout.folder, "ui.log");
  rmSync(log, { force: true });
  const served = start("ui", log, [process.execPath, program, "ui", ...asAdmin]);
  const url = await until("the address of the page", () =>
    Promise.resolve(/^http\S+/m.exec(readFileSync(log, "utf8"))?.[0]),
  );
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    for (const [view, drawn, wanted] of views) {
      await page.goto(`${url}#/${view}`);
      await page.waitForSelector(drawn);
      match(await page.locator("main").innerText(), wanted, view);
      keepPicture(`cloud-${view}.png`, await page.screenshot({ fullPage: true }));
    }
    await changeAppears(world, page, note);
    deepStrictEqual(complaints, []);
  } finally {
    await browser.close();
    served.child.kill();
  }
}

/** A status that the operator writes is on the page as soon as on anybody's watch. */
async function changeAppears(world: World, page: Page, note: Note): Promise<void> {
  const { cluster } = world;
  const began = Date.now();
  await cluster.kubectl(["get", "--raw", "/readyz"]);
  const yardstick = Date.now() - began;
  const stop = new AbortController();
  const event = refusalOnWatch(world, stop.signal);
  await cluster.kubectl(["apply", "-f", manifest("same-name")]);
  const shown = page
    .locator(".list a", { hasText: late })
    .filter({ hasText: "DuplicateName" })
    .first()
    .waitFor({ state: "attached", timeout: 120_000 })
    .then(() => Date.now());
  const [told, drawn] = await Promise.all([event, shown]);
  stop.abort();
  const later = drawn - told;
  note(
    `a status is on the page ${later} ms after the API server's event; kubectl takes ${yardstick} ms here`,
  );
  // Two seconds; on a slow machine, as much longer as everything takes there.
  ok(later <= Math.max(2000, 10 * yardstick), `${later} ms`);
  await cluster.kubectl(["delete", "-f", manifest("same-name")]);
  await page.locator(".list a", { hasText: late }).waitFor({ state: "detached" });
}

async function refusalOnWatch(world: World, signal: AbortSignal): Promise<number> {
  for await (const { object } of world.cluster.api.watch(`${pathOf("PciAlias")}?watch=1`, signal))
    if (
      object.metadata?.name === late &&
      conditionOf(object, "Stalled")?.reason === "DuplicateName"
    )
      return Date.now();
  throw new Error("the watch ended");
}

/** The command line as it is released, without a clone. */
async function released(world: World): Promise<string> {
  const archive = world.releases.file(versions.newer, `nova-pci-${versions.newer}.tgz`);
  await run("tar", ["-xzf", archive, "-C", world.layout.folder]);
  return join(world.layout.folder, "package/nova-pci.js");
}

function states(rows: readonly NodeRow[]): Readonly<Record<string, Record<string, string>>> {
  return Object.fromEntries(
    rows.map(({ node, devices }) => [
      node,
      Object.fromEntries(
        devices.map(({ address, counts }) => [address, Object.keys(counts).join()]),
      ),
    ]),
  );
}
