// What a help promises is understood: every example of every command, and every option that it names.
// What needs a cluster ends with 3, what lacks a file with 2 and a sentence about the file; no option
// is unknown.
import { describe, expect, test } from "@jest/globals";
import { command as check } from "../../src/cli/check.ts";
import { cordonCommand, uncordonCommand } from "../../src/cli/cordon.ts";
import { command as explain } from "../../src/cli/explain.ts";
import { command as importCommand } from "../../src/cli/import.ts";
import { command as lint } from "../../src/cli/lint/lint.ts";
import { command as match } from "../../src/cli/match.ts";
import { command as nodes } from "../../src/cli/nodes/nodes.ts";
import { command as plan } from "../../src/cli/plan/plan.ts";
import { command as render } from "../../src/cli/render.ts";
import { command as status } from "../../src/cli/status.ts";
import { optionsIn, type HelpOption } from "../../src/cli/terminal/help-options.ts";
import { command as tryCommand } from "../../src/cli/try.ts";
import { runCommand } from "./texts-io.ts";

const commands = [
  ...[check, cordonCommand, uncordonCommand, explain, importCommand, lint, match, nodes, plan],
  ...[render, status, tryCommand],
];

/** A cluster that is nowhere: what gets so far has understood its arguments. */
process.env["KUBECONFIG"] = "/nowhere/kubeconfig";

/** The arguments of each line that calls the command, as a shell gives them. */
function examples(name: string, help: string): readonly (readonly string[])[] {
  return [...help.matchAll(/^ {2}(?:.*\| )?nova-pci (.*)$/gm)]
    .map(([, line]) => line!.split(/ {2,}| [>|] | && |\)"/)[0]!.split(" "))
    .filter(([called]) => called === name)
    .map(([, ...args]) => args);
}

describe.each(commands.map((one) => [one.name, one] as const))("%s --help", (name, command) => {
  const all = examples(name, command.help);

  test("has an example", () => {
    expect(all.length).toBeGreaterThan(0);
  });

  test("its examples are understood", async () => {
    for (const args of all) {
      const ran = await runCommand(command, args, {});
      expect([args, ran.stderr]).toEqual([args, expect.not.stringMatching(misunderstood)]);
      expect(args.includes("--collect") || ran.exit > 0).toBe(true);
    }
  });

  test("its options are understood", async () => {
    for (const one of optionsIn(command.help)) {
      if (one.long === "help") continue;
      const args = [`--${one.long}`, ...valueOf(one)];
      const ran = await runCommand(command, args, {});
      expect([args, ran.stderr]).toEqual([args, expect.not.stringMatching(/there is no option/)]);
    }
  });
});

const misunderstood = /there is no option|needs a value|takes no value|stands without|is unknown/;

function valueOf({ value }: HelpOption): readonly string[] {
  return value === undefined ? [] : [value.split("|")[0]!];
}
