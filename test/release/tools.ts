// Programs of others that judge what is released and measured: Helm, actionlint, the distribution
// registry, and with a main of ours the libraries of Flux, of Argo CD, controller-runtime (the
// yardstick of the bench) and Grafana's schema. Built from pinned Go modules when they are missing,
// once, into the cache below a key of their sources.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../control-plane/build.ts";

const packages = {
  helm: "helm.sh/helm/v4/cmd/helm",
  actionlint: "github.com/rhysd/actionlint/cmd/actionlint",
  kstatus: ".",
  gitops: ".",
  dashboards: ".",
  registry: "github.com/distribution/distribution/v3/cmd/registry",
  yardstick: ".",
} as const;

type Tool = keyof typeof packages;

function folderOf(tool: Tool): string {
  const own = tool === "yardstick" ? "../bench" : "tools";
  return join(import.meta.dirname, own, tool);
}

/** The path of the program; a first build takes up to three minutes on 2 cores. */
export function builtTool(tool: Tool): string {
  const folder = folderOf(tool);
  const key = createHash("sha256");
  for (const file of readdirSync(folder).filter((text) => /\.(go|mod)$/.test(text)))
    key.update(readFileSync(join(folder, file)));
  const output = join(cacheFolder(), `${tool}-${key.digest("hex").slice(0, 12)}`, tool);
  if (existsSync(output)) return output;
  process.stderr.write(`release: building ${tool} from Go modules (once, up to 3 minutes)\n`);
  const building = `${output}.${process.pid}`;
  mkdirSync(join(output, ".."), { recursive: true });
  const args = ["build", "-trimpath", "-ldflags", "-s -w", "-o", building, packages[tool]];
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false" };
  const { status, stderr } = spawnSync("go", args, { cwd: folder, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`go build of ${tool} failed:\n${stderr}`);
  renameSync(building, output);
  return output;
}
