// The Helm chart as a package: deploy/chart with its links followed, the version of the release and
// its image. Packed here and not by Helm, whose archives carry the time.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { tarGz, type TarFile } from "../image/tar.ts";
import { root } from "./kustomize.ts";

const name = "nova-pci-operator";
/** As .helmignore says it. */
const ignored = /^(kustomization\.yaml|README\.md|.*\.js|schemas|\.helmignore|\.gitkeep)$/;

function filesBelow(folder: string, below = ""): readonly string[] {
  return readdirSync(join(folder, below))
    .filter((one) => !ignored.test(one))
    .sort()
    .flatMap((one) => {
      const path = join(below, one);
      return statSync(join(folder, path)).isDirectory() ? filesBelow(folder, path) : [path];
    });
}

function released(path: string, text: string, image: ChartImage, version: string): string {
  if (path === "Chart.yaml")
    return text.replace(/^(version|appVersion): .*$/gm, (_, key: string) => `${key}: ${version}`);
  if (path !== "values.yaml") return text;
  return text
    .replace("repository: nova-pci-operator", `repository: ${image.repository}`)
    .replace('digest: ""', `digest: ${image.digest}`);
}

type ChartImage = { readonly repository: string; readonly digest: string };

export function chartPackage(image: ChartImage, version: string): Buffer {
  const folder = join(root, "deploy/chart");
  const files: readonly TarFile[] = filesBelow(folder).map((path) => ({
    path: join(name, path),
    content: released(path, readFileSync(join(folder, path), "utf8"), image, version),
  }));
  return tarGz(files);
}
