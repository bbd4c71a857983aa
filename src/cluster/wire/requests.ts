// The port to the API server: every kind of request that the operator sends, as paths, bodies and
// parsed answers. rest.ts answers it over the network, embedded/api in memory; nothing else is
// known of either.

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export type Call = {
  readonly method: Method;
  /** With its query, begins with a slash. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /**
   * Sending it twice does no harm: reads, and changes that a uid, a resourceVersion or server-side
   * apply guards. Others are sent again only when they certainly never arrived.
   */
  readonly repeatable?: boolean;
  /** A 429 of an eviction is an answer, not a request to wait. */
  readonly once?: boolean;
  readonly timeoutMillis?: number;
};

export type WatchEvent = { readonly type?: string; readonly object?: unknown };

export type WatchCall = {
  readonly path: string;
  readonly accept: string;
  readonly signal: AbortSignal;
  /** A stream in which nothing comes for so long is told to `silent`, which ends it. */
  readonly silenceMillis: number;
  readonly silent: () => void;
};

export type Requests = {
  /** The parsed body. Throws a Failure for every status from 400 on. */
  readonly ask: (call: Call) => Promise<unknown>;
  readonly text: (call: Call) => Promise<string>;
  /** A stream that stays open. Ends by returning when the server ends it. */
  readonly watch: (call: WatchCall) => Promise<AsyncIterable<WatchEvent>>;
};

export const contentTypes = {
  json: "application/json",
  apply: "application/apply-patch+yaml",
  merge: "application/merge-patch+json",
  patch: "application/json-patch+json",
} as const;

/** Verb and path without the query: enough to find it, nothing that could be private. */
export function nameOf(call: Pick<Call, "method" | "path">): string {
  return `${call.method} ${call.path.split("?", 1)[0]!}`;
}
