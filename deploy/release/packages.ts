// The command line as two packages: for npm, and for kubectl with its krew manifest. Both are one file
// and need nothing but Node.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import { tarGz } from "../image/tar.ts";
import { sha256 } from "../image/oci.ts";
import { fileAddress, homepage } from "./publication.ts";
import { root } from "./kustomize.ts";

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly license: string;
  readonly engines: { readonly node: string };
};
const description = "PCI passthrough of OpenStack Nova as Kubernetes objects: lint, plan, try";
const readme = `# nova-pci

The command line of nova-pci-operator. Needs Node.js ${manifest.engines.node.replace(">=", "")} or later and nothing else.

    npx nova-pci lint -f pci/      structure, Nova's own rules, and whether the files fit together
    npx nova-pci plan -f pci/      which pods would restart, in which order, and why
    npx nova-pci try -f pci/       the whole operator on a cluster in memory
    npx nova-pci status            what is live, what is pending and why, in a cluster
    npx nova-pci --help            the rest
`;

type Program = {
  readonly version: string;
  readonly bundle: Buffer;
  /** Licences of everything in the bundle. */
  readonly notices: string;
};

const licence = () => readFileSync(join(root, "LICENSE"));

export function npmPackage({ version, bundle, notices }: Program): Buffer {
  const own = {
    ...{ name: "nova-pci", version, description, license: manifest.license, type: "module" },
    ...(homepage === "" ? {} : { homepage, repository: `${homepage}.git` }),
    bin: { "nova-pci": "nova-pci.js", "kubectl-nova_pci": "nova-pci.js" },
    files: ["nova-pci.js", "NOTICES"],
    engines: manifest.engines,
  };
  return tarGz([
    { path: "package/package.json", content: `${JSON.stringify(own, null, 2)}\n` },
    { path: "package/LICENSE", content: licence() },
    { path: "package/NOTICES", content: notices },
    { path: "package/README.md", content: readme },
    { path: "package/nova-pci.js", content: bundle, mode: 0o755 },
  ]);
}

/** An executable of its own: a file without an ending is a module by the package.json beside it. */
export function pluginArchive({ version, bundle, notices }: Program): Buffer {
  return tarGz([
    { path: "LICENSE", content: licence() },
    { path: "NOTICES", content: notices },
    { path: "package.json", content: JSON.stringify({ type: "module", version }) },
    { path: "kubectl-nova_pci", content: bundle, mode: 0o755 },
  ]);
}

export function krewManifest(version: string, file: string, archive: Buffer): string {
  const address = fileAddress(version, file);
  const platforms = [
    ["linux", "amd64"],
    ["linux", "arm64"],
    ["darwin", "amd64"],
    ["darwin", "arm64"],
  ].map(([os, arch]) => ({
    selector: { matchLabels: { os, arch } },
    // Unpublished: kubectl krew install --manifest=nova-pci.yaml --archive=FILE
    uri: address ?? file,
    sha256: sha256(archive),
    bin: "kubectl-nova_pci",
    files: [{ from: "*", to: "." }],
  }));
  return dump(
    {
      apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
      kind: "Plugin",
      metadata: { name: "nova-pci" },
      spec: {
        version: `v${version}`,
        ...(homepage === "" ? {} : { homepage }),
        shortDescription: "Plan and watch PCI passthrough of Nova",
        description:
          "Checks, plans and plays objects of nova-pci-operator, and shows what is live, what " +
          `waits and why. Needs Node.js ${manifest.engines.node.replace(">=", "")} or later.\n`,
        platforms,
      },
    },
    { lineWidth: 100, noRefs: true },
  );
}
