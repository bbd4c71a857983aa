// What the Helm chart renders and what the kustomizations hold, side by side, object by object.
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { expect } from "@jest/globals";
import { loadAll } from "js-yaml";
import { controlPlaneBinaries } from "../../control-plane/build.ts";
import type { Json } from "../../control-plane/client.ts";
import { builtTool } from "../tools.ts";

const root = join(import.meta.dirname, "../../..");
export const chart = join(root, "deploy/chart");
export const home = "nova-pci-system";

type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export function helm(args: readonly string[], more: NodeJS.ProcessEnv = {}): Ran {
  const env = { ...process.env, ...more };
  const ran = spawnSync(builtTool("helm"), [...args], { encoding: "utf8", env });
  return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

/** By `--set`. */
export function rendered(...values: readonly string[]): readonly Json[] {
  const set = values.flatMap((value) => ["--set", value]);
  const { code, stdout, stderr } = helm(["template", "nova-pci", chart, "-n", home, ...set]);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return (loadAll(stdout) as readonly Json[]).filter(Boolean);
}

type Wanted = { readonly namespace?: string; readonly keep?: readonly string[] };

/** Without the operator's own Namespace, which Helm makes before the chart. */
export async function kustomized(folder: string, wanted: Wanted = {}): Promise<readonly Json[]> {
  const { namespace, keep = [] } = wanted;
  const kubectl = join(await controlPlaneBinaries(), "kubectl");
  const { stdout } = spawnSync(kubectl, ["kustomize", resolve(root, folder)], { encoding: "utf8" });
  const objects = (loadAll(stdout) as readonly Json[]).filter(
    (value) => value.kind !== "Namespace" || keep.includes(value.metadata.name as string),
  );
  if (namespace !== undefined) for (const object of objects) object.metadata.namespace = namespace;
  return objects;
}

/** What every rendering has that switches nothing off, but for the way in. */
export async function base(): Promise<readonly Json[]> {
  const folders = ["crds", "deploy", "deploy/guard"];
  return (await Promise.all(folders.map((folder) => kustomized(folder)))).flat();
}

const nameOf = (value: Json): string =>
  `${value.kind as string} ${(value.metadata.namespace as string | undefined) ?? ""}/${value.metadata.name as string}`;
const byName = (objects: readonly Json[]): ReadonlyMap<string, Json> =>
  new Map(objects.map((object) => [nameOf(object), object]));

/** Helm's own labels, and that kinds are kept, are what may differ. */
function comparable(value: Json): Json {
  const { labels: _labels, annotations = {}, ...metadata } = value.metadata;
  const { "helm.sh/resource-policy": _keep, ...others } = annotations;
  return { ...value, metadata: { ...metadata, annotations: others } };
}

export function expectEqual(chartObjects: readonly Json[], kustomizations: readonly Json[]): void {
  const [left, right] = [byName(chartObjects), byName(kustomizations)];
  expect([...left.keys()].sort()).toEqual([...right.keys()].sort());
  for (const [name, object] of right) {
    expect([name, comparable(left.get(name))]).toEqual([name, comparable(object)]);
    expect(left.get(name)!.metadata.labels ?? {}).toMatchObject(
      object.kind === "CustomResourceDefinition" ? {} : (object.metadata.labels ?? {}),
    );
  }
}
