// How often statuses are written while a rollout goes from node to node.
import { expect, test } from "@jest/globals";
import { installation, setStage } from "../support/stage.ts";

const nodes = Array.from({ length: 20 }, (_, index) => `c${String(index + 10)}`);

test("a step of the rollout writes what it concerns, not what everybody waits for", async () => {
  const stage = await setStage({ nodes });
  for (const node of nodes) stage.label(node, { pool: node });
  stage.apply("PciPassthrough", "nova", installation);
  await stage.pass(60);
  const writes = new Map<string, number>();
  stage.cluster.store.watch(({ kind, type, object }) => {
    const { name } = object.metadata;
    if (kind === "PciWhitelist" && type === "modified")
      writes.set(name, (writes.get(name) ?? 0) + 1);
  });
  nodes.forEach((node, index) =>
    stage.apply(
      "PciWhitelist",
      node,
      `{ nodeSelector: { matchLabels: { pool: ${node} } }, devices: [{ vendorId: '8086', productId: '${(0x1000 + index).toString(16)}' }] }`,
    ),
  );
  await stage.pass(3600);
  for (const node of nodes) expect(stage.ready("PciWhitelist", node)).toBe("True Live");
  // Settling, its turn, and the stages of its own node: the last in line no more than the first.
  const counts = nodes.map((node) => writes.get(node) ?? 0);
  expect(Math.max(...counts)).toBeLessThanOrEqual(12);
  expect(Math.min(...counts)).toBeGreaterThan(0);
});
