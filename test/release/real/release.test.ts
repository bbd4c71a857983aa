// A whole release, made twice from one commit and sent to a real registry.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import type { Json } from "../../control-plane/client.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { controlPlaneBinaries } from "../../control-plane/build.ts";
import { freePorts, until } from "../../control-plane/processes.ts";
import { registryCommand } from "../registry.ts";
import { builtTool } from "../tools.ts";

const root = join(import.meta.dirname, "../../..");

controlPlaneLane("release", () => {
  let folder: string;
  let registry: ChildProcess;
  let host: string;
  let image: string;
  let kubectl: string;
  const version = "0.9.0-test.1";
  const make = (out: string, ...more: readonly string[]) =>
    spawnSync(
      process.execPath,
      [
        ...["--no-warnings", join(root, "deploy/release/run.ts"), "--image", image],
        ...["--version", version, "--out", join(folder, out), ...more],
      ],
      { encoding: "utf8", env: { ...process.env, KUBECTL: kubectl } },
    );

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "nova-pci-release-"));
    kubectl = join(await controlPlaneBinaries(), "kubectl");
    const [port] = await freePorts(1);
    host = `127.0.0.1:${String(port)}`;
    image = `${host}/team/nova-pci-operator`;
    const { command, env } = registryCommand(builtTool("registry"), folder, host);
    registry = spawn(command[0], command.slice(1), {
      env: { ...process.env, ...env },
      stdio: "ignore",
    });
    await until("the registry", async () => (await fetch(`http://${host}/v2/`)).ok || undefined);
  });
  afterAll(() => {
    registry.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  const hashes = (out: string): Readonly<Record<string, string>> =>
    Object.fromEntries(
      readdirSync(join(folder, out)).map((name) => [
        name,
        createHash("sha256")
          .update(readFileSync(join(folder, out, name)))
          .digest("hex"),
      ]),
    );
  const manifest = async (reference: string): Promise<Json> => {
    const accept = [
      "application/vnd.oci.image.index.v1+json",
      "application/vnd.oci.image.manifest.v1+json",
    ].join(", ");
    const answer = await fetch(`http://${host}/v2/team/nova-pci-operator/manifests/${reference}`, {
      headers: { accept },
    });
    expect(answer.status).toBe(200);
    return answer.json();
  };

  test("two releases of one commit are equal to the byte, and checksums name every file", () => {
    for (const out of ["one", "two"]) {
      const { status, stderr } = make(out, ...(out === "one" ? ["--push"] : []));
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    }
    const [item, two] = [hashes("one"), hashes("two")];
    expect(item).toEqual(two);
    const sums = readFileSync(join(folder, "one/SHA256SUMS"), "utf8");
    const { SHA256SUMS: _own, ...others } = item;
    expect(
      Object.fromEntries(
        sums
          .trim()
          .split("\n")
          .map((line) => line.split("  ").reverse()),
      ),
    ).toEqual(others);
    expect(Object.keys(item)).toEqual(
      expect.arrayContaining([
        ...["install.yaml", "nova-namespace.yaml", "nova-pci.yaml", "sbom.cdx.json"],
        ...[`nova-pci-operator-${version}.tgz`, `nova-pci-${version}.tgz`, "RELEASE_NOTES.md"],
      ]),
    );
  });

  test("the registry has it for both architectures, under the digest that install.yaml names", async () => {
    const text = readFileSync(join(folder, "one/install.yaml"), "utf8");
    const [, digest] = /image: \S+@(sha256:[0-9a-f]{64})/.exec(text) ?? [];
    const index = await manifest(digest ?? "missing");
    expect(await manifest(version)).toEqual(index);
    const platforms = (index.manifests as Json[]).map((value) => value.platform);
    expect(platforms).toEqual([
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm64" },
    ]);
    for (const other of index.manifests as Json[]) {
      const { config, layers } = await manifest(other.digest as string);
      for (const { digest: blob } of [config, ...layers]) {
        const answer = await fetch(
          `http://${host}/v2/team/nova-pci-operator/blobs/${blob as string}`,
        );
        const bytes = Buffer.from(await answer.arrayBuffer());
        expect(`sha256:${createHash("sha256").update(bytes).digest("hex")}`).toBe(blob);
      }
    }
  });

  test("every image of the files is named by its content", () => {
    for (const file of ["install.yaml", "install-webhook.yaml"]) {
      if (!readdirSync(join(folder, "one")).includes(file)) continue;
      const objects = loadAll(readFileSync(join(folder, "one", file), "utf8")) as readonly Json[];
      const images = objects
        .filter((object) => object.kind === "Deployment")
        .flatMap((object) =>
          (object.spec.template.spec.containers as Json[]).map((c) => c.image as string),
        );
      expect(images.length).toBeGreaterThan(0);
      for (const text of images) expect(text).toMatch(/@sha256:[0-9a-f]{64}$/);
    }
  });

  test("helm pulls the chart from there and finds the image in it", () => {
    const args = ["pull", `oci://${host}/team/charts/nova-pci-operator`, "--version", version];
    const out = join(folder, "pulled");
    mkdirSync(out);
    execFileSync(builtTool("helm"), [...args, "--plain-http", "-d", out], { stdio: "pipe" });
    const archive = join(out, `nova-pci-operator-${version}.tgz`);
    const text = execFileSync(builtTool("helm"), ["template", "x", archive], { encoding: "utf8" });
    expect(text).toMatch(new RegExp(`image: ${image}@sha256:[0-9a-f]{64}`));
  });

  test("kubectl finds the plugin, and npx the package", () => {
    const bin = join(folder, "plugin");
    mkdirSync(bin);
    const archive = join(folder, "one", `kubectl-nova_pci-${version}.tar.gz`);
    execFileSync("tar", ["-xzf", archive, "-C", bin]);
    const env = { ...process.env, PATH: `${bin}:${join(root, "node_modules/.bin")}:/usr/bin:/bin` };
    const said = execFileSync(kubectl, ["nova-pci", "--version"], { encoding: "utf8", env });
    expect(said).toBe(`nova-pci ${version}\n`);
    const tarball = join(folder, "one", `nova-pci-${version}.tgz`);
    const args = ["exec", "--yes", "--offline", `--package=${tarball}`, "--", "nova-pci"];
    const npx = execFileSync("npm", [...args, "--version"], { cwd: bin, encoding: "utf8", env });
    expect(npx).toBe(`nova-pci ${version}\n`);
  });

  test("what cannot be released is said in one line", () => {
    image = "nowhere";
    const { status, stderr } = make("three");
    expect({ status, lines: stderr.trim().split("\n").length }).toEqual({ status: 1, lines: 1 });
    expect(stderr).toContain("write REGISTRY/NAME without a tag");
  });
});
