// The one error type of the adapters: a call to the outside that failed, with the kind that decides
// what the loop does next. A message never repeats its cause and never holds a secret.

export type FailureKind =
  /** No answer, or a 5xx: nothing is known about the effect. */
  | "unreachable"
  /** Somebody else was first: resourceVersion, uid or field ownership. */
  | "conflict"
  /** 401 or 403: a right is missing. */
  | "denied"
  /** The request itself was refused and will be refused again (400, 422). */
  | "refused"
  /** 404. */
  | "missing"
  /** 429. */
  | "throttled";

export class Failure extends Error {
  readonly kind: FailureKind;
  readonly retryAfterMillis: number | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    more: { readonly cause?: unknown; readonly retryAfterMillis?: number } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "Failure";
    this.kind = kind;
    this.retryAfterMillis = more.retryAfterMillis;
  }
}
