// Statuses that a newer, an older or a dying operator wrote: status and its watch say what they can, and
// never end with a stack.

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { progressText } from "../../src/cli/progress-text.ts";
import { statusText } from "../../src/cli/status.ts";
import type { Snapshot } from "../../src/plan/terms/snapshot.ts";

type Objects = Snapshot["objects"];

function installation(status: unknown): Objects {
  const passthrough = { metadata: { name: "nova" }, spec: {}, status };
  return { passthrough, aliases: [], whitelists: [], flavors: [] } as unknown as Objects;
}

const paint = (_: string, text: string): string => text;

function both(status: unknown): string {
  const objects = installation(status);
  const watched = progressText(objects, { pools: [], next: [] }, { width: 80, paint });
  return `${statusText(objects, 80)}\n${watched}`;
}

test.each([
  ["no status", undefined, "is the operator running?"],
  ["an empty one", {}, "is the operator running?"],
  [
    "fields of a newer operator",
    { phase: "Later", services: [], novel: { a: [1] } },
    "PciPassthrough/nova",
  ],
  ["half a row", { services: [{ service: "nova-api" }] }, "nova-api"],
  ["rows that are none", { services: [null, 7], retained: [{}] }, "PciPassthrough/nova"],
])("%s", (_, status, said) => {
  expect(both(status)).toContain(said);
});

test("whatever stands in it", () => {
  const keys = ["services", "retained", "quarantined", "skipped", "lost", "rollouts", "checklist"];
  const value = fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...keys), value), (status) => {
      expect(typeof both(status)).toBe("string");
    }),
  );
});
