// A terminal for people: what was meant, completion that a shell takes, and help for each command.

import { spawnSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { command as lint } from "../../src/cli/lint/lint.ts";
import { runCommand } from "./texts-io.ts";

function novaPci(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--no-warnings", "src/main.ts", ...args],
    { encoding: "utf8", env: process.env },
  );
  return { status, stdout, stderr };
}

test.each([
  [["lnt"], "did you mean lint?"],
  [["explan"], "did you mean explain?"],
  [["lint", "--formt", "json"], "there is no option --formt, did you mean --format?"],
  [["lint", "-f", "x", "-o", "jsno"], "did you mean json?"],
  [["completion", "bahs"], "did you mean bash?"],
])("%j", (args, said) => {
  const { status, stderr } = novaPci(...args);
  expect([status, stderr]).toEqual([2, expect.stringContaining(said)]);
});

test("help COMMAND is the help of the command", async () => {
  const own = await runCommand(lint, ["--help"]);
  expect(novaPci("help", "lint").stdout).toBe(own.stdout);
});

/** What bash would offer for these words, the last of which is being typed. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `${novaPci("completion", "bash").stdout}
COMP_WORDS=(${words.map((one) => `'${one}'`).join(" ")}); COMP_CWORD=${words.length - 1}
_nova_pci; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  return stdout.split("\n").filter((one) => one !== "");
}

test("bash completes commands, options and their values", () => {
  expect(offered("nova-pci", "pl")).toEqual(["plan"]);
  expect(offered("nova-pci", "lint", "--fa")).toEqual(["--fail-on"]);
  expect(offered("nova-pci", "lint", "--fail-on", "w")).toEqual(["warning"]);
  expect(offered("nova-pci", "help", "ex")).toEqual(["explain"]);
});

test.each(["zsh", "fish"])("completion for %s names every command", (shell) => {
  const { status, stdout } = novaPci("completion", shell);
  expect(status).toBe(0);
  for (const name of ["lint", "plan", "try", "explain", "completion"])
    expect(stdout).toContain(name);
});
