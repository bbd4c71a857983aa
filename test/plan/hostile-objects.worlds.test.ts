// Some thirty objects that the API server takes and that mean harm, or were written by a machine: as long and
// as many as the schema allows, with the words that other readers take for something else. A round
// stays small, what stands beside them is served, and each object is told something of its own.

import { beforeAll, describe, expect, test } from "@jest/globals";
import { dump } from "js-yaml";
import { problemsOf } from "../../src/api/parse.ts";
import { plan } from "../../src/plan/plan.ts";
import { hex, hostile, many } from "../support/hostile-objects.ts";
import { gpuAlias, gpuDevices, installation, setStage, type Stage } from "../support/stage.ts";

const apiVersion = "pci.openstack.org/v1alpha1";

test.each(hostile.map((item) => [`${item.kind}/${item.name}`, item] as const))(
  "the API server takes %s",
  (_name, { kind, name, spec }) => {
    expect(problemsOf(kind, { apiVersion, kind, metadata: { name }, spec })).toEqual([]);
  },
);

/** The best of several: what a busy machine adds is left out. */
/** Processor time, the least of several: what else the machine does is no part of it. */
function quickest(act: () => void): number {
  return Math.min(
    ...many(5, () => {
      const before = process.cpuUsage();
      act();
      return process.cpuUsage(before).user;
    }),
  );
}

type Condition = { readonly type: string; readonly reason: string; readonly message: string };

describe("all of them in one namespace", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({ nodes: ["c1", "c2"] });
    stage.apply("PciPassthrough", "nova", installation);
    stage.apply("PciAlias", "gpu", gpuAlias);
    stage.apply("PciWhitelist", "gpus", gpuDevices);
    await stage.pass(600);
    expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
    for (const { kind, name, spec } of hostile) stage.apply(kind, name, dump(spec));
    await stage.pass(1800);
  });

  test("each is told something, of the very content that is written", () => {
    for (const { kind, name } of hostile) {
      const status = stage.status(kind, name) as
        | { readonly observedGeneration: number; readonly conditions: readonly Condition[] }
        | undefined;
      const ready = status?.conditions.find((condition) => condition.type === "Ready");
      expect([kind, name, status?.observedGeneration]).toEqual([kind, name, 1]);
      expect(ready?.reason).toMatch(/^[A-Z][A-Za-z]+$/);
      expect(ready?.message).toMatch(/^.{8,1024}$/s);
    }
  });

  test("what stands beside them is served, and every file is one that Nova can read", () => {
    expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
    expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
    const { configMaps } = stage.last().seen;
    const texts = Object.values(configMaps).flatMap(({ data }) => Object.values(data));
    expect(texts.length).toBeGreaterThan(0);
    for (const line of texts.flatMap((text) => text.split("\n"))) {
      expect(line).toMatch(/^(\[[a-z_]+\]|#.*|[a-z_]+ = (\{[\x20-\x7e]*\}|[a-z]+)|)$/);
      const value = / = (\{.*\})$/.exec(line)?.[1];
      if (value !== undefined) expect(() => JSON.parse(value) as unknown).not.toThrow();
      expect(line).not.toMatch(/\$/);
    }
  });

  test("a round costs what as many plain entries cost", async () => {
    const plain = await setStage({ nodes: ["c1", "c2"] });
    plain.apply("PciPassthrough", "nova", installation);
    for (let at = 0; at < 6; at += 1) {
      const all = many(128, (device) => ({ vendorId: hex(at + 1), productId: hex(device) }));
      plain.apply("PciWhitelist", `w${at}`, dump({ devices: all }));
    }
    await plain.pass(600);
    const calm = plain.last().seen;
    const before = plan(structuredClone(calm));
    const usual = quickest(() => plan(structuredClone(calm)));
    const worst = quickest(() => plan(structuredClone(stage.last().seen)));
    // About ten, quiet. Three such objects once cost a thousand times a round.
    expect(worst / usual).toBeLessThan(100);
    // Nothing of them is remembered for whoever is planned next.
    expect(plan(structuredClone(calm))).toEqual(before);
  });
});
