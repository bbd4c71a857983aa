// Answers "is what the installation rests on still there?": our CRDs, the policies and their bindings,
// each read by name. CRDs are read live whenever an object of ours went away, because deleting a CRD
// looks like deleting every object by hand.

import { guardPolicy, injectionPolicy, plurals, type Kind } from "../api/names.ts";
import { Failure } from "../api/failure.ts";
import type { CrdView, InjectionView, PolicyView } from "../plan/terms/snapshot.ts";
import { keepFor } from "./kept.ts";
import type { Raw } from "./kube-object.ts";
import { crdView, policyView } from "./object-views.ts";
import { admissionPath, crdPath } from "./paths.ts";
import type { Rest } from "./rest.ts";

export const kinds = Object.keys(plurals) as readonly Kind[];

export type Crds = Readonly<Record<Kind, CrdView>>;

export type FixedObjects = {
  /** `mark` changes whenever an object of ours went away or a list began anew. */
  readonly crds: (mark: number) => Promise<Crds>;
  readonly policies: () => Promise<Omit<InjectionView, "namespaceLabelled">>;
};

const crdMillis = 600_000;
/** How long a policy that was taken away may go unnoticed while something is under way. */
const policyMillis = 10_000;

export function watchFixed(rest: Rest): FixedObjects {
  let marked: number | undefined;
  const crds = keepFor(crdMillis, () => readCrds(rest));
  const policies = keepFor(policyMillis, () => readPolicies(rest));
  return {
    crds: (mark) => {
      if (mark !== marked) crds.forget();
      marked = mark;
      return crds.get();
    },
    policies: () => policies.get(),
  };
}

async function readCrds(rest: Rest): Promise<Crds> {
  const views = await Promise.all(
    kinds.map(async (kind) => [kind, crdView(await orNothing(rest, crdPath(kind)))] as const),
  );
  return Object.fromEntries(views) as Record<Kind, CrdView>;
}

async function readPolicies(rest: Rest): Promise<Omit<InjectionView, "namespaceLabelled">> {
  const [served, mutating, guard] = await Promise.all([
    servesMutating(rest),
    readPolicy(rest, "mutatingadmissionpolicies", injectionPolicy),
    readPolicy(rest, "validatingadmissionpolicies", guardPolicy),
  ]);
  return { served, mutating, guard };
}

async function readPolicy(rest: Rest, plural: string, name: string): Promise<PolicyView> {
  const bindings = `${plural.replace(/ies$/, "y")}bindings`;
  const [policy, binding] = await Promise.all([
    orNothing(rest, admissionPath(plural, name)),
    orNothing(rest, admissionPath(bindings, name)),
  ]);
  return policyView(policy, binding !== undefined);
}

async function servesMutating(rest: Rest): Promise<boolean> {
  const path = "/apis/admissionregistration.k8s.io/v1";
  const found = (await orNothing(rest, path)) as
    { readonly resources?: readonly { readonly name: string }[] } | undefined;
  return found?.resources?.some((one) => one.name === "mutatingadmissionpolicies") ?? false;
}

async function orNothing(rest: Rest, path: string): Promise<Raw | undefined> {
  try {
    return (await rest.ask({ method: "GET", path })) as Raw;
  } catch (error) {
    if (error instanceof Failure && error.kind === "missing") return undefined;
    throw error;
  }
}
