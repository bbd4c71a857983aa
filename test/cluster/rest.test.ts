// What is sent, what is sent again, and what never leaves when somebody else leads.
import { afterEach, expect, test } from "@jest/globals";
import { writeFile, mkdtemp, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../src/api/failure.ts";
import { tokenFile } from "../../src/cluster/wire/access.ts";
import type { Call } from "../../src/cluster/wire/requests.ts";
import { openRest, type RestOptions } from "../../src/cluster/wire/rest.ts";
import { missingRight } from "../../src/cluster/wire/failures.ts";
import { answerJson, answerStatus, reset, startFaultServer, type Answer } from "./fault-server.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function scene(options: RestOptions = {}) {
  const server = await startFaultServer();
  const pauses: number[] = [];
  const rest = openRest(server.access, {
    random: () => 0.5,
    pause: (millis) => {
      pauses.push(millis);
      return Promise.resolve();
    },
    ...options,
  });
  closing.push(rest.close, server.close);
  const refuse = (answer: Answer, times = 1) => server.next(() => true, answer, times);
  return { server, rest, pauses, refuse };
}

const get: Call = { method: "GET", path: "/x" };
const guarded: Call = { method: "PUT", path: "/x", body: { a: 1 }, repeatable: true };
const create: Call = { method: "POST", path: "/x", body: { a: 1 } };
const evict: Call = { ...create, path: "/x/eviction", once: true };
const bad =
  (status: number): Answer =>
  (_, response) =>
    answerStatus(response, status, "no");
const fine: Answer = (_, response) => answerJson(response, 200, { ok: true });

const cases: readonly (readonly [string, Call, Answer, number])[] = [
  ["a read that got 500", get, bad(500), 2],
  ["a read that was reset", get, reset, 2],
  ["a read that got 429", get, bad(429), 2],
  ["a guarded change that got 500", guarded, bad(500), 2],
  ["a guarded change that was reset", guarded, reset, 2],
  ["a create that got 429", create, bad(429), 2],
  ["a create that got 500", create, bad(500), 1],
  ["a create that was reset", create, reset, 1],
  ["an eviction that a budget refuses", evict, bad(429), 1],
  ["a read that got 404", get, bad(404), 1],
  ["a change that got 409", guarded, bad(409), 1],
  ["a change that got 422", guarded, bad(422), 1],
  ["a read that got 401 once", get, bad(401), 2],
];

test.each(cases)("%s", async (_name, call, fault, sent) => {
  const { rest, server, refuse } = await scene();
  refuse(fault);
  refuse(fine);
  const answer = await rest.ask(call).catch((error: unknown) => error);
  expect(server.asked.length).toBe(sent);
  if (sent === 2) expect(answer).toEqual({ ok: true });
  else expect(answer).toBeInstanceOf(Failure);
});

test.each([
  [400, "refused"],
  [401, "denied"],
  [403, "denied"],
  [404, "missing"],
  [409, "conflict"],
  [410, "conflict"],
  [413, "refused"],
  [422, "refused"],
  [429, "throttled"],
  [500, "unreachable"],
  [503, "unreachable"],
] as const)("status %d is %s, in the server's own words", async (status, kind) => {
  const { rest, refuse } = await scene();
  refuse(bad(status), 9);
  await expect(rest.ask(get)).rejects.toMatchObject({ kind, message: "GET /x: no" });
});

test("Retry-After is obeyed", async () => {
  const { rest, pauses, refuse } = await scene();
  refuse((_, response) => answerStatus(response, 429, "later", { "retry-after": "3" }));
  refuse(fine);
  await rest.ask(get);
  expect(pauses).toEqual([3000]);
});

test("a message holds neither the query nor a token", async () => {
  const { rest, refuse } = await scene();
  refuse(reset, 9);
  const error = await rest
    .ask({ method: "GET", path: "/x?secret=1" })
    .catch((item: unknown) => item);
  expect(String(error)).not.toMatch(/secret|Bearer/);
});

