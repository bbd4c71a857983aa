// The tests' own client of the API server: plain JSON requests with one token. It is their own eye
// and shares no code with the operator's Kubernetes edge.
import { Agent, request } from "undici";

/** An object of the API as it is; tests read what they need of it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

export type Answer = {
  readonly status: number;
  /** Parsed JSON, or the text when it is none. */
  readonly body: Json;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
};

type Access = {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
};

export type WatchEvent = {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: Json;
};

export type Client = {
  /** Never throws for a status code: the answer holds it. */
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** Body of a successful GET; undefined for 404; else an error with the server's message. */
  get(path: string): Promise<Json>;
  list(path: string): Promise<readonly Json[]>;
  create(path: string, object: unknown): Promise<Json>;
  /** Server-side apply with force, as field manager "test" unless told. */
  apply(path: string, object: unknown, manager?: string): Promise<Json>;
  /** Merge patch. */
  patch(path: string, patch: unknown): Promise<Json>;
  remove(path: string, body?: unknown): Promise<void>;
  /** Ends by returning when the stream ends, and throws when it breaks. */
  watch(path: string, signal: AbortSignal): AsyncGenerator<WatchEvent>;
  close(): Promise<void>;
};

export const contentTypes = {
  apply: "application/apply-patch+yaml",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
} as const;

export function clientFor(access: Access): Client {
  const dispatcher = new Agent({
    connect: { ca: access.ca },
    connections: 64,
    bodyTimeout: 0,
    // An idle connection must not keep a test run alive.
    keepAliveTimeout: 4000,
  });

  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ) =>
    request(`${access.url}${path}`, {
      method: method,
      dispatcher,
      headers: {
        authorization: `Bearer ${access.token}`,
        accept: "application/json",
        ...access.headers,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
      headersTimeout: 60_000,
    });

  const ask: Client["request"] = async (method, path, body, headers) => {
    const answer = await send(method, path, body, headers);
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: parsed(await answer.body.text()),
    };
  };
  const must: Client["request"] = async (method, path, body, headers) => {
    const answer = await ask(method, path, body, headers);
    if (answer.status >= 400) throw new Refused(`${method} ${path}`, answer);
    return answer;
  };

  return {
    request: ask,
    get: async (path) => {
      const answer = await ask("GET", path);
      if (answer.status === 404) return undefined;
      if (answer.status >= 400) throw new Refused(`GET ${path}`, answer);
      return answer.body;
    },
    list: async (path) => (await must("GET", path)).body.items as readonly Json[],
    create: async (path, object) => (await must("POST", path, object)).body,
    apply: async (path, object, manager = "test") => {
      const query = `${path.includes("?") ? "&" : "?"}fieldManager=${manager}&force=true`;
      const headers = { "content-type": contentTypes.apply };
      return (await must("PATCH", path + query, object, headers)).body;
    },
    patch: async (path, patch) =>
      (await must("PATCH", path, patch, { "content-type": contentTypes.merge })).body,
    remove: async (path, body) => {
      const answer = await ask("DELETE", path, body);
      if (answer.status >= 400 && answer.status !== 404)
        throw new Refused(`DELETE ${path}`, answer);
    },
    watch: async function* (path, signal) {
      const answer = await send("GET", path, undefined, {}, signal);
      if (answer.statusCode !== 200)
        throw new Error(`${path}: ${answer.statusCode} ${await answer.body.text()}`);
      let rest = "";
      for await (const chunk of answer.body.setEncoding("utf8")) {
        const lines = (rest + (chunk as string)).split("\n");
        rest = lines.pop()!;
        for (const line of lines) if (line !== "") yield JSON.parse(line) as WatchEvent;
      }
    },
    close: () => dispatcher.destroy(),
  };
}

class Refused extends Error {
  readonly status: number;
  readonly body: Json;
  constructor(what: string, answer: Answer) {
    const words = answer.body?.message ?? answer.body;
    super(`${what}: ${answer.status} ${typeof words === "string" ? words : JSON.stringify(words)}`);
    this.status = answer.status;
    this.body = answer.body;
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
