// The version stands in package.json; what must repeat it agrees, and so do the Nodes that are named.
import { expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load, loadAll } from "js-yaml";
import type { Json } from "../control-plane/client.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const json = (path: string): Json => JSON.parse(read(path));
const yaml = (path: string): Json => load(read(path)) as Json;
const own = json("package.json");
const lock = json("package-lock.json");

test("the command line says the version of package.json", () => {
  const args = ["--no-warnings", join(root, "src/main.ts"), "--version"];
  const said = execFileSync(process.execPath, args, { encoding: "utf8" });
  expect(said).toBe(`nova-pci ${own.version}\n`);
});

test.each([
  ["package-lock.json", lock.version],
  ["package-lock.json, root package", lock.packages[""].version],
  ["deploy/kustomization.yaml", yaml("deploy/kustomization.yaml").images[0].newTag],
  ["deploy/chart/Chart.yaml version", yaml("deploy/chart/Chart.yaml").version],
  ["deploy/chart/Chart.yaml appVersion", yaml("deploy/chart/Chart.yaml").appVersion],
  [
    "deploy/gitops/argocd-application.yaml",
    (loadAll(read("deploy/gitops/argocd-application.yaml")) as Json[])[0]!.spec.source
      .targetRevision,
  ],
  ["deploy/image/Dockerfile", /nova-pci-operator:(\S+)/.exec(read("deploy/image/Dockerfile"))?.[1]],
])("%s has that version", (_, version) => {
  expect(version).toBe(own.version);
});

describeEngines();
function describeEngines(): void {
  const oldest = Number((own.engines.node as string).replace(">=", ""));

  test("engines are the same in both files", () => {
    expect(own.engines).toEqual(lock.packages[""].engines);
  });

  test("and not older than what any dependency asks for", () => {
    for (const name of Object.keys(own.dependencies)) {
      const wanted: string = lock.packages[`node_modules/${name}`].engines?.node ?? ">=0";
      const least = Number(/(\d+(\.\d+)?)/.exec(wanted)?.[1]);
      expect({ name, least, enough: least <= oldest }).toEqual({ name, least, enough: true });
    }
  });

  test(".nvmrc, package.json and the image have one Node", () => {
    expect(read(".nvmrc").trim()).toBe(own.devDependencies.node);
    expect(json("deploy/release/pins.json").node.version).toBe(
      lock.packages["node_modules/node"].version,
    );
  });
}
