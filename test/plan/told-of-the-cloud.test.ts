// What somebody should look at stands in the status of the installation: the credentials of the cloud,
// and a Node of which nobody can say which host of Nova it is.

import { expect, test } from "@jest/globals";
import { plan } from "../../src/plan/plan.ts";
import type { Snapshot } from "../../src/plan/terms/snapshot.ts";
import { gpuDevices, installation, setStage } from "../support/stage.ts";

async function converged(): Promise<Snapshot> {
  const stage = await setStage({ nodes: ["c1"] });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(600);
  return stage.last().seen;
}

function statusOf(seen: Snapshot): string {
  const { effects } = plan(seen);
  return JSON.stringify(
    effects.filter((one) => one.do === "status" && one.kind === "PciPassthrough"),
  );
}

test("a certificate that nobody checks", async () => {
  const seen = await converged();
  if (seen.cloud.is !== "read") throw new Error("the cloud was not read");
  const warnings = ["clouds.t.verify is off: put the CA into the Secret"];
  const status = statusOf({ ...seen, cloud: { ...seen.cloud, warnings } });
  expect(status).toContain('"name":"CloudSettings"');
  expect(status).toContain(warnings[0]);
});

test("a Node that could be two hosts of Nova is not well, says so, and is not touched", async () => {
  const seen = await converged();
  if (seen.cloud.is !== "read") throw new Error("the cloud was not read");
  const own = seen.cloud.services.find((one) => one.binary === "nova-compute")!;
  const services = ["c1.rack1", "c1.rack2"].map((host) => ({ ...own, id: host, host }));
  const changed = { ...seen, cloud: { ...seen.cloud, services } };
  const { effects } = plan(changed);
  expect(statusOf(changed)).toContain("c1.rack1, c1.rack2");
  expect(effects.filter((one) => /pod|compute/.test(one.do))).toEqual([]);
});
