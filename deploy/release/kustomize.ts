// The manifests as kubectl renders them, in one form that does not depend on which kubectl it was.
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { dump, loadAll } from "js-yaml";
import { cacheFolder } from "./pins.ts";
import { ran, ReleaseProblem } from "./problem.ts";

export const root = join(import.meta.dirname, "../..");

export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
};

/** KUBECTL, the one on PATH, or the one that the tests of the control plane built. */
function kubectl(): string {
  const told = process.env["KUBECTL"];
  const onPath = (process.env["PATH"] ?? "").split(delimiter).map((one) => join(one, "kubectl"));
  const cached = existsSync(cacheFolder())
    ? readdirSync(cacheFolder())
        .filter((one) => one.startsWith("control-plane-"))
        .map((one) => join(cacheFolder(), one, "kubectl"))
    : [];
  const all = [...(told === undefined ? [] : [told]), ...onPath, ...cached];
  const found = all.find((path) => existsSync(path));
  if (found === undefined)
    throw new ReleaseProblem("no kubectl: put one on PATH, or name it in KUBECTL");
  return found;
}

export function kustomized(folder: string): readonly Manifest[] {
  const text = ran(kubectl(), ["kustomize", join(root, folder)], root);
  return loadAll(text) as readonly Manifest[];
}

export function asYaml(objects: readonly Manifest[]): string {
  return objects
    .map((one) => dump(one, { sortKeys: true, lineWidth: -1, noRefs: true }))
    .join("---\n");
}

/** The objects with the operator's image named by its content. */
export function withImage(objects: readonly Manifest[], image: string): readonly Manifest[] {
  const named = JSON.stringify(objects).replaceAll(
    /"image":"nova-pci-operator(:[^"]*)?"/g,
    `"image":${JSON.stringify(image)}`,
  );
  return JSON.parse(named) as readonly Manifest[];
}
