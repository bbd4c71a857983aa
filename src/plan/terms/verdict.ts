// What becomes of one stored object: the verdict of the schema, of the model of Nova and of the
// rules across objects, and which findings somebody set aside. And the Nova that the model is asked
// for.

import type { Kind } from "../../api/names.ts";
import { problemsOf } from "../../api/parse.ts";
import type { ModelContext } from "../../nova/terms/declare.ts";
import { isOverridable } from "../../nova/terms/policies.ts";
import { recent } from "./recent.ts";
import type { Settings } from "./settings.ts";
import type { Stored } from "./snapshot.ts";

export type Notice = {
  readonly reason: string;
  readonly message: string;
  readonly path: string;
};

/** A finding of the model of Nova, of the schema, or of ours across objects. */
export type Judgement = {
  readonly policy: string;
  readonly severity: "refuse" | "warn";
  readonly message: string;
  readonly path: string;
};

/** What became of one stored object. */
export type Verdict = {
  readonly kind: Kind;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** Empty = accepted. */
  readonly rejections: readonly Notice[];
  readonly warnings: readonly Notice[];
  /** Rejected, and an earlier content stays in force. */
  readonly keepsEarlier: boolean;
};

/** A verdict, and what counts of the object: its content, an earlier one, or nothing. */
export type Considered<C> = { readonly verdict: Verdict; readonly content?: C };

const contexts = recent<ModelContext>(16);

/** One value for each context, so that what was judged in it is known by identity. */
export function modelContext(settings: Settings): ModelContext {
  const { releases, pciInPlacement, reportInPlacement, deviceOption } = settings;
  const versions = releases.map((release) => release.version).join(",");
  return contexts(`${versions} ${pciInPlacement} ${reportInPlacement} ${deviceOption}`, () => ({
    releases,
    pciInPlacement,
    reportInPlacement,
    ...(deviceOption === undefined ? {} : { deviceOption }),
  }));
}

/** Objects stored before the schema was tightened are judged by today's schema and rules. */
export function structural(kind: Kind, object: Stored<unknown>): readonly Judgement[] | undefined {
  const problems = problemsOf(kind, object);
  if (problems.length === 0) return undefined;
  return problems.map((problem) => ({
    policy: "InvalidObject",
    severity: "refuse",
    message: problem.message,
    path: problem.path,
  }));
}

export function verdictOf(
  kind: Kind,
  object: Stored<unknown>,
  findings: readonly Judgement[],
  settings: Settings,
): Verdict {
  const name = object.metadata.name;
  const setAside = (policy: string): boolean =>
    settings.acceptInvalid.some(
      (item) => item.kind === kind && item.name === name && item.policy === policy,
    ) && isOverridable(policy);
  const refused = (judgement: Judgement): boolean =>
    judgement.severity === "refuse" && !setAside(judgement.policy);
  const notice = (judgement: Judgement): Notice => ({
    reason: judgement.policy,
    message: judgement.message,
    path: judgement.path,
  });
  return {
    kind,
    name,
    uid: object.metadata.uid,
    generation: object.metadata.generation ?? 0,
    rejections: findings.filter(refused).map(notice),
    warnings: findings.filter((finding) => !refused(finding)).map(notice),
    keepsEarlier: false,
  };
}
