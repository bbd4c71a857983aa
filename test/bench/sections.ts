// Sections of the bench, each run in a process of its own, with the flags of the image where memory
// is measured, so that no section pays for another.
//   node test/bench/sections.ts SECTION   prints its rows as JSON
import { build } from "esbuild";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { image } from "./image.ts";
import type { Row } from "./measure.ts";

type Section = {
  readonly rows: () => Promise<readonly Row[]>;
  /** As the image runs: one bundled file, its flags. */
  readonly asShipped?: boolean;
};

export const sections: Readonly<Record<string, Section>> = {
  plan: { rows: async () => (await import("./plan.ts")).planRows() },
  memory: { rows: async () => (await import("./plan.ts")).memoryRows(), asShipped: true },
  model: { rows: async () => (await import("./model.ts")).modelRows() },
  embedded: { rows: async () => (await import("./embedded.ts")).embeddedRows() },
  ui: { rows: async () => (await import("./ui.ts")).uiRows() },
  admission: { rows: async () => (await import("./admission.ts")).admissionRows() },
  edit: { rows: async () => (await import("./control-plane.ts")).editRows() },
  "control-plane": { rows: async () => (await import("./control-plane.ts")).controlPlaneRows() },
};

export async function rowsOf(name: string): Promise<readonly Row[]> {
  if (sections[name]!.asShipped !== true) return run(name, ["--no-warnings", import.meta.filename]);
  const folder = mkdtempSync(join(tmpdir(), "nova-pci-bench-"));
  try {
    const file = join(folder, "section.mjs");
    await bundle(file);
    return await run(name, ["--expose-gc", ...image.flags, file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function bundle(outfile: string) {
  return build({
    stdin: {
      contents: `import { memoryRows } from "./plan.ts"; process.stdout.write(JSON.stringify(memoryRows()));`,
      resolveDir: import.meta.dirname,
    },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
}

async function run(name: string, args: readonly string[]): Promise<readonly Row[]> {
  const child = spawn(process.execPath, [...args, name], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...(sections[name]!.asShipped === true ? image.environment : {}) },
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code === 0) return JSON.parse(text) as readonly Row[];
  return [{ metric: name, measured: "FAILED (see above)", target: "" }];
}

if (process.argv[1] === import.meta.filename) {
  const rows = await sections[process.argv[2]!]!.rows();
  process.stdout.write(JSON.stringify(rows));
}
