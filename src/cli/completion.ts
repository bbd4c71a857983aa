// nova-pci completion SHELL: commands, options and their values for bash, zsh and fish, made of the
// faces of all commands.

import { didYouMean } from "../api/nearest-name.ts";
import { completionFace, shells } from "./faces/completion.ts";
import { faces } from "./faces/faces.ts";
import { commandOf } from "./terminal/arguments.ts";
import { optionsOf, type Face, type ShownOption } from "./terminal/face.ts";
import { exitCodes } from "./terminal/io.ts";
import { UsageProblem } from "./terminal/problems.ts";

const writers: Readonly<Record<(typeof shells)[number], (all: readonly Face[]) => string>> = {
  bash,
  zsh,
  fish,
};

export const command = commandOf(completionFace, ({ operands }, io) => {
  const [typed = "", ...more] = operands;
  const shell = shells.find((text) => text === typed);
  if (shell === undefined || more.length > 0)
    throw new UsageProblem(`write one of ${shells.join(", ")}${didYouMean(typed, shells)}`);
  io.stdout(writers[shell](Object.values(faces)));
  return Promise.resolve(exitCodes.fine);
});

function namesOf({ long, short }: ShownOption): readonly string[] {
  return [`--${long}`, ...(short === undefined ? [] : [`-${short}`])];
}

function bash(all: readonly Face[]): string {
  const cases = all.map((face) => {
    const options = optionsOf(face);
    const flags = [...options.flatMap(namesOf), "--help"].join(" ");
    const values = options.flatMap((option) =>
      option.words === undefined
        ? []
        : [`        ${namesOf(option).join("|")}) words="${option.words.join(" ")}" ;;\n`],
    );
    // Behind an option with another value the shell's own completion of files is best.
    const open = options.filter(
      (option) => option.value !== undefined && option.words === undefined,
    );
    if (open.length > 0) values.push(`        ${open.flatMap(namesOf).join("|")}) words="" ;;\n`);
    const own =
      values.length === 0 ? "" : `      case "$before" in\n${values.join("")}      esac\n`;
    return `    ${face.name})\n      words="${wordsOf(face, flags)}"\n${own}      ;;\n`;
  });
  const names = all.map((face) => face.name).join(" ");
  return `# bash completion of nova-pci
_nova_pci() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  case "\${COMP_WORDS[1]}" in
${cases.join("")}  esac
  [ "$COMP_CWORD" -eq 1 ] && words="help ${names}"
  [ "$COMP_CWORD" -eq 2 ] && [ "$before" = help ] && words="${names}"
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _nova_pci nova-pci
`;
}

function wordsOf(face: Face, flags: string): string {
  return face.name === completionFace.name ? `${shells.join(" ")} ${flags}` : flags;
}

function zsh(all: readonly Face[]): string {
  return `#compdef nova-pci
autoload -U +X bashcompinit && bashcompinit
${bash(all)}`;
}

function fish(all: readonly Face[]): string {
  const quoted = (text: string): string =>
    `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = all.flatMap((face) => [
    `complete -c nova-pci -n __fish_use_subcommand -f -a ${face.name} -d ${quoted(face.summary)}`,
    ...optionsOf(face).map((option) => {
      const short = option.short === undefined ? "" : ` -s ${option.short}`;
      const words = option.words === undefined ? " -r" : ` -x -a ${quoted(option.words.join(" "))}`;
      const value = option.value === undefined ? "" : words;
      return `complete -c nova-pci -n '__fish_seen_subcommand_from ${face.name}' -l ${option.long}${short}${value} -d ${quoted(option.says)}`;
    }),
  ]);
  return `# fish completion of nova-pci\n${lines.join("\n")}\n`;
}
