// Which command was asked for, and nothing else: wiring only.

import manifest from "../package.json" with { type: "json" };
import { commandNames, isCommand, loadCommand } from "./cli/commands.ts";
import { adviceOn, overview } from "./cli/overview.ts";
import { exitCodes, processIo } from "./cli/terminal/io.ts";

async function main(args: readonly string[]): Promise<number> {
  const [name = "", ...rest] = args;
  const asksForHelp = ["--help", "-h", "help"].includes(name);
  if (asksForHelp && rest[0] !== undefined && !rest[0].startsWith("-"))
    return main([rest[0], "--help"]);
  if (asksForHelp) {
    processIo.stdout(overview(processIo));
    return exitCodes.fine;
  }
  if (["--version", "-V", "version"].includes(name)) {
    processIo.stdout(`nova-pci ${manifest.version}\n`);
    return exitCodes.fine;
  }
  if (isCommand(name)) return (await loadCommand(name)).run(rest, processIo);
  // What was asked for is help on standard output; what was not is said on standard error.
  processIo.stderr(name === "" ? overview(processIo) : adviceOn(name, commandNames));
  return exitCodes.usage;
}

// A reader that closes early (`| head`) is no mistake.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.fine);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
