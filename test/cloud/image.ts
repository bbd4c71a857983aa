// Images of containers without a registry: packs one static busybox as an OCI image archive that
// `ctr images import` takes. Nova's programs come from the node by hostPath.
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { run } from "./processes.ts";

const busybox = "/usr/bin/busybox";
const applets = ["sh", "cat", "ls", "sleep", "id", "env", "mkdir", "touch", "grep", "tail"];

/** Writes an image NAME with the entry point, and returns the archive's path. */
export async function busyboxImage(
  folder: string,
  name: string,
  entrypoint: readonly string[],
): Promise<string> {
  const base = name.replaceAll(/[^a-z0-9]+/g, "-");
  const rootfs = join(folder, `${base}-root`);
  for (const below of ["bin", "etc", "tmp", "proc", "sys", "dev", "var", "run", "usr", "root"])
    mkdirSync(join(rootfs, below), { recursive: true });
  copyFileSync(busybox, join(rootfs, "bin/busybox"));
  for (const applet of applets) symlinkSync("busybox", join(rootfs, "bin", applet));
  writeFileSync(join(rootfs, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  writeFileSync(join(rootfs, "etc/group"), "root:x:0:\n");

  const archive = join(folder, base);
  const blobs = join(archive, "blobs/sha256");
  mkdirSync(blobs, { recursive: true });
  const layerFile = join(folder, `${base}-layer.tar`);
  await run("tar", ["-C", rootfs, "--owner=0", "--group=0", "-cf", layerFile, "."]);
  const layer = digestOf(readFileSync(layerFile));
  copyFileSync(layerFile, join(blobs, layer));

  const config = blob(blobs, {
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config: { Entrypoint: entrypoint, Env: ["PATH=/bin:/usr/bin"] },
    rootfs: { type: "layers", diff_ids: [`sha256:${layer}`] },
  });
  const oci = "application/vnd.oci.image";
  const manifest = blob(blobs, {
    schemaVersion: 2,
    mediaType: `${oci}.manifest.v1+json`,
    config: { mediaType: `${oci}.config.v1+json`, ...config },
    layers: [
      {
        mediaType: `${oci}.layer.v1.tar`,
        digest: `sha256:${layer}`,
        size: statSync(layerFile).size,
      },
    ],
  });
  const annotations = {
    "io.containerd.image.name": name,
    "org.opencontainers.image.ref.name": name.slice(name.lastIndexOf(":") + 1),
  };
  const entry = { mediaType: `${oci}.manifest.v1+json`, ...manifest, annotations };
  writeFileSync(join(archive, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(archive, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [entry] }),
  );
  const file = join(folder, `${base}.tar`);
  await run("tar", ["-C", archive, "-cf", file, "."]);
  return file;
}

function blob(folder: string, content: unknown): { digest: string; size: number } {
  const bytes = Buffer.from(JSON.stringify(content));
  const hex = digestOf(bytes);
  writeFileSync(join(folder, hex), bytes);
  return { digest: `sha256:${hex}`, size: bytes.length };
}

function digestOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
