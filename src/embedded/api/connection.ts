// One operator's line to the API server in memory, with what goes wrong on it: streams that lag,
// break or repeat themselves, and an answer that is lost after its write was done.

import { Failure } from "../../api/failure.ts";
import type { Call, Requests, WatchCall, WatchEvent } from "../../cluster/wire/requests.ts";
import type { Millis } from "../../plan/terms/time.ts";
import type { Clock } from "../store/clock.ts";
import type { ObjectKind } from "../store/objects.ts";
import { routeOf } from "./resources.ts";

export type Connection = Requests & {
  /** Events of a kind arrive only at `until`, in their order. */
  readonly stall: (kind: ObjectKind, until: Millis) => void;
  /** Lists and streams of a kind break until `until`; what happened then is forgotten: 410. */
  readonly lose: (kind: ObjectKind, until: Millis) => void;
  /** The next event of a kind is delivered twice. */
  readonly repeat: (kind: ObjectKind) => void;
  /** The next change is done, and its answer is lost. */
  readonly loseAnswer: () => void;
  readonly close: () => void;
};

type Line = {
  stalledUntil: Millis;
  lostUntil: Millis;
  /** The next stream is told that its version is too old. */
  forgot: boolean;
  twice: boolean;
  readonly open: Set<AbortController>;
};

export function connect(api: Requests, clock: Clock): Connection {
  const lines = new Map<ObjectKind, Line>();
  let losesAnswer = false;

  function lineOf(kind: ObjectKind): Line {
    const known = lines.get(kind);
    if (known !== undefined) return known;
    const made: Line = {
      stalledUntil: 0,
      lostUntil: 0,
      forgot: false,
      twice: false,
      open: new Set(),
    };
    lines.set(kind, made);
    return made;
  }

  /** Of a list or a stream; a request by name goes through. */
  function lineFor(path: string): Line | undefined {
    const route = routeOf(path.split("?", 1)[0]!);
    return route === undefined || route.name !== undefined
      ? undefined
      : lineOf(route.resource.kind);
  }

  async function ask(call: Call): Promise<unknown> {
    const line = call.method === "GET" ? lineFor(call.path) : undefined;
    if (line !== undefined && clock.now() < line.lostUntil) throw broken(call.path);
    const answer = await api.ask(call);
    if (call.method === "GET" || !losesAnswer) return answer;
    losesAnswer = false;
    throw new Failure("unreachable", `${call.method}: 500 after the write`);
  }

  async function watch(call: WatchCall): Promise<AsyncIterable<WatchEvent>> {
    const line = lineFor(call.path);
    if (line === undefined) return api.watch(call);
    if (clock.now() < line.lostUntil) throw broken(call.path);
    if (line.forgot && call.path.includes("resourceVersion=")) {
      line.forgot = false;
      return tooOld();
    }
    const mine = new AbortController();
    call.signal.addEventListener("abort", () => mine.abort(over), { once: true });
    const stream = await api.watch({ ...call, signal: mine.signal });
    return through(stream, { line, mine, clock, path: call.path });
  }

  return {
    ask,
    watch,
    text: (call) => api.text(call),
    stall: (kind, until) => {
      const line = lineOf(kind);
      line.stalledUntil = Math.max(line.stalledUntil, until);
    },
    lose: (kind, until) => {
      const line = lineOf(kind);
      line.lostUntil = Math.max(line.lostUntil, until);
      line.forgot = true;
      for (const abortController of line.open) abortController.abort(over);
    },
    repeat: (kind) => {
      lineOf(kind).twice = true;
    },
    loseAnswer: () => {
      losesAnswer = true;
    },
    close: () => {
      for (const { open } of lines.values())
        for (const abortController of open) abortController.abort(over);
    },
  };
}

/** Why a stream ends: made once, or each end would be an exception with its stack. */
const over = new DOMException("the stream is over", "AbortError");

function broken(path: string): Failure {
  return new Failure("unreachable", `GET ${path.split("?", 1)[0]!}: the connection broke`);
}

async function* tooOld(): AsyncGenerator<WatchEvent> {
  const message = "too old resource version";
  yield await Promise.resolve({
    type: "ERROR",
    object: { kind: "Status", code: 410, reason: "Expired", message },
  });
}

type Passing = {
  readonly line: Line;
  readonly mine: AbortController;
  readonly clock: Clock;
  readonly path: string;
};

async function* through(
  stream: AsyncIterable<WatchEvent>,
  { line, mine, clock, path }: Passing,
): AsyncGenerator<WatchEvent> {
  line.open.add(mine);
  try {
    for await (const event of stream) {
      for (
        let left = line.stalledUntil - clock.now();
        left > 0;
        left = line.stalledUntil - clock.now()
      )
        await new Promise<void>((resolve) => void clock.after(left, resolve));
      if (clock.now() < line.lostUntil) throw broken(path);
      yield event;
      if (line.twice) yield event;
      line.twice = false;
    }
    if (clock.now() < line.lostUntil) throw broken(path);
  } finally {
    line.open.delete(mine);
    mine.abort(over);
  }
}
