// A cloud that is held (`--hold`), and single steps in it (`--steps 13,14`), as often as one likes:
// each time with the tests as they are then.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../openstack/install.ts";
import type { Settings } from "./world.ts";

type Held = {
  /** The process whose only child is the first one of the namespace. */
  readonly pid: number;
  readonly state: string;
  readonly settings: Settings;
};

const namespaces = ["--net", "--mount", "--pid", "--uts"];

const file = (): string => join(cacheFolder(), "cloud", "held.json");

export function remember(held: Held): void {
  writeFileSync(file(), JSON.stringify(held));
  process.stdout.write(`enter: nsenter -t $(pgrep -P ${held.pid}) ${namespaces.join(" ")}\n`);
}

export function forget(): void {
  rmSync(file(), { force: true });
}

/** Exit code. */
export function ask(steps: readonly string[]): Promise<number> {
  if (!existsSync(file())) throw new Error("no cloud is held: start one with --hold");
  const held = JSON.parse(readFileSync(file(), "utf8")) as Held;
  const reportFile = join(cacheFolder(), "cloud", "steps.txt");
  const settings: Settings = { ...held.settings, hold: false, steps, reportFile };
  const program = [process.execPath, "--no-warnings", join(import.meta.dirname, "inside.ts")];
  const inside = [...program, held.state, JSON.stringify(settings)];
  // As in namespace.ts: it ends itself when this pipe closes.
  const child = spawn("nsenter", [...target(held), "--", ...inside], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

function target({ pid }: Held): readonly string[] {
  const first = execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" }).trim();
  return ["-t", first, ...namespaces];
}
