// The page in a real browser: each view over the examples, the time line by mouse and by keyboard, what
// a screen reader is told (axe), what is pushed while somebody looks, many nodes, and three widths.

import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { processIo } from "../../../src/cli/terminal/io.ts";
import { openPage } from "../../../src/cli/ui.ts";
import { pageFiles } from "../../../src/ui/page-files.ts";
import { makeReel, type Reel } from "../../../src/ui/reel.ts";
import { servePage } from "../../../src/ui/server.ts";
import { eightCards, gpuStage, momentOf } from "../gpu-world.ts";
import { keepPicture, openBrowser, webPicture } from "./browser.ts";
import { browserLane } from "./chromium.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const views = ["chain", "capacity", "rollout", "objects"] as const;
type View = (typeof views)[number];

/** What is on the page once a view has been drawn. */
const drawn: Readonly<Record<View, string>> = {
  chain: ".links li",
  capacity: ".group .node",
  rollout: ".service",
  objects: "article pre",
};

type Judged = {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
};

type Looking = { readonly width?: number; readonly height?: number; readonly dark?: boolean };

browserLane("the page of nova-pci ui", () => {
  let browser: Browser;
  let examples: { readonly url: string; readonly close: () => Promise<void> };
  const closing: (() => Promise<unknown>)[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
    const shown = await openPage(["-f", "deploy/examples"], processIo);
    await shown.played;
    examples = { url: shown.server.url, close: shown.close };
  });
  afterAll(async () => {
    await browser?.close();
    await examples?.close();
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    // A policy that is broken, a file that is missing, an error of the script: all are said there.
    expect(complaints.splice(0)).toEqual([]);
  });

  async function look(url: string, view: View, looking: Looking = {}): Promise<Page> {
    const { width = 1440, height = 900, dark = false } = looking;
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? "dark" : "light",
      reducedMotion: "reduce",
    });
    closing.push(() => context.close());
    const page = await context.newPage();
    page.on("console", (said) => {
      if (said.type() === "error" || said.type() === "warning") complaints.push(said.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (asked) => {
      if (!asked.url().startsWith(url)) complaints.push(`asks ${asked.url()}`);
    });
    await page.goto(`${url}#/${view}`);
    await page.waitForSelector(drawn[view]);
    return page;
  }

  async function serve(reel: Reel): Promise<string> {
    const server = await servePage({ reel, files: await pageFiles() });
    closing.push(server.close);
    return server.url;
  }

  /** Waits for an element with this text; a time-out of 30 s fails the test. */
  function shows(page: Page, selector: string, text: RegExp): Promise<void> {
    return page.locator(selector, { hasText: text }).first().waitFor({ state: "attached" });
  }

  /** What axe finds. Its script comes by the browser's debugger, which no policy of a page binds. */
  async function findings(page: Page): Promise<readonly string[]> {
    await page.evaluate(axe);
    const { violations } = await page.evaluate<Judged>("axe.run()");
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  }

  test("pictures for the documents: GPUs in every state, a rollout half-way, a chain on its way", async () => {
    const nodes = Array.from(
      { length: 12 },
      (_, place) => `gpu-${String(place + 1).padStart(2, "0")}`,
    );
    const stage = await gpuStage(nodes, (_, place) =>
      eightCards([8, 5, 3, 8, 0, 6, 7, 2, 8, 4, 1, 0][place]!, place % 3),
    );
    stage.apply("PciPassthrough", "nova", "{ adopt: true, release: '2025.1' }");
    const reel = makeReel({ source: "cluster", namespace: "openstack", title: "" });
    for (let looks = 0; looks < 60; looks++) {
      await stage.pass(8);
      reel.add(momentOf(stage));
    }
    reel.enter("live");
    const url = await serve(reel);
    for (const view of ["capacity", "rollout", "chain"] as const)
      for (const dark of [false, true]) {
        const page = await look(url, view, { dark, width: 1280, height: 800 });
        const picture = await webPicture(page);
        expect(picture.length).toBeLessThan(150_000);
        keepPicture(`${view}${dark ? "-dark" : ""}.webp`, picture);
      }
  });

  test.each(views.flatMap((view) => [[view, false] as const, [view, true] as const]))(
    "%s, dark %s: axe finds nothing",
    async (view, dark) => {
      const page = await look(examples.url, view, { dark });
      expect(await findings(page)).toEqual([]);
      await page.getByRole("button", { name: "First moment" }).click();
      await shows(page, ".count", /^1 of/);
      expect(await findings(page)).toEqual([]);
    },
  );

  test.each(views.flatMap((view) => [1440, 900, 400].map((width) => [view, width] as const)))(
    "%s at %i: nothing is cut off to the side, and a picture is kept",
    async (view, width) => {
      const page = await look(examples.url, view, { width });
      const over = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(over).toBeLessThanOrEqual(0);
      keepPicture(`examples-${view}-${width}.png`, await page.screenshot());
    },
  );

  test("the time line goes back, the views follow, and what happened is read out", async () => {
    const page = await look(examples.url, "chain");
    const slider = page.getByRole("slider", { name: "Moment" });
    expect(await page.locator(".answer").innerText()).toContain("every link holds");
    await slider.focus();
    await page.keyboard.press("Home");
    await shows(page, ".answer", /first (broken )?link/);
    expect(await page.locator("[role=status]").innerText()).toContain("Moment 1 of");
    expect(await slider.getAttribute("aria-valuetext")).toContain("6 objects, 2 nodes");
    await page.keyboard.press("ArrowRight");
    await shows(page, ".count", /^2 of/);
    await page.keyboard.press("End");
    await page.waitForSelector(".answer.good");
    await page.locator(".story button").first().click();
    await shows(page, ".count", /^1 of/);
    await page.getByRole("button", { name: "Play" }).click();
    await shows(page, ".count", /^3 of/);
    await page.getByRole("button", { name: "Pause" }).click();
  });

  test("everything is reached with the keyboard alone", async () => {
    const page = await look(examples.url, "capacity");
    const focused = (): Promise<string> =>
      page.evaluate<string>(
        "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''",
      );
    const reached: string[] = [];
    for (let steps = 0; steps < 60 && reached.at(-1) !== "Newest moment"; steps++) {
      await page.keyboard.press("Tab");
      reached.push(await focused());
    }
    expect(reached[0]).toBe("Skip to the view");
    for (const name of ["Chain", "Capacity", "Rollout", "Objects", "m1.large", "Play"])
      expect(reached).toContain(name);
    expect(reached.some((text) => text.startsWith("node-by-address: 2 unknown"))).toBe(true);
    await page.getByRole("button", { name: /^node-by-address/ }).focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector("[role=region]");
    expect(
      await page.getByRole("region", { name: "Devices of node-by-address" }).innerText(),
    ).toContain("0000:41:00.0");
    await page.getByRole("link", { name: "Rollout" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(drawn.rollout);
    expect(await focused()).toBe("Rollout");
  });

  test("the address says what is looked at, and Back goes back", async () => {
    const page = await look(examples.url, "objects");
    await page.getByRole("link", { name: /PciFlavor/ }).click();
    await shows(page, "#object", /m1\.large/);
    expect(await page.locator("article").innerText()).toContain("pci_passthrough:alias");
    expect(page.url()).toMatch(/#\/objects\/PciFlavor\/m1\.large$/);
    await page.goBack();
    await shows(page, "#object", /nova/);
  });

  test("a change of status is pushed to the page that is open, and the past stays the past", async () => {
    const stage = await gpuStage(["g1", "g2"], (_, place) => eightCards(place * 3));
    const reel = makeReel({ source: "cluster", namespace: "openstack", title: "" });
    await stage.pass(1);
    reel.add(momentOf(stage));
    reel.enter("live");
    const page = await look(await serve(reel), "objects");
    await shows(page, ".count", /live/);
    await stage.pass(1800);
    reel.add(momentOf(stage));
    await shows(page, ".standing", /4 of 4 Ready/);
    await page.locator(".list .mark.good").nth(3).waitFor();
    await page.getByRole("button", { name: "First moment" }).click();
    await shows(page, ".count", /in the past/);
    reel.enter("lost", "the API server does not answer");
    await shows(page, ".standing", /the API server does not answer/);
    expect(await page.locator(".count").innerText()).toContain("1 of 2");
  });

  test("500 nodes are drawn one by one, thousands as groups that open", async () => {
    const names = (count: number) => Array.from({ length: count }, (_, place) => `gpu-${place}`);
    for (const [count, nodes] of [
      [500, 500],
      [5000, 0],
    ] as const) {
      const stage = await gpuStage(names(count), (_, place) => eightCards(place % 8, place % 2));
      await stage.pass(2);
      const reel = makeReel({ source: "cluster", namespace: "openstack", title: "" });
      reel.add(momentOf(stage));
      const url = await serve(reel);
      const page = await look(url, "rollout");
      await page.getByRole("link", { name: "Capacity" }).click();
      await page.waitForSelector(".group");
      expect(await page.locator(".map .node").count()).toBe(nodes);
      expect(await page.locator(".totals .nodes b").innerText()).toBe(String(count));
      if (nodes > 0) continue;
      await page.getByRole("button", { name: /^Show the nodes/ }).click();
      await page.waitForSelector(".map .node");
      expect(await page.locator(".group").innerText()).toContain("and 4400 more");
    }
  });
});
