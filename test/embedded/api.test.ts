// The API server in memory answers as a real one (test/cluster/real/api.test.ts asks that).
import { expect, test } from "@jest/globals";
import { serveApi } from "../../src/embedded/api/server.ts";
import { makeClock } from "../../src/embedded/store/clock.ts";
import { defineKind, dayOne } from "../../src/embedded/cluster.ts";
import { makeStore } from "../../src/embedded/store/store.ts";
import { cases, events, siteOf } from "./api-cases.ts";

test.each(cases)("$says", async ({ does, shows }) => {
  const clock = makeClock(dayOne);
  const store = makeStore(clock, "openstack");
  defineKind(store, "PciFlavor");
  const api = serveApi(store, clock);
  expect(await does(siteOf(api.requests, "openstack"))).toEqual(shows);
});

test("a list that was read in part is expired when the server forgot it", async () => {
  const clock = makeClock(dayOne);
  const store = makeStore(clock, "openstack");
  const api = serveApi(store, clock);
  const path = "/api/v1/namespaces/openstack/configmaps?limit=1";
  for (const name of ["a", "b"]) store.create("ConfigMap", { metadata: { name } });
  const list = api.answer({ method: "GET", path }) as { metadata: { continue: string } };
  api.compact();
  const next = `${path}&continue=${encodeURIComponent(list.metadata.continue)}`;
  await expect(api.requests.ask({ method: "GET", path: next })).rejects.toMatchObject({
    status: 410,
    reason: "Expired",
  });
});

test("a version from before the server's memory is gone", async () => {
  const clock = makeClock(dayOne);
  const store = makeStore(clock, "openstack");
  const api = serveApi(store, clock);
  store.create("ConfigMap", { metadata: { name: "a" } });
  api.compact();
  const site = siteOf(api.requests, "openstack");
  expect(await events(site, "resourceVersion=1", 1)).toEqual(["ERROR 410"]);
});