test("behind the fence nothing is changed, and reads go on", async () => {
  let leads = true;
  const { rest, server, refuse } = await scene({ mayChange: () => leads });
  refuse(fine, 2);
  await rest.ask(guarded);
  leads = false;
  await expect(rest.ask(guarded)).rejects.toMatchObject({ name: "NotLeading" });
  await rest.ask(get);
  expect(server.asked.map((asked) => asked.method)).toEqual(["PUT", "GET"]);
});

test("the fence is asked again before a second sending", async () => {
  let asked = 0;
  const { rest, server, refuse } = await scene({ mayChange: () => (asked += 1) === 1 });
  refuse(bad(500), 9);
  await expect(rest.ask(guarded)).rejects.toMatchObject({ name: "NotLeading" });
  expect(server.asked.length).toBe(1);
});

test("requests one after the other share a connection", async () => {
  const { rest, refuse } = await scene();
  const ports = new Set<unknown>();
  refuse((_, response, request) => {
    ports.add(request.socket.remotePort);
    answerJson(response, 200, {});
  }, 20);
  for (let index = 0; index < 20; index++) await rest.ask(get);
  expect(ports.size).toBeLessThan(5);
});

test("a hundred open streams keep no request waiting", async () => {
  const { rest, refuse } = await scene();
  const ended = new AbortController();
  refuse((_, response) => {
    response.writeHead(200);
    response.flushHeaders();
  }, 100);
  await Promise.all(
    Array.from({ length: 100 }, () =>
      rest.watch({
        path: "/x?watch=1",
        accept: "application/json",
        signal: ended.signal,
        silenceMillis: 60_000,
        silent: () => undefined,
      }),
    ),
  );
  refuse(fine);
  expect(await rest.ask(get)).toEqual({ ok: true });
  ended.abort();
});

test("every answer is counted", async () => {
  const told: string[] = [];
  const { rest, refuse } = await scene({
    told: (method, code, _seconds, again) => void told.push(`${method} ${code} ${again}`),
  });
  refuse(bad(500));
  refuse(reset);
  refuse(fine);
  await rest.ask(get);
  expect(told).toEqual(["GET 500 false", "GET <error> true", "GET 200 true"]);
});

test("a rotated token is read when the file changed, and at once after a 401", async () => {
  const folder = await mkdtemp(join(tmpdir(), "token-"));
  closing.push(() => rm(folder, { recursive: true }));
  const file = join(folder, "token");
  let now = 0;
  const identity = tokenFile(file, () => now);
  await writeFile(file, "one\n");
  expect(await identity.headers()).toEqual({ Authorization: "Bearer one" });
  await writeFile(file, "two\n");
  await utimes(file, 2000, 2000);
  expect(await identity.headers()).toEqual({ Authorization: "Bearer one" });
  now += 10_000;
  expect(await identity.headers()).toEqual({ Authorization: "Bearer two" });
  await writeFile(file, "three\n");
  identity.forget();
  expect(await identity.headers()).toEqual({ Authorization: "Bearer three" });
  await rm(file);
  now += 10_000;
  expect(await identity.headers()).toEqual({ Authorization: "Bearer three" });
});

test("a 403 of RBAC names the right, a 403 of a policy names none", async () => {
  const { rest, refuse } = await scene();
  const words =
    (text: string): Answer =>
    (_, response) =>
      answerStatus(response, 403, text);
  refuse(
    words('User "u" cannot patch resource "deployments" in API group "apps" in the namespace "n"'),
  );
  refuse(words("ValidatingAdmissionPolicy 'v' with binding 'v' denied request: no"));
  const rights = [];
  for (const call of [guarded, guarded])
    rights.push(missingRight(await rest.ask(call).catch((error: unknown) => error)));
  expect(rights).toEqual([
    { verb: "patch", resource: "deployments.apps", namespace: "n" },
    undefined,
  ]);
});
