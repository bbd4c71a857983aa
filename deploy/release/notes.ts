// The release notes: the changelog's section of this version, what it restarts first.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./kustomize.ts";
import { ReleaseProblem } from "./problem.ts";

const promise =
  /\*restarts nova-api: (yes|no) · restarts nova-compute: (yes|no) · CRD change: (yes|no)[^*]*\*/;

/** The section of a version, or of the one that is being prepared. */
export function sectionOf(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const own = sections.find((one) => one.split(/\s/)[0] === version) ?? sections[0];
  if (own === undefined) throw new ReleaseProblem("CHANGELOG.md has no section");
  return own.slice(own.indexOf("\n") + 1).trim();
}

export function releaseNotes(version: string, image: string): string {
  const section = sectionOf(readFileSync(join(root, "CHANGELOG.md"), "utf8"), version);
  const found = promise.exec(section);
  if (found === null)
    throw new ReleaseProblem(
      `CHANGELOG.md, section ${version}: says not what it restarts; write "*restarts nova-api: ` +
        'no · restarts nova-compute: no · CRD change: no*"',
    );
  const [line, api, compute, crds] = found;
  const body = section.replace(line, "").trim();
  return `# nova-pci-operator ${version}

| | |
|---|---|
| restarts nova-api | ${api ?? ""} |
| restarts nova-compute | ${compute ?? ""} |
| CRD change | ${crds ?? ""} |

Image: \`${image}\`

${body}

## Install

    kubectl apply --server-side -f install.yaml
    kubectl apply --server-side -n openstack -f nova-namespace.yaml
    kubectl label namespace openstack pci.openstack.org/injection=enabled

or by Helm:

    helm install nova-pci nova-pci-operator-${version}.tgz -n nova-pci-system --create-namespace --set novaNamespaces[0].name=openstack

The command line: \`npm install --global ./nova-pci-${version}.tgz\`, or
\`kubectl krew install --manifest=nova-pci.yaml --archive=kubectl-nova_pci-${version}.tar.gz\`.
\`sha256sum --check SHA256SUMS\` compares the files with what was made.
`;
}
