// A reflector against every way in which a server can misbehave: what it knows is complete again.
import { afterEach, expect, test } from "@jest/globals";
import { retryDelay } from "../../src/cluster/watch/backoff.ts";
import {
  ownObject,
  sameButStatus,
  sameMeaning,
  type OwnObject,
} from "../../src/cluster/views/object-views.ts";
import { makeStore } from "../../src/cluster/watch/store.ts";
import { startReflector, type Reflector, type Timing } from "../../src/cluster/watch/reflector.ts";
import { openRest, type Rest } from "../../src/cluster/wire/rest.ts";
import {
  answerStatus,
  isList,
  isWatch,
  line,
  reset,
  startFaultServer,
  until,
  type FaultServer,
  type FaultServerOptions,
} from "./fault-server.ts";

/** The real pauses, twenty times as fast. */
const timing: Timing = {
  random: () => 0.5,
  silenceMillis: 75_000,
  pageSize: 2,
  delay: (...given) => retryDelay(...given) / 20,
};

type Scene = {
  readonly server: FaultServer;
  readonly reflector: Reflector<string>;
  readonly names: () => readonly string[];
  readonly changes: string[];
  readonly troubles: string[];
};

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function scene(
  how: FaultServerOptions & {
    readonly timing?: Timing;
    readonly before?: (s: FaultServer) => void;
  },
): Promise<Scene> {
  const server = await startFaultServer(how);
  const rest: Rest = openRest(server.access);
  for (const name of ["a", "b", "c"]) server.put(name);
  how.before?.(server);
  const changes: string[] = [];
  const troubles: string[] = [];
  const reflector = startReflector<string>({
    rest,
    path: "/api/v1/namespaces/n/things",
    view: (object) => object.metadata.name + ((object as { text?: string }).text ?? ""),
    same: (a, b) => a === b,
    changed: (key, before, after) => changes.push(`${key} ${before ?? "-"} ${after ?? "-"}`),
    timing: how.timing ?? timing,
    turned: (_seen, error) => {
      if (error instanceof Error) troubles.push(error.message);
    },
  });
  closing.push(
    () => server.close(),
    () => rest.close(),
    () => reflector.stop(),
  );
  return {
    server,
    reflector,
    changes,
    troubles,
    names: () => [...reflector.store.values()].sort(),
  };
}

/** What happens to the server while it is watched; afterwards news must arrive. */
const troubles: Readonly<Record<string, (server: FaultServer) => void>> = {
  "a stream that ends without a word": (server) => server.endWatches(),
  "a connection that is reset": (server) => server.breakWatches(),
  "a reset, and a reset of the next try": (server) => {
    server.next(isWatch, reset, 2);
    server.breakWatches();
  },
  "a reset, then 500 twice": (server) => {
    server.next(isWatch, (_, response) => answerStatus(response, 500, "etcd is away"), 2);
    server.breakWatches();
  },
  "a reset, then 429 with Retry-After": (server) => {
    const later = { "retry-after": "1" };
    server.next(isWatch, (_, response) => answerStatus(response, 429, "later", later));
    server.breakWatches();
  },
  "410 as the answer to a watch": (server) => {
    server.next(isWatch, (_, response) => answerStatus(response, 410, "too old"));
    server.breakWatches();
  },
  "410 in the stream": (server) => {
    server.compact();
    server.send(line("ERROR", { code: 410, reason: "Expired", message: "too old" }));
    server.endWatches();
  },
  "another error in the stream": (server) => {
    server.send(line("ERROR", { code: 500, message: "no" }));
    server.endWatches();
  },
  "a line that is cut": (server) => {
    server.send('{"type":"MODIFIED","object":{"metad');
    server.endWatches();
  },
  "a line that is not JSON": (server) => server.send("<html>gateway</html>\n"),
  "an event about nothing": (server) => server.send(line("ADDED", { kind: "Odd" })),
};

for (const streamed of [true, false]) {
  const how = streamed ? "a streamed list" : "a list in pages";
  test(`${how} is shown complete, and told once for each object`, async () => {
    const { reflector, names, changes } = await scene({ noStreamedLists: !streamed });
    await reflector.settled();
    expect(names()).toEqual(["a", "b", "c"]);
    expect(changes.sort()).toEqual(["n/a - a", "n/b - b", "n/c - c"]);
  });

  test.each(Object.entries(troubles))(`after ${how}: %s`, async (_name, trouble) => {
    const { server, reflector, names } = await scene({ noStreamedLists: !streamed });
    await reflector.settled();
    await until(() => server.watching() === 1);
    trouble(server);
    // While nobody watches, things go on.
    server.remove("b");
    server.put("d");
    await until(() => names().join() === "a,c,d" || server.watching() === 1);
    // A watch that goes on from a version that it missed gets its news from the server's history,
    // which this stand-in does not keep: one more list is what it can give.
    if (names().join() !== "a,c,d") {
      server.compact();
      server.breakWatches();
    }
    await until(() => names().join() === "a,c,d" && server.watching() === 1);
    server.put("e");
    await until(() => names().includes("e"));
    expect(reflector.seen()).toEqual({ is: "synced" });
  });
}

