// What is in the bundle, as esbuild lists it: a CycloneDX document, and the licences' texts.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { sha256 } from "../image/oci.ts";
import { root } from "./kustomize.ts";
import { pins } from "./pins.ts";

type Package = {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly folder: string;
};

/** The packages that gave at least one byte to the bundle, by name. */
function packagesIn(metafile: Metafile): readonly Package[] {
  const folders = new Set<string>();
  for (const output of Object.values(metafile.outputs))
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      const at = path.lastIndexOf("node_modules/");
      if (at < 0 || bytesInOutput === 0) continue;
      const below = path.slice(at + "node_modules/".length).split("/");
      const name = below.slice(0, below[0]?.startsWith("@") === true ? 2 : 1).join("/");
      folders.add(`${path.slice(0, at)}node_modules/${name}`);
    }
  return [...folders].map(packageAt).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function packageAt(folder: string): Package {
  const text = readFileSync(join(root, folder, "package.json"), "utf8");
  const { name, version, license } = JSON.parse(text) as Omit<Package, "folder">;
  return { name, version, folder, ...(license === undefined ? {} : { license }) };
}

const npmUrl = (name: string, version: string): string =>
  `pkg:npm/${name.replace("@", "%40")}@${version}`;

/** Integrity of npm's lock, as CycloneDX writes it. */
function hashOf(folder: string): object {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
  };
  const integrity = lock.packages[folder]?.integrity;
  if (integrity?.startsWith("sha512-") !== true) return {};
  const content = Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex");
  return { hashes: [{ alg: "SHA-512", content }] };
}

function component({ name, version, license, folder }: Package): object {
  return {
    ...{ type: "library", "bom-ref": npmUrl(name, version), name, version },
    ...(license === undefined ? {} : { licenses: [{ license: { id: license } }] }),
    ...{ purl: npmUrl(name, version), ...hashOf(folder) },
  };
}

/** What the image holds beside the bundle. */
function runtimeComponents(): readonly object[] {
  const node = {
    ...{ type: "platform", name: "node", version: pins.node.version },
    ...{ "bom-ref": "node", purl: `pkg:generic/node@${pins.node.version}` },
  };
  const libraries = Object.entries(pins.debian).flatMap(([architecture, all]) =>
    all.map(({ name, version, sha256: content }) => {
      const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
      const hashes = [{ alg: "SHA-256", content }];
      return { type: "library", "bom-ref": purl, name, version, purl, hashes };
    }),
  );
  return [node, ...libraries];
}

export function sbom(metafile: Metafile, version: string, bundle: Buffer): string {
  const own = {
    ...{ type: "application", "bom-ref": "nova-pci-operator", name: "nova-pci-operator", version },
    purl: npmUrl("nova-pci", version),
    licenses: [{ license: { id: "Apache-2.0" } }],
    hashes: [{ alg: "SHA-256", content: sha256(bundle) }],
  };
  const document = {
    ...{ bomFormat: "CycloneDX", specVersion: "1.6", version: 1 },
    metadata: { component: own },
    components: [...packagesIn(metafile).map(component), ...runtimeComponents()],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

export function notices(metafile: Metafile): string {
  const texts = packagesIn(metafile).map(({ name, version, license, folder }) => {
    const file = readdirSync(join(root, folder))
      .filter((one) => /^(licen[cs]e|copying)/i.test(one))
      .sort()[0];
    const path = file === undefined ? undefined : join(root, folder, file);
    const text = path !== undefined && existsSync(path) ? readFileSync(path, "utf8").trim() : "";
    return `${name} ${version} (${license ?? "see its source"})\n\n${text}\n`;
  });
  return ["Packages that nova-pci.js is made of beside its own code.\n", ...texts].join(
    `\n${"-".repeat(80)}\n\n`,
  );
}
