// The administrator of a test's cloud, as a person with the OpenStack client: plain requests with
// an admin's token, independent of the client under test, so that a test can look from the outside.
import { setTimeout as pause } from "node:timers/promises";
import { urlOf, type Layout } from "./layout.ts";

type Named = { readonly id: string; readonly name: string };

export type Reply = { readonly status: number; readonly body: unknown };

export type Admin = {
  readonly token: string;
  readonly projectId: string;
  readonly userId: string;
  /** Keystone: makes one of a collection ("projects") and returns its id. */
  readonly create: (
    collection: string,
    values: Readonly<Record<string, unknown>>,
  ) => Promise<string>;
  readonly list: (collection: string) => Promise<readonly Named[]>;
  readonly put: (path: string) => Promise<void>;
  readonly keystone: (method: string, path: string, body?: unknown) => Promise<Reply>;
  readonly nova: (method: string, path: string, body?: unknown) => Promise<Reply>;
  readonly placement: (method: string, path: string, body?: unknown) => Promise<Reply>;
};

export async function adminOf(layout: Layout): Promise<Admin> {
  const root = `${urlOf(layout, "keystone")}/v3`;
  const login = await send(`${root}/auth/tokens`, "POST", {}, loginOf(layout));
  const token = login.headers.get("x-subject-token") ?? "";
  const who = (login.body as { token: { project: Named; user: Named } }).token;
  const auth = { "x-auth-token": token };
  const keystone = (method: string, path: string, body?: unknown) =>
    send(`${root}${path}`, method, auth, body);
  return {
    token,
    projectId: who.project.id,
    userId: who.user.id,
    keystone,
    create: async (collection, values) => {
      const text = collection.replace(/s$/, "");
      const { status, body } = await keystone("POST", `/${collection}`, { [text]: values });
      if (status >= 300) throw new Error(`POST /${collection}: ${status} ${JSON.stringify(body)}`);
      return (body as Record<string, Named>)[text]!.id;
    },
    list: async (collection) => {
      const { body } = await keystone("GET", `/${collection}`);
      return (body as Record<string, readonly Named[]>)[collection] ?? [];
    },
    put: async (path) => {
      const { status, body } = await keystone("PUT", path);
      if (status >= 300) throw new Error(`PUT ${path}: ${status} ${JSON.stringify(body)}`);
    },
    nova: (method, path, body) =>
      send(
        `${urlOf(layout, "nova")}/v2.1${path}`,
        method,
        { ...auth, ...speaks("compute 2.90") },
        body,
      ),
    placement: (method, path, body) =>
      send(
        `${urlOf(layout, "placement")}${path}`,
        method,
        { ...auth, ...speaks("placement 1.36") },
        body,
      ),
  };
}

/** Asks until the answer is what is waited for; the last answer stands in the error. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T>,
  wanted: (seen: T) => boolean,
  seconds = 240,
): Promise<T> {
  for (const until = Date.now() + seconds * 1000; ; await pause(250)) {
    const seen = await look();
    if (wanted(seen)) return seen;
    if (Date.now() > until) throw new Error(`${what} did not come: ${JSON.stringify(seen)}`);
  }
}

function speaks(version: string): Readonly<Record<string, string>> {
  return { "openstack-api-version": version };
}

function loginOf(layout: Layout): unknown {
  const domain = { id: "default" };
  const user = { name: "admin", domain, password: layout.adminPassword };
  return {
    auth: {
      identity: { methods: ["password"], password: { user } },
      scope: { project: { name: "admin", domain } },
    },
  };
}

async function send(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<Reply & { readonly headers: Headers }> {
  const answer = await fetch(url, {
    method,
    headers: { "content-type": "application/json", ...headers },
    signal: AbortSignal.timeout(60_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: parse(text), headers: answer.headers };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
