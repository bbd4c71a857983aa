// Every case of injection put before a judge that works on a real API server, be it the policy or the
// webhook: what is stored must be the pod that the pure function makes, defaults and all.
import { describe, expect, test } from "@jest/globals";
import type { Pod } from "../../src/admission/pod.ts";
import { admit, shippedScope } from "../../src/admission/rules.ts";
import { injectionLabel } from "../../src/api/names.ts";
import { injectionCases, outcomeOf, type InjectionCase } from "../admission/cases.ts";
import { computePod } from "../admission/pods.ts";
import type { ControlPlane } from "./attach.ts";
import type { Client, Json } from "./client.ts";
import { assign, bare, dryRun } from "./policies.ts";

export type Stage = {
  readonly plane: ControlPlane;
  /** Without label: what the API server itself makes of a pod. */
  readonly unmanaged: string;
  readonly namespaceOf: (injectionCase: InjectionCase) => string;
};

/** One namespace for each label and assignment of the table. */
export async function stageFor(plane: ControlPlane, operator: Client): Promise<Stage> {
  const namespaces = new Map<string, string>();
  const keyOf = (injectionCase: InjectionCase) =>
    JSON.stringify([injectionCase.labelled, injectionCase.assignment]);
  for (const injectionCase of injectionCases) {
    if (namespaces.has(keyOf(injectionCase))) continue;
    const labels = injectionCase.labelled ? { [injectionLabel]: "enabled" } : {};
    const namespace = await plane.namespace(labels);
    namespaces.set(keyOf(injectionCase), namespace);
    if (injectionCase.assignment === "absent") continue;
    await assign(
      operator,
      namespace,
      injectionCase.assignment === "no-data" ? undefined : injectionCase.assignment,
    );
  }
  const unmanaged = await plane.namespace();
  return {
    plane,
    unmanaged,
    namespaceOf: (injectionCase) => namespaces.get(keyOf(injectionCase))!,
  };
}

export function describeCases(stage: () => Stage): void {
  const cases = injectionCases.map((injectionCase) => [injectionCase.name, injectionCase] as const);
  test.each(cases)("%s", async (_name, injectionCase) => {
    const { plane, unmanaged, namespaceOf } = stage();
    const { status, body } = await dryRun(
      plane,
      namespaceOf(injectionCase),
      bare(injectionCase.pod),
    );
    if (injectionCase.refused !== undefined)
      return expect(body.message).toContain(injectionCase.refused);
    expect({ status, message: body.message }).toEqual({ status: 201, message: undefined });
    expect(outcomeOf(injectionCase.pod, body as Pod)).toEqual(injectionCase.outcome);
    const wanted = await dryRun(plane, unmanaged, bare(admitted(injectionCase)));
    expect(content(body)).toEqual(content(wanted.body));
  });
}

export function describeBystanders(stage: () => Stage): void {
  describe("nobody else's business", () => {
    test("an ephemeral container in a pod that is there", async () => {
      const { plane, unmanaged } = stage();
      const pods = `/api/v1/namespaces/${unmanaged}/pods`;
      const { metadata, spec } = bare(computePod());
      // Without the owner that does not exist: the garbage collector would take it.
      await plane.create(pods, { metadata: { name: "debugged", labels: metadata.labels }, spec });
      const label = { metadata: { labels: { [injectionLabel]: "enabled" } } };
      await plane.patch(`/api/v1/namespaces/${unmanaged}`, label);
      const added = [{ name: "debug", image: "x", targetContainerName: "nova-compute" }];
      const headers = { "content-type": "application/strategic-merge-patch+json" };
      const path = `${pods}/debugged/ephemeralcontainers`;
      const patch = { spec: { ephemeralContainers: added } };
      const answer = await plane.request("PATCH", path, patch, headers);
      await plane.patch(`/api/v1/namespaces/${unmanaged}`, {
        metadata: { labels: { [injectionLabel]: null } },
      });
      await plane.remove(`${pods}/debugged?gracePeriodSeconds=0`);
      expect(answer.status).toBe(200);
      expect(answer.body.spec.volumes ?? []).toEqual([]);
    });
  });
}

function admitted(injectionCase: InjectionCase): Pod {
  const namespaceLabels: Record<string, string> = injectionCase.labelled
    ? { [injectionLabel]: "enabled" }
    : {};
  const assignment =
    injectionCase.assignment === "absent"
      ? undefined
      : injectionCase.assignment === "no-data"
        ? {}
        : injectionCase.assignment;
  return admit(injectionCase.pod, assignment, { ...shippedScope, namespaceLabels });
}

function content(pod: Json): Json {
  const { labels, annotations, ownerReferences } = pod.metadata;
  return { metadata: { labels, annotations, ownerReferences }, spec: pod.spec };
}
