// Whatever service the schema of PciPassthrough takes can be carried in the assignment and read back:
// else the policy would leave every pod of it alone, and a new nova-compute starts without devices.

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { problemsOf } from "../../src/api/parse.ts";
import { formatService, parseService } from "../../src/plan/gates/assignment-format.ts";

type Service = { readonly container: string; readonly matchLabels: Record<string, string> };

function taken(service: Service): boolean {
  const object = {
    apiVersion: "pci.openstack.org/v1alpha1",
    kind: "PciPassthrough",
    metadata: { name: "nova", namespace: "openstack", uid: "1" },
    spec: { services: { compute: service } },
  };
  return problemsOf("PciPassthrough", object).length === 0;
}

const letters = fc.constantFrom(...'ab0Z-_./;,=: \n"é'.split(""));
const text = fc.oneof(
  { weight: 1, arbitrary: fc.array(letters, { maxLength: 8 }).map((all) => all.join("")) },
  {
    weight: 3,
    arbitrary: fc.constantFrom("application", "example.org/nova", "nova-compute", "", "a"),
  },
);
const service: fc.Arbitrary<Service> = fc.record({
  container: text,
  matchLabels: fc.dictionary(text, text, { minKeys: 1, maxKeys: 3 }),
});

test("what the schema takes comes back as it was", () => {
  let kept = 0;
  fc.assert(
    fc.property(service, (item) => {
      if (!taken(item)) return;
      kept += 1;
      const back = parseService(formatService(item));
      expect(back?.container).toBe(item.container);
      expect(Object.entries(back?.matchLabels ?? {}).sort()).toEqual(
        Object.entries(item.matchLabels).sort(),
      );
    }),
    { seed: 9, numRuns: 6000 },
  );
  // A comparison of nothing proves nothing.
  expect(kept).toBeGreaterThan(50);
});

test.each([
  { component: "" },
  { "app lication": "nova" },
  { "a,b": "c" },
  { "a=b": "c" },
  { "a;b": "c" },
  { "-bad/key/": "x" },
] as Record<string, string>[])("%j is refused", (matchLabels) => {
  expect(taken({ container: "nova-compute", matchLabels })).toBe(false);
});

test.each(["nova;compute,x=y", "", "Nova", "nova_compute", "-nova"])(
  "container %j is refused",
  (container) => {
    expect(taken({ container, matchLabels: { application: "nova" } })).toBe(false);
  },
);
