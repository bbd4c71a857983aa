// The image for this machine's architecture, without a container engine. Equal input gives an equal
// archive to the byte. A release is built of the same parts by deploy/release.
//   node deploy/image/build.js [--out FILE]   an OCI archive (ctr images import, skopeo, podman load)
//   node deploy/image/build.js --rootfs DIR   the files alone (the Dockerfile copies them)
//   --program FILE                            a bundle that is there instead of a new one
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./bundle.js";
import { bytesOf, contents, folders, modeOfFolder, runtimeHere } from "./contents.ts";
import { addImage, archive } from "./oci.ts";
import { foldersAbove } from "./tar.ts";

const root = join(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { values } = parseArgs({
  options: { out: { type: "string" }, rootfs: { type: "string" }, program: { type: "string" } },
});
const program = values.program ?? join(root, "dist/nova-pci.js");

function writeRootfs(files, target) {
  for (const folder of foldersAbove(files.keys(), folders)) {
    mkdirSync(join(target, folder), { recursive: true });
    chmodSync(join(target, folder), modeOfFolder(folder));
  }
  for (const [path, entry] of files) {
    writeFileSync(join(target, path), bytesOf(entry));
    chmodSync(join(target, path), entry.mode);
  }
}

function writeArchive(runtime, files, out) {
  const blobs = new Map();
  const image = { runtime, contents: files, version, compress: false };
  // Kubelets resolve a name without a registry to this one.
  const annotations = {
    "io.containerd.image.name": `docker.io/library/nova-pci-operator:${version}`,
    "org.opencontainers.image.ref.name": version,
  };
  const manifest = { ...addImage(blobs, image), annotations };
  const file = openSync(out, "w");
  for (const chunk of archive(blobs, [manifest])) writeSync(file, chunk);
  closeSync(file);
  process.stdout.write(`${out}\n`);
}

if (values.program === undefined) await bundle({ outfile: program, sourcemap: true });
const runtime = runtimeHere();
const files = contents(runtime, program, version);
if (values.rootfs !== undefined) writeRootfs(files, values.rootfs);
else
  writeArchive(runtime, files, values.out ?? join(root, `dist/nova-pci-operator-${version}.tar`));
