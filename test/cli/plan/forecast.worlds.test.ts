// What plan foretells is what the operator does: for generated pairs of old and new objects the
// restarts of a forecast, which plays a few nodes of each kind, are those of the whole installation.

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { readYaml, type FileObject } from "../../../src/api/read-yaml.ts";
import { passTime } from "../../../src/embedded/cluster.ts";
import { applyObjects } from "../../../src/embedded/load.ts";
import { foretell } from "../../../src/cli/plan/foretell.ts";
import { summaryOf } from "../../../src/cli/plan/summary.ts";
import { isOurs } from "../../../src/cli/given/files.ts";
import { playOn, worldBefore } from "../../../src/cli/played/offline.ts";
import { isRestart } from "../../../src/plan/terms/effect-table.ts";

const head = "apiVersion: pci.openstack.org/v1alpha1\n";
const rollout = `{ settleSeconds: 0, minReadySeconds: 0, removalGraceSeconds: 0, maxUnavailable: 2, canary: { count: 1, bakeSeconds: 0 } }`;

type Wish = {
  readonly aliases: readonly boolean[];
  readonly pools: readonly (readonly boolean[])[];
};

function objectsOf({ aliases, pools }: Wish, nodes: readonly number[]): readonly FileObject[] {
  const texts = [
    `${head}kind: PciPassthrough\nmetadata: { name: nova }\nspec: { adopt: true, rollout: ${rollout} }\n`,
    ...aliases.flatMap((there, index) =>
      there
        ? [
            `${head}kind: PciAlias\nmetadata: { name: a${index} }\nspec: { match: [{ vendorId: "10de", productId: "20b${index}" }], deviceType: type-PF }\n`,
          ]
        : [],
    ),
    ...pools.flatMap((devices, pool) => {
      const own = devices.flatMap((there, index) =>
        there ? [`{ vendorId: "10de", productId: "20b${index}" }`] : [],
      );
      return own.length === 0
        ? []
        : [
            `${head}kind: PciWhitelist\nmetadata: { name: w${pool} }\nspec: { nodeSelector: { matchLabels: { pool: p${pool} } }, devices: [${own.join(", ")}] }\n`,
          ];
    }),
    ...nodes.flatMap((count, pool) =>
      Array.from(
        { length: count },
        (_, index) =>
          `apiVersion: v1\nkind: Node\nmetadata: { name: n${pool}-${index}, labels: { pool: p${pool} } }\n`,
      ),
    ),
  ];
  const { objects, problems } = readYaml("pci.yaml", texts.join("---\n"));
  expect(problems).toEqual([]);
  return objects;
}

/** Every node is there, and every restart is counted where it is done. */
async function performed(old: readonly FileObject[], now: readonly FileObject[]): Promise<number> {
  const cluster = worldBefore({ namespace: "openstack", objects: now });
  applyObjects(cluster, old.filter(isOurs));
  await playOn(cluster);
  const after = new Set(now.map((object) => `${object.kind}/${object.name}`));
  for (const one of old.filter(isOurs)) {
    if (!after.has(`${one.kind}/${one.name}`)) cluster.store.remove(one.kind, one.name);
  }
  applyObjects(cluster, now);
  passTime(cluster.clock, 1);
  let restarts = 0;
  await playOn(cluster, {
    world: { performed: (effect, done) => void (restarts += done && isRestart(effect) ? 1 : 0) },
  });
  return restarts;
}

const wish = fc.record({
  aliases: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  pools: fc.array(fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), {
    minLength: 2,
    maxLength: 2,
  }),
});
const nodes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 2 });

test("restarts of generated changes are those that the operator performs", async () => {
  await fc.assert(
    fc.asyncProperty(wish, wish, nodes, async (before, after, counts) => {
      const [old, now] = [objectsOf(before, counts), objectsOf(after, counts)];
      const place = { namespace: "openstack" };
      const told = await foretell({ ...place, objects: now }, { ...place, objects: old });
      expect(told.ended).toBe(true);
      const budget = { maxUnavailable: 2, canaryCount: 1 };
      const { total } = summaryOf(told, () => undefined, budget);
      expect(total).toBe(await performed(old, now));
    }),
    { numRuns: Number(process.env.PAIRS ?? 24), seed: Number(process.env.PAIRS_SEED ?? 7) },
  );
}, 900_000);
