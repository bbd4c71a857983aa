// A session with one cloud: token, endpoint, microversion, repetition and time limits behind one
// function. It must not know what is asked. One token is used until shortly before its end by
// everybody; a 401 throws it away and asks Keystone once more.
import { Failure } from "../../api/failure.ts";
import { endpointOf } from "./catalog.ts";
import type { Credentials, ServiceType } from "./clouds-yaml.ts";
import { messageOf, quote } from "../wire/failures.ts";
import { isRecord } from "../wire/json.ts";
import { openWire, type WireAnswer, type WireRequest } from "../wire/http.ts";
import { secretsOf, type Token } from "./keystone.ts";
import { negotiate, readVersionDocument, type VersionRange } from "./microversion.ts";
import type { Verb } from "../wire/retry.ts";
import { failureOf, parse, realClock, send, type Clock, type Sender } from "../wire/sender.ts";
import { keepToken, type TokenKeeper } from "./token.ts";

export type Call = {
  readonly service: ServiceType;
  readonly method: Verb;
  /** Below the service's root, begins with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | readonly string[]>>;
  readonly body?: unknown;
  /** Ask with this microversion, or the highest below it that the service knows. */
  readonly microversion?: string;
  /** A POST that ends the same however often it is sent (extra specs are merged). */
  readonly repeatable?: boolean;
};

export type Session = {
  readonly cloudName: string;
  /** The parsed body; a Failure for every status from 400 on. */
  readonly ask: (call: Call) => Promise<unknown>;
  readonly range: (service: "compute" | "placement") => Promise<VersionRange>;
  readonly hasService: (service: ServiceType) => Promise<boolean>;
  /** The root under which it is asked, without any project. */
  readonly root: (service: ServiceType) => Promise<string>;
  readonly close: () => Promise<void>;
};

export type SessionOptions = {
  readonly clock?: Clock;
  readonly connectSeconds?: number;
  readonly answerSeconds?: number;
  /** For one call with all its repetitions. */
  readonly callSeconds?: number;
};

const versionsKeptMillis = 300_000;

export function openSession(credentials: Credentials, options: SessionOptions = {}): Session {
  const clock = options.clock ?? realClock;
  const wire = openWire({
    verify: credentials.verify,
    cacert: credentials.cacert,
    connectSeconds: options.connectSeconds ?? 5,
    answerSeconds: options.answerSeconds ?? 30,
  });
  const sender: Sender = {
    wire,
    clock,
    callMillis: (options.callSeconds ?? 90) * 1000,
    secrets: secretsOf(credentials),
  };
  const tokens = keepToken(credentials, sender);
  const asker: Asker = { sender, tokens, credentials };
  const ranges = new Map<ServiceType, { readonly range: VersionRange; readonly at: number }>();

  async function range(service: "compute" | "placement"): Promise<VersionRange> {
    const kept = ranges.get(service);
    // An upgrade of the service changes its document, so it is read again now and then.
    if (kept !== undefined && clock.nowMillis() - kept.at < versionsKeptMillis) return kept.range;
    const document = await askOnce(asker, { service, method: "GET", path: "/" }, undefined);
    const found = readVersionDocument(document);
    if (found === undefined)
      throw new Failure("refused", `what answers for ${service} shows no microversions`);
    ranges.set(service, { range: found, at: clock.nowMillis() });
    return found;
  }

  return {
    cloudName: credentials.cloudName,
    range,
    ask: async (call) => askOnce(asker, call, await spoken(call, range)),
    hasService: async (service) => {
      const { catalog } = await tokens.current();
      const known = catalog.some(({ type }) => type === service);
      return known || credentials.endpointOverrides[service] !== undefined;
    },
    root: async (service) => rootFor(service, asker, await tokens.current()),
    close: () => wire.close(),
  };
}

function rootFor(service: ServiceType, { credentials }: Asker, token: Token): string {
  return endpointOf(service, token.catalog, {
    interface: credentials.interface,
    regionName: credentials.regionName,
    overrides: credentials.endpointOverrides,
  });
}

type Asker = {
  readonly sender: Sender;
  readonly tokens: TokenKeeper;
  readonly credentials: Credentials;
};

async function spoken(
  call: Call,
  range: (service: "compute" | "placement") => Promise<VersionRange>,
): Promise<string | undefined> {
  if (call.microversion === undefined || call.service === "network") return undefined;
  const known = await range(call.service);
  const version = negotiate(call.microversion, known);
  if (version === undefined)
    throw new Failure(
      "refused",
      `${call.service} speaks ${known.lowest} to ${known.highest}, ${call.microversion} is needed`,
    );
  return version;
}

async function askOnce(asker: Asker, call: Call, version: string | undefined): Promise<unknown> {
  const token = await asker.tokens.current();
  const first = await send(asker.sender, requestOf(asker, call, token, version), call);
  if (first.status !== 401) return bodyOf(asker.sender, call, first, token);
  // Revoked, or Keystone's keys were rotated away: once more with a new one, and only once.
  asker.tokens.drop(token);
  const fresh = await asker.tokens.current();
  const second = await send(asker.sender, requestOf(asker, call, fresh, version), call);
  return bodyOf(asker.sender, call, second, fresh);
}

function requestOf(
  asker: Asker,
  call: Call,
  token: Token,
  version: string | undefined,
): WireRequest {
  const root = rootFor(call.service, asker, token);
  return {
    method: call.method,
    url: `${root}${call.path}${queryOf(call.query)}`,
    headers: {
      "x-auth-token": token.value,
      ...(call.body === undefined ? {} : { "content-type": "application/json" }),
      ...(version === undefined ? {} : { "openstack-api-version": `${call.service} ${version}` }),
    },
    body: call.body === undefined ? undefined : JSON.stringify(call.body),
  };
}

function queryOf(query: Call["query"]): string {
  if (query === undefined) return "";
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    for (const item of Array.isArray(value) ? value : [value]) search.append(key, String(item));
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

function bodyOf(sender: Sender, call: Call, answer: WireAnswer, token: Token): unknown {
  const body = parse(answer.text);
  const what = `${call.method} ${call.service} ${call.path}`;
  if (answer.status < 400) {
    const why = notOfTheService(call, answer, body);
    if (why === undefined) return body;
    throw new Failure("unreachable", `${what} answered ${answer.status} ${why}`);
  }
  const said = messageOf(body);
  const quoted = said === undefined ? "" : `: ${quote(said, [...sender.secrets, token.value])}`;
  throw failureOf(what, answer, quoted);
}

/** A proxy's page, a redirect or half an answer says nothing about what there is. */
function notOfTheService(call: Call, answer: WireAnswer, body: unknown): string | undefined {
  // 300 is a document of versions, where the catalog names the root of a service.
  if (answer.status > 300) return "with a redirect, which is not followed: correct the endpoint";
  const isPage = typeof body === "string";
  const missing = call.method === "GET" && !isRecord(body);
  return isPage || missing
    ? "with what is not JSON of the service: is a proxy before it?"
    : undefined;
}
