// nova-pci run: the operator as a process, from its flags to its exit code.

import { Failure } from "../api/failure.ts";
import { describe } from "../operator/log.ts";
import { randomPart, startOperator } from "../operator/operator.ts";
import { settingsFrom } from "../operator/settings.ts";
import { runFace } from "./faces/run.ts";
import { guard } from "./terminal/arguments.ts";
import { helpOf } from "./terminal/face.ts";
import { exitCodes, type Command, type Io } from "./terminal/io.ts";

export const command: Command = {
  name: "run",
  help: helpOf(runFace),
  run: (args, io) => guard(runFace, args, io, () => run(args, io)),
};

async function run(args: readonly string[], io: Io): Promise<number> {
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
