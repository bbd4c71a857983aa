// nova-pci run: the operator as a process, from its flags to its exit code.

import { Failure } from "../api/failure.ts";
import { describe } from "../operator/log.ts";
import { randomPart, startOperator } from "../operator/operator.ts";
import { flags, settingsFrom } from "../operator/settings.ts";
import { exitCodes, type Command, type Io } from "./terminal/io.ts";

const rows = Object.entries(flags).map(([name, meaning]) => `  ${name} ${meaning}\n`);

const help = `nova-pci run: run the operator

It watches PciAlias, PciWhitelist, PciFlavor and PciPassthrough in every namespace, holds the Lease
nova-pci-operator while it changes anything, and ends on SIGTERM within a second.

${rows.join("")}
Exit codes: 0 stopped, 1 it lost the Lease, 2 a wrong argument, 3 the cluster cannot be reached.
`;

export const command: Command = {
  name: "run",
  summary: "Run the operator",
  help,
  run,
};

async function run(args: readonly string[], io: Io): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    io.stdout(help);
    return exitCodes.fine;
  }
  const settings = settingsFrom(args, process.env, randomPart());
  if ("problem" in settings) {
    io.stderr(`nova-pci run: ${settings.problem}\nnova-pci run --help lists the flags\n`);
    return exitCodes.usage;
  }
  try {
    const operator = await startOperator(settings);
    const stop = (): void => void operator.stop();
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
    const how = await operator.ended;
    if (how === "stopped") return exitCodes.fine;
    // Whatever is under way must not go on: the other one leads.
    process.exit(exitCodes.finding);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    io.stderr(`nova-pci run: ${describe(error)}\n`);
    return error.kind === "refused" ? exitCodes.usage : exitCodes.unreachable;
  }
}
