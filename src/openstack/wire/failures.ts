// Failures of requests to OpenStack, by kind: one word that a caller can act on. The only place
// where a status code or a socket error becomes the kind of a Failure. It must not know what the
// request was for, and a message never holds a secret: what a service answered is masked, put on
// one line and cut.

import { Failure, type FailureKind } from "../../api/failure.ts";
import { isRecord, textOf } from "./json.ts";

export function isFailure(error: unknown, ...kinds: readonly FailureKind[]): error is Failure {
  return error instanceof Failure && (kinds.length === 0 || kinds.includes(error.kind));
}

export function kindOfStatus(status: number): FailureKind {
  if (status === 401 || status === 403) return "denied";
  if (status === 404 || status === 410) return "missing";
  if (status === 409 || status === 412) return "conflict";
  if (status === 429 || status === 413) return "throttled";
  return status >= 500 ? "unreachable" : "refused";
}

/** One line of at most 300 characters, without control characters and without the secrets. */
export function quote(text: string, secrets: readonly string[] = []): string {
  let line = text;
  for (const secret of secrets) if (secret.length > 0) line = line.replaceAll(secret, "***");
  line = line.replace(/[\u0000-\u001f\u007f]+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

/** What a service said about its refusal, whatever envelope it uses. */
export function messageOf(body: unknown): string | undefined {
  if (typeof body === "string") return body.trim() === "" ? undefined : stripMarkup(body);
  if (!isRecord(body)) return undefined;
  const errors: unknown = body["errors"]; // Placement
  if (Array.isArray(errors) && isRecord(errors[0])) return firstText(errors[0], "detail", "title");
  for (const inner of Object.values(body)) {
    // Nova {"badRequest": {"message"}}, Keystone {"error": {"message"}}, Neutron {"NeutronError":
    // ..}
    if (!isRecord(inner)) continue;
    const text = firstText(inner, "message", "detail");
    if (text !== undefined) return text;
  }
  return firstText(body, "message", "detail", "error");
}

/** The whole chain of causes in one line; a message never repeats its cause. */
export function describe(error: unknown): string {
  if (!isRecord(error)) return String(error);
  const message = textOf(error["message"]);
  return error["cause"] === undefined ? message : `${message}: ${describe(error["cause"])}`;
}

/** A socket or TLS error as a sentence: what happened and, where we can say so, what to do. */
export function wireTrouble(error: unknown): string {
  const code = codeOf(error);
  if (code === undefined) return quote(describe(error));
  return sentences[code] ?? (isCertificateCode(code) ? untrusted(code) : code);
}

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EPIPE: "connection closed",
  ENOTFOUND: "no such host name",
  EAI_AGAIN: "host name could not be resolved now",
  ETIMEDOUT: "no answer to the connection attempt",
  EHOSTUNREACH: "host not reachable",
  ENETUNREACH: "network not reachable",
  UND_ERR_CONNECT_TIMEOUT: "no answer to the connection attempt",
  UND_ERR_HEADERS_TIMEOUT: "connected, but no answer in time",
  UND_ERR_BODY_TIMEOUT: "the answer stopped in the middle",
  UND_ERR_SOCKET: "connection closed before the answer was complete",
  ERR_SSL_WRONG_VERSION_NUMBER: "the port does not speak TLS: is the URL meant to begin with http?",
  EPROTO: "TLS handshake failed: is the URL meant to begin with http?",
  HPE_INVALID_CONSTANT: "the answer is not HTTP: is the URL meant to begin with https?",
};

/** The certificate was looked at and not liked: nothing was sent. */
export function isCertificateCode(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(code);
}

function untrusted(code: string): string {
  return `its certificate is not trusted (${code}): give the right CA as cacert`;
}

/** The first code in the chain of causes: socket, TLS and dispatcher each have their own. */
export function codeOf(error: unknown): string | undefined {
  for (let at: unknown = error; isRecord(at); at = at["cause"]) {
    const code = at["code"];
    if (typeof code === "string") return code;
  }
  return undefined;
}

function firstText(from: Record<string, unknown>, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const text = from[key];
    if (typeof text === "string" && text.trim() !== "") return text;
  }
  return undefined;
}

function stripMarkup(text: string): string {
  return text
    .replace(/<style[\s\S]*?<\/style>|<[^>]*>/gi, " ")
    .replace(/\s+/g, " ")
    .trim();
}
