// The webhook's answers over real HTTPS: what an API server may send, and what an answer must be
// whatever happens behind it.

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Agent, request } from "undici";
import { Failure } from "../../src/api/failure.ts";
import { makeAuthority, makeLeaf } from "../../src/webhook/certificates.ts";
import { reviewOf, type ReadAssignment } from "../../src/webhook/review.ts";
import { serveWebhook, type Counted, type WebhookServer } from "../../src/webhook/server.ts";
import { injectionCases } from "../admission/cases.ts";
import { compute, computePod } from "../admission/pods.ts";

const usual = injectionCases[0]!.assignment as Readonly<Record<string, string>>;
let server: WebhookServer;
let agent: Agent;
let read: ReadAssignment;
const counted: Counted[] = [];

beforeAll(async () => {
  const authority = await makeAuthority(Date.now());
  const leaf = await makeLeaf(authority, ["localhost"], Date.now());
  server = await serveWebhook({
    at: { host: "127.0.0.1", port: 0 },
    read: (namespace) => read(namespace),
    counted: (other) => counted.push(other),
  });
  server.present(leaf);
  agent = new Agent({ connect: { ca: authority.cert, servername: "localhost" } });
});
afterAll(async () => {
  await agent.destroy();
  await server.close();
});

async function post(body: unknown, path = "/inject", method = "POST") {
  const answer = await request(`https://127.0.0.1:${server.port}${path}`, {
    dispatcher: agent,
    method: method as "POST",
    headers: { "content-type": "application/json" },
    body: method === "GET" ? null : typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: answer.statusCode, body: JSON.parse(await answer.body.text()) as Reply };
}
type Reply = { readonly response: Readonly<Record<string, unknown>> };

function review(object: unknown, more: object = {}): unknown {
  const asked = { uid: "u1", namespace: "openstack", object, ...more };
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request: asked };
}

test("a pod of its node gets its fragment", async () => {
  read = () => Promise.resolve(usual);
  const { status, body } = await post(review(computePod()));
  expect(status).toBe(200);
  expect(body).toMatchObject({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" });
  expect(body.response).toMatchObject({ uid: "u1", allowed: true, patchType: "JSONPatch" });
  const patch = Buffer.from(body.response["patch"] as string, "base64").toString("utf8");
  expect(patch).toContain(compute);
  expect(counted.at(-1)?.result).toBe("injected");
});

test("a connection is kept longer than API servers keep theirs: no pod of a rollout pays for a handshake", async () => {
  read = () => Promise.resolve(undefined);
  const answer = await request(`https://127.0.0.1:${server.port}/inject`, {
    dispatcher: agent,
    method: "POST",
    body: JSON.stringify(review(computePod())),
  });
  await answer.body.dump();
  const [, seconds] = /timeout=(\d+)/.exec(String(answer.headers["keep-alive"])) ?? [];
  expect(Number(seconds)).toBeGreaterThan(90);
});

test("without an assignment it is untouched", async () => {
  read = () => Promise.resolve(undefined);
  const { body } = await post(review(computePod()));
  expect(body.response).toEqual({ uid: "u1", allowed: true });
});

test("the namespace is the one of the request", async () => {
  const asked: string[] = [];
  read = (namespace) => {
    asked.push(namespace);
    return Promise.resolve(undefined);
  };
  await post(review(computePod(), { namespace: "cloud-2" }));
  expect(asked).toEqual(["cloud-2"]);
});

describe("the assignment cannot be read", () => {
  test.each([
    ["denied", new Failure("denied", "GET configmaps: forbidden")],
    ["unreachable", new Failure("unreachable", "GET configmaps: the connection broke")],
    ["a fault", new TypeError("x is undefined")],
  ])("%s: the pod is refused, with the reason", async (_name, error) => {
    read = () => Promise.reject(error);
    const { status, body } = await post(review(computePod()));
    expect(status).toBe(200);
    expect(body.response).toMatchObject({ uid: "u1", allowed: false, status: { code: 500 } });
    expect(JSON.stringify(body.response)).toContain(error.message);
    expect(counted.at(-1)?.result).toBe("refused");
  });

  test("no answer: the pod is refused before the API server gives up", async () => {
    read = () => new Promise(() => undefined);
    const { body } = await post(review(computePod()));
    expect(JSON.stringify(body.response)).toContain("no answer within 2 seconds");
  });
});

describe("a fault of ours", () => {
  // Nothing that an API server sends: what is left for a fault that nobody thought of.
  const hostile = (labels: object) => ({ metadata: { labels }, spec: { containers: 7 } });

  test("refuses a pod of a managed service", async () => {
    read = () => Promise.resolve({ ...usual, _api: "c;a=b" });
    const pod = { ...hostile({ a: "b" }) };
    const named = {
      ...pod.metadata,
      annotations: { "pci.openstack.org/fragment": "nova-pci-api-0123456789abcdef" },
    };
    const { body } = await post(review({ ...pod, metadata: named }));
    expect(body.response).toMatchObject({ allowed: false });
  });

  test("does not stop a pod of none", async () => {
    read = () => Promise.resolve(usual);
    const { body } = await post(review(hostile({ application: "nova", component: "vnc" })));
    expect(body.response).toMatchObject({ uid: "u1", allowed: true });
  });
});

describe("what is no review", () => {
  const odd: readonly (readonly [string, unknown])[] = [
    ["nothing", ""],
    ["no JSON", "{"],
    ["null", "null"],
    ["a list", []],
    ["no request", {}],
    ["a request that is null", { request: null }],
    ["no object, as for a deletion", review(null)],
    ["an object without a spec", review({ metadata: {} })],
  ];
  test.each(odd)("%s is a bad request", async (_name, body) => {
    expect((await post(body)).status).toBe(400);
  });

  test("nor is another path or a GET", async () => {
    expect((await post(review(computePod()), "/other")).status).toBe(404);
    expect((await post(undefined, "/inject", "GET")).status).toBe(404);
  });

  test("more than a pod may have ends the connection", async () => {
    await expect(post(review({ ...computePod(), x: "x".repeat(9_000_000) }))).rejects.toThrow();
    read = () => Promise.resolve(undefined);
    expect((await post(review(computePod()))).status).toBe(200);
  });
});

test("a certificate is exchanged while it serves", async () => {
  const authority = await makeAuthority(Date.now());
  server.present(await makeLeaf(authority, ["localhost"], Date.now()));
  read = () => Promise.resolve(undefined);
  const fresh = new Agent({ connect: { ca: authority.cert, servername: "localhost" } });
  const url = `https://127.0.0.1:${server.port}/inject`;
  const body = JSON.stringify(review(computePod()));
  expect((await request(url, { dispatcher: fresh, method: "POST", body })).statusCode).toBe(200);
  await fresh.destroy();
  // A connection that was open keeps what it began with.
  expect((await post(review(computePod()))).status).toBe(200);
});

test("every case is a review", () => {
  for (const { pod } of injectionCases) expect(reviewOf(review(pod))?.pod).toBe(pod);
});
