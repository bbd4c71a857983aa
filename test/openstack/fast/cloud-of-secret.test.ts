import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { keepCloud, type CloudSecret } from "../../../src/openstack/cloud-of-secret.ts";
import { startStandIn, type StandIn } from "./stand-in-cloud.ts";

let cloud: StandIn;
const keeper = keepCloud({ now: () => 7 });
beforeEach(async () => (cloud = await startStandIn()));
afterEach(async () => {
  await keeper.close();
  await cloud.close();
});

const nothing = { usageOf: [], aliasUse: [], inventories: false, placement: false };
const secret = (data: CloudSecret["data"]): CloudSecret => ({
  namespace: "openstack",
  name: "nova-pci-cloud",
  data,
});
const good = (password = "p") => ({
  "clouds.yaml": `clouds: {c: {auth: {auth_url: "${cloud.url}", username: u, password: ${password}, project_name: p}}}`,
});

test("no Secret is answered with the command that makes one", async () => {
  expect(await keeper.cloudOf(secret(undefined)).observe(nothing)).toEqual({
    is: "no-credentials",
    reason: "NoCredentials",
    message: "kubectl -n openstack create secret generic nova-pci-cloud --from-file=clouds.yaml",
  });
});

test.each([
  [{}, "Secret nova-pci-cloud: clouds.yaml this key is missing"],
  [{ "clouds.yaml": "clouds: {c: {auth: {}}}" }, "clouds.c.auth.auth_url is missing"],
])("a Secret %j that cannot be understood is unreachable, and says why", async (data, said) => {
  const view = await keeper.cloudOf(secret(data)).observe(nothing);
  expect(view).toMatchObject({ is: "unreachable", message: expect.stringContaining(said), at: 7 });
});

test("the same content keeps its token, another one asks anew", async () => {
  for (let times = 0; times < 3; times++)
    expect((await keeper.cloudOf(secret(good())).observe(nothing)).is).toBe("read");
  expect(cloud.tokensGiven()).toBe(1);
  await keeper.cloudOf(secret(good("other"))).observe(nothing);
  expect(cloud.tokensGiven()).toBe(2);
});
