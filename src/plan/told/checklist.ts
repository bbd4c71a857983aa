// Everything that waits for a person, at once: what it is and the command that removes it, in the
// order in which the gates are met. Fixing one at a time costs a day for each.

import type { Decision } from "../round/decision.ts";
import type { Gate } from "../terms/gates.ts";
import { entryParts } from "../wanted/lines.ts";
import { commandFor } from "./gate-commands.ts";
import { sentenceOf, stalls } from "../terms/gate-table.ts";

export type Task = {
  readonly gate: string;
  readonly message: string;
  readonly command?: string;
};

const longest = 20;

export function checklist({ gates }: Decision, namespace: string): readonly Task[] {
  const tasks = new Map<string, Task>();
  for (const gate of gates) {
    if (!stalls(gate)) continue;
    const message = `${whose(gate)}${sentenceOf(gate, namespace)}`.slice(0, 1024);
    const command = commandFor(gate, namespace);
    const key = `${gate.gate} ${command ?? message}`;
    if (!tasks.has(key))
      tasks.set(key, { gate: gate.gate, message, ...(command === undefined ? {} : { command }) });
  }
  return [...tasks.values()].slice(0, longest);
}

/** The object of which "it" is said, where the sentence stands among those of others. */
function whose({ waits }: Gate): string {
  if (waits.on === "flavor") return `PciFlavor ${waits.flavor}: `;
  if (waits.on !== "entry") return "";
  const { of, name } = entryParts(waits.entry);
  return of === "option" ? "" : of === "alias" ? `alias ${name}: ` : `PciWhitelist ${name}: `;
}

/** Numbered, each with its command in a line of its own. */
export function checklistText(tasks: readonly Task[]): string {
  const rows = tasks.map(({ message, command }, index) => {
    const own = command === undefined ? "" : `\n     ${command}`;
    return `  ${index + 1}. ${message}${own}\n`;
  });
  return rows.length === 0 ? "" : `To do\n${rows.join("")}`;
}
