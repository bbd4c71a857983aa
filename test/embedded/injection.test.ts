// The embedded cluster's admission on every case that the real policy is tested with.

import { expect, test } from "@jest/globals";
import { injectionLabel } from "../../src/api/names.ts";
import { admit, shippedScope } from "../../src/embedded/admission.ts";
import { injectionCases, injectsExactlyOneFile, outcomeOf } from "./injection-cases.ts";

test.each(injectionCases.map((one) => [one.name, one] as const))("%s", (_name, one) => {
  const namespaceLabels: Record<string, string> = one.labelled
    ? { [injectionLabel]: "enabled" }
    : {};
  const parameter =
    one.assignment === "absent" ? undefined : one.assignment === "no-data" ? {} : one.assignment;
  const after = admit(one.pod, parameter, { ...shippedScope, namespaceLabels });
  expect(outcomeOf(one.pod, after)).toEqual(one.outcome);
  if (one.outcome.is === "untouched") expect(after).toEqual(one.pod);
  if (one.outcome.is !== "injected") expect(after.spec).toEqual(one.pod.spec);
  else expect(injectsExactlyOneFile(after, one.outcome.fragment)).toBe(true);
});
