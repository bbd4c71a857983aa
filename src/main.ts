// Which command was asked for, and nothing else: wiring only. Each command is loaded when it is
// called, so that `nova-pci lint` does not wait for a Kubernetes client.

import manifest from "../package.json" with { type: "json" };
import { commandAdvice } from "./cli/terminal/help-options.ts";
import { exitCodes, processIo, type Command } from "./cli/terminal/io.ts";

type Loader = () => Promise<Command>;

const commands: Readonly<Record<string, readonly [summary: string, load: Loader]>> = {
  try: [
    "Watch the whole operator take your files, on a cluster in memory",
    async () => (await import("./cli/try.ts")).command,
  ],
  lint: [
    "Check files: structure, Nova's own rules, and whether they fit together",
    async () => (await import("./cli/lint/lint.ts")).command,
  ],
  render: [
    "Print the nova.conf fragments that files lead to",
    async () => (await import("./cli/render.ts")).command,
  ],
  plan: [
    "Show what would change and which pods would restart, in order",
    async () => (await import("./cli/plan/plan.ts")).command,
  ],
  status: [
    "Show what is live, what is pending and why, in a cluster",
    async () => (await import("./cli/status.ts")).command,
  ],
  nodes: [
    "Show a map of the devices of each node: free, used, reserved",
    async () => (await import("./cli/nodes/nodes.ts")).command,
  ],
  ui: [
    "Look at files or a cluster in the browser: chain, capacity, rollout",
    async () => (await import("./cli/ui.ts")).command,
  ],
  explain: [
    "Find the first broken link between an alias and a guest",
    async () => (await import("./cli/explain.ts")).command,
  ],
  check: [
    "Tell whether a Nova service would start with nova.conf files",
    async () => (await import("./cli/check.ts")).command,
  ],
  match: [
    "Show which device of a host each device spec takes",
    async () => (await import("./cli/match.ts")).command,
  ],
  import: [
    "Turn existing nova.conf files into objects of the same meaning",
    async () => (await import("./cli/import.ts")).command,
  ],
  cordon: [
    "Keep one broken device from new guests",
    async () => (await import("./cli/cordon.ts")).cordonCommand,
  ],
  uncordon: ["Give a device back", async () => (await import("./cli/cordon.ts")).uncordonCommand],
  completion: [
    "Print completion for bash, zsh or fish",
    async () => (await import("./cli/completion.ts")).completionCommand(everyOther),
  ],
  run: ["Run the operator", async () => (await import("./cli/run.ts")).command],
};

/** Completion is made of what the help of each says. */
function everyOther(): Promise<readonly Command[]> {
  const others = Object.entries(commands).filter(([name]) => name !== "completion");
  return Promise.all(others.map(([, [, load]]) => load()));
}

function help(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const rows = Object.entries(commands).map(
    ([name, [summary]]) => `  ${name.padEnd(width)}  ${summary}\n`,
  );
  return `nova-pci: PCI passthrough of OpenStack Nova as Kubernetes objects

  nova-pci COMMAND [options]
  nova-pci help COMMAND

${rows.join("")}
Exit codes: 0 fine, 1 a finding, a refusal or not converged, 2 a wrong argument or file,
3 a cluster or cloud cannot be reached, 4 there are changes (plan --exit-code).
`;
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === "help" && rest[0] !== undefined) return main([rest[0], "--help"]);
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    processIo.stdout(help());
    return name === undefined ? exitCodes.usage : exitCodes.fine;
  }
  if (name === "--version" || name === "version") {
    processIo.stdout(`nova-pci ${manifest.version}\n`);
    return exitCodes.fine;
  }
  const found = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (found === undefined) {
    const near = commandAdvice(name, Object.keys(commands));
    processIo.stderr(
      `nova-pci: there is no command "${name}"${near}\nnova-pci --help lists them\n`,
    );
    return exitCodes.usage;
  }
  const command = await found[1]();
  return command.run(rest, processIo);
}

// A reader that closes early (`| head`) is no mistake.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exitCodes.fine);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
