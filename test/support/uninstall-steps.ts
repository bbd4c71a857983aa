// The one order of uninstalling as docs/howto/uninstall.md has it: each step with its commands, for
// the tests that run them.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const file = join(import.meta.dirname, "../../docs/howto/uninstall.md");

export type Way = "from a clone" | "by files" | "by Helm";

type UninstallStep = { readonly number: number; readonly commands: readonly string[] };

/** The steps in their order; of lines with a comment those that are meant for `way`. */
export function uninstallSteps(way: Way): readonly UninstallStep[] {
  const [, ...steps] = readFileSync(file, "utf8").split(/^(?=\d+\. \*\*)/m);
  return steps.map((text) => ({
    number: Number(/^\d+/.exec(text)![0]),
    commands: [...text.matchAll(/^ {3}```sh\n([^]*?)^ {3}```$/gm)].flatMap(([, block]) =>
      block!
        .trim()
        .split("\n")
        .map((line) => line.trim().split(/ +# /))
        .filter(([, comment]) => comment === undefined || comment.startsWith(way))
        .map(([command]) => command!),
    ),
  }));
}

/** The one line that is asked again until it finds nothing (and then ends with 1). */
export function findsNothingInTheEnd(command: string): boolean {
  return command.includes("| grep ");
}
