// The commands of nova-pci as main.ts lists them, loaded: for their help, and for blocks that are run.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "../src/cli/terminal/io.ts";

type Exported = Command | ((all: () => Promise<readonly Command[]>) => Command);

const source = join(import.meta.dirname, "../src");

export async function allCommands(): Promise<ReadonlyMap<string, Command>> {
  const text = readFileSync(join(source, "main.ts"), "utf8");
  const rows = text.matchAll(/^ {2}([a-z]+): \[[^]*?import\("\.\/(cli\/[^"]+)"\)\)\.(\w+)/gm);
  const loaded = [...rows].map(async ([, name = "", file = "", exported = ""]) => {
    const module = (await import(join(source, file))) as Readonly<Record<string, Exported>>;
    const found = module[exported]!;
    // Completion is made of all the others.
    const command = typeof found === "function" ? found(() => Promise.resolve([])) : found;
    return [name, command] as const;
  });
  return new Map(await Promise.all(loaded));
}
