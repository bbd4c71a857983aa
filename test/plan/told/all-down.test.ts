// Ready is a promise that somebody keeps now: when the last nova-compute that has an entry is down, its
// objects say so, and are Ready again when it is back.
import { expect, test } from "@jest/globals";
import type { CloudView } from "../../../src/plan/terms/snapshot.ts";
import {
  gpuAlias,
  gpuDevices,
  installation,
  setStage,
  unreachable,
  type Stage,
} from "../../support/stage.ts";

const messageOf = (stage: Stage, kind: "PciAlias" | "PciWhitelist", name: string) =>
  (stage.status(kind, name)!["conditions"] as { type: string; message: string }[]).find(
    (item) => item.type === "Ready",
  )!.message;

test.each([
  ["one of two", ["c1"], "True Live"],
  ["both", ["c1", "c2"], "False Progressing"],
])("%s that have it are down", async (_how, dead, ready) => {
  const stage = await setStage({ nodes: ["c1", "c2"] });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(900);
  for (const node of dead) stage.cluster.kubelets.kill(node);
  await stage.pass(600);
  // Written anew, it is judged by what runs now, too.
  stage.apply("PciWhitelist", "again", gpuDevices);
  await stage.pass(120);
  for (const name of ["gpus", "again"]) expect(stage.ready("PciWhitelist", name)).toBe(ready);
  expect(stage.ready("PciAlias", "gpu")).toBe(ready);
  if (ready !== "True Live") {
    const down = /^nova-compute is down on every node that has it; node c[12]: /;
    expect(messageOf(stage, "PciAlias", "gpu")).toMatch(down);
    expect(messageOf(stage, "PciWhitelist", "gpus")).toMatch(down);
  }
  for (const node of dead) stage.cluster.kubelets.revive(node);
  await stage.pass(900);
  for (const name of ["gpus", "again"]) expect(stage.ready("PciWhitelist", name)).toBe("True Live");
  expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
});

/** Nova answers, and the cell of every nova-compute does not. */
const cellsDown = (view: CloudView): CloudView =>
  view.is !== "read"
    ? view
    : {
        ...view,
        services: view.services.map((service) => ({ ...service, state: "unknown" as const })),
      };

test.each([
  ["a cell that does not answer", cellsDown],
  ["a Keystone that does not answer", unreachable],
])("all are down, and %s makes none of it Ready", async (_how, outage) => {
  const stage = await setStage({ nodes: ["c1", "c2"] });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(900);
  for (const node of ["c1", "c2"]) stage.cluster.kubelets.kill(node);
  await stage.pass(600);
  stage.label("c1", { looked: "at" });
  await stage.pass(120);
  expect(stage.ready("PciAlias", "gpu")).toBe("False Progressing");
  stage.outage(outage);
  stage.label("c1", { looked: "again" });
  await stage.pass(600);
  expect(stage.ready("PciAlias", "gpu")).toBe("False Progressing");
  expect(stage.ready("PciWhitelist", "gpus")).toBe("False Progressing");
});

test("all that have it were started without it while nothing injected, and a person paused", async () => {
  let away = false;
  const stage = await setStage({ nodes: ["c1"], policyAway: () => away });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(900);
  expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
  stage.apply(
    "PciPassthrough",
    "nova",
    "{ adopt: true, release: '2025.1', rollout: { paused: true } }",
  );
  away = true;
  const pod = stage.last().seen.pods.find((row) => row.service === "compute")!;
  stage.cluster.store.remove("Pod", pod.name);
  await stage.pass(120);
  away = false;
  await stage.pass(900);
  expect(stage.reads("c1")).toBeUndefined();
  for (const [kind, name] of [
    ["PciAlias", "gpu"],
    ["PciWhitelist", "gpus"],
  ] as const) {
    expect(stage.ready(kind, name)).toBe("False Paused");
    const { conditions } = stage.status(kind, name) as {
      conditions: { type: string; message: string }[];
    };
    const live = conditions.find((condition) => condition.type === "Live")!;
    expect(live.message).toMatch(/node c1: its pod was started without a fragment, not with nova-/);
  }
  stage.apply("PciPassthrough", "nova", installation);
  await stage.pass(900);
  expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
});
