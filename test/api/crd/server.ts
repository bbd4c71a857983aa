// The verdict of a real API server on an object: creates and changes with dry run and strict
// validation, as kubectl does. One namespace for each test file.
import { join } from "node:path";
import type { ControlPlane } from "../../control-plane/attach.ts";
import type { Answer, Json } from "../../control-plane/client.ts";
import { apiVersion, plurals, type Kind } from "../../../src/api/names.ts";
import type { Refusal } from "../shapes/shape.ts";

export const root = join(import.meta.dirname, "../../..");

/** Installs our CRDs unless they are there, and waits until all are served as they stand. */
export async function installCrds(plane: ControlPlane): Promise<void> {
  const apply = ["apply", "--server-side", "--force-conflicts", "-k", join(root, "crds")];
  await succeeds(plane, apply);
  const names = Object.values(plurals).map((plural) => `crd/${plural}.pci.openstack.org`);
  await succeeds(plane, ["wait", "--for=condition=Established", "--timeout=60s", ...names]);
}

async function succeeds(plane: ControlPlane, args: readonly string[]): Promise<void> {
  const { code, stderr } = await plane.kubectl(args);
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
}

export function pathOf(kind: Kind, namespace: string): string {
  return `/apis/${apiVersion}/namespaces/${namespace}/${plurals[kind]}`;
}

/** Field and words of each cause; none = accepted. */
type Verdict = readonly { readonly field: string; readonly words: string }[];

export function verdictOf(answer: Answer): Verdict {
  if (answer.status < 300) return [];
  const { message, details } = answer.body;
  const unknown = /unknown field "([^"]+)"/.exec(String(message));
  if (unknown !== null) return [{ field: unknown[1]!, words: unknown[0] }];
  if (details?.causes === undefined) throw new Error(`${answer.status}: ${String(message)}`);
  return (details.causes as readonly Json[])
    .map(({ field, message: words }) => ({ field: String(field), words: String(words) }))
    .filter(({ field }) => field !== "<nil>");
}

export const strict = "?dryRun=All&fieldValidation=Strict";

/** What of a verdict was not foretold, and what was foretold and not said. */
export function differences(verdict: Verdict, refused: readonly Refusal[] = []): readonly string[] {
  const foretold = (refusal: Refusal): boolean =>
    verdict.some(
      ({ field, words }) => isAt(field, refusal.path) && words.includes(wordsOf(refusal)),
    );
  const unexpected = verdict.filter(
    ({ field }) => !refused.some((refusal) => isAt(field, refusal.path)),
  );
  return [
    ...refused
      .filter((refusal) => !foretold(refusal))
      .map((refusal) => `missing ${refusal.path}: ${wordsOf(refusal)}`),
    ...unexpected.map(({ field, words }) => `unexpected ${field}: ${words}`),
  ];
}

function wordsOf(refusal: Refusal): string {
  return refusal.server ?? refusal.message;
}

/** A list that must not repeat itself is refused at the item that does. */
function isAt(field: string, path: string): boolean {
  return field === path || field.replace(/\[\d+\]$/, "") === path;
}

/** What `kubectl get` prints, from the columns of the CRD: name of the column -> cell. */
export async function columns(
  plane: ControlPlane,
  path: string,
): Promise<Readonly<Record<string, unknown>>> {
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
  const { body } = await plane.request("GET", path, undefined, { accept });
  const cells = body.rows[0].cells as readonly unknown[];
  const names = (body.columnDefinitions as readonly Json[]).map((columnDefinition) =>
    String(columnDefinition.name),
  );
  return Object.fromEntries(names.map((name, index) => [name, cells[index]]));
}

/** Creates an object and gives it a status, as the operator does. */
export async function withStatus(
  plane: ControlPlane,
  path: string,
  object: Readonly<Record<string, unknown>>,
  status: unknown,
): Promise<string> {
  const { metadata } = await plane.create(path, object);
  const named = `${path}/${metadata.name as string}`;
  const { apiVersion: version, kind } = object;
  const minimal = { apiVersion: version, kind, metadata: { name: metadata.name }, status };
  const query = "/status?fieldManager=test&fieldValidation=Strict";
  const headers = { "content-type": "application/apply-patch+yaml" };
  const answer = await plane.request("PATCH", named + query, minimal, headers);
  if (answer.status >= 300) throw new Error(String(answer.body.message));
  return named;
}

export function readyCondition(reason: string, message: string): Json {
  return {
    type: "Ready",
    status: "False",
    reason,
    message,
    observedGeneration: 1,
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
}
