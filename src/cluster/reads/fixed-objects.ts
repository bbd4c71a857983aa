// What the installation rests on: our CRDs, the policies and their bindings, and the webhook, each
// read by name in the newest version that is served. CRDs are read live whenever an object of ours
// went away, because deleting a CRD looks like deleting every object by hand.

import { guardPolicy, injectionPolicy, plurals, webhookName, type Kind } from "../../api/names.ts";
import { Failure } from "../../api/failure.ts";
import type { CrdView, InjectionView, WebhookView } from "../../plan/terms/snapshot.ts";
import { guardView, policyView, webhookView, type PolicyPair } from "../views/admission-views.ts";
import { keepFor } from "../wire/kept.ts";
import type { Raw } from "../views/kube-object.ts";
import { crdView } from "../views/object-views.ts";
import {
  admissionKindsPath,
  admissionPath,
  admissionVersions,
  crdPath,
  type AdmissionVersion,
} from "../wire/paths.ts";
import type { Requests } from "../wire/requests.ts";

export const kinds = Object.keys(plurals) as readonly Kind[];

type Crds = Readonly<Record<Kind, CrdView>>;
type Policies = Omit<InjectionView, "namespaceLabelled">;

export type FixedObjects = {
  /** `mark` changes whenever an object of ours went away or a list began anew. */
  readonly crds: (mark: number) => Promise<Crds>;
  readonly policies: () => Promise<Policies>;
};

const webhookPath = admissionPath("mutatingwebhookconfigurations", webhookName);
const crdMillis = 600_000;
/** How long a policy that was taken away may go unnoticed while something is under way. */
const policyMillis = 10_000;

/** What is said of objects that may not be read; the operator says nothing of them. */
export type Unread = {
  readonly crd: (kind: Kind) => CrdView;
  readonly policies: () => Policies;
};

export function watchFixed(rest: Requests, now: () => number, unread?: Unread): FixedObjects {
  let marked: number | undefined;
  const crds = keepFor(crdMillis, () => readCrds(rest, unread), now);
  const policies = keepFor(
    policyMillis,
    () => unlessDenied(() => readPolicies(rest), unread?.policies),
    now,
  );
  return {
    crds: (mark) => {
      if (mark !== marked) crds.forget();
      marked = mark;
      return crds.get();
    },
    policies: () => policies.get(),
  };
}

async function readCrds(rest: Requests, unread: Unread | undefined): Promise<Crds> {
  const read = async (kind: Kind): Promise<CrdView> =>
    crdView(await orNothing(rest, crdPath(kind)));
  const views = await Promise.all(
    kinds.map(async (kind) => {
      const instead = unread === undefined ? undefined : () => unread.crd(kind);
      return [kind, await unlessDenied(() => read(kind), instead)] as const;
    }),
  );
  return Object.fromEntries(views) as Record<Kind, CrdView>;
}

async function unlessDenied<T>(read: () => Promise<T>, instead?: () => T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (instead === undefined || !(error instanceof Failure) || error.kind !== "denied")
      throw error;
    return instead();
  }
}

const mutating = "mutatingadmissionpolicies";
const validating = "validatingadmissionpolicies";

async function readPolicies(rest: Requests): Promise<Policies> {
  const kinds = await Promise.all(admissionVersions.map((version) => kindsOf(rest, version)));
  const serves = (plural: string): AdmissionVersion | undefined =>
    admissionVersions.find((_version, index) => kinds[index]!.includes(plural));
  const [mutates, guards] = [serves(mutating), serves(validating)];
  const [policy, guard, webhook] = await Promise.all([
    readPolicy(rest, mutating, injectionPolicy, mutates),
    readPolicy(rest, validating, guardPolicy, guards),
    readWebhook(rest),
  ]);
  return {
    served: mutates !== undefined,
    mutating: policyView(policy),
    guard: guardView(guard),
    guardServed: guards !== undefined,
    webhook,
  };
}

async function kindsOf(rest: Requests, version: AdmissionVersion): Promise<readonly string[]> {
  const found = (await orNothing(rest, admissionKindsPath(version))) as
    { readonly resources?: readonly { readonly name: string }[] } | undefined;
  return (found?.resources ?? []).map((resource) => resource.name);
}

async function readPolicy(
  rest: Requests,
  plural: string,
  name: string,
  version: AdmissionVersion | undefined,
): Promise<PolicyPair> {
  if (version === undefined) return {};
  const bindings = `${plural.replace(/ies$/, "y")}bindings`;
  const [policy, binding] = await Promise.all([
    orNothing(rest, admissionPath(plural, name, version)),
    orNothing(rest, admissionPath(bindings, name, version)),
  ]);
  return { policy, binding };
}

/** Whether it works is for its replicas to say: here only that it is there. */
async function readWebhook(rest: Requests): Promise<WebhookView> {
  const read = async (): Promise<WebhookView> => webhookView(await orNothing(rest, webhookPath));
  // The right comes with deploy of this version.
  return unlessDenied(read, () => ({ is: "absent" }));
}

async function orNothing(rest: Requests, path: string): Promise<Raw | undefined> {
  try {
    return (await rest.ask({ method: "GET", path })) as Raw;
  } catch (error) {
    if (error instanceof Failure && error.kind === "missing") return undefined;
    throw error;
  }
}
