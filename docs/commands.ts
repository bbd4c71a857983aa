// The commands of nova-pci as main.ts lists them, loaded: for their help, and for blocks that are run.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "../src/cli/io.ts";

const source = join(import.meta.dirname, "../src");

export async function allCommands(): Promise<ReadonlyMap<string, Command>> {
  const text = readFileSync(join(source, "main.ts"), "utf8");
  const rows = text.matchAll(/^ {2}([a-z]+): \[[^]*?import\("\.\/(cli\/[^"]+)"\)\)\.(\w+)/gm);
  const loaded = [...rows].map(async ([, name = "", file = "", exported = ""]) => {
    const module = (await import(join(source, file))) as Readonly<Record<string, Command>>;
    return [name, module[exported]!] as const;
  });
  return new Map(await Promise.all(loaded));
}
