// A write that is refused is told to whom it concerns, in the words of who refused it, for as long as it
// is refused; what passes by itself is not told.
import { describe, expect, test } from "@jest/globals";
import { Failure } from "../../../src/api/failure.ts";
import { NotLeading } from "../../../src/cluster/wire/not-leading.ts";
import { failureOf } from "../../../src/cluster/wire/failures.ts";
import { makeRefusals } from "../../../src/operator/refusals.ts";
import type { Effect } from "../../../src/plan/plan.ts";

const patch: Effect = { do: "patch-assignment", resourceVersion: "1", data: {} };
const annotate: Effect = {
  ...{ do: "annotate-workload", kind: "Deployment", name: "nova-api", uid: "u" },
  ...{ value: "x", take: false },
};

function answer(status: number, message: string): Failure {
  return failureOf("PATCH /x", status, JSON.stringify({ message }));
}

/** What is known after each of these rounds; undefined = it went through, null = nobody wanted it. */
function after(rounds: readonly (Failure | undefined | null)[], effect: Effect = patch) {
  const refusals = makeRefusals();
  return rounds.map((failure) => {
    refusals.note({
      namespace: "n",
      plan: { effects: failure === null ? [] : [effect] },
      executed: failure === null ? [] : [{ effect, ...(failure === undefined ? {} : { failure }) }],
    });
    expect(refusals.of("other")).toEqual([]);
    return refusals.of("n").length;
  });
}

const refused = answer(422, "no");
const conflict = answer(409, 'Apply failed with 1 conflict: conflict with "argocd"');
const silent = new Failure("unreachable", "the connection broke");
const hook = answer(500, 'failed calling webhook "w.example": connection refused');

test.each([
  ["a refusal at once, until it goes through", [refused, refused, undefined], [1, 1, 0]],
  ["a refusal until nobody wants it any more", [refused, null, refused], [1, 0, 1]],
  ["a right that is missing", [answer(403, "forbidden")], [1]],
  [
    "a conflict from the third time in a row",
    [conflict, conflict, conflict, undefined],
    [0, 0, 1, 0],
  ],
  ["two conflicts, twice", [conflict, conflict, undefined, conflict, conflict], [0, 0, 0, 0, 0]],
  ["a webhook that does not answer, in the same way", [hook, hook, hook], [0, 0, 1]],
  ["an API server that does not answer, never", [silent, silent, silent, silent], [0, 0, 0, 0]],
  ["too many requests, never", [answer(429, "slow down")], [0]],
  ["that another one leads, never", [new NotLeading()], [0]],
] as const)("%s", (_name, rounds, known) => {
  expect(after(rounds)).toEqual(known);
});

test("a fragment that something names stays without a word", () => {
  const effect: Effect = { do: "delete-fragment", name: "f", uid: "u" };
  expect(after([conflict, conflict, conflict, conflict], effect)).toEqual([0, 0, 0, 0]);
});

test("what was not tried because something before it was refused is still refused", () => {
  const refusals = makeRefusals();
  const effects = [patch, annotate];
  refusals.note({
    namespace: "n",
    plan: { effects },
    executed: [{ effect: annotate, failure: refused }],
  });
  refusals.note({
    namespace: "n",
    plan: { effects },
    executed: [{ effect: patch, failure: refused }],
  });
  expect(refusals.of("n").map((refusal) => `${refusal.do} ${refusal.subject}`)).toEqual([
    "annotate-workload Deployment/nova-api",
    "patch-assignment nova-pci-assignment",
  ]);
  refusals.note({ namespace: "n", executed: [], gone: true });
  expect(refusals.of("n")).toEqual([]);
});

describe("of what others say no credential passes", () => {
  test.each([
    'Post "https://user:HUNTER@w.svc:443/x": connection refused',
    "denied: Authorization: Bearer HUNTERHUNTER rejected",
    'denied: {"password": "HUNTER"}',
    "denied: admin_password=HUNTER",
    "denied: api_key: HUNTER, more",
    "denied: token=HUNTER;x",
    "denied: X-Auth-Token: HUNTER",
    "denied: eyJhbGciOi.eyJHUNTER.HUNTER",
    "denied: client_secret = 'HUNTER'",
    "denied\u0000:\nSECRET: HUNTER",
  ])("%s", (words) => {
    const refusals = makeRefusals();
    refusals.note({
      namespace: "n",
      plan: { effects: [patch] },
      executed: [{ effect: patch, failure: answer(403, words) }],
    });
    const { words: told } = refusals.of("n")[0]!;
    expect(told).not.toContain("HUNTER");
    expect(told).toContain("***");
    expect(told).not.toMatch(/[\u0000-\u001f]/);
  });

  test("and what tells what to do is kept", () => {
    const refusals = makeRefusals();
    const words =
      "exceeded quota: maps, requested: count/configmaps=1, used: count/configmaps=5, limited: count/configmaps=5";
    refusals.note({
      namespace: "n",
      plan: { effects: [patch] },
      executed: [{ effect: patch, failure: answer(403, words) }],
    });
    expect(refusals.of("n")).toEqual([
      {
        do: "patch-assignment",
        subject: "nova-pci-assignment",
        by: "kubernetes",
        words: `PATCH /x: ${words}`,
        conflict: false,
      },
    ]);
  });
});
