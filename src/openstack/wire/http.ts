// One HTTP exchange with time limits over one keep-alive dispatcher per cloud. It must not know
// tokens, services or repetition. Every way in which a server can be silent ends here: no
// connection, no headers, a body that stops, a body that trickles.
import { Agent } from "undici";
import { Failure } from "../../api/failure.ts";
import { codeOf, isCertificateCode, wireTrouble } from "./failures.ts";
import type { Verb } from "./retry.ts";

type WireOptions = {
  readonly verify: boolean;
  readonly cacert: string | undefined;
  readonly connectSeconds: number;
  /** From sending to the last byte. */
  readonly answerSeconds: number;
};

export type WireRequest = {
  readonly method: Verb;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
};

export type WireAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

/** Thrown by send: whether the request can have reached the service. */
export class NoAnswer extends Failure {
  readonly sent: boolean;
  /** The service was there and did not end in time: a smaller question may be answered. */
  readonly late: boolean;

  constructor(message: string, sent: boolean, late = false) {
    super("unreachable", message);
    this.sent = sent;
    this.late = late;
  }
}

export type Wire = {
  readonly send: (what: WireRequest) => Promise<WireAnswer>;
  readonly close: () => Promise<void>;
};

/** An answer larger than this is no answer of a sane service. */
const bodyLimitBytes = 64 * 1024 * 1024;
const parallelConnections = 8;

export function openWire(options: WireOptions): Wire {
  const answerMillis = options.answerSeconds * 1000;
  const agent = new Agent({
    connections: parallelConnections,
    connect: {
      timeout: options.connectSeconds * 1000,
      rejectUnauthorized: options.verify,
      ...(options.cacert === undefined ? {} : { ca: options.cacert }),
    },
    headersTimeout: answerMillis,
    bodyTimeout: answerMillis,
  });
  // Waiting for a free connection must not eat the time that the service has to answer.
  const inTurn = turns(parallelConnections);
  return {
    send: (what) => inTurn(() => exchange(agent, what, answerMillis)),
    close: () => agent.destroy(),
  };
}

/** Runs at most `width` works at a time, the others in the order of their coming. */
function turns(width: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = width;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

async function exchange(agent: Agent, what: WireRequest, limitMillis: number): Promise<WireAnswer> {
  // The dispatcher's own limits watch gaps; this one ends an answer that trickles.
  const limit = AbortSignal.timeout(limitMillis);
  try {
    const { origin, pathname, search } = new URL(what.url);
    const { statusCode, headers, body } = await agent.request({
      origin,
      path: pathname + search,
      method: what.method,
      headers: { accept: "application/json", ...what.headers },
      signal: limit,
      ...(what.body === undefined ? {} : { body: what.body }),
    });
    return { status: statusCode, headers: single(headers), text: await readBody(body) };
  } catch (error) {
    if (error instanceof NoAnswer) throw error;
    const why = limit.aborted
      ? `no complete answer in ${limitMillis / 1000} s`
      : wireTrouble(error);
    const late = limit.aborted || codeOf(error) === "UND_ERR_HEADERS_TIMEOUT";
    throw new NoAnswer(`${where(what)}: ${why}`, late || wasSent(error), late);
  }
}

async function readBody(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > bodyLimitBytes)
      throw new NoAnswer(`the answer is larger than ${bodyLimitBytes} bytes`, true);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Method and URL without its query: enough to find it, nothing that could be private. */
export function where(what: { readonly method: Verb; readonly url: string }): string {
  const { origin, pathname } = new URL(what.url);
  return `${what.method} ${origin}${pathname}`;
}

const neverConnected = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
]);

function wasSent(error: unknown): boolean {
  const code = codeOf(error) ?? "";
  return !neverConnected.has(code) && !isCertificateCode(code) && !/^(EPROTO|ERR_SSL)/.test(code);
}

function single(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined)
      out[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  return out;
}
