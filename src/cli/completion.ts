// nova-pci completion SHELL: commands, options and their values for bash, zsh and fish, made of
// what the help of each command says.

import { didYouMean } from "../api/nearest-name.ts";
import { guard, UsageProblem } from "./terminal/arguments.ts";
import { optionsIn, type HelpOption } from "./terminal/help-options.ts";
import { exitCodes, type Command, type Io } from "./terminal/io.ts";

const help = `nova-pci completion SHELL: completion for the shell, on standard output

  source <(nova-pci completion bash)
  nova-pci completion zsh > "\${fpath[1]}/_nova-pci"
  nova-pci completion fish > ~/.config/fish/completions/nova-pci.fish

Exit code: 0 written, 2 a shell that is not known.
`;

const shells = { bash, zsh, fish } as const;

/** Of all commands, itself among them. */
export function completionCommand(all: () => Promise<readonly Command[]>): Command {
  const summary = "Print completion for bash, zsh or fish";
  const command = { name: "completion", summary, help };
  const work = async (args: readonly string[], io: Io): Promise<number> => {
    const [shell = "", ...more] = args;
    const known = Object.keys(shells);
    if (!Object.hasOwn(shells, shell) || more.length > 0)
      throw new UsageProblem(`write one of ${known.join(", ")}${didYouMean(shell, known)}`);
    const commands = [...(await all()), { ...command, run: work }];
    io.stdout(shells[shell as keyof typeof shells](commands));
    return exitCodes.fine;
  };
  return { ...command, run: (args, io) => guard(command, args, io, () => work(args, io)) };
}

function flags(options: readonly HelpOption[]): string {
  return options
    .flatMap((one) => [`--${one.long}`, ...(one.short === undefined ? [] : [`-${one.short}`])])
    .concat("--help")
    .join(" ");
}

/** Options whose values are words: `-o text|json`. */
function valued(
  options: readonly HelpOption[],
): readonly (HelpOption & { readonly value: string })[] {
  return options.filter((one): one is HelpOption & { readonly value: string } =>
    (one.value ?? "").includes("|"),
  );
}

function bash(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const options = optionsIn(command.help);
    const values = valued(options).map((one) => {
      const names = [`--${one.long}`, ...(one.short === undefined ? [] : [`-${one.short}`])];
      return `        ${names.join("|")}) words="${one.value.replaceAll("|", " ")}" ;;\n`;
    });
    const words = `      words="${flags(options)}"\n`;
    const own =
      values.length === 0 ? "" : `      case "$before" in\n${values.join("")}      esac\n`;
    return `    ${command.name})\n${words}${own}      ;;\n`;
  });
  const names = commands.map((one) => one.name).join(" ");
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

function zsh(commands: readonly Command[]): string {
  return `#compdef nova-pci
autoload -U +X bashcompinit && bashcompinit
${bash(commands)}`;
}

function fish(commands: readonly Command[]): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "\\\\'")}'`;
  const lines = commands.flatMap((command) => [
    `complete -c nova-pci -n __fish_use_subcommand -f -a ${command.name} -d ${quoted(command.summary)}`,
    ...optionsIn(command.help).map((one) => {
      const short = one.short === undefined ? "" : ` -s ${one.short}`;
      const words = one.value?.includes("|") === true;
      const value = words
        ? ` -x -a ${quoted(one.value.replaceAll("|", " "))}`
        : one.value === undefined
          ? ""
          : " -r";
      return `complete -c nova-pci -n '__fish_seen_subcommand_from ${command.name}' -l ${one.long}${short}${value}`;
    }),
  ]);
  return `# fish completion of nova-pci\n${lines.join("\n")}\n`;
}
