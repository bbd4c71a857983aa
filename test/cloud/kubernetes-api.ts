// Answers "what does the API server say?": plain requests with the administrator's token. It is
// the test's own eye and shares no code with the operator.
import { Agent, request } from "undici";

/** A JSON object of the API, as it is. */
export type Json = Record<string, unknown>;

/** The parts of any object that the test reads. */
export type KubeObject = {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
};

export type KubernetesAccess = {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
};

export type KubernetesApi = {
  /** Undefined when it is not there. */
  get<T = KubeObject>(path: string): Promise<T | undefined>;
  list<T = KubeObject>(path: string): Promise<readonly T[]>;
  text(path: string): Promise<string>;
  send(method: string, path: string, body?: unknown, contentType?: string): Promise<Json>;
  /** Server-side apply under the test's own field manager. */
  apply(path: string, object: unknown): Promise<Json>;
  mergePatch(path: string, patch: unknown): Promise<Json>;
};

export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function kubernetesApi(access: KubernetesAccess): KubernetesApi {
  const dispatcher = new Agent({ connect: { ca: access.ca }, bodyTimeout: 0 });

  async function ask(method: string, path: string, body?: unknown, contentType?: string) {
    const answer = await request(`${access.server}${path}`, {
      method,
      dispatcher,
      headers: {
        authorization: `Bearer ${access.token}`,
        ...(body === undefined ? {} : { "content-type": contentType ?? "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headersTimeout: 30_000,
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 400)
      throw new Refused(
        answer.statusCode,
        `${method} ${path}: ${answer.statusCode} ${text.slice(0, 600)}`,
      );
    return text;
  }

  const json = async (...args: Parameters<typeof ask>) => JSON.parse(await ask(...args)) as Json;
  return {
    get: async <T>(path: string) => {
      try {
        return JSON.parse(await ask("GET", path)) as T;
      } catch (error) {
        if (error instanceof Refused && error.status === 404) return undefined;
        throw error;
      }
    },
    list: async <T>(path: string) => {
      const answer = JSON.parse(await ask("GET", path)) as { items: readonly T[] };
      return answer.items;
    },
    text: (path) => ask("GET", path),
    send: json,
    apply: (path, object) =>
      json(
        "PATCH",
        `${path}?fieldManager=cloud-test&force=true`,
        object,
        "application/apply-patch+yaml",
      ),
    mergePatch: (path, patch) => json("PATCH", path, patch, "application/merge-patch+json"),
  };
}
