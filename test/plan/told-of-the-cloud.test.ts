// What somebody should look at stands in the status of the installation: the credentials of the cloud,
// and a Node of which nobody can say which host of Nova it is.

import { describe, expect, test } from "@jest/globals";
import { parseClouds } from "../../src/openstack/session/clouds-yaml.ts";
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
    effects.filter((effect) => effect.do === "status" && effect.kind === "PciPassthrough"),
  );
}

type Condition = Readonly<Record<"type" | "status" | "reason" | "message", string>>;

function conditionsOf(seen: Snapshot): readonly Condition[] {
  const { effects } = plan(seen);
  const found = effects.find(
    (effect) => effect.do === "status" && effect.kind === "PciPassthrough",
  );
  const stored = seen.objects.passthrough!.status;
  const status = found?.do === "status" ? found.status : stored;
  return (status as { readonly conditions: readonly Condition[] }).conditions;
}

const noVerify = "clouds.t.verify is off: nobody checks to whom the password is sent";
const noFile = "clouds.t.cacert names a file";

describe("what is odd in clouds.yaml stands in a condition, and holds nothing up", () => {
  test.each<readonly [string, string, readonly string[]]>([
    ["nothing", "", []],
    ["a certificate that nobody checks", "verify: false", [noVerify]],
    ["a path of a machine that is not ours", "cacert: /etc/ssl/ca.pem", [noFile]],
    ["both", "verify: false, cacert: /etc/ssl/ca.pem", [noVerify]],
  ])("%s", async (_, more, odd) => {
    const auth =
      "auth_url: 'https://k.example/v3', username: u, password: hunter2, project_name: p, user_domain_name: d, project_domain_name: d";
    const text = `clouds: { t: { auth: { ${auth} }, ${more} } }`;
    const parsed = parseClouds({ text, cloudName: "t" });
    if (parsed.credentials === undefined) throw new Error(JSON.stringify(parsed.problems));
    const warnings = parsed.warnings.map((warning) => `${warning.field} ${warning.message}`);
    const seen = await converged();
    const reason = odd.length === 0 ? "Accepted" : "CloudSettings";
    const down = { is: "unreachable", message: "no answer", at: seen.now } as const;
    for (const cloud of [seen.cloud, down]) {
      const found = conditionsOf({ ...seen, cloud: { ...cloud, warnings } as Snapshot["cloud"] });
      const accepted = found.find((item) => item.type === "Accepted")!;
      expect(accepted).toMatchObject({ status: "True", reason });
      for (const each of odd) expect(accepted.message).toContain(each);
      expect(JSON.stringify(found)).not.toContain("hunter2");
      expect(found.filter((item) => item.type === "Stalled")).toEqual([]);
    }
    const warned = statusOf({ ...seen, cloud: { ...seen.cloud, warnings } as Snapshot["cloud"] });
    expect(warned.includes('"name":"CloudSettings"')).toBe(odd.length > 0);
  });
});

test("a Node that could be two hosts of Nova is not well, says so, and is not touched", async () => {
  const seen = await converged();
  if (seen.cloud.is !== "read") throw new Error("the cloud was not read");
  const own = seen.cloud.services.find((service) => service.binary === "nova-compute")!;
  const services = ["c1.rack1", "c1.rack2"].map((host) => ({ ...own, id: host, host }));
  const changed = { ...seen, cloud: { ...seen.cloud, services } };
  const { effects } = plan(changed);
  expect(statusOf(changed)).toContain("c1.rack1, c1.rack2");
  expect(effects.filter((effect) => /pod|compute/.test(effect.do))).toEqual([]);
});
