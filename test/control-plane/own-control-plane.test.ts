// A control plane of one's own: the faults that would disturb others.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import type { WatchEvent } from "./client.ts";
import { controlPlaneLane } from "./lane.ts";
import { until } from "./processes.ts";
import { startControlPlane, type OwnControlPlane } from "./start.ts";

controlPlaneLane("own control plane", () => {
  let plane: OwnControlPlane;
  let maps: string;

  beforeAll(async () => {
    plane = await startControlPlane({ audit: true });
    maps = `/api/v1/namespaces/${await plane.namespace()}/configmaps`;
  });
  afterAll(() => plane.stop());

  const watchFrom = async (version: string, events: WatchEvent[]) => {
    try {
      const path = `${maps}?watch=1&resourceVersion=${version}`;
      for await (const event of plane.watch(path, AbortSignal.timeout(30_000))) events.push(event);
      return "ended";
    } catch {
      return "broke";
    }
  };

  test("a restart breaks streams and keeps objects", async () => {
    await plane.create(maps, { metadata: { name: "kept" }, data: { a: "1" } });
    const events: WatchEvent[] = [];
    const { body } = await plane.request("GET", maps);
    const how = watchFrom(body.metadata.resourceVersion as string, events);
    await plane.create(maps, { metadata: { name: "seen" } });
    await until("the stream", () => events.length > 0);
    await plane.restartApiServer();
    expect(await how).toBe("broke");
    expect((await plane.get(`${maps}/kept`)).data).toEqual({ a: "1" });
    // The controllers live on.
    expect(await plane.namespace()).toMatch(/^t-/);
  });

  test("after a restart a watch from long ago is told 410", async () => {
    const events: WatchEvent[] = [];
    expect(await watchFrom("1", events)).toBe("ended");
    expect(events).toMatchObject([{ type: "ERROR", object: { code: 410, reason: "Expired" } }]);
  });

  test("after compaction and restart an old continue token is told 410", async () => {
    const { body } = await plane.request("GET", `${maps}?limit=1`);
    await plane.create(maps, { metadata: { name: "later" } });
    await plane.compact();
    await plane.restartApiServer();
    const token = encodeURIComponent(body.metadata.continue as string);
    const answer = await plane.request("GET", `${maps}?limit=1&continue=${token}`);
    expect(answer.status).toBe(410);
  });

  test("the audit log names who asked for what", async () => {
    await plane.create(maps, { metadata: { name: "audited" } });
    const line = await until("the log", () =>
      readFileSync(plane.auditLog!, "utf8")
        .split("\n")
        .find((text) => text.includes('"audited"') && text.includes('"create"')),
    );
    expect(JSON.parse(line)).toMatchObject({
      verb: "create",
      user: { username: "admin" },
      objectRef: { resource: "configmaps", name: "audited" },
      responseStatus: { code: 201 },
    });
  });
});
