// The assignment's value for one service, by which the policy finds its pods: container and labels,
// in a form that CEL can take apart: CONTAINER;KEY=VALUE,KEY=VALUE

import type { Labels } from "../terms/snapshot.ts";

type AssignedService = { readonly container: string; readonly matchLabels: Labels };

export function formatService(service: AssignedService): string {
  const labels = Object.entries(service.matchLabels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  return `${service.container};${labels.join(",")}`;
}

/** Undefined for a value that is malformed: the policy then leaves every pod of it alone. */
export function parseService(text: string): AssignedService | undefined {
  const [container, labels, ...more] = text.split(";");
  if (container === undefined || container === "" || labels === undefined || more.length > 0) {
    return undefined;
  }
  const pairs = labels.split(",").map((part) => part.split("="));
  if (pairs.some((pair) => pair.length !== 2 || pair[0] === "" || pair[1] === "")) return undefined;
  // No pod carries two values of one label.
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) return undefined;
  return { container, matchLabels: Object.fromEntries(pairs) as Labels };
}
