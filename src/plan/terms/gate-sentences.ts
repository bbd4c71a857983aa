// The sentences of gates that take more than a line: what is lost, and a base that was not read.

import type { Reason, Unread } from "./gates.ts";
import { timeText } from "./time.ts";

export function list(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}

export function lostSentence({
  node,
  why,
  until,
  halted,
  cure = "bring it back, or delete its Node object if it is gone for good",
}: Extract<Reason, { readonly gate: "Lost" }>): string {
  const blame = `${node} is lost: ${why}. No entry is blamed for it, and its place in the budget stays taken`;
  return halted
    ? `${blame}; halted since ${timeText(until)}: ${cure}; a change of the objects goes on without it`
    : `${blame}; it goes on by itself when it is back, and halts at ${timeText(until)}`;
}

export function unreadBase(why: Unread): string {
  const nothing =
    "the chart's nova.conf has not been checked for existing PCI options, so nothing restarts yet";
  const adopt = "set spec.adopt: true when it holds no [pci] alias or device_spec";
  switch (why.is) {
    case "not-asked":
      return `${nothing}: allow reading it (spec.baseConfig and deploy/namespace/base-config), or ${adopt}`;
    case "denied":
      return `${nothing}, and the operator may not read it: ${why.command}; or remove spec.baseConfig and ${adopt}`;
    case "missing":
      return `${nothing}, and ${why.object} of it is not there: create it, or correct spec.baseConfig.keys`;
    case "not-found":
      return `${nothing}, and none is mounted from a ConfigMap or Secret in ${list(why.workloads)}: name it in spec.baseConfig.keys, or ${adopt}`;
  }
}
