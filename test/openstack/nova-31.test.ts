// Nova 31 (2025.1, the last of the eventlet releases with a nova-api program): the core, and
// tokens that live for seconds, so that their end is met.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import { cloudFrom, coreTests, read } from "./core.ts";
import { startFront } from "./front.ts";
import { lane } from "./lane.ts";
import { urlOf } from "./layout.ts";
import { pciFlavorTests } from "./pci-flavor.ts";
import { startStack, type Stack } from "./stack.ts";

lane("Nova 31.3.1", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ release: "31.3.1" });
  }, 600_000);
  afterAll(() => stack?.stop());

  coreTests("31.3.1", () => stack);
  pciFlavorTests(() => stack);

  test("tokens that live for seconds are replaced in time, and each serves for most of its life", async () => {
    await stack.setTokenSeconds(8);
    const keystone = await startFront(urlOf(stack.layout, "keystone"));
    const nova = await startFront(urlOf(stack.layout, "nova"));
    const text = stack.cloudsYaml
      .replace(urlOf(stack.layout, "keystone"), keystone.url)
      .replace("region_name", `compute_endpoint_override: ${nova.url}/v2.1\n    region_name`);
    const cloud = cloudFrom(text);
    for (let second = 0; second < 20; second++) {
      await read(cloud);
      await pause(1000);
    }
    await cloud.close();
    const tokens = keystone.count("POST", "/v3/auth/tokens", 201);
    // A token lives 8 s and serves for 6 of them.
    expect(tokens).toBeGreaterThanOrEqual(3);
    expect(tokens).toBeLessThan(nova.count("GET", "/v2.1/flavors/detail") / 3);
    await keystone.close();
    await nova.close();
  });
});
