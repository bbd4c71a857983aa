// The time line: what is told between moments, what is not worth a moment, and that files are played
// to the end that `try` reaches.

import { expect, test } from "@jest/globals";
import { processIo } from "../../src/cli/terminal/io.ts";
import { openPage } from "../../src/cli/ui.ts";
import { makeReel } from "../../src/ui/reel.ts";
import { eightCards, gpuStage, momentOf } from "./gpu-world.ts";

test("the examples are told from the first look to every object Ready", async () => {
  const shown = await openPage(["-f", "deploy/examples"], processIo);
  await shown.played;
  await shown.close();
  const { moments, phase } = shown.reel.story();
  expect(phase).toBe("ended");
  const topics = new Set(moments.flatMap((moment) => moment.lines.map((each) => each.topic)));
  for (const topic of ["before", "file", "canary", "down", "up", "proved", "flavor", "ready"])
    expect(topics).toContain(topic);
  expect(moments.at(-1)!.ready).toEqual({ ready: 6, all: 6 });
  expect(moments.map((moment) => moment.index)).toEqual(moments.map((_, place) => place));
  const times = moments.map((moment) => moment.at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(moments.slice(1).every((moment) => moment.lines.length > 0)).toBe(true);
});

test("a look that shows nothing new makes no moment, and the newest is the newest", async () => {
  const stage = await gpuStage(["g1"], () => eightCards(0));
  await stage.pass(1200);
  const reel = makeReel({ source: "cluster", namespace: "openstack", title: "" });
  const told: string[] = [];
  reel.subscribe(
    (other) =>
      void told.push("head" in other ? `${other.head.index}.${other.head.version}` : other.phase),
  );
  reel.add(momentOf(stage));
  reel.add({ ...momentOf(stage) });
  stage.outage((view) =>
    view.is === "read" ? { ...view, inventories: { g1: eightCards(3) } } : view,
  );
  await stage.pass(120);
  const { seen, plan } = momentOf(stage);
  const cloud = { ...seen.cloud, inventories: { g1: eightCards(3) } } as typeof seen.cloud;
  reel.add({ seen: { ...seen, cloud }, plan });
  expect(told).toEqual(["0.0", "0.1", "1.0"]);
  expect(reel.story().moments.at(-1)!.lines).toEqual([
    { topic: "devices", text: "g1: 3 in use or reserved, 0 before", tone: "idle" },
  ]);
  expect(reel.at(0)).toBeDefined();
  expect(reel.at(2)).toBeUndefined();
});
