// What failed a rollout and therefore waits for its own object to change: one question for each
// kind of change. Knows no pod and no node.

import { entryParts, lineText } from "../wanted/lines.ts";
import type { Reason } from "../terms/gates.ts";
import type { Line } from "../terms/state.ts";
import { releaseFor, type RemovalContext } from "./removal.ts";

/**
 * A removal that failed stays undone until its object changes or spec.removals names it; and while
 * an entry of the same whitelist is quarantined, what it would have replaced stays.
 */
export function quarantinedRemoval(line: Line, context: RemovalContext): Reason | undefined {
  if (releaseFor(line, context) !== undefined) return undefined;
  const own = context.state.quarantined[`remove ${lineText(line)}`];
  if (own !== undefined) return { gate: "Quarantined", error: own.error };
  const { of, name } = entryParts(line.entry);
  if (of !== "device") return undefined;
  const sibling = Object.values(context.state.quarantined).find(
    (quarantine) =>
      quarantine.kind === "PciWhitelist" && quarantine.name === name && quarantine.change === "add",
  );
  return sibling === undefined ? undefined : { gate: "Quarantined", error: sibling.error };
}

/** Of the lines that would go, one whose removal failed before. */
export function failedRemoval(
  want: readonly Line[],
  have: readonly Line[],
  context: RemovalContext,
): Reason | undefined {
  const stays = new Set(want.map(lineText));
  for (const line of have) {
    const reason = stays.has(lineText(line)) ? undefined : quarantinedRemoval(line, context);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/**
 * The option failed a rollout, whatever its value was then: the list of filters changes with an
 * alias, too, and is tried again only when the PciPassthrough changes.
 */
export function failedOption(line: Line, context: RemovalContext): Reason | undefined {
  const start = `[${line.section}]${line.option}=`;
  const found = Object.values(context.state.quarantined).find(
    (quarantine) =>
      quarantine.kind === "PciPassthrough" &&
      quarantine.change === "add" &&
      quarantine.line.startsWith(start),
  );
  return found === undefined ? undefined : { gate: "Quarantined", error: found.error };
}
