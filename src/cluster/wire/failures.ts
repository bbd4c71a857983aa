// The classifier of failures: everything that the API server, the network or the TLS layer can
// answer. Messages come from the Status object and never hold a credential.

import { Failure, type FailureKind } from "../../api/failure.ts";
import type { MissingRight } from "../../plan/terms/snapshot.ts";

/** A failure that came as an HTTP status or as a Status in a stream. */
export class ApiFailure extends Failure {
  readonly status: number;
  /** `reason` of the Status object, such as AlreadyExists or Expired. */
  readonly reason: string;
  /** `details.causes[].reason`, such as FieldManagerConflict or DisruptionBudget. */
  readonly causes: readonly string[];

  constructor(status: number, message: string, more: StatusDetail) {
    super(kindOf(status), message, {
      ...(more.retryAfterMillis === undefined ? {} : { retryAfterMillis: more.retryAfterMillis }),
    });
    this.name = "ApiFailure";
    this.status = status;
    this.reason = more.reason;
    this.causes = more.causes;
  }
}

type StatusDetail = {
  readonly reason: string;
  readonly causes: readonly string[];
  readonly retryAfterMillis?: number | undefined;
};

function kindOf(status: number): FailureKind {
  if (status === 401 || status === 403) return "denied";
  if (status === 404) return "missing";
  if (status === 409 || status === 410) return "conflict";
  if (status === 429) return "throttled";
  return status >= 500 || status === 408 ? "unreachable" : "refused";
}

type Status = {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string }[];
  };
};

/** `what` names the request: verb and path without its query. */
export function failureOf(
  what: string,
  status: number,
  text: string,
  retryAfter?: string,
): ApiFailure {
  const body = statusOf(text);
  const seconds = retryAfterSeconds(retryAfter) ?? body.details?.retryAfterSeconds;
  const message = body.message ?? (firstLine(text) || `status ${status}`);
  return new ApiFailure(status, `${what}: ${message}`, {
    reason: body.reason ?? "",
    causes: (body.details?.causes ?? []).map((cause) => cause.reason ?? ""),
    retryAfterMillis: seconds === undefined ? undefined : seconds * 1000,
  });
}

/** An ERROR event of a watch carries a Status. */
export function streamFailure(what: string, object: unknown): ApiFailure {
  const text = JSON.stringify(object ?? {});
  return failureOf(what, statusOf(text).code ?? 500, text);
}

function statusOf(text: string): Status {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0]!.slice(0, 200);
}

function retryAfterSeconds(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d+$/.test(header.trim())) return undefined;
  return Number(header);
}

/** What the network said, without addresses of proxies or tokens: the code is enough. */
export function networkFailure(what: string, error: unknown): Failure {
  const code = codeOf(error);
  const { name } = error as Error;
  const words =
    name === "TimeoutError" || code.includes("TIMEOUT")
      ? "no answer in time"
      : code === ""
        ? "the connection broke"
        : `the connection broke (${code})`;
  return new Failure("unreachable", `${what}: ${words}`, { cause: error });
}

/** The request certainly never reached the server. */
export function wasNeverSent(error: unknown): boolean {
  const code = codeOf(error);
  return ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"].includes(code);
}

type Coded = { readonly code?: unknown; readonly cause?: unknown };

function codeOf(error: unknown): string {
  let coded = error as Coded | null | undefined;
  for (let depth = 0; coded !== null && typeof coded === "object" && depth < 8; depth++) {
    if (typeof coded.code === "string") return coded.code;
    coded = coded.cause as Coded | undefined;
  }
  return "";
}

const rbac =
  /cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/;

/** The right that a 403 of RBAC names; other refusals (a policy, pod security) name none. */
export function missingRight(error: unknown): MissingRight | undefined {
  if (!(error instanceof ApiFailure) || error.status !== 403) return undefined;
  const found = rbac.exec(error.message);
  if (found === null) return undefined;
  const [, verb = "", resource = "", apiGroup = "", namespace] = found;
  return {
    verb,
    resource: apiGroup === "" ? resource : `${resource}.${apiGroup}`,
    ...(namespace === undefined ? {} : { namespace }),
  };
}
