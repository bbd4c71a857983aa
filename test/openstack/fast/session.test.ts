import { createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Failure } from "../../../src/api/failure.ts";
import { parseClouds } from "../../../src/openstack/session/clouds-yaml.ts";
import { describe as describeError } from "../../../src/openstack/wire/failures.ts";
import {
  openSession,
  type Session,
  type SessionOptions,
} from "../../../src/openstack/session/session.ts";
import { ownedClock, type OwnedClock } from "./owned-clock.ts";
import { startStandIn, testCa, type Reply, type Seen, type StandIn } from "./stand-in-cloud.ts";

let cloud: StandIn;
let clock: OwnedClock;
const sessions: Session[] = [];

beforeEach(async () => {
  cloud = await startStandIn();
  clock = ownedClock();
});
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
  await cloud.close();
});

const secret = "the-password";

function open(options: SessionOptions & { cacert?: string; url?: string; extra?: string } = {}) {
  const parsed = parseClouds({
    text: `clouds:
  test:
    auth:
      auth_url: ${options.url ?? cloud.url}
      username: admin
      password: ${secret}
      project_name: admin
${options.extra ?? ""}`,
    cacert: options.cacert,
  });
  expect(parsed.problems).toEqual([]);
  const session = openSession(parsed.credentials!, { clock, ...options });
  sessions.push(session);
  return session;
}

const services = { service: "compute", method: "GET", path: "/os-services" } as const;
const create = { service: "compute", method: "POST", path: "/flavors", body: {} } as const;

const to = (path: string) => (seen: Seen) => seen.path.endsWith(path);
const asked = (path: string) => cloud.seen.filter(to(path)).length;

/** Answers the first `times` requests to a path with `reply`, and the others healthily. */
function failFirst(times: number, path: string, reply: Reply) {
  let left = times;
  cloud.answerWith((seen) => (to(path)(seen) && left-- > 0 ? reply : undefined));
}

