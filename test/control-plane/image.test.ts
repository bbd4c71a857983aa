// The image without an engine: well-formed, equal each time, and complete enough to run.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json } from "./client.ts";

const root = join(import.meta.dirname, "../..");
const build = join(root, "deploy/image/build.js");
const { flags: nodeFlags, environment } = JSON.parse(
  readFileSync(join(root, "deploy/image/command.json"), "utf8"),
);
const variables = Object.entries(environment).map((pair) => pair.join("="));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nova-pci-image-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function archive(name: string): string {
  const file = join(folder, `${name}.tar`);
  execFileSync(process.execPath, [build, "--program", build, "--out", file]);
  return file;
}

test("every blob has the digest and size that it is called by, and the image its name", () => {
  const unpacked = join(folder, "unpacked");
  mkdirSync(unpacked);
  execFileSync("tar", ["-xf", archive("one"), "-C", unpacked]);
  const blobs = join(unpacked, "blobs/sha256");
  const read = (digest: string): Json =>
    JSON.parse(readFileSync(join(blobs, digest.replace("sha256:", "")), "utf8"));
  for (const name of readdirSync(blobs))
    expect(
      createHash("sha256")
        .update(readFileSync(join(blobs, name)))
        .digest("hex"),
    ).toBe(name);
  const index = JSON.parse(readFileSync(join(unpacked, "index.json"), "utf8"));
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(index.manifests[0].annotations["io.containerd.image.name"]).toBe(
    `docker.io/library/nova-pci-operator:${version}`,
  );
  const manifest = read(index.manifests[0].digest as string);
  expect(read(manifest.config.digest as string).config).toMatchObject({
    User: "65534:65534",
    Entrypoint: ["/bin/node", ...nodeFlags, "/app/nova-pci.js"],
    Env: ["PATH=/bin", "NODE_ENV=production", ...variables],
  });
  const layer = join(blobs, (manifest.layers[0].digest as string).replace("sha256:", ""));
  const listed = execFileSync("tar", ["-tf", layer], { encoding: "utf8" }).split("\n");
  expect(listed).toEqual(expect.arrayContaining(["bin/node", "app/nova-pci.js", "tmp/"]));
  expect(listed.filter((path) => /(^|\/)(sh|bash|busybox|npm)$/.test(path))).toEqual([]);
});

test("an engine builds the same command", () => {
  const text = readFileSync(join(root, "deploy/image/Dockerfile"), "utf8");
  const [, command = "[]"] = /^ENTRYPOINT (.*)$/m.exec(text) ?? [];
  expect(JSON.parse(command)).toEqual(["/bin/node", ...nodeFlags, "/app/nova-pci.js"]);
  expect(/^ENV (.*)$/m.exec(text)?.[1]?.split(" ")).toEqual(expect.arrayContaining(variables));
});

test("two builds are equal to the byte", () => {
  const [text, two] = ["a", "b"].map((name) =>
    createHash("sha256")
      .update(readFileSync(archive(name)))
      .digest("hex"),
  );
  expect(text).toBe(two);
});

test("the program runs from these files alone", () => {
  const rootfs = join(folder, "rootfs");
  execFileSync(process.execPath, [build, "--rootfs", rootfs]);
  const inside = process.getuid?.() === 0 ? ["chroot", rootfs] : undefined;
  // Without root there is no chroot: the same files with the image's own loader.
  const loader = join(rootfs, "lib64/ld-linux-x86-64.so.2");
  const libraries = join(rootfs, "lib/x86_64-linux-gnu");
  const prefix = inside ?? [loader, "--library-path", libraries];
  const path = (name: string) => (inside === undefined ? join(rootfs, name) : name);
  const inImage = (words: readonly string[], input = "") => {
    const command = [path("/bin/node"), ...nodeFlags, path("/app/nova-pci.js"), ...words];
    const [program, ...args] = [...prefix, ...command];
    const { status, stderr } = spawnSync(program, args, {
      encoding: "utf8",
      input,
      env: { NODE_ENV: "production", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    });
    return { status, stderr };
  };
  expect(inImage(["--help"])).toEqual({ status: 0, stderr: "" });
  // docker run -i IMAGE lint -f - < FILE
  const examples = join(root, "deploy/examples");
  const objects = readdirSync(examples)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => readFileSync(join(examples, name), "utf8"))
    .join("\n---\n");
  expect(inImage(["lint", "-f", "-"], objects)).toMatchObject({ status: 0, stderr: "" });
  expect(inImage(["lint", "-f", "-"], objects.replaceAll('"8086"', "8086")).status).toBe(1);
});
