// What the objects of admission show: the policy, the guard and the webhook as the API server
// stores them. The guard is compared with the text that this version ships. Pure.

import { createHash } from "node:crypto";
import { policyVersionAnnotation } from "../../api/names.ts";
import type { GuardView, Labels, PolicyView, WebhookView } from "../../plan/terms/snapshot.ts";
import type { Raw } from "./kube-object.ts";
import { given } from "./pod-view.ts";

type RawPolicy = Raw & {
  readonly spec?: {
    readonly matchConstraints?: { readonly objectSelector?: { readonly matchLabels?: Labels } };
  };
};

export type PolicyPair = { readonly policy?: Raw | undefined; readonly binding?: Raw | undefined };

/** Where the shipped policies say for which operator they were written. */
export function policyView({ policy, binding }: PolicyPair): PolicyView {
  if (policy === undefined) return { is: "absent" };
  const { spec } = policy as RawPolicy;
  return {
    is: "installed",
    version: versionOf(policy),
    bound: binding !== undefined,
    ...given("selects", spec?.matchConstraints?.objectSelector?.matchLabels),
  };
}

function versionOf({ metadata: { annotations, labels } }: Raw): string {
  return annotations?.[policyVersionAnnotation] ?? labels?.[policyVersionAnnotation] ?? "";
}

/** Of deploy/guard of this version; a test keeps it true. */
export const guardHash = "c554f1b781116f02";

export function guardView(pair: PolicyPair): GuardView {
  const view = policyView(pair);
  const changed = view.is === "absent" || !view.bound ? undefined : changeOf(pair);
  return { ...view, ...given("changed", changed) };
}

function changeOf({ policy, binding }: PolicyPair): string | undefined {
  const bound = (binding as { readonly spec?: Readonly<Record<string, unknown>> }).spec ?? {};
  const actions = (bound["validationActions"] ?? []) as readonly string[];
  if (!actions.includes("Deny")) return "its binding does not say Deny";
  const { spec } = policy as { readonly spec?: unknown };
  return hashOf([spec, bound]) === guardHash
    ? undefined
    : "its text or its binding is not the one of this version";
}

/** The same for what was applied and for what is stored, which has the API server's defaults. */
export function hashOf(value: unknown): string {
  const text = JSON.stringify(withoutDefaults(value));
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

const defaults: Readonly<Record<string, unknown>> = { matchPolicy: "Equivalent", scope: "*" };

function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  const pairs = Object.entries(value)
    .filter(([key, item]) => defaults[key] !== item && !isEmpty(item))
    .map(([key, item]) => [key, withoutDefaults(item)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(pairs);
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

type RawWebhook = Raw & {
  readonly webhooks?: readonly { readonly objectSelector?: { readonly matchLabels?: Labels } }[];
};

/** Whether it works is for its replicas to say: here only that it is there. */
export function webhookView(found: Raw | undefined): WebhookView {
  if (found === undefined) return { is: "absent" };
  const { webhooks } = found as RawWebhook;
  const selects = webhooks?.[0]?.objectSelector?.matchLabels ?? {};
  return { is: "installed", version: versionOf(found), selects };
}
