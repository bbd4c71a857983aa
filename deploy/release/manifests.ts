// The files for kubectl apply: the kinds, the operator and a way in; and what each Nova namespace gets.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { asYaml, kustomized, root, withImage, type Manifest } from "./kustomize.ts";

const head = (title: string, command: string): string =>
  `# nova-pci-operator: ${title}\n#   ${command}\n# For each namespace in which Nova runs, afterwards:\n` +
  "#   kubectl apply --server-side -n NAMESPACE -f nova-namespace.yaml\n" +
  "#   kubectl label namespace NAMESPACE pci.openstack.org/injection=enabled\n";

/** What each file is made of; a folder that this tree does not have is left out. */
const installs = {
  "install.yaml": ["crds", "deploy", "deploy/guard", "deploy/injection"],
  "install-webhook.yaml": ["crds", "deploy", "deploy/guard", "deploy/webhook"],
} as const;

const titles = {
  "install.yaml": "kinds, operator, guard and policy (Kubernetes 1.36 or later)",
  "install-webhook.yaml": "kinds, operator, guard and webhook (Kubernetes 1.28 or later)",
} as const;

function objectsOf(folders: readonly string[]): readonly Manifest[] {
  const byName = new Map<string, Manifest>();
  for (const folder of folders.filter((one) => existsSync(join(root, one, "kustomization.yaml"))))
    for (const one of kustomized(folder))
      byName.set([one.kind, one.metadata.namespace, one.metadata.name].join(" "), one);
  return [...byName.values()];
}

/** File name -> text. */
export function manifests(image: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [name, folders] of Object.entries(installs)) {
    // The last folder is the way in; without it there is nothing to install by this file.
    if (!existsSync(join(root, folders.at(-1)!, "kustomization.yaml"))) continue;
    const title = titles[name as keyof typeof installs];
    const text = asYaml(withImage(objectsOf(folders), image));
    files.set(name, head(title, `kubectl apply --server-side -f ${name}`) + text);
  }
  const perNamespace = asYaml(kustomized("deploy/namespace"));
  const note = "# nova-pci-operator: what it may do in one Nova namespace\n";
  return files.set("nova-namespace.yaml", note + perNamespace);
}
