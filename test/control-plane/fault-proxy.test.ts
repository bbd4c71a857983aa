// The fault proxy in front of a real API server: each fault does what its name says, once.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import type { ControlPlane } from "./attach.ts";
import { clientFor, type Client, type WatchEvent } from "./client.ts";
import { startFaultProxy, type FaultProxy } from "./fault-proxy.ts";
import { controlPlaneLane } from "./lane.ts";
import { until } from "./processes.ts";
import { sharedControlPlane } from "./plane-of-the-run.ts";

controlPlaneLane("fault proxy", () => {
  let plane: ControlPlane;
  let proxy: FaultProxy;
  let through: Client;
  let maps: string;

  beforeAll(async () => {
    plane = await sharedControlPlane();
    maps = `/api/v1/namespaces/${await plane.namespace()}/configmaps`;
  });
  beforeEach(async () => {
    proxy = await startFaultProxy(plane);
    through = clientFor({ url: proxy.url, ca: plane.ca, token: plane.adminToken });
  });
  afterEach(async () => {
    await through.close();
    await proxy.stop();
  });
  afterAll(() => plane.stop());

  const creates = (item: { readonly verb: string }) => item.verb === "create";
  const watches = (item: { readonly verb: string }) => item.verb === "watch";

  test("it passes everything on and counts", async () => {
    await through.create(maps, { metadata: { name: "plain" }, data: { a: "1" } });
    await through.patch(`${maps}/plain`, { data: { a: "2" } });
    expect((await through.get(`${maps}/plain`)).data).toEqual({ a: "2" });
    await through.list(maps);
    expect(proxy.seen.map((seen) => [seen.verb, seen.resource, seen.status])).toEqual([
      ["create", "configmaps", 201],
      ["patch", "configmaps", 200],
      ["get", "configmaps", 200],
      ["list", "configmaps", 200],
    ]);
    expect(proxy.count({ resource: "configmaps", verb: "patch" })).toBe(1);
  });

  test("a reset reaches nobody, and once is once", async () => {
    proxy.add({ fault: "reset", when: creates, times: 1 });
    await expect(through.create(maps, { metadata: { name: "reset" } })).rejects.toThrow();
    expect(await plane.get(`${maps}/reset`)).toBeUndefined();
    await through.create(maps, { metadata: { name: "reset" } });
  });

  test("429 with Retry-After", async () => {
    const headers = { "retry-after": "2" };
    proxy.add({ fault: "answer", status: 429, headers, when: creates, times: 1 });
    const answer = await through.request("POST", maps, { metadata: { name: "later" } });
    expect(answer).toMatchObject({ status: 429, headers, body: { reason: "TooManyRequests" } });
    expect(await plane.get(`${maps}/later`)).toBeUndefined();
  });

  test.each([["fail-after-commit"], ["reset-after-commit"]] as const)(
    "%s: the work is done",
    async (fault) => {
      proxy.add({ fault, when: creates, times: 1 });
      const made = through.create(maps, { metadata: { name: fault } });
      await expect(made).rejects.toThrow();
      expect(await plane.get(`${maps}/${fault}`)).toBeDefined();
    },
  );

  const first = async (stop: AbortSignal, events: WatchEvent[]): Promise<"ended" | "broke"> => {
    try {
      const path = `${maps}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
      for await (const event of through.watch(path, stop)) events.push(event);
      return "ended";
    } catch {
      return "broke";
    }
  };

  test("a stream that is cut breaks", async () => {
    proxy.add({ fault: "cut", afterBytes: 600, when: watches });
    const how = await first(new AbortController().signal, []);
    expect(how).toBe("broke");
  });

  test("a stream that falls silent stays open and says nothing", async () => {
    proxy.add({ fault: "silent", when: watches, times: 1 });
    const stop = new AbortController();
    const events: WatchEvent[] = [];
    const how = first(stop.signal, events);
    await plane.create(maps, { metadata: { name: "unheard" } });
    await pause(300);
    expect(events).toEqual([]);
    stop.abort();
    expect(await how).toBe("broke");
  });

  test("410 comes as an event in a stream of status 200", async () => {
    proxy.add({ fault: "error-event", when: watches, times: 1 });
    const events: WatchEvent[] = [];
    expect(await first(new AbortController().signal, events)).toBe("ended");
    expect(events).toMatchObject([{ type: "ERROR", object: { code: 410, reason: "Expired" } }]);
  });

  test("an untouched stream follows changes, and cutAll breaks it", async () => {
    const events: WatchEvent[] = [];
    const how = first(new AbortController().signal, events);
    await until("the start", () => events.some((event) => event.type === "BOOKMARK"));
    await plane.create(maps, { metadata: { name: "heard" } });
    await until("the change", () => events.some((event) => event.object.metadata.name === "heard"));
    proxy.cutAll();
    expect(await how).toBe("broke");
  });

  test("unreachable means unreachable until it is back", async () => {
    proxy.setReachable(false);
    await expect(through.list(maps)).rejects.toThrow();
    proxy.setReachable(true);
    expect(await through.list(maps)).toBeDefined();
  });
});
