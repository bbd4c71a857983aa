// The work behind each face. Each command is loaded when it is called, so that `nova-pci lint` does
// not wait for a Kubernetes client; the compiler asks for every one.

import type { faces } from "./faces/faces.ts";
import type { Command } from "./terminal/io.ts";

export type CommandName = keyof typeof faces;

const loaders: Readonly<Record<CommandName, () => Promise<Command>>> = {
  try: async () => (await import("./try.ts")).command,
  lint: async () => (await import("./lint/lint.ts")).command,
  render: async () => (await import("./render.ts")).command,
  plan: async () => (await import("./plan/plan.ts")).command,
  status: async () => (await import("./status.ts")).command,
  nodes: async () => (await import("./nodes/nodes.ts")).command,
  ui: async () => (await import("./ui.ts")).command,
  explain: async () => (await import("./explain.ts")).command,
  check: async () => (await import("./check.ts")).command,
  match: async () => (await import("./match.ts")).command,
  import: async () => (await import("./import.ts")).command,
  cordon: async () => (await import("./cordon.ts")).cordonCommand,
  uncordon: async () => (await import("./cordon.ts")).uncordonCommand,
  completion: async () => (await import("./completion.ts")).command,
  run: async () => (await import("./run.ts")).command,
};

export const commandNames = Object.keys(loaders) as readonly CommandName[];

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(loaders, name);
}

export function loadCommand(name: CommandName): Promise<Command> {
  return loaders[name]();
}
