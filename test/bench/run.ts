// `npm run bench [-- SECTION...]`: measures what the design promises and prints it next to the target.
// Sections run one after the other, each in a process of its own. Nothing here passes or fails.
import { spawn } from "node:child_process";
import { loadavg } from "node:os";
import { table, type Row } from "./measure.ts";

type Section = {
  readonly rows: () => Promise<readonly Row[]>;
  readonly nodeFlags?: readonly string[];
};

const sections: Readonly<Record<string, Section>> = {
  plan: {
    rows: async () => (await import("./plan.ts")).planRows(),
  },
  memory: {
    rows: async () => (await import("./plan.ts")).memoryRows(),
    nodeFlags: ["--expose-gc"],
  },
  model: {
    rows: async () => (await import("./model.ts")).modelRows(),
  },
  embedded: {
    rows: async () => (await import("./embedded.ts")).embeddedRows(),
  },
  edit: {
    rows: async () => (await import("./control-plane.ts")).editRows(),
  },
  "control-plane": {
    rows: async () => (await import("./control-plane.ts")).controlPlaneRows(),
  },
};

/** How a section's own process is told from the one that prints. */
const alone = "--alone";

if (process.argv[2] === alone) {
  const rows = await sections[process.argv[3]!]!.rows();
  process.stdout.write(JSON.stringify(rows));
} else await main(process.argv.slice(2));

async function main(asked: readonly string[]): Promise<void> {
  const unknown = asked.filter((one) => !Object.hasOwn(sections, one));
  if (unknown.length > 0) {
    process.stderr.write(
      `bench: no section ${unknown.join(", ")}: choose from ${Object.keys(sections).join(", ")}\n`,
    );
    process.exit(2);
  }
  process.stdout.write(`load of this machine before: ${loadavg()[0]!.toFixed(1)}\n`);
  const rows: Row[] = [];
  for (const name of asked.length === 0 ? Object.keys(sections) : asked) {
    rows.push(...(await rowsOf(name)));
  }
  process.stdout.write(`${table(rows)}\n`);
}

async function rowsOf(name: string): Promise<readonly Row[]> {
  const flags = sections[name]!.nodeFlags ?? [];
  const child = spawn(
    process.execPath,
    ["--no-warnings", ...flags, import.meta.filename, alone, name],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code === 0) return JSON.parse(text) as readonly Row[];
  return [{ metric: name, measured: "FAILED (see above)", target: "" }];
}
