// How the API server says no: status, reason and words as kube-apiserver has them.

import { ApiFailure } from "../../cluster/wire/failures.ts";
import { nameOf, type Call } from "../../cluster/wire/requests.ts";
import { qualified, type Route } from "./resources.ts";

export type Asked = Route & { readonly call: Pick<Call, "method" | "path"> };

type More = { readonly causes?: readonly string[]; readonly retryAfterMillis?: number };

function refusal(asked: Asked, status: number, reason: string, words: string, more: More = {}) {
  return new ApiFailure(status, `${nameOf(asked.call)}: ${words}`, { reason, causes: [], ...more });
}

function called({ resource, name = "" }: Asked): string {
  return `${qualified(resource)} "${name}"`;
}

export function notServed(call: Asked["call"]): ApiFailure {
  const words = "the server could not find the requested resource";
  return new ApiFailure(404, `${nameOf(call)}: ${words}`, { reason: "NotFound", causes: [] });
}

export const notFound = (asked: Asked): ApiFailure =>
  refusal(asked, 404, "NotFound", `${called(asked)} not found`);

export const alreadyExists = (asked: Asked): ApiFailure =>
  refusal(asked, 409, "AlreadyExists", `${called(asked)} already exists`);

const cannot = (asked: Asked, why: string): ApiFailure =>
  refusal(asked, 409, "Conflict", `Operation cannot be fulfilled on ${called(asked)}: ${why}`);

export const wasModified = (asked: Asked): ApiFailure =>
  cannot(
    asked,
    "the object has been modified; please apply your changes to the latest version and try again",
  );

/** A delete says it in other words than an update. */
export const otherUid = (asked: Asked, wanted: string, found: string): ApiFailure =>
  cannot(
    asked,
    asked.call.method === "PUT"
      ? `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`
      : `the UID in the precondition (${wanted}) does not match the UID in record (${found}). The object might have been deleted and then recreated`,
  );

export const invalid = (asked: Asked, why: string): ApiFailure =>
  refusal(asked, 422, "Invalid", `${asked.resource.kind} "${asked.name ?? ""}" is invalid: ${why}`);

export function ownedByOthers(
  asked: Asked,
  conflicts: readonly { readonly manager: string; readonly field: string }[],
): ApiFailure {
  const count = `${conflicts.length} conflict${conflicts.length === 1 ? "" : "s"}`;
  const each = conflicts.map(({ manager, field }) => `conflict with "${manager}": ${field}`);
  return refusal(asked, 409, "Conflict", `Apply failed with ${count}: ${each.join(", ")}`, {
    causes: conflicts.map(() => "FieldManagerConflict"),
  });
}

export const notEvicted = (asked: Asked): ApiFailure =>
  refusal(
    asked,
    429,
    "TooManyRequests",
    "Cannot evict pod as it would violate the pod's disruption budget.",
    { causes: ["DisruptionBudget"] },
  );

export const expired = (asked: Asked): ApiFailure =>
  refusal(asked, 410, "Expired", "The provided continue parameter is too old");

export const badRequest = (asked: Asked, words: string): ApiFailure =>
  refusal(asked, 400, "BadRequest", words);
