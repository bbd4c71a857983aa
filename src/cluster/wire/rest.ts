// Requests to the API server over the network: raw JSON over one keep-alive dispatcher, with time
// limits, repetition where a second sending does no harm, and a fence that is asked before every
// single sending of a change. Knows paths, not kinds.

import { Agent, type Dispatcher } from "undici";
import { Failure } from "../../api/failure.ts";
import type { Access } from "./access.ts";
import { ApiFailure, failureOf, networkFailure, wasNeverSent } from "./failures.ts";
import { linesOf } from "./lines.ts";
import { NotLeading } from "./not-leading.ts";
import {
  contentTypes,
  nameOf,
  type Call,
  type Method,
  type Requests,
  type WatchCall,
  type WatchEvent,
} from "./requests.ts";

export type Rest = Requests & {
  readonly server: string;
  readonly close: () => Promise<void>;
};

export type RestOptions = {
  /** Asked before each sending of a change; false = somebody else leads. */
  readonly mayChange?: () => boolean;
  /** Told of every answer and every failed connection ("<error>"). */
  readonly told?: (method: Method, code: string, seconds: number, isRepetition: boolean) => void;
  /** Told of the Date of every answer, and of the steady times around it. */
  readonly dated?: (date: string | undefined, sentAt: number, receivedAt: number) => void;
  readonly random?: () => number;
  readonly pause?: (millis: number) => Promise<void>;
};

const connectMillis = 5_000;
const answerMillis = 30_000;
const attempts = 4;
const firstDelayMillis = 100;
const longestDelayMillis = 5_000;

export function openRest(access: Access, options: RestOptions = {}): Rest {
  const usual = {
    connect: { ...access.tls, timeout: connectMillis, keepAlive: true },
    headersTimeout: answerMillis,
    bodyTimeout: answerMillis,
    keepAliveTimeout: 30_000,
  };
  const agent = new Agent({ ...usual, connections: 16 });
  // Each stream holds a connection for itself, six for each Nova namespace: with a common limit the
  // requests of an operator with many namespaces would wait for ever.
  const streams = new Agent(usual);
  const wire: Wire = { access, agent, streams, options };
  return {
    server: access.server,
    text: (call) => repeat(call, wire),
    ask: async (call) => parsed(call, await repeat(call, wire)),
    watch: async (call) => eventsOf(call, await openStream(wire, call)),
    close: async () => {
      await Promise.all([agent.destroy(), streams.destroy()]);
    },
  };
}

type Wire = {
  readonly access: Access;
  readonly agent: Agent;
  readonly streams: Agent;
  readonly options: RestOptions;
};

function parsed(call: Call, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure("unreachable", `${nameOf(call)}: the answer is not JSON`, { cause: error });
  }
}

async function repeat(call: Call, wire: Wire): Promise<string> {
  const { random = Math.random, pause = sleep } = wire.options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(call, wire, attempt > 1);
    } catch (error) {
      if (attempt >= attempts || !mayRepeat(call, error, wire, attempt)) throw error;
      const asked = error instanceof Failure ? error.retryAfterMillis : undefined;
      const backoff = firstDelayMillis * 2 ** (attempt - 1) * (0.5 + random());
      if ((asked ?? 0) > longestDelayMillis) throw error;
      await pause(Math.max(backoff, asked ?? 0));
    }
  }
}

function mayRepeat(call: Call, error: unknown, wire: Wire, attempt: number): boolean {
  if (!(error instanceof Failure) || call.once === true) return false;
  if (error instanceof ApiFailure && error.status === 401) {
    wire.access.forget();
    return attempt === 1;
  }
  if (error.kind === "throttled") return true;
  if (error.kind !== "unreachable") return false;
  if (call.method === "GET" || call.repeatable === true) return true;
  return wasNeverSent(error.cause);
}

async function once(call: Call, wire: Wire, isRepetition: boolean): Promise<string> {
  const { access, options } = wire;
  const identity = await access.headers();
  const limit = AbortSignal.timeout(call.timeoutMillis ?? answerMillis);
  // The last thing before the bytes leave: a thawed leader must not get past it.
  if (call.method !== "GET" && options.mayChange?.() === false) throw new NotLeading();
  const began = performance.now();
  const told = (code: string) =>
    options.told?.(call.method, code, (performance.now() - began) / 1000, isRepetition);
  let answer: Dispatcher.ResponseData;
  let text: string;
  try {
    answer = await wire.agent.request({
      origin: access.server,
      path: call.path,
      method: call.method,
      headers: headersOf(call, identity),
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal: limit,
    });
    options.dated?.(single(answer.headers.date), began, performance.now());
    text = await answer.body.text();
  } catch (error) {
    told("<error>");
    throw networkFailure(nameOf(call), error);
  }
  told(String(answer.statusCode));
  if (answer.statusCode >= 400) {
    throw failureOf(nameOf(call), answer.statusCode, text, single(answer.headers["retry-after"]));
  }
  return text;
}

function headersOf(
  call: Call,
  identity: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return {
    accept: call.accept ?? contentTypes.json,
    "user-agent": "nova-pci-operator",
    ...(call.body === undefined ? {} : { "content-type": call.contentType ?? contentTypes.json }),
    ...identity,
  };
}

/** One JSON object on each line. */
async function* eventsOf(
  { path, silenceMillis, silent }: WatchCall,
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<WatchEvent> {
  for await (const line of linesOf(stream, { millis: silenceMillis, abort: silent })) {
    let event: WatchEvent;
    try {
      event = JSON.parse(line) as WatchEvent;
    } catch (error) {
      throw new Failure("unreachable", `GET ${path}: a line of the stream is not JSON`, {
        cause: error,
      });
    }
    yield event;
  }
}

async function openStream(
  wire: Wire,
  { path, accept, signal }: WatchCall,
): Promise<AsyncIterable<Uint8Array>> {
  const { access, options } = wire;
  const what = nameOf({ method: "GET", path });
  const began = performance.now();
  const told = (code: string) =>
    options.told?.("GET", code, (performance.now() - began) / 1000, false);
  let answer: Dispatcher.ResponseData;
  try {
    answer = await wire.streams.request({
      origin: access.server,
      path,
      method: "GET",
      headers: headersOf({ method: "GET", path, accept }, await access.headers()),
      bodyTimeout: 0,
      signal,
    });
  } catch (error) {
    told("<error>");
    throw networkFailure(what, error);
  }
  told(String(answer.statusCode));
  if (answer.statusCode < 400) return answer.body as AsyncIterable<Uint8Array>;
  if (answer.statusCode === 401) access.forget();
  const text = await answer.body.text().catch(() => "");
  throw failureOf(what, answer.statusCode, text, single(answer.headers["retry-after"]));
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function sleep(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