test("a stream that is silent for longer than a bookmark takes is opened again", async () => {
  const { server, reflector } = await scene({ timing: { ...timing, silenceMillis: 60 } });
  await reflector.settled();
  await until(() => server.asked.filter(isWatch).length >= 3);
  expect(reflector.opened().lists).toBe(1);
});

test("a half-open connection does not keep it from looking again", async () => {
  const { server, reflector, names } = await scene({
    timing: { ...timing, silenceMillis: 60 },
    before: (faultServer) => faultServer.next(isWatch, () => undefined),
  });
  await until(() => names().length === 3);
  expect(server.asked.filter(isWatch).length).toBeGreaterThanOrEqual(2);
  expect(reflector.seen()).toEqual({ is: "synced" });
});

test("after a silence the next one is waited for twice as long", async () => {
  const { reflector, troubles } = await scene({ timing: { ...timing, silenceMillis: 1000 } });
  await reflector.settled();
  await until(() => troubles.length > 1);
  const silent = (seconds: number) => expect.stringContaining(`silent for ${seconds} s`);
  expect(troubles.slice(0, 2)).toEqual([silent(1), silent(2)]);
});

test("bookmarks move the version on, so that the next watch begins there and nothing is listed", async () => {
  const { server, reflector } = await scene({});
  await reflector.settled();
  await until(() => server.watching() === 1);
  server.objects.clear();
  server.compact();
  server.bookmark();
  await until(() => reflector.opened().watches === 1);
  server.endWatches();
  await until(() => server.asked.filter(isWatch).length === 2);
  const last = server.asked.filter(isWatch).at(-1)!;
  expect(last.query.get("resourceVersion")).toBe(server.revision());
  expect(reflector.opened().lists).toBe(1);
});

test("an older version never takes the place of what our own write was answered with", async () => {
  const { server, reflector, names } = await scene({});
  await reflector.settled();
  const old = server.objects.get("a")!;
  const metadata = { ...old.metadata, resourceVersion: "900" };
  reflector.store.learn({ metadata, text: "-ours" } as never);
  server.send(line("MODIFIED", { ...old, text: "-past" }));
  server.put("z");
  await until(() => names().includes("z"));
  expect(names()).toContain("a-ours");
});

test("a status that we wrote is no news, an edit that its answer shows is", () => {
  const news: string[] = [];
  const store = makeStore<OwnObject>({
    view: ownObject,
    same: sameMeaning,
    asWritten: sameButStatus,
    changed: (key) => void news.push(key),
  });
  const at = (resourceVersion: string, more: object) =>
    ({ metadata: { name: "a", namespace: "n", uid: "u", resourceVersion }, ...more }) as never;
  store.put(at("1", { spec: { priority: 1 } }));
  store.learn(at("2", { spec: { priority: 1 }, status: { observedGeneration: 1 } }));
  expect(news).toEqual(["n/a"]);
  store.put(at("2", { spec: { priority: 1 }, status: { observedGeneration: 1 } }));
  store.put(at("3", { spec: { priority: 1 }, status: {} }));
  expect(news.length).toBe(2);
  store.learn(at("5", { spec: { priority: 2 }, status: { observedGeneration: 1 } }));
  expect(news.length).toBe(3);
});

test("what we know to be gone does not come back by older news, and may be made anew", async () => {
  const { server, reflector, names } = await scene({});
  await reflector.settled();
  reflector.store.removeKnown("n/a", "uid-a");
  server.send(line("MODIFIED", server.objects.get("a")));
  const fresh = { metadata: { ...server.objects.get("a")!.metadata, uid: "other" }, text: "-new" };
  server.send(line("ADDED", fresh));
  await until(() => names().includes("a-new"));
  expect(names()).toEqual(["a-new", "b", "c"]);
});

test("a kind that is not served is absent, and is found when it comes", async () => {
  const { server, reflector, names } = await scene({
    before: (faultServer) =>
      faultServer.next(isWatch, (_, response) => answerStatus(response, 404, "no kind"), 1),
  });
  await reflector.settled();
  expect(reflector.seen()).toEqual({ is: "absent" });
  await until(() => names().length === 3);
  expect(server.asked.filter(isList)).toEqual([]);
});

test("a refused list names the right that is missing", async () => {
  const message =
    'things is forbidden: User "x" cannot list resource "things" in API group "apps" in the namespace "n"';
  const { reflector } = await scene({
    before: (faultServer) =>
      faultServer.next(isWatch, (_, response) => answerStatus(response, 403, message)),
  });
  await reflector.settled();
  expect(reflector.seen()).toMatchObject({
    is: "denied",
    right: { verb: "list", resource: "things.apps", namespace: "n" },
  });
});

test("it may be stopped at any moment and then asks nothing more", async () => {
  const { server, reflector } = await scene({
    before: (faultServer) =>
      faultServer.next(isWatch, (_, response) => answerStatus(response, 500, "no"), 3),
  });
  await until(() => server.asked.length >= 1);
  reflector.stop();
  await reflector.settled();
  const before = server.asked.length;
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(server.asked.length).toBe(before);
});