async function failureOf(answer: Promise<unknown>): Promise<Failure> {
  const error: unknown = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

describe("token", () => {
  test("serves all who ask at the same time, and those after", async () => {
    const session = open();
    await Promise.all(Array.from({ length: 20 }, () => session.ask(services)));
    await session.ask(services);
    expect(cloud.tokensGiven()).toBe(1);
  });

  test("is renewed before its end, by Keystone's stamps and not by its clock", async () => {
    cloud.tokenSeconds(3600);
    const session = open();
    await session.ask(services);
    clock.pass((3600 - 130) * 1000);
    await session.ask(services);
    expect(cloud.tokensGiven()).toBe(1);
    clock.pass(20_000);
    await session.ask(services);
    expect(cloud.tokensGiven()).toBe(2);
  });

  test("that lives for seconds only is used for three quarters of them", async () => {
    cloud.tokenSeconds(20);
    const session = open();
    await session.ask(services);
    clock.pass(14_000);
    await session.ask(services);
    expect(cloud.tokensGiven()).toBe(1);
    clock.pass(2000);
    await session.ask(services);
    expect(cloud.tokensGiven()).toBe(2);
  });

  test("that is refused is replaced once, and the request repeated", async () => {
    cloud.answerWith(({ headers }) =>
      headers["x-auth-token"] === "token-1" ? { status: 401 } : undefined,
    );
    await expect(open().ask(services)).resolves.toEqual({ services: [] });
    expect(cloud.tokensGiven()).toBe(2);
  });

  test("refused twice is a denial, not a loop", async () => {
    cloud.answerWith((seen) => (to("/os-services")(seen) ? { status: 401 } : undefined));
    const failure = await failureOf(open().ask(services));
    expect(failure.kind).toBe("denied");
    expect(cloud.tokensGiven()).toBe(2);
  });

  test("refused by Keystone is a denial that names the user and no secret", async () => {
    const body = { error: { message: `no such user, or wrong password ${secret}` } };
    cloud.answerWith((seen) => (to("/auth/tokens")(seen) ? { status: 401, body } : undefined));
    const failure = await failureOf(open().ask(services));
    expect(failure.kind).toBe("denied");
    expect(failure.message).toContain("Keystone does not accept user admin");
    expect(failure.message).not.toContain(secret);
  });
});

describe("repetition", () => {
  test("honours Retry-After", async () => {
    failFirst(2, "/os-services", { status: 429, headers: { "retry-after": "7" } });
    await open().ask(services);
    expect(asked("/os-services")).toBe(3);
    expect(clock.slept.every((millis) => millis >= 7000)).toBe(true);
    expect(clock.slept).toHaveLength(2);
  });

  test("leaves a long Retry-After to the caller", async () => {
    failFirst(1, "/os-services", { status: 429, headers: { "retry-after": "600" } });
    const failure = await failureOf(open().ask(services));
    expect(failure).toMatchObject({ kind: "throttled", retryAfterMillis: 600_000 });
    expect(clock.slept).toEqual([]);
  });

  test("of 500 ends after four attempts with growing pauses", async () => {
    failFirst(99, "/os-services", { status: 500, body: { computeFault: { message: "oops" } } });
    const failure = await failureOf(open().ask(services));
    expect(failure.kind).toBe("unreachable");
    expect(failure.message).toBe("GET compute /os-services answered 500: oops");
    expect(asked("/os-services")).toBe(4);
    expect(clock.slept).toEqual([500, 1000, 2000]);
  });

  test("never sends a POST again that may have been done", async () => {
    for (const reply of [{ status: 500 }, { status: 503 }, "reset"] as const) {
      failFirst(1, "/flavors", reply);
      const before = asked("/flavors");
      expect((await failureOf(open().ask(create))).kind).toBe("unreachable");
      expect(asked("/flavors")).toBe(before + 1);
    }
  });

  test("sends a POST again that was turned away, or that does no harm", async () => {
    failFirst(1, "/flavors", { status: 429 });
    expect((await failureOf(open().ask(create))).kind).toBe("missing"); // the stand-in has no POST
    expect(asked("/flavors")).toBe(2);
    failFirst(1, "/flavors", "reset");
    await failureOf(open().ask({ ...create, repeatable: true }));
    expect(asked("/flavors")).toBe(4);
  });

  test("outlives a reset connection", async () => {
    failFirst(2, "/os-services", "reset");
    await expect(open().ask(services)).resolves.toEqual({ services: [] });
  });
});

describe("silence ends in time", () => {
  const brief = { connectSeconds: 0.3, answerSeconds: 0.15 };

  test.each([
    ["no answer", "silence"],
    ["an answer that trickles", "trickle"],
  ] as const)("%s", async (_name, reply) => {
    failFirst(99, "/os-services", reply);
    const failure = await failureOf(open(brief).ask(services));
    expect(failure.kind).toBe("unreachable");
    expect(failure.message).toContain("no complete answer in 0.15 s");
    expect(asked("/os-services")).toBe(4);
  });

  test("a server that takes connections and says nothing, not even TLS", async () => {
    const taken: Socket[] = [];
    const mute = createServer((socket) => void taken.push(socket.on("error", () => undefined)));
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const { port } = mute.address() as { port: number };
    const failure = await failureOf(
      open({ ...brief, url: `https://127.0.0.1:${port}` }).ask(services),
    );
    expect(failure.kind).toBe("unreachable");
    for (const socket of taken) socket.destroy();
    await new Promise((resolve) => mute.close(resolve));
  });

  test("nobody listens", async () => {
    await cloud.close();
    const failure = await failureOf(open().ask(services));
    expect(failure.kind).toBe("unreachable");
    expect(failure.message).toContain("connection refused");
    cloud = await startStandIn();
  });

  test("a slow answer to one does not hold up the others", async () => {
    cloud.answerWith((seen) => (seen.query.has("slow") ? "silence" : undefined));
    const session = open({ answerSeconds: 0.5 });
    const slow = failureOf(session.ask({ ...services, query: { slow: 1 } }));
    await expect(session.ask(services)).resolves.toEqual({ services: [] });
    await slow;
  });
});

describe("statuses", () => {
  test.each([
    [400, "refused"],
    [403, "denied"],
    [404, "missing"],
    [405, "refused"],
    [406, "refused"],
    [409, "conflict"],
    [412, "conflict"],
  ])("%i is %s, asked once", async (status, kind) => {
    failFirst(99, "/os-services", { status });
    expect((await failureOf(open().ask(services))).kind).toBe(kind);
    expect(asked("/os-services")).toBe(1);
  });

  test("an error text carries neither password nor token, and one line of 300 characters", async () => {
    cloud.answerWith((seen) =>
      to("/os-services")(seen)
        ? {
            status: 400,
            body: { badRequest: { message: `${secret} token-1\n${"x".repeat(900)}` } },
          }
        : undefined,
    );
    const failure = await failureOf(open().ask(services));
    const text = describeError(failure);
    expect(text).not.toMatch(/the-password|token-1|\n/);
    expect(text.length).toBeLessThan(360);
  });

  test("an HTML page of a proxy is read as text", async () => {
    const body = "<html><body><h1>403 Forbidden</h1></body></html>";
    failFirst(1, "/os-services", { status: 403, body });
    expect((await failureOf(open().ask(services))).message).toContain(": 403 Forbidden");
  });
});

describe("microversion", () => {
  test("is the wanted one, and the document is read once", async () => {
    const session = open();
    await session.ask({ ...services, microversion: "2.69" });
    await session.ask({ ...services, microversion: "2.53" });
    const sent = cloud.seen
      .filter(to("/os-services"))
      .map((s) => s.headers["openstack-api-version"]);
    expect(sent).toEqual(["compute 2.69", "compute 2.53"]);
    expect(asked("/compute/v2.1/")).toBe(1);
  });

  test("is the highest the service knows, when that is lower", async () => {
    const version = { version: { id: "v2.1", version: "2.60", min_version: "2.1" } };
    cloud.answerWith((s) => (to("/v2.1/")(s) ? { status: 200, body: version } : undefined));
    await open().ask({ ...services, microversion: "2.69" });
    expect(cloud.seen.at(-1)?.headers["openstack-api-version"]).toBe("compute 2.60");
  });

  test("is read again, so that an upgrade is seen", async () => {
    const session = open();
    expect((await session.range("compute")).highest).toBe("2.104");
    clock.pass(600_000);
    await session.range("compute");
    expect(asked("/compute/v2.1/")).toBe(2);
  });
});

describe("endpoint", () => {
  test("of an absent region names the regions there are", async () => {
    const failure = await failureOf(open({ extra: "    region_name: there\n" }).ask(services));
    expect(failure.message).toContain("only in here: set region_name");
  });

  test("of an absent interface names the interfaces there are", async () => {
    const failure = await failureOf(open({ extra: "    interface: admin\n" }).ask(services));
    expect(failure.message).toContain("only internal, public: set interface");
  });

  test("that is overridden wins over the catalog", async () => {
    const extra = `    compute_endpoint_override: ${cloud.url}/other\n`;
    await failureOf(open({ extra }).ask(services));
    expect(asked("/other/v2.1/os-services")).toBe(1);
  });
});

describe("TLS", () => {
  let secure: StandIn;
  beforeEach(async () => (secure = await startStandIn({ tls: true })));
  afterEach(() => secure.close());

  test("with the cacert works", async () => {
    const session = open({ url: secure.url, cacert: testCa });
    await expect(session.ask(services)).resolves.toEqual({ services: [] });
  });

  test("without it fails before anything is sent, and says what to give", async () => {
    const failure = await failureOf(open({ url: secure.url }).ask(services));
    expect(failure.kind).toBe("unreachable");
    expect(failure.message).toContain("is not trusted");
    expect(failure.message).toContain("cacert");
    expect(secure.seen).toEqual([]);
  });

  test("with verify: false works", async () => {
    const session = open({ url: secure.url, extra: "    verify: false\n" });
    await expect(session.ask(services)).resolves.toEqual({ services: [] });
  });

  test("spoken to a port without it says so", async () => {
    const url = cloud.url.replace("http:", "https:");
    expect((await failureOf(open({ url }).ask(services))).message).toContain("begin with http");
  });
});
