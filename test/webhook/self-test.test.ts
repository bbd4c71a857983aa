// When the webhook counts as installed: what its self-test asks and what it makes of the answer, and how
// often it is tried in the life of a replica.
import { afterEach, describe, expect, test } from "@jest/globals";
import { Failure } from "../../src/api/failure.ts";
import { policyVersionAnnotation, selfTestNamespace } from "../../src/api/names.ts";
import { admitSelected, type Assignment } from "../../src/admission/rules.ts";
import type { Pod } from "../../src/admission/pod.ts";
import type { Call, Requests } from "../../src/cluster/wire/requests.ts";
import { selfTest } from "../../src/webhook/self-test.ts";
import { startWebhook, type Webhook } from "../../src/webhook/webhook.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

type Server = {
  readonly rest: Requests;
  readonly asked: Call[];
  /** Pods that were asked for. */
  readonly tries: () => number;
  webhook: "serves" | "is away" | "is deaf";
  configured: boolean;
};

/** An API server with what the webhook needs of it, whose admission is the rules themselves. */
function makeServer(): Server {
  const stored = new Map<string, Json>();
  const asked: Call[] = [];
  const server: Server = {
    asked,
    tries: () => asked.filter((call) => call.path.includes("/pods")).length,
    webhook: "serves",
    configured: true,
    rest: {
      ask: (call: Call) => Promise.resolve(asked.push(call)).then(() => answer(call)),
    } as unknown as Requests,
  };
  const answer = ({ method, path, body }: Call): Json => {
    if (path.includes("mutatingwebhookconfigurations") && method === "GET") {
      if (!server.configured) throw new Failure("missing", "none");
      const objectSelector = { matchLabels: { application: "nova" } };
      const annotations = { [policyVersionAnnotation]: "1" };
      return { metadata: { resourceVersion: "1", annotations }, webhooks: [{ objectSelector }] };
    }
    if (path.includes("/pods")) return admitted(body as Pod);
    const object = body as Json;
    if (method === "GET" && !stored.has(path)) throw new Failure("missing", "none");
    if (method === "GET") return stored.get(path);
    const key = method === "POST" ? `${path}/${object.metadata.name}` : path;
    stored.set(key, { ...object, metadata: { ...object.metadata, resourceVersion: "1" } });
    return stored.get(key);
  };
  const admitted = (pod: Pod): Pod => {
    if (server.webhook === "is away") throw new Failure("unreachable", "connection refused");
    if (server.webhook === "is deaf") return pod;
    const [, assignment] = [...stored].find(([path]) => path.endsWith("nova-pci-assignment"))!;
    return admitSelected(pod, assignment.data as Assignment);
  };
  return server;
}

const selects = { application: "nova" };

describe("the self-test", () => {
  test("a pod of Nova's label is asked for, and not made, in a namespace of its own", async () => {
    const { rest, asked } = makeServer();
    expect(await selfTest(rest, selects)).toBeUndefined();
    const [pod, ...more] = asked.filter((call) => call.path.includes("/pods"));
    expect(more).toEqual([]);
    expect(pod?.path).toBe(`/api/v1/namespaces/${selfTestNamespace}/pods?dryRun=All`);
    expect((pod?.body as Pod).metadata.labels).toMatchObject(selects);
  });

  test.each([
    ["is deaf", /came back unchanged: look at its namespaceSelector, objectSelector and rules/],
    ["is away", /connection refused/],
  ] as const)("a webhook that %s is said to", async (webhook, said) => {
    const server = makeServer();
    server.webhook = webhook;
    expect(await selfTest(server.rest, selects)).toMatch(said);
  });
});

describe("in the life of a replica", () => {
  let running: Webhook | undefined;
  let trouble: string | undefined;
  const started = async (server: Server, testMillis: number): Promise<Webhook> => {
    running = await startWebhook({
      rest: server.rest,
      namespace: "nova-pci-system",
      at: { host: "127.0.0.1", port: 0 },
      now: Date.now,
      counted: () => undefined,
      troubled: (error) => (trouble = String(error)),
      changed: () => undefined,
      times: { lookMillis: 1, testMillis, soonMillis: 1 },
    });
    return running;
  };
  const looks = (server: Server): number =>
    server.asked.filter((call) => call.path.includes("mutatingwebhookconfigurations")).length;
  const until = async (done: () => boolean): Promise<void> => {
    for (let turns = 0; !done(); turns++) {
      if (turns > 5000) throw new Error(trouble ?? "it never came to that");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  const unreachable = (webhook: Webhook): string | undefined => {
    const view = webhook.view();
    return view?.is === "installed" ? view.unreachable : view?.is;
  };
  afterEach(() => running?.stop());

  test("it is tried at start, and while it works not before its time", async () => {
    const server = makeServer();
    const webhook = await started(server, 600_000);
    await until(() => looks(server) > 20);
    expect(server.tries()).toBe(1);
    expect(webhook.view()).toEqual({ is: "installed", version: "1", selects });
  });

  test("it is tried again when its time has come, and one that fails is said to", async () => {
    const server = makeServer();
    const webhook = await started(server, 0);
    await until(() => webhook.view() !== undefined);
    server.webhook = "is away";
    await until(() => unreachable(webhook) !== undefined);
    expect(unreachable(webhook)).toMatch(/connection refused/);
  });

  test("one that failed is tried until it works, however long its time is", async () => {
    const server = makeServer();
    server.webhook = "is deaf";
    const webhook = await started(server, 600_000);
    await until(() => server.tries() > 3);
    expect(unreachable(webhook)).toMatch(/came back unchanged/);
    server.webhook = "serves";
    await until(() => unreachable(webhook) === undefined);
  });

  test("where it is not installed nothing is tried; installed later it is", async () => {
    const server = makeServer();
    server.configured = false;
    const webhook = await started(server, 600_000);
    await until(() => looks(server) > 5);
    expect([server.tries(), webhook.view()]).toEqual([0, { is: "absent" }]);
    server.configured = true;
    await until(() => server.tries() === 1);
  });
});
