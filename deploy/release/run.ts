// A release, made by one command from one commit: dist/release/ with the image for both
// architectures, manifests, chart, command line, schemas, list of contents, checksums and notes.
// Equal commits give equal bytes: nothing here knows the time or the machine.
//   npm run release -- --image REGISTRY/NAME [--version V] [--out DIR] [--push]
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Metafile } from "esbuild";
import { bundle } from "../image/bundle.js";
import { contents } from "../image/contents.ts";
import { addBlob, addImage, archive, mediaTypes, sha256, type Blobs } from "../image/oci.ts";
import { tarGz } from "../image/tar.ts";
import { chartPackage } from "./chart.ts";
import { root } from "./kustomize.ts";
import { manifests } from "./manifests.ts";
import { releaseNotes } from "./notes.ts";
import { krewManifest, npmPackage, pluginArchive } from "./packages.ts";
import { architectures, pins, runtimeFor } from "./pins.ts";
import { ReleaseProblem } from "./problem.ts";
import { publishedImage } from "./publication.ts";
import { push, repositoryOf } from "./push.ts";
import { notices, sbom } from "./sbom.ts";
import { schemaFiles } from "./schemas.ts";

type Files = Map<string, Buffer>;
type Wanted = { readonly image: string; readonly version: string };
type Programs = { readonly image: string; readonly cli: Buffer; readonly metafile: Metafile };

const help = `npm run release -- --image REGISTRY/NAME [--version V] [--out DIR] [--push]

Writes dist/release/. --push sends image and chart to the registry, which may want
REGISTRY_USERNAME and REGISTRY_PASSWORD.
`;

async function programs(folder: string, version: string): Promise<Programs> {
  const image = join(folder, "nova-pci.js");
  const small = join(folder, "cli.js");
  await bundle({ outfile: image, version });
  const metafile = await bundle({ outfile: small, version, minify: true });
  return { image, cli: readFileSync(small), metafile };
}

type ImageIndex = { readonly blobs: Blobs; readonly order: ReturnType<typeof addImage>[] };

function imageIndex(program: string, version: string): ImageIndex {
  const blobs: Blobs = new Map();
  const each = architectures.map((architecture) => {
    const runtime = runtimeFor(architecture);
    const files = contents(runtime, program, version);
    return addImage(blobs, { runtime, contents: files, version, compress: true });
  });
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: each };
  return { blobs, order: [...each, addBlob(blobs, mediaTypes.index, index)] };
}

/** An OCI artifact as Helm pulls it: helm install NAME oci://REGISTRY/.../charts/nova-pci-operator */
function chartArtifact(chart: Buffer, version: string) {
  const blobs: Blobs = new Map();
  const config = addBlob(blobs, "application/vnd.cncf.helm.config.v1+json", {
    ...{ apiVersion: "v2", name: "nova-pci-operator", version, appVersion: version },
    type: "application",
  });
  const type = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
  const manifest = addBlob(blobs, mediaTypes.manifest, {
    ...{ schemaVersion: 2, mediaType: mediaTypes.manifest, config },
    layers: [addBlob(blobs, type, chart)],
  });
  return { blobs, manifests: [manifest], tag: version };
}

function describe(files: Files, { image, version }: Wanted, parts: Programs): void {
  const set = (name: string, content: string | Buffer): void =>
    void files.set(name, Buffer.from(content));
  const program = { version, bundle: parts.cli, notices: notices(parts.metafile) };
  set(`nova-pci-${version}.tgz`, npmPackage(program));
  const plugin = `kubectl-nova_pci-${version}.tar.gz`;
  set(plugin, pluginArchive(program));
  set("nova-pci.yaml", krewManifest(version, plugin, files.get(plugin)!));
  for (const [name, text] of manifests(image)) set(name, text);
  const schemas = schemaFiles().map(([name, content]) => ({ path: name, content }));
  set(`schemas-${version}.tar.gz`, tarGz(schemas));
  set("sbom.cdx.json", sbom(parts.metafile, version, readFileSync(parts.image)));
  set("RELEASE_NOTES.md", releaseNotes(version, image));
}

async function release(wanted: Wanted, out: string, pushed: boolean): Promise<void> {
  const repository = repositoryOf(wanted.image);
  if (process.version !== `v${pins.node.version}`)
    throw new ReleaseProblem(
      `this is Node ${process.version}, pins.json has ${pins.node.version}, and archives depend on it: ` +
        "start with npm run release, after npm ci; when npm ci brings a newer one, node deploy/release/update-pins.ts",
    );
  const folder = mkdtempSync(join(tmpdir(), "nova-pci-release-"));
  try {
    const parts = await programs(folder, wanted.version);
    const { blobs, order } = imageIndex(parts.image, wanted.version);
    const index = order.at(-1)!;
    const chart = chartPackage({ repository: wanted.image, digest: index.digest }, wanted.version);
    const files: Files = new Map();
    const named = { "org.opencontainers.image.ref.name": `${wanted.image}:${wanted.version}` };
    const top = [{ ...index, annotations: named }];
    files.set(`image-${wanted.version}.tar`, Buffer.concat([...archive(blobs, top)]));
    files.set(`nova-pci-operator-${wanted.version}.tgz`, chart);
    describe(files, { ...wanted, image: `${wanted.image}@${index.digest}` }, parts);
    write(files, out);
    if (!pushed) return;
    await push(repository, { blobs, manifests: order, tag: wanted.version });
    const charts = { ...repository, name: join(repository.name, "../charts/nova-pci-operator") };
    await push(charts, chartArtifact(chart, wanted.version));
    process.stdout.write(
      `pushed ${wanted.image}:${wanted.version} (${index.digest}) and its chart\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function write(files: Files, out: string): void {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  const sums = sorted.map(([name, content]) => `${sha256(content)}  ${name}\n`).join("");
  for (const [name, content] of [...sorted, ["SHA256SUMS", Buffer.from(sums)] as const]) {
    writeFileSync(join(out, name), content);
    process.stdout.write(`${String(content.length).padStart(10)}  ${join(out, name)}\n`);
  }
}

async function main(): Promise<number> {
  const text = readFileSync(join(root, "package.json"), "utf8");
  const own = JSON.parse(text) as { readonly version: string };
  try {
    const { values } = parseArgs({
      options: {
        image: { type: "string", default: publishedImage },
        version: { type: "string", default: own.version },
        out: { type: "string", default: join(root, "dist/release") },
        push: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return process.stdout.write(help) ? 0 : 1;
    if (values.image === "") throw new ReleaseProblem("--image REGISTRY/NAME is missing");
    if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(values.version))
      throw new ReleaseProblem(`--version ${values.version}: write it as 1.2.3 or 1.2.3-rc.1`);
    await release(values, values.out, values.push);
    return 0;
  } catch (error) {
    const usage = error instanceof TypeError && "code" in error;
    if (!(error instanceof ReleaseProblem) && !usage) throw error;
    process.stderr.write(`release: ${error.message}\n`);
    return usage ? 2 : 1;
  }
}

process.exitCode = await main();
