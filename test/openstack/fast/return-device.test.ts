// A cleaned device is given back under the generation at which it was seen, or not at all.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { openCloud } from "../../../src/openstack/cloud.ts";
import { parseClouds } from "../../../src/openstack/session/clouds-yaml.ts";
import { startStandIn, type StandIn } from "./stand-in-cloud.ts";

let cloud: StandIn;
let generation = 5;
let written: unknown[] = [];
beforeEach(async () => {
  cloud = await startStandIn();
  [generation, written] = [5, []];
  const inventories = { CUSTOM_X: { total: 1, reserved: 1, max_unit: 1 } };
  cloud.answerWith((seen) => {
    if (!seen.path.endsWith("/rp/inventories")) return undefined;
    if (seen.method === "GET")
      return { status: 200, body: { resource_provider_generation: generation, inventories } };
    written.push(seen.body);
    return { status: 200, body: {} };
  });
});
afterEach(() => cloud.close());

const effect = {
  ...({ do: "return-device", provider: "rp", resourceClass: "CUSTOM_X" } as const),
  ...{ generation: 5, node: "n1", address: "0000:81:00.0" },
};

function opened() {
  const auth = `{auth_url: "${cloud.url}", username: u, password: p, project_name: p}`;
  const { credentials } = parseClouds({ text: `clouds: {t: {auth: ${auth}}}` });
  return openCloud(credentials!, { now: Date.now });
}

test("with everything else as it was read, under that generation", async () => {
  const placement = opened();
  await placement.perform(effect);
  await placement.close();
  expect(written).toEqual([
    {
      resource_provider_generation: 5,
      inventories: { CUSTOM_X: { total: 1, reserved: 0, max_unit: 1 } },
    },
  ]);
});

test("a provider that moved on is left as it is, and looked at again", async () => {
  generation = 6;
  const placement = opened();
  await expect(placement.perform(effect)).rejects.toMatchObject({ kind: "conflict" });
  await placement.close();
  expect(written).toEqual([]);
});
