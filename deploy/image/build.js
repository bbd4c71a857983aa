// Answers "what is in the image?": the bundle, the Node that npm pinned, the libraries it links and
// nothing else; no shell, no package manager. Needs no container engine. Equal input gives an equal
// archive to the byte.
//   node deploy/image/build.js [--out FILE]   an OCI archive (ctr images import, skopeo, podman load)
//   node deploy/image/build.js --rootfs DIR   the files alone (the Dockerfile copies them)
//   --program FILE                            a bundle that is there instead of a new one
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

const root = join(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const name = `nova-pci-operator:${version}`;
const { values } = parseArgs({
  options: { out: { type: "string" }, rootfs: { type: "string" }, program: { type: "string" } },
});
// Small steps for both generations of the heap: what a plan leaves behind is garbage, and by itself V8
// lets it grow to several times what is alive (measured with `npm run bench -- memory`). One arena of
// glibc, not one for each thread of Node.
const command = JSON.parse(readFileSync(join(import.meta.dirname, "command.json"), "utf8"));
const environment = Object.entries(command.environment).map((pair) => pair.join("="));
const program = values.program ?? join(root, "dist/nova-pci.js");

/** Path in the image -> file here, or its text. */
function contents() {
  const node = realpathSync(join(root, "node_modules/node/bin/node"));
  const files = new Map([
    ["/bin/node", { file: node, mode: 0o755 }],
    ["/app/nova-pci.js", { file: program, mode: 0o644 }],
    ["/app/package.json", { text: JSON.stringify({ type: "module", version }), mode: 0o644 }],
    ["/etc/passwd", { text: "nobody:x:65534:65534:nobody:/:/sbin/nologin\n", mode: 0o644 }],
    // Without it glibc asks DNS before /etc/hosts.
    ["/etc/nsswitch.conf", { text: "hosts: files dns\n", mode: 0o644 }],
    ["/etc/group", { text: "nogroup:x:65534:\n", mode: 0o644 }],
  ]);
  for (const library of librariesOf(node)) files.set(library, { file: library, mode: 0o755 });
  return files;
}

function librariesOf(executable) {
  const listed = execFileSync("ldd", [executable], { encoding: "utf8" });
  const linked = [...listed.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]);
  // Name resolution: separate libraries before glibc 2.34, opened by name.
  const libc = linked.find((path) => path.includes("/libc.so"));
  const resolvers = ["libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"]
    .map((file) => join(dirname(libc ?? "/lib/x"), file))
    .filter((path) => existsSync(path));
  return [...new Set([...linked, ...resolvers])].sort();
}

const folders = ["/app", "/bin", "/dev", "/etc", "/proc", "/sys", "/tmp"];

/** Every folder above a file, parents first. */
function foldersOf(files) {
  const all = new Set(folders);
  for (const path of files.keys())
    for (let at = dirname(path); at !== "/"; at = dirname(at)) all.add(at);
  return [...all].sort();
}

const modeOf = (folder) => (folder === "/tmp" ? 0o1777 : 0o755);
const bytesOf = (entry) => (entry.text === undefined ? readFileSync(entry.file) : entry.text);

function writeRootfs(target) {
  const files = contents();
  for (const folder of foldersOf(files)) {
    mkdirSync(join(target, folder), { recursive: true });
    chmodSync(join(target, folder), modeOf(folder));
  }
  for (const [path, entry] of files) {
    writeFileSync(join(target, path), bytesOf(entry));
    chmodSync(join(target, path), entry.mode);
  }
}

/** One entry of a ustar archive; no times and no owners, so that equal files give equal bytes. */
function tarHeader(path, { mode, size, type }) {
  const header = Buffer.alloc(512);
  const octal = (value, width) => `${value.toString(8).padStart(width - 1, "0")}\0`;
  if (Buffer.byteLength(path) > 100) throw new Error(`the path is too long for ustar: ${path}`);
  header.write(path, 0);
  header.write(octal(mode, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(0, 12), 136);
  header.write("        ", 148);
  header.write(type, 156);
  header.write("ustar\0" + "00", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

function* tarFile(path, content, mode = 0o644) {
  const bytes = Buffer.from(content);
  yield tarHeader(path, { mode, size: bytes.length, type: "0" });
  yield bytes;
  yield Buffer.alloc((512 - (bytes.length % 512)) % 512);
}

function* layer() {
  const files = contents();
  for (const folder of foldersOf(files))
    yield tarHeader(`${folder.slice(1)}/`, { mode: modeOf(folder), size: 0, type: "5" });
  for (const [path, entry] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    yield* tarFile(path.slice(1), bytesOf(entry), entry.mode);
  yield Buffer.alloc(1024);
}

const digestOf = (bytes) => createHash("sha256").update(bytes).digest("hex");
const oci = "application/vnd.oci.image";

function* archive() {
  const content = Buffer.concat([...layer()]);
  const blobs = new Map();
  const blob = (mediaType, bytes) => {
    const hex = digestOf(bytes);
    blobs.set(hex, bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const json = (mediaType, value) => blob(mediaType, Buffer.from(JSON.stringify(value)));
  const platform = { architecture: process.arch === "arm64" ? "arm64" : "amd64", os: "linux" };
  const tar = blob(`${oci}.layer.v1.tar`, content);
  const config = json(`${oci}.config.v1+json`, {
    ...platform,
    config: {
      User: "65534:65534",
      Entrypoint: ["/bin/node", ...command.flags, "/app/nova-pci.js"],
      Env: ["PATH=/bin", "NODE_ENV=production", ...environment],
      WorkingDir: "/app",
      Labels: {
        "org.opencontainers.image.title": "nova-pci-operator",
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.licenses": "Apache-2.0",
      },
    },
    rootfs: { type: "layers", diff_ids: [tar.digest] },
  });
  const manifest = json(`${oci}.manifest.v1+json`, {
    ...{ schemaVersion: 2, mediaType: `${oci}.manifest.v1+json` },
    ...{ config, layers: [tar] },
  });
  // Kubelets resolve a name without a registry to this one.
  const annotations = {
    "io.containerd.image.name": `docker.io/library/${name}`,
    "org.opencontainers.image.ref.name": version,
  };
  yield* tarFile("oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const manifests = [{ ...manifest, platform, annotations }];
  yield* tarFile("index.json", JSON.stringify({ schemaVersion: 2, manifests }));
  for (const [hex, bytes] of blobs) yield* tarFile(`blobs/sha256/${hex}`, bytes);
  yield Buffer.alloc(1024);
}

if (values.program === undefined)
  execFileSync(process.execPath, [join(import.meta.dirname, "bundle.js")], { stdio: "inherit" });
if (values.rootfs !== undefined) writeRootfs(values.rootfs);
else {
  const out = values.out ?? join(root, `dist/nova-pci-operator-${version}.tar`);
  const file = openSync(out, "w");
  for (const chunk of archive()) writeSync(file, chunk);
  closeSync(file);
  process.stdout.write(`${out}\n`);
}
