// Images of containers without a registry: OCI image archives that `ctr images import` takes. Those
// of the nodes are one static busybox each, and Nova's programs come from the node by hostPath; one
// with Nova itself is made for the step that asks an image without a node behind it.
import { createHash } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Installed } from "../openstack/install.ts";
import { run } from "./processes.ts";

const oci = "application/vnd.oci.image";
const busybox = "/usr/bin/busybox";
const applets = ["sh", "cat", "ls", "sleep", "id", "env", "mkdir", "touch", "grep", "tail"];

/** Writes an image NAME with the entry point, and returns the archive's path. */
export async function busyboxImage(
  folder: string,
  name: string,
  entrypoint: readonly string[],
): Promise<string> {
  const rootfs = join(folder, `${base(name)}-root`);
  for (const below of ["bin", "etc", "tmp", "proc", "sys", "dev", "var", "run", "usr", "root"])
    mkdirSync(join(rootfs, below), { recursive: true });
  copyFileSync(busybox, join(rootfs, "bin/busybox"));
  for (const applet of applets) symlinkSync("busybox", join(rootfs, "bin", applet));
  writeFileSync(join(rootfs, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  writeFileSync(join(rootfs, "etc/group"), "root:x:0:\n");
  const layer = join(folder, `${base(name)}-layer.tar`);
  await run("tar", ["-C", rootfs, "--owner=0", "--group=0", "-cf", layer, "."]);
  return packed(folder, name, { layers: [layer], entrypoint, path: "/bin:/usr/bin" });
}

/** The busybox image of this name with an installed Nova in it, readable for everybody. */
export async function novaImage(
  folder: string,
  name: string,
  { nova, pythonRoot }: Installed,
): Promise<string> {
  const entrypoint = ["/bin/sh"];
  await busyboxImage(folder, name, entrypoint);
  const below = `${base(name)}-layer.tar`;
  const layer = join(folder, `nova-${below}`);
  const [version] = readdirSync(join(pythonRoot, "lib")).filter((file) =>
    /^python3\.\d+$/.test(file),
  );
  const library = join(pythonRoot, "lib", version!);
  const programs = [version!, "python3"].map((text) => join(pythonRoot, "bin", text));
  const tar = ["-C", "/", "--owner=0", "--group=0", "--mode=a+rX"];
  const dropped = [...unneeded, `${library}/test`, `${library}/site-packages`].map(
    (text) => `--exclude=${fromRoot(text)}`,
  );
  const whole = [nova, library, ...programs].map(fromRoot);
  await run("tar", [...tar, ...dropped, "-cf", layer, ...whole]);
  const libraries = await loadedBy([programs[0]!, join(library, "lib-dynload"), nova]);
  await run("tar", [...tar, "-h", "-rf", layer, ...libraries.map(fromRoot)]);
  const path = `/bin:/usr/bin:${nova}/bin`;
  return packed(folder, name, { layers: [join(folder, below), layer], entrypoint, path });
}

/** What Nova does not need to read its configuration: half of it. */
const unneeded = ["*/tests", "*/idlelib", "*/config-3*", "*/site-packages/pip", "*/numpy*"];

const fromRoot = (path: string): string => path.replace(/^\//, "");

/** Libraries of the machine that these programs, and what lies in these folders, load. */
async function loadedBy(places: readonly string[]): Promise<readonly string[]> {
  const named = await run("find", [...places, "-name", "*.so*", "-type", "f"]);
  const programs = [places[0]!, ...named.split("\n").filter((line) => line !== "")];
  const said = await run("sh", ["-c", 'ldd "$@" 2>/dev/null || true', "ldd", ...programs]);
  const found = [...said.matchAll(/(?:=> |^\s+)(\/\S+) \(/gm)].map((match) => match[1]!);
  return [...new Set(found)].filter((text) => !places.some((at) => text.startsWith(`${at}/`)));
}

type Content = {
  readonly layers: readonly string[];
  readonly entrypoint: readonly string[];
  readonly path: string;
};

const base = (name: string): string => name.replaceAll(/[^a-z0-9]+/g, "-");

async function packed(folder: string, name: string, content: Content): Promise<string> {
  const archive = join(folder, base(name));
  const blobs = join(archive, "blobs/sha256");
  rmSync(archive, { recursive: true, force: true });
  mkdirSync(blobs, { recursive: true });
  const layers = content.layers.map((file) => {
    const hex = digestOf(readFileSync(file));
    copyFileSync(file, join(blobs, hex));
    const size = statSync(file).size;
    return { mediaType: `${oci}.layer.v1.tar`, digest: `sha256:${hex}`, size };
  });
  const config = blob(blobs, {
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config: { Entrypoint: content.entrypoint, Env: [`PATH=${content.path}`] },
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.digest) },
  });
  const manifest = blob(blobs, {
    schemaVersion: 2,
    mediaType: `${oci}.manifest.v1+json`,
    config: { mediaType: `${oci}.config.v1+json`, ...config },
    layers,
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
  const file = join(folder, `${base(name)}.tar`);
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
