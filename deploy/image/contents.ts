// What is in the image: the bundle, a Node, the libraries it links and nothing else; no shell, no
// package manager.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "../..");

type Entry = { readonly mode: number } & ({ readonly file: string } | { readonly text: string });
/** Path in the image -> what stands there. */
export type Contents = ReadonlyMap<string, Entry>;

export type Runtime = {
  readonly architecture: "amd64" | "arm64";
  /** A file here. */
  readonly node: string;
  /** Path in the image -> file here. */
  readonly libraries: ReadonlyMap<string, string>;
};

/** This machine's own: the Node that npm pinned, and what it links here. */
export function runtimeHere(): Runtime {
  const node = realpathSync(join(root, "node_modules/node/bin/node"));
  const libraries = new Map(librariesOf(node).map((path) => [path, path]));
  return { architecture: process.arch === "arm64" ? "arm64" : "amd64", node, libraries };
}

function librariesOf(executable: string): readonly string[] {
  const listed = execFileSync("ldd", [executable], { encoding: "utf8" });
  const linked = [...listed.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? "");
  // Name resolution: separate libraries before glibc 2.34, opened by name.
  const libc = linked.find((path) => path.includes("/libc.so"));
  const resolvers = ["libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"]
    .map((file) => join(dirname(libc ?? "/lib/x"), file))
    .filter((path) => existsSync(path));
  return [...new Set([...linked, ...resolvers])].sort();
}

export function contents(runtime: Runtime, program: string, version: string): Contents {
  const manifest = JSON.stringify({ type: "module", version });
  const files = new Map<string, Entry>([
    ["/bin/node", { file: runtime.node, mode: 0o755 }],
    ["/app/nova-pci.js", { file: program, mode: 0o644 }],
    ["/app/package.json", { text: manifest, mode: 0o644 }],
    ["/etc/passwd", { text: "nobody:x:65534:65534:nobody:/:/sbin/nologin\n", mode: 0o644 }],
    // Without it glibc asks DNS before /etc/hosts.
    ["/etc/nsswitch.conf", { text: "hosts: files dns\n", mode: 0o644 }],
    ["/etc/group", { text: "nogroup:x:65534:\n", mode: 0o644 }],
  ]);
  for (const [path, file] of runtime.libraries) files.set(path, { file, mode: 0o755 });
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export const folders = ["/app", "/bin", "/dev", "/etc", "/proc", "/sys", "/tmp"];
export const modeOfFolder = (folder: string): number => (folder === "/tmp" ? 0o1777 : 0o755);
export const bytesOf = (entry: Entry): Buffer =>
  "text" in entry ? Buffer.from(entry.text) : readFileSync(entry.file);
