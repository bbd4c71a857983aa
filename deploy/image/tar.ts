// A tar archive (ustar) without times and owners, so that equal files give equal bytes.
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";

export type TarFile = {
  readonly path: string;
  readonly content: Buffer | string;
  readonly mode?: number;
};
type TarFolder = { readonly path: string; readonly mode: number };

const block = 512;
const longestPath = 100;

function header(path: string, mode: number, size: number, type: "0" | "5"): Buffer {
  if (Buffer.byteLength(path) > longestPath)
    throw new Error(`the path is too long for ustar: ${path}`);
  const bytes = Buffer.alloc(block);
  const octal = (value: number, width: number): string =>
    `${value.toString(8).padStart(width - 1, "0")}\0`;
  bytes.write(path, 0);
  bytes.write(octal(mode, 8), 100);
  bytes.write(octal(0, 8), 108);
  bytes.write(octal(0, 8), 116);
  bytes.write(octal(size, 12), 124);
  bytes.write(octal(0, 12), 136);
  bytes.write("        ", 148);
  bytes.write(type, 156);
  bytes.write("ustar\0" + "00", 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}

/** Folders first, then files; both in the order given. */
export function* tar(
  files: readonly TarFile[],
  folders: readonly TarFolder[] = [],
): Generator<Buffer> {
  for (const { path, mode } of folders) yield header(`${path}/`, mode, 0, "5");
  for (const { path, content, mode = 0o644 } of files) {
    const bytes = Buffer.from(content);
    yield header(path, mode, bytes.length, "0");
    yield bytes;
    yield Buffer.alloc((block - (bytes.length % block)) % block);
  }
  yield Buffer.alloc(2 * block);
}

/** A .tgz; its bytes depend on the files and on the zlib of this Node alone. */
export function tarGz(files: readonly TarFile[]): Buffer {
  return gzipped(Buffer.concat([...tar(files)]));
}

export function gzipped(bytes: Buffer): Buffer {
  const packed = gzipSync(bytes, { level: 9 });
  // The byte that names the system that packed it.
  packed[9] = 0xff;
  return packed;
}

/** Every folder above the files, and the wanted ones; parents first. */
export function foldersAbove(
  paths: Iterable<string>,
  wanted: readonly string[] = [],
): readonly string[] {
  const all = new Set(wanted);
  for (const path of paths)
    for (let at = dirname(path); at !== "/" && at !== "."; at = dirname(at)) all.add(at);
  return [...all].sort();
}
