// `nova-pci status -w` frame by frame: a rollout of the whole operator in an embedded cluster, on the
// screen of a terminal emulator, its clock the cluster's; and what stands in a log instead.

import { expect, test } from "@jest/globals";
import { UnreachableProblem } from "../../src/cli/terminal/problems.ts";
import { processIo } from "../../src/cli/terminal/io.ts";
import { duration, progressText } from "../../src/cli/progress-text.ts";
import { newLines, openScreen } from "../../src/cli/terminal/screen.ts";
import { watch } from "../../src/cli/terminal/watch.ts";
import { progress } from "../../src/plan/progress.ts";
import { setStage, type Stage } from "../support/stage.ts";
import { emulator } from "./emulator.ts";

const plain = (_: string, text: string): string => text;

async function rollout(nodes: readonly string[]): Promise<Stage> {
  const stage = await setStage({ nodes });
  const settings = "rollout: { minReadySeconds: 10, canary: { bakeSeconds: 60 } }";
  stage.apply("PciPassthrough", "nova", `{ adopt: true, release: '2025.1', ${settings} }`);
  stage.apply(
    "PciAlias",
    "gpu",
    "{ match: [{ vendorId: '10de', productId: '2330' }], deviceType: type-PF }",
  );
  stage.apply("PciWhitelist", "gpus", "{ devices: [{ vendorId: '10de', productId: '2330' }] }");
  return stage;
}

/** The fragment's name is a hash of its text, and no part of the picture. */
function frame(stage: Stage, live = true): string {
  const { seen } = stage.last();
  const now = stage.cluster.clock.now();
  const look = { width: live ? 80 : 1000, paint: plain, ...(live ? { now } : {}) };
  const text = progressText(seen.objects, progress({ ...seen, now }), look);
  return text.replace(/nova-pci-compute-[0-9a-f]{16}/g, "POOL");
}

const others = `nova-scheduler  Idle          1/1 pods
nova-conductor  Idle          1/1 pods
`;

test("the canary bakes, the next nodes wait in their order, and the pace is what it was", async () => {
  const stage = await rollout(["c1", "c2", "c3", "c4"]);
  await stage.pass(45);
  expect(`\n${frame(stage)}`).toBe(`
nova-api        Idle          2/2 pods
${others}nova-compute    Verify        0/4 nodes
  POOL: 0 of 4 done, 1 under way, 3 wait
    c1 (canary): healthy, bakes, for 13 s, at most 47 s more
  next: c2, c3, c4

PciAlias/gpu  ComputesFirst: not yet on 4 compute nodes: c1, c2, c3, c4
PciWhitelist/gpus  Verifying: c1: waiting for the bake time of the canary, until
    2026-01-05T08:01:37Z
`);
  await stage.pass(75);
  expect(`\n${frame(stage)}`).toBe(`
nova-api        Idle          2/2 pods
${others}nova-compute    Promote       1/4 nodes
  POOL: 1 of 4 done, 1 under way, 2 wait
    c2: healthy, is watched, for 2 s, at most 8 s more
  next: c3, c4
  at this pace, 2 min for a node, about 6 min more

PciAlias/gpu  ComputesFirst: not yet on 3 compute nodes: c2, c3, c4
PciWhitelist/gpus  Verifying: c2: waiting for minReadySeconds, until
    2026-01-05T08:02:13Z
`);
  await stage.pass(300);
  expect(`\n${frame(stage)}`).toBe(`
nova-api        Idle          2/2 pods
${others}nova-compute    Idle          4/4 nodes
`);
});

test("every frame of a rollout stands alone on the screen, and nothing of the one before", async () => {
  const stage = await rollout(["c1", "c2", "c3"]);
  const screen = emulator({ cols: 80, rows: 24 });
  const shown = await openScreen({ stdout: () => undefined, terminal: screen.terminal });
  for (let second = 0; second < 240; second += 10) {
    await stage.pass(10);
    const text = frame(stage);
    shown.show(text);
    expect(await screen.lines()).toEqual(text.split("\n").filter((line) => line !== ""));
  }
});

test("a log gets each line once, and none while nothing happens", async () => {
  const stage = await rollout(["c1", "c2"]);
  let [before, log, quiet] = ["", "", 0];
  for (let second = 0; second < 300; second += 2) {
    await stage.pass(2);
    const now = frame(stage, false);
    const news = newLines(before, now);
    if (now === before) quiet += 1;
    log += news;
    before = now;
  }
  expect(log).toContain("    c1 (canary): healthy, bakes, until 08:01:37Z at the latest\n");
  expect(log.split("\n").length).toBeLessThan(60);
  expect(quiet).toBeGreaterThan(100);
});

test("many nodes under way, waiting and skipped are counted, and no line is longer than the screen", async () => {
  const stage = await rollout(Array.from({ length: 40 }, (_, index) => `node-${index + 10}`));
  await stage.pass(45);
  const lines = frame(stage).split("\n");
  expect(lines.find((line) => line.startsWith("  next:"))).toBe(
    "  next: node-11, node-12, node-13, node-14, node-15 and 34 more",
  );
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("without a status it asks whether the operator runs", () => {
  const objects = { aliases: [], whitelists: [], flavors: [] };
  const text = progressText(objects, { pools: [], next: [] }, { width: 80, paint: plain });
  expect(text).toBe("PciPassthrough/nova has no status yet: is the operator running?\n");
});

test("a cluster that stops answering is said below what was seen, and looked at again", async () => {
  const answers = ["one\n", new UnreachableProblem("timeout"), "two\n"];
  const look = (): Promise<string> => {
    const next = answers.shift()!;
    return typeof next === "string" ? Promise.resolve(next) : Promise.reject(next);
  };
  let [log, pauses] = ["", 0];
  const io = {
    ...processIo,
    stdout: (text: string) => void (log += text),
    pause: () => Promise.resolve((pauses += 1) <= 2),
  };
  const { terminal: _, ...plainIo } = io;
  await watch({ look, everyMillis: 1, changes: newLines }, plainIo);
  expect(log).toBe("one\nnot seen again since: timeout\ntwo\n");
});

test.each([
  [400, "0 s"],
  [59_000, "59 s"],
  [60_000, "1 min"],
  [200_000, "3 min 20 s"],
  [7_500_000, "2 h 5 min"],
  [7_200_000, "2 h"],
])("%i ms is %s", (millis, text) => {
  expect(duration(millis)).toBe(text);
});
