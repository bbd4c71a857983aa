// The rules of admission as a function, on every case that the policies and the webhook are tested
// with on real API servers; and what the JSON Patch of the webhook makes of each pod.

import { expect, test } from "@jest/globals";
import { patchOf } from "../../src/admission/json-patch.ts";
import type { Pod } from "../../src/admission/pod.ts";
import { admit, shippedScope } from "../../src/admission/rules.ts";
import { injectionLabel } from "../../src/api/names.ts";
import { injectionCases, injectsExactlyOneFile, outcomeOf, type InjectionCase } from "./cases.ts";

function admitted(one: InjectionCase): Pod {
  const namespaceLabels: Record<string, string> = one.labelled
    ? { [injectionLabel]: "enabled" }
    : {};
  const assignment =
    one.assignment === "absent" ? undefined : one.assignment === "no-data" ? {} : one.assignment;
  return admit(one.pod, assignment, { ...shippedScope, namespaceLabels });
}

const cases = injectionCases.map((one) => [one.name, one] as const);

test.each(cases)("%s", (_name, one) => {
  const after = admitted(one);
  expect(outcomeOf(one.pod, after)).toEqual(one.outcome);
  if (one.outcome.is === "untouched") expect(after).toBe(one.pod);
  if (one.outcome.is !== "injected") expect(after.spec).toEqual(one.pod.spec);
  else expect(injectsExactlyOneFile(after, one.outcome.fragment)).toBe(true);
});

test("every case has a name of its own", () => {
  expect(new Set(injectionCases.map((one) => one.name)).size).toBe(injectionCases.length);
});

test.each(cases)("once more changes nothing: %s", (_name, one) => {
  const once = admitted(one);
  expect(admitted({ ...one, pod: once })).toEqual(once);
});

test.each(cases)("the patch makes the pod: %s", (_name, one) => {
  const after = admitted(one);
  const made = structuredClone(one.pod) as unknown as Tree;
  for (const { path, value } of patchOf(one.pod, after)) put(made, path.slice(1).split("/"), value);
  expect(made).toEqual(after);
});

type Tree = { [key: string]: Tree };

/** `add` of RFC 6902 where the parent is there and the field may be. */
function put(tree: Tree, path: readonly string[], value: unknown): void {
  const parent = path.slice(0, -1).reduce((one, key) => one[key]!, tree);
  parent[path.at(-1)!] = value as Tree;
}
