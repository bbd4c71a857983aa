// The rules of admission as a function, on every case that the policies and the webhook are tested
// with on real API servers; and what the JSON Patch of the webhook makes of each pod.

import { expect, test } from "@jest/globals";
import { patchOf } from "../../src/admission/json-patch.ts";
import type { Pod } from "../../src/admission/pod.ts";
import { admit, shippedScope } from "../../src/admission/rules.ts";
import { injectionLabel } from "../../src/api/names.ts";
import { injectionCases, injectsExactlyOneFile, outcomeOf, type InjectionCase } from "./cases.ts";

function admitted(injectionCase: InjectionCase): Pod {
  const namespaceLabels: Record<string, string> = injectionCase.labelled
    ? { [injectionLabel]: "enabled" }
    : {};
  const assignment =
    injectionCase.assignment === "absent"
      ? undefined
      : injectionCase.assignment === "no-data"
        ? {}
        : injectionCase.assignment;
  return admit(injectionCase.pod, assignment, { ...shippedScope, namespaceLabels });
}

const cases = injectionCases.map((injectionCase) => [injectionCase.name, injectionCase] as const);

test.each(cases)("%s", (_name, injectionCase) => {
  const after = admitted(injectionCase);
  expect(outcomeOf(injectionCase.pod, after)).toEqual(injectionCase.outcome);
  if (injectionCase.outcome.is === "untouched") expect(after).toBe(injectionCase.pod);
  if (injectionCase.outcome.is !== "injected") expect(after.spec).toEqual(injectionCase.pod.spec);
  else expect(injectsExactlyOneFile(after, injectionCase.outcome.fragment)).toBe(true);
});

test("every case has a name of its own", () => {
  expect(new Set(injectionCases.map((injectionCase) => injectionCase.name)).size).toBe(
    injectionCases.length,
  );
});

test.each(cases)("once more changes nothing: %s", (_name, injectionCase) => {
  const once = admitted(injectionCase);
  expect(admitted({ ...injectionCase, pod: once })).toEqual(once);
});

test.each(cases)("the patch makes the pod: %s", (_name, injectionCase) => {
  const after = admitted(injectionCase);
  const made = structuredClone(injectionCase.pod) as unknown as Tree;
  for (const { path, value } of patchOf(injectionCase.pod, after))
    put(made, path.slice(1).split("/"), value);
  expect(made).toEqual(after);
});

type Tree = { [key: string]: Tree };

/** `add` of RFC 6902 where the parent is there and the field may be. */
function put(tree: Tree, path: readonly string[], value: unknown): void {
  const parent = path.slice(0, -1).reduce((item, key) => item[key]!, tree);
  parent[path.at(-1)!] = value as Tree;
}
