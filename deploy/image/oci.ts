// The image as OCI knows it: layer, configuration, manifest, and the index over architectures.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf, folders, modeOfFolder, type Contents, type Runtime } from "./contents.ts";
import { foldersAbove, gzipped, tar } from "./tar.ts";

const oci = "application/vnd.oci.image";
export const mediaTypes = {
  index: `${oci}.index.v1+json`,
  manifest: `${oci}.manifest.v1+json`,
  config: `${oci}.config.v1+json`,
  layer: `${oci}.layer.v1.tar`,
} as const;

export type Descriptor = {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: "linux" };
  readonly annotations?: Readonly<Record<string, string>>;
};
/** Digest -> content. */
export type Blobs = Map<string, Buffer>;

/**
 * How the program is started. Small steps for both generations of the heap: what a plan leaves behind
 * is garbage, and by itself V8 lets it grow to several times what is alive (measured with
 * `npm run bench -- memory`). One arena of glibc, not one for each thread of Node.
 */
const command = JSON.parse(readFileSync(join(import.meta.dirname, "command.json"), "utf8")) as {
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

export const sha256 = (bytes: Buffer | string): string =>
  createHash("sha256").update(bytes).digest("hex");

export function addBlob(blobs: Blobs, mediaType: string, content: Buffer | object): Descriptor {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
  const digest = `sha256:${sha256(bytes)}`;
  blobs.set(digest, bytes);
  return { mediaType, digest, size: bytes.length };
}

function layerOf(contents: Contents): Buffer {
  const files = [...contents].map(([path, entry]) => ({
    path: path.slice(1),
    content: bytesOf(entry),
    mode: entry.mode,
  }));
  const above = foldersAbove(contents.keys(), folders).map((folder) => ({
    path: folder.slice(1),
    mode: modeOfFolder(folder),
  }));
  return Buffer.concat([...tar(files, above)]);
}

type Image = {
  readonly runtime: Runtime;
  readonly contents: Contents;
  readonly version: string;
  readonly compress: boolean;
};

/** Adds the blobs of one architecture and returns its manifest. */
export function addImage(blobs: Blobs, image: Image): Descriptor {
  const { architecture } = image.runtime;
  const platform = { architecture, os: "linux" } as const;
  const content = layerOf(image.contents);
  const layer = image.compress
    ? addBlob(blobs, `${mediaTypes.layer}+gzip`, gzipped(content))
    : addBlob(blobs, mediaTypes.layer, content);
  const environment = Object.entries(command.environment).map((pair) => pair.join("="));
  const config = addBlob(blobs, mediaTypes.config, {
    ...platform,
    config: {
      User: "65534:65534",
      Entrypoint: ["/bin/node", ...command.flags, "/app/nova-pci.js"],
      Env: ["PATH=/bin", "NODE_ENV=production", ...environment],
      WorkingDir: "/app",
      Labels: {
        "org.opencontainers.image.title": "nova-pci-operator",
        "org.opencontainers.image.version": image.version,
        "org.opencontainers.image.licenses": "Apache-2.0",
      },
    },
    rootfs: { type: "layers", diff_ids: [`sha256:${sha256(content)}`] },
  });
  const manifest = addBlob(blobs, mediaTypes.manifest, {
    ...{ schemaVersion: 2, mediaType: mediaTypes.manifest },
    ...{ config, layers: [layer] },
  });
  return { ...manifest, platform };
}

/** An OCI archive (ctr images import, skopeo, podman load). */
export function* archive(blobs: Blobs, manifests: readonly Descriptor[]): Generator<Buffer> {
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
  yield* tar([
    { path: "oci-layout", content: JSON.stringify({ imageLayoutVersion: "1.0.0" }) },
    { path: "index.json", content: JSON.stringify(index) },
    ...[...blobs].map(([digest, content]) => ({
      path: `blobs/sha256/${digest.replace("sha256:", "")}`,
      content,
    })),
  ]);
}
