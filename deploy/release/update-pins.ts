// Writes pins.json anew: the Node that npm installed here, and what Debian's sources of this machine
// serve now. Run it on the Debian release that the image is made of; look at the difference.
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianPackages } from "./apt.ts";
import { architectures, npmName, type Architecture } from "./pins.ts";
import { ran } from "./problem.ts";

const root = join(import.meta.dirname, "../..");
const packages = ["libc6", "libgcc-s1", "libstdc++6"];
const folder = mkdtempSync(join(tmpdir(), "nova-pci-pins-"));

function nodeHash(architecture: Architecture, version: string): string {
  const name = `${npmName[architecture]}@${version}`;
  const integrity = ran("npm", ["view", name, "dist.integrity"], folder).trim();
  return Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex");
}

function libraries(architecture: Architecture): readonly object[] {
  return debianPackages(architecture, packages, folder).map((file, index) => ({
    name: packages[index],
    version: ran("dpkg-deb", ["-f", file, "Version"], folder).trim(),
    sha256: createHash("sha256").update(readFileSync(file)).digest("hex"),
  }));
}

try {
  const installed = readFileSync(join(root, "node_modules/node/package.json"), "utf8");
  const { version } = JSON.parse(installed) as { readonly version: string };
  const each = <T>(of: (architecture: Architecture) => T): Record<string, T> =>
    Object.fromEntries(architectures.map((one) => [one, of(one)]));
  const sha512 = each((one) => nodeHash(one, version));
  const next = { node: { version, sha512 }, debian: each(libraries) };
  writeFileSync(join(import.meta.dirname, "pins.json"), `${JSON.stringify(next, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
