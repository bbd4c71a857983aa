// The small pure parts of the edge, as tables.
import { expect, test } from "@jest/globals";
import { gzipSync } from "node:zlib";
import { Failure } from "../../src/api/failure.ts";
import { retryDelay } from "../../src/cluster/watch/backoff.ts";
import { makeRecorder, type EventEffect } from "../../src/cluster/events.ts";
import { ApiFailure } from "../../src/cluster/wire/failures.ts";
import { isNewer, microTime } from "../../src/cluster/views/kube-object.ts";
import { keepFor } from "../../src/cluster/wire/kept.ts";
import {
  commonSelector,
  serviceLabels,
  serviceOf,
} from "../../src/cluster/views/service-labels.ts";
import { packState, unpackState } from "../../src/cluster/views/state-codec.ts";
import { emptyState } from "../../src/plan/terms/state.ts";

test.each([
  ["10", "9", true],
  ["9", "10", false],
  ["10", "10", false],
  ["18446744073709551616", "18446744073709551615", true],
  ["opaque", "10", true],
  ["opaque", "opaque", false],
])("version %s is newer than %s: %s", (a, b, newer) => {
  expect(isNewer(a, b)).toBe(newer);
});

test("a MicroTime has six digits", () => {
  expect(microTime(Date.UTC(2026, 0, 5, 8, 0, 0, 7))).toBe("2026-01-05T08:00:00.007000Z");
});

const status = (code: number, seconds?: number): ApiFailure =>
  new ApiFailure(code, "no", {
    reason: "",
    causes: [],
    retryAfterMillis: seconds === undefined ? undefined : seconds * 1000,
  });

test.each<[string, unknown, number, number]>([
  ["the first try after a reset comes soon", new Failure("unreachable", "x"), 0, 200],
  [
    "an hour of silence is looked at every second or two",
    new Failure("unreachable", "x"),
    50,
    1500,
  ],
  ["a refusal is not asked about all the time", status(403), 50, 10_000],
  ["410 is listed again at once", status(410), 7, 200],
  ["Retry-After is obeyed", status(429, 7), 0, 7700],
  ["an absurd Retry-After is not", status(429, 86_400), 0, 33_000],
])("%s", (_name, error, attempt, most) => {
  for (const random of [0, 0.5, 1]) {
    const delay = retryDelay(error, attempt, random);
    expect(delay).toBeLessThanOrEqual(most);
    expect(delay).toBeGreaterThan(0);
  }
});

test("a kind that nobody installed is asked for every few minutes", () => {
  expect(retryDelay(status(404), 0, 0.5, "optional")).toBeGreaterThan(120_000);
});

test("the state comes back as it was, and equal states are equal bytes", () => {
  const state = { ...emptyState, wanted: "é".repeat(1000) };
  const packed = packState(state);
  expect(packState(state).base64).toBe(packed.base64);
  expect(packed.bytes).toBeLessThan(1000);
  expect(unpackState(packed.base64, "7")).toEqual({
    is: "read",
    resourceVersion: "7",
    state,
    bytes: packed.bytes,
  });
});

test.each([
  ["no key", undefined, /no key/],
  ["no gzip", Buffer.from("hello").toString("base64"), /damaged.*header/],
  ["no JSON", gzipSync("{").toString("base64"), /damaged.*JSON/],
  ["null", gzipSync("null").toString("base64"), /no state/],
  ["a newer operator's", gzipSync('{"version":99}').toString("base64"), /newer operator/],
])("a state that is %s is unreadable, never empty", (_name, base64, reason) => {
  expect(unpackState(base64, "7")).toEqual({
    is: "unreadable",
    reason: expect.stringMatching(reason),
  });
});

test("the services of openstack-helm are found by one selector", () => {
  const known = serviceLabels();
  expect(commonSelector(known)).toBe(
    "application=nova,component in (compute,conductor,os-api,scheduler)",
  );
  expect(serviceOf({ application: "nova", component: "os-api", more: "x" }, known)).toBe("api");
  expect(serviceOf({ application: "nova", component: "novncproxy" }, known)).toBeUndefined();
});

test("services that share no label are not selected by any", () => {
  const known = serviceLabels({ api: { matchLabels: { run: "api" }, container: "c" } });
  expect(commonSelector(known)).toBeUndefined();
  expect(known.api.container).toBe("c");
  expect(known.compute.container).toBe("nova-compute");
});

const told: EventEffect = {
  do: "event",
  about: { kind: "PciAlias", name: "a1", uid: "u1" },
  type: "Warning",
  reason: "Contradiction",
  message: "words",
};

test("the same words are one Event with a count, and nothing is said twice in a hurry", () => {
  let now = 0;
  const recorder = makeRecorder(() => now, "me");
  const first = recorder.request("n", told)!;
  expect(first).toMatchObject({
    method: "POST",
    path: "/apis/events.k8s.io/v1/namespaces/n/events",
    body: {
      eventTime: "1970-01-01T00:00:00.000000Z",
      reason: "Contradiction",
      note: "words",
      regarding: { kind: "PciAlias", apiVersion: "pci.openstack.org/v1alpha1", uid: "u1" },
    },
  });
  const { name } = (first.body as { metadata: { name: string } }).metadata;
  now = 1000;
  expect(recorder.request("n", told)).toBeUndefined();
  now = 60_000;
  expect(recorder.request("n", told)).toMatchObject({
    method: "PATCH",
    path: `/apis/events.k8s.io/v1/namespaces/n/events/${name}`,
    body: { series: { count: 3 } },
  });
  now = 3_600_000;
  expect(recorder.request("n", told)).toMatchObject({ method: "POST" });
});

test("one object cannot flood the Events; others still speak", () => {
  let now = 0;
  const recorder = makeRecorder(() => now, "me");
  const say = (uid: string, message: string) =>
    recorder.request("n", { ...told, about: { ...told.about, uid }, message }) !== undefined;
  const said = Array.from({ length: 100 }, (_, index) => say("u1", `m${index}`));
  expect(said.filter(Boolean).length).toBe(25);
  expect(say("u2", "m")).toBe(true);
  now += 300_000;
  expect(say("u1", "later")).toBe(true);
  expect(say("u1", "later still")).toBe(false);
});

test("an answer is kept for its time, and what was forgotten while it was asked is not kept", async () => {
  let now = 0;
  let asked = 0;
  const kept = keepFor(
    100,
    () => Promise.resolve((asked += 1)),
    () => now,
  );
  expect([await kept.get(), await kept.get()]).toEqual([1, 1]);
  now = 100;
  const pending = kept.get();
  kept.forget();
  expect([await pending, await kept.get(), await kept.get()]).toEqual([2, 3, 3]);
});
