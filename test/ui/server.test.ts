// The page's server: who is answered, with which headers, and that no secret is ever sent.

import { afterEach, expect, test } from "@jest/globals";
import { request, type IncomingMessage } from "node:http";
import { processIo } from "../../src/cli/terminal/io.ts";
import { openPage, type Shown } from "../../src/cli/ui.ts";
import { makeReel } from "../../src/ui/reel.ts";
import { servePage } from "../../src/ui/server.ts";
import { eightCards, gpuStage, momentOf } from "./gpu-world.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const key = "the-key";
const files = { "index.html": { type: "text/html", content: "<!doctype html>" } };

async function serve() {
  const reel = makeReel({ source: "files", namespace: "openstack", title: "x" });
  const server = await servePage({ reel, files, key });
  closing.push(server.close);
  return { reel, server, port: Number(new URL(server.url).port) };
}

type Asked = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

function ask(port: number, path: string, { method = "GET", headers = {} }: Asked = {}) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers }, (answer) => {
      answer.resume();
      resolve(answer);
    });
    sent.on("error", reject);
    sent.end();
  });
}

test.each([
  ["the page", `/${key}/`, {}, 200],
  ["no key", "/", {}, 404],
  ["another key of the same length", "/not-key/", {}, 404],
  ["the key without its slash", `/${key}`, {}, 404],
  ["what there is not", `/${key}/api/secrets`, {}, 404],
  ["a name that every object has", `/${key}/constructor`, {}, 404],
  ["a path that leaves", `/${key}/../../etc/passwd`, {}, 404],
  ["a moment that there is not", `/${key}/api/chain?at=7`, {}, 404],
  ["a moment that is no number", `/${key}/api/chain?at=x`, {}, 404],
  ["a name that resolves here", `/${key}/`, { headers: { host: "evil.example" } }, 421],
  ["the right name, another port", `/${key}/`, { headers: { host: "127.0.0.1:1" } }, 421],
  ["POST", `/${key}/`, { method: "POST" }, 405],
  ["DELETE", `/${key}/api/story`, { method: "DELETE" }, 405],
  ["a page of the web", `/${key}/api/story`, { headers: { "sec-fetch-site": "cross-site" } }, 403],
] as const)("%s: %s", async (_, path, asked: Asked, status) => {
  const { port } = await serve();
  expect((await ask(port, path, asked)).statusCode).toBe(status);
});

test("localhost and ::1 are names of this machine", async () => {
  const { port } = await serve();
  for (const host of [`localhost:${port}`, `[::1]:${port}`])
    expect((await ask(port, `/${key}/`, { headers: { host } })).statusCode).toBe(200);
});

test("every answer forbids whatever is not from here", async () => {
  const { port } = await serve();
  for (const path of [`/${key}/`, `/${key}/api/story`, "/"]) {
    const { headers } = await ask(port, path);
    const policy = headers["content-security-policy"]!;
    expect(policy).toMatch(/^default-src 'none'/);
    expect(policy).not.toMatch(/unsafe|\*|data:|https?:/);
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    });
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  }
});

test("a new moment is pushed to who listens", async () => {
  const { reel, port } = await serve();
  const stage = await gpuStage(["g1"], () => eightCards(0));
  await stage.pass(10);
  const text = await new Promise<string>((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path: `/${key}/events` }, (answer) => {
      let all = "";
      answer.setEncoding("utf8").on("data", (part: string) => {
        if (all === "") reel.add(momentOf(stage));
        all += part;
        if (all.includes("event: moment")) resolve(all);
      });
    });
    sent.on("error", reject);
    sent.end();
  });
  expect(text).toContain('"index":0');
});

const secret = "hunter2-of-the-database";

const secretive = `apiVersion: v1
kind: Secret
metadata: { name: nova-etc, namespace: openstack }
stringData: { nova.conf: "[database]\\nconnection = mysql://nova:${secret}@db/nova\\n" }
---
apiVersion: pci.openstack.org/v1alpha1
kind: PciPassthrough
metadata:
  name: nova
  namespace: openstack
  annotations: { note: "${secret}" }
spec: { adopt: true, baseConfig: { keys: [{ kind: Secret, name: nova-etc, key: nova.conf }] } }
---
apiVersion: pci.openstack.org/v1alpha1
kind: PciAlias
metadata: { name: gpu, namespace: openstack, annotations: { note: "${secret}" } }
spec: { match: [{ vendorId: "10de", productId: "2330" }], deviceType: type-PF }
`;

async function open(text: string): Promise<Shown> {
  const io = { ...processIo, readStdin: () => Promise.resolve(text), stderr: () => undefined };
  const shown = await openPage(["-f", "-"], io);
  closing.push(shown.close);
  await shown.played;
  return shown;
}

test("no secret, no nova.conf under ours and no annotation is in any answer", async () => {
  const { server, reel } = await open(secretive);
  expect(JSON.stringify(reel.at()?.seen.base)).toContain(secret);
  const paths = reel
    .story()
    .moments.flatMap(({ index }) => [
      ...["capacity", "chain", "rollout", "objects"].map((view) => `${view}?at=${index}`),
      ...reel
        .at(index)!
        .seen.objects.aliases.map(
          (alias) => `objects?at=${index}&kind=PciAlias&name=${alias.metadata.name}`,
        ),
    ]);
  for (const path of ["story", ...paths]) {
    const answer = await fetch(`${server.url}api/${path}`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).not.toContain(secret);
  }
});
