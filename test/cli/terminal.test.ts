// A terminal for people: what was meant, completion that a shell takes, and help for each command.

import { spawnSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { faces } from "../../src/cli/faces/faces.ts";
import { optionsOf, type Face, type ShownOption } from "../../src/cli/terminal/face.ts";
import { command as completion } from "../../src/cli/completion.ts";
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
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
_nova_pci; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  return stdout.split("\n").filter((line) => line !== "");
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

/** Of each command its options, as "--output text|json" where there are words to choose from. */
const table = (Object.values(faces) as readonly Face[]).map((face) => [
  face.name,
  optionsOf(face)
    .map(({ long, words = [] }) => `--${long} ${words.join("|")}`.trim())
    .sort(),
]);

const scriptFor = async (shell: string): Promise<string> =>
  (await runCommand(completion, [shell])).stdout;

test("bash offers the options of each command that its help has, and zsh by bash's words", async () => {
  const script = await scriptFor("bash");
  expect(await scriptFor("zsh")).toContain(script);
  const asked = table.map(([name]) => name).join(" ");
  const loop = `${script}
for one in ${asked}; do
  COMP_WORDS=(nova-pci $one --); COMP_CWORD=2; _nova_pci; flags="\${COMPREPLY[*]}"
  for flag in $flags; do
    COMP_WORDS=(nova-pci $one $flag ""); COMP_CWORD=3; COMPREPLY=(); _nova_pci
    echo "$one $flag \${COMPREPLY[*]}"
  done
done`;
  const { stdout } = spawnSync("bash", ["-c", loop], { encoding: "utf8" });
  const said = stdout.trim().split("\n");
  const choices: ReadonlyMap<string, ShownOption> = new Map(
    (Object.values(faces) as readonly Face[]).flatMap((face) =>
      optionsOf(face).map((option) => [`${face.name} --${option.long}`, option] as const),
    ),
  );
  const flags = said.map((line) => line.split(" ").slice(0, 2).join(" "));
  expect(flags.filter((flag) => !flag.endsWith(" --help")).sort()).toEqual(
    [...choices.keys()].sort(),
  );
  for (const line of said) {
    const [name = "", flag = "", ...words] = line.trim().split(" ");
    const option = choices.get(`${name} ${flag}`);
    if (option?.value === undefined) continue;
    expect([name, flag, ...words]).toEqual([name, flag, ...(option.words ?? [])]);
  }
});

test("fish knows the options of each command that its help has, and their words", async () => {
  const lines = (await scriptFor("fish")).trim().split("\n").slice(1);
  const own =
    /^complete -c nova-pci -n '__fish_seen_subcommand_from (\S+)' -l (\S+)(?: -s \S)?(?: -r| -x -a '([^']*)')? -d '/;
  const first = /^complete -c nova-pci -n __fish_use_subcommand -f -a (\S+) -d '/;
  const found = new Map<string, string[]>();
  for (const line of lines) {
    const [, name = first.exec(line)?.[1] ?? `not understood: ${line}`, long, words = ""] =
      own.exec(line) ?? [];
    const options = found.get(name) ?? [];
    found.set(name, options);
    if (long !== undefined) options.push(`--${long} ${words.replaceAll(" ", "|")}`.trim());
  }
  expect([...found].map(([name, options]) => [name, options.sort()])).toEqual(table);
});
