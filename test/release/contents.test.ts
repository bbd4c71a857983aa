// The command line as it is released: what is in the one file, that the list of contents names all of
// it, and that the packages are small and need nothing.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { load } from "js-yaml";
import { bundle } from "../../deploy/image/bundle.js";
import { krewManifest, npmPackage, pluginArchive } from "../../deploy/release/packages.ts";
import { notices, sbom } from "../../deploy/release/sbom.ts";
import { sha256 } from "../../deploy/image/oci.ts";

type Component = {
  readonly name: string;
  readonly purl: string;
  readonly hashes?: readonly object[];
};
const componentsOf = (document: string): readonly Component[] =>
  (JSON.parse(document) as { readonly components: readonly Component[] }).components;

const version = "9.8.7-test.1";
let folder: string;
let metafile: Metafile;
let whole: string;
let program: { version: string; bundle: Buffer; notices: string };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "nova-pci-contents-"));
  await bundle({ outfile: join(folder, "whole.js"), version });
  metafile = await bundle({ outfile: join(folder, "cli.js"), version, minify: true });
  whole = readFileSync(join(folder, "whole.js"), "utf8");
  const small = readFileSync(join(folder, "cli.js"));
  program = { version, bundle: small, notices: notices(metafile) };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** esbuild writes above each module where it came from: another witness than its metafile. */
const packagesByComment = (): readonly string[] => {
  const found = [...whole.matchAll(/^\/\/ (?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/\s]+)\//gm)];
  return [...new Set(found.map((match) => match[1]!))].sort();
};

describe("the list of contents", () => {
  test("names every package of the bundle, its version, its licence and its hash", () => {
    const components = componentsOf(sbom(metafile, version, program.bundle));
    const listed = components.filter((component) => component.purl.startsWith("pkg:npm/"));
    const inBundle = packagesByComment();
    expect(inBundle).toEqual(expect.arrayContaining(["@kubernetes/client-node", "ajv", "undici"]));
    const names = [...new Set(listed.map((component) => component.name))].sort();
    expect(names).toEqual(inBundle);
    for (const component of listed) {
      expect(component).toMatchObject({
        version: expect.any(String),
        licenses: [expect.anything()],
      });
      expect(component.hashes).toEqual([
        { alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) },
      ]);
    }
  });

  test("names Node and the libraries of both architectures", () => {
    const components = componentsOf(sbom(metafile, version, program.bundle));
    const purls = components.map((component) => component.purl);
    expect(purls.some((purl) => purl.startsWith("pkg:generic/node@24."))).toBe(true);
    for (const architecture of ["amd64", "arm64"])
      expect(
        purls.filter((purl) => purl.endsWith(`?arch=${architecture}`)).length,
      ).toBeGreaterThanOrEqual(3);
  });

  test("and the package carries the licences' texts", () => {
    for (const name of packagesByComment())
      expect(program.notices).toMatch(new RegExp(`^${name} \\d`, "m"));
  });
});

test("the bundle of the image is at most 5 MB", () => {
  expect(whole.length).toBeLessThan(5_000_000);
});

describe("the npm package", () => {
  const unpacked = (): string => {
    writeFileSync(join(folder, "cli.tgz"), npmPackage(program));
    execFileSync("tar", ["-xzf", "cli.tgz"], { cwd: folder });
    return join(folder, "package");
  };

  test("is at most 3 MB, packed and unpacked, without dependencies and scripts", () => {
    const manifest = JSON.parse(readFileSync(join(unpacked(), "package.json"), "utf8"));
    expect(Object.keys(manifest)).not.toContain("dependencies");
    expect(Object.keys(manifest)).not.toContain("scripts");
    expect(program.bundle.length).toBeLessThan(3_000_000);
  });

  test("runs from there and says its version", () => {
    const file = join(unpacked(), "nova-pci.js");
    expect(execFileSync(process.execPath, [file, "--version"], { encoding: "utf8" })).toBe(
      `nova-pci ${version}\n`,
    );
    const examples = join(import.meta.dirname, "../../deploy/examples");
    const linted = spawnSync(process.execPath, [file, "lint", "-f", examples]);
    expect(linted.status).toBe(0);
  });
});

test("the kubectl plugin runs through a link of krew, and its manifest has its hash", () => {
  const archive = pluginArchive(program);
  writeFileSync(join(folder, "plugin.tgz"), archive);
  execFileSync("mkdir", ["-p", join(folder, "store"), join(folder, "bin")]);
  execFileSync("tar", ["-xzf", join(folder, "plugin.tgz"), "-C", join(folder, "store")]);
  const link = join(folder, "bin/kubectl-nova_pci");
  execFileSync("ln", ["-s", "../store/kubectl-nova_pci", link]);
  const said = execFileSync(process.execPath, [link, "--version"], { encoding: "utf8" });
  expect(said).toBe(`nova-pci ${version}\n`);
  const manifest = load(krewManifest(version, "plugin.tgz", archive)) as {
    spec: { version: string; platforms: { sha256: string; bin: string }[] };
  };
  expect(manifest.spec.version).toBe(`v${version}`);
  for (const platform of manifest.spec.platforms) {
    expect(platform.sha256).toBe(sha256(archive));
    expect(platform.bin).toBe("kubectl-nova_pci");
  }
});

test("a Node that is too old gets one sentence and no stack", () => {
  const check = /^\{ const \[major[^]*?process\.exit\(2\); \} \}$/m.exec(whole)?.[0] ?? "";
  const asked = check.replace("process.versions.node.split", '"20.20.2".split');
  expect(asked).not.toBe(check);
  const { status, stderr } = spawnSync(process.execPath, ["-e", asked], { encoding: "utf8" });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^nova-pci needs Node\.js 22\.19 or newer; this is [\d.]+\n$/);
});
