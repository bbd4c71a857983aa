// Answers "how does one say that to a person?": one sentence for each gate, with what to do next.
// The only place where a gate becomes words.

import type { Gate, Reason, Unread } from "../terms/gates.ts";
import { timeText } from "../terms/time.ts";

export function sentenceOf(gate: Reason, namespace = "NAMESPACE"): string {
  return (
    waitingInstallation(gate, namespace) ?? waitingRollout(gate) ?? waitingEntry(gate) ?? gate.gate
  );
}

/**
 * The same for one of a thousand objects that wait behind one gate: without what changes with every
 * step of the rollout, or each step would write a thousand statuses (measured: 900 at 500 nodes).
 */
export function sentenceForOne(gate: Reason, namespace?: string): string {
  if (gate.gate !== "BudgetSpent") return sentenceOf(gate, namespace);
  return `waits for its turn: ${gate.allowed} nodes at most are down or under way at once, PciPassthrough tells which`;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}

function waitingInstallation(gate: Reason, namespace: string): string | undefined {
  switch (gate.gate) {
    case "Paused":
      return "spec.rollout.paused is true: nothing is restarted until it is false";
    case "Settling":
      return `waiting for further changes until ${timeText(gate.until)}, then restarts begin`;
    case "AdoptionUnconfirmed":
      return unreadBase(gate.why);
    case "PolicyMissing":
      return `${gate.what} is not there: kubectl apply -k deploy/injection`;
    case "PolicyOutdated":
      return `the injection policy has version ${gate.found}, this operator knows ${gate.known}: kubectl apply -k deploy/injection of the same release`;
    case "PolicyDoesNotSelect":
      return `the injection policy selects pods labelled ${gate.labels}, these pods carry other labels: patch its objectSelector (deploy/README.md)`;
    case "NamespaceNotLabelled":
      return `the namespace is not labelled for injection: kubectl label namespace ${namespace} pci.openstack.org/injection=enabled`;
    case "StateUnreadable":
      return `ConfigMap nova-pci-state cannot be read (${gate.why}); nothing is changed until it can`;
    case "StateTooLarge":
      return `the state needs ${gate.bytes} bytes, ${gate.limit} are allowed; split the installation or use fewer distinct fragments`;
    case "TooManyNodes":
      return `${gate.nodes} compute nodes, one assignment holds ${gate.limit}`;
    case "MissingRight":
      return `the operator may not ${gate.right}: kubectl apply -n ${namespace} -k deploy/namespace`;
    default:
      return undefined;
  }
}

function unreadBase(why: Unread): string {
  const nothing = "nothing restarts before the nova.conf under ours was looked at";
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

function waitingRollout(gate: Reason): string | undefined {
  switch (gate.gate) {
    case "FragmentPending":
      return `fragment ${gate.fragment} is being written`;
    case "Propagation":
      return `kubelets have the new file by ${timeText(gate.until)}`;
    case "NotWired":
      return gate.why;
    case "NoWorkload":
      return "no workload carries the labels of this service: set spec.services.*.matchLabels";
    case "WorkloadPaused":
      return `${gate.workload} is paused: kubectl rollout resume`;
    case "MaxSurge":
      return `${gate.workload} has maxSurge: two nova-computes on one host fight over it; set it to 0`;
    case "DisruptionBudget":
      return `PodDisruptionBudget ${gate.budget} covers the pods: ${gate.why}`;
    case "EarlierServiceFailed":
      return `${gate.service} failed; see the quarantined entries`;
    case "CanaryPending":
      return `waiting for the canary ${gate.canary}`;
    case "BudgetSpent":
      return `${gate.down} nodes are down or under way, ${gate.allowed} may be: ${list(gate.nodes)}`;
    case "FailureLimit":
      return `${gate.failures} failures, ${gate.limit} are allowed`;
    case "Quiescing":
      return gate.busy.length === 0
        ? `${gate.node} is being closed for new servers`
        : `${gate.node} is busy: ${list(gate.busy)}`;
    case "Verifying":
      return `${gate.node}: waiting for ${gate.missing}, until ${timeText(gate.until)}`;
    case "Inconclusive":
      return `nothing can be proved now, so nothing is changed or put back: ${gate.why}`;
    case "ManualRestart":
      return `${gate.behind} behind; restart is Manual or External: ${gate.command}`;
    case "MountedUnion":
      return gate.why;
    case "FieldConflict":
      return `${gate.manager} writes our annotation on ${gate.workload}; nothing is written until it stops (deploy/README.md, GitOps)`;
    case "PreflightRefused":
      return `Nova would refuse it: ${gate.finding}`;
    default:
      return undefined;
  }
}

function waitingEntry(gate: Reason): string | undefined {
  switch (gate.gate) {
    case "ComputesFirst":
      return `${gate.behind} compute nodes do not have it yet: ${list(gate.nodes)}`;
    case "ApiFirst":
      return `alias ${gate.alias} leaves nova-api before it leaves the computes`;
    case "HardwareContradicts":
      return `${gate.node} does not get ${gate.device} (hardwareCheck: Enforce): ${gate.why}`;
    case "RemovalGrace":
      return `it goes at ${timeText(gate.until)}; a revert before costs nothing`;
    case "InUse":
      return `in use by ${list(gate.by)}`;
    case "UsageUnknown":
      return `${gate.why}; to release it write ${gate.release} into spec.removals of PciPassthrough nova`;
    case "Quarantined":
      return `it failed a rollout (${gate.error}); it is tried again when its object changes`;
    case "ReportFirst":
      return `nova-compute must report to Placement first: ${list(gate.nodes)}`;
    case "PlacementAllocationsMissing":
      return `servers without PCI allocations in Placement: ${list(gate.servers)}`;
    case "UnconfirmedMove":
      return `unconfirmed resizes or migrations: ${list(gate.migrations)}`;
    case "AliasNotLive":
      return `aliases that are not live on every nova-api pod: ${list(gate.aliases)}`;
    case "NoHostCanServe":
      return `no compute can ever take it: ${gate.why}`;
    case "NoCredentials":
      return gate.command;
    case "CloudUnreachable":
      return "the cloud does not answer; it is tried again";
    default:
      return undefined;
  }
}

/** Gates that a person has to open; all others open by themselves. */
const needsPerson: ReadonlySet<Gate["gate"]> = new Set([
  "Paused",
  "AdoptionUnconfirmed",
  "PolicyMissing",
  "PolicyOutdated",
  "PolicyDoesNotSelect",
  "NamespaceNotLabelled",
  "StateUnreadable",
  "StateTooLarge",
  "TooManyNodes",
  "MissingRight",
  "NotWired",
  "NoWorkload",
  "WorkloadPaused",
  "MaxSurge",
  "MountedUnion",
  "FieldConflict",
  "PreflightRefused",
  "Quarantined",
  "HardwareContradicts",
  "NoHostCanServe",
  "NoCredentials",
]);

export function stalls(gate: Reason): boolean {
  if (gate.gate === "DisruptionBudget") return !gate.why.endsWith("now");
  return needsPerson.has(gate.gate);
}
