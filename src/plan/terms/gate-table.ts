// What is known of each gate, one row for each: its meaning as the reason of a condition, its
// sentence for people with what to do next, who opens it, what it stops. Conditions, messages,
// stalls, polls, metrics and the story derive from it; nothing else lists gates by name.

import { configDirectory, serviceTitle } from "../../api/names.ts";
import type { Gate, GateName, Reason } from "./gates.ts";
import { list, lostSentence, unreadBase } from "./gate-sentences.ts";
import { timeText } from "./time.ts";

/**
 * Who opens a gate: a person (so the object is Stalled), a change that is watched, a time that the
 * gate names, or the cloud, whose answer changes without any list of Kubernetes changing.
 */
type Opener = "person" | "change" | "time" | "cloud";

type Row<Numbers> = {
  /** What the reason of a condition means, without an end stop. */
  readonly means: string;
  /** What a person reads. */
  readonly says: (gate: Numbers, namespace: string) => string;
  readonly opens: Opener | ((gate: Numbers) => Opener);
  /** No watch tells that it opened: `poll` asks each few seconds, `look` each minute or so. */
  readonly asked?: "poll" | "look";
  /** It also stops pods from being replaced by work under way; "all": even to put last-good back. */
  readonly stops?: "replacing" | "all";
  /** Pods are not proved to read what they are assigned: the installation is not Wired. */
  readonly unwires?: true;
  /** The entry is kept out of the nodes that it would go to, so its object is not Live. */
  readonly keepsOut?: true;
  /** Passes within seconds: told of in status, not in the story of `try`. */
  readonly routine?: true;
};

type Numbers<Name extends GateName> = Extract<Reason, { readonly gate: Name }>;
type Table = { readonly [Name in GateName]: Row<Numbers<Name>> };

export const gateTable: Table = {
  Paused: {
    means: "spec.rollout.paused is true",
    says: () => "spec.rollout.paused is true: nothing is restarted until it is false",
    opens: "person",
    stops: "replacing",
  },
  Settling: {
    means: "waiting for further changes before anything restarts",
    says: (gate) =>
      `waiting for further changes until ${timeText(gate.until)}, then restarts begin`,
    opens: "time",
  },
  AdoptionUnconfirmed: {
    means: "the chart's own nova.conf was neither read nor declared free of PCI options",
    says: (gate) => unreadBase(gate.why),
    opens: "person",
    asked: "look",
  },
  PolicyMissing: {
    means: "the injection policy or its binding is not there",
    says: (gate) => gate.what,
    opens: "person",
    asked: "look",
    stops: "all",
    unwires: true,
  },
  PolicyOutdated: {
    means: "the injection policy has a version that this operator does not know",
    says: (gate) =>
      `the injection policy has version ${gate.found}, this operator knows ${gate.known}: kubectl apply -k deploy/injection of the same release`,
    opens: "person",
    asked: "look",
    stops: "all",
    unwires: true,
  },
  WebhookUnreachable: {
    means: "the webhook is installed and a pod that it should serve was not served",
    says: (gate) =>
      `the webhook nova-pci-injection failed its self-test, and new Nova pods are refused or wait while it does: ${gate.why.slice(0, 500)}`,
    opens: "person",
    asked: "look",
    stops: "all",
    unwires: true,
  },
  GuardMissing: {
    means: "the policy that keeps what nova-compute reads to the operator is missing or changed",
    says: (gate) =>
      `policy nova-pci-guard ${gate.what}, so others may write what nova-compute reads as root: kubectl apply -k deploy/guard`,
    opens: "person",
    asked: "look",
    stops: "replacing",
  },
  PolicyDoesNotSelect: {
    means: "the injection policy does not select these pods",
    says: (gate) =>
      `the injection policy selects pods labelled ${gate.labels}, these pods carry other labels: patch its objectSelector (deploy/README.md)`,
    opens: "person",
    asked: "look",
  },
  NamespaceNotLabelled: {
    means: "the namespace is not labelled for injection",
    says: (_gate, namespace) =>
      `the namespace is not labelled for injection: kubectl label namespace ${namespace} pci.openstack.org/injection=enabled`,
    opens: "person",
    asked: "look",
    stops: "all",
    unwires: true,
  },
  StateUnreadable: {
    means: "ConfigMap nova-pci-state cannot be read",
    says: (gate) =>
      `ConfigMap nova-pci-state cannot be read (${gate.why}); nothing is changed until it can`,
    opens: "person",
    stops: "all",
  },
  StateTooLarge: {
    means: "the state does not fit into one ConfigMap",
    says: (gate) =>
      `the state needs ${gate.bytes} bytes, ${gate.limit} are allowed; split the installation or use fewer distinct fragments`,
    opens: "person",
  },
  TooManyNodes: {
    means: "more compute nodes than one assignment holds",
    says: (gate) => `${gate.nodes} compute nodes, one assignment holds ${gate.limit}`,
    opens: "person",
  },
  MissingRight: {
    means: "the operator lacks a right",
    says: (gate, namespace) =>
      `the operator may not ${gate.right}: kubectl apply -n ${namespace} -k deploy/namespace`,
    opens: "person",
    asked: "look",
    stops: "all",
  },
  FragmentPending: {
    means: "a fragment is being written",
    says: (gate) => `fragment ${gate.fragment} is being written`,
    opens: "change",
    routine: true,
  },
  FragmentTooLarge: {
    means: "a fragment does not fit into one ConfigMap",
    says: (gate) =>
      `fragment ${gate.fragment} needs ${gate.bytes} bytes, ${gate.limit} are allowed: write fewer or wider devices in PciWhitelist (one addressRegex for many addresses), or narrow nodeSelector; until then what runs stays`,
    opens: "person",
  },
  Propagation: {
    means: "kubelets are getting the new file",
    says: (gate) => `kubelets have the new file by ${timeText(gate.until)}`,
    opens: "time",
  },
  NotWired: {
    means: "a pod does not read what it was assigned",
    says: (gate) => gate.why,
    opens: "person",
    unwires: true,
  },
  NoWorkload: {
    means: "no workload carries the labels of the service",
    says: () =>
      "found no workload that carries the labels of this service: set spec.services.*.matchLabels",
    opens: "person",
  },
  WorkloadPaused: {
    means: "the workload is paused",
    says: (gate) => `${gate.workload} is paused: kubectl rollout resume`,
    opens: "person",
  },
  MaxSurge: {
    means: "the DaemonSet has maxSurge",
    says: (gate) =>
      `${gate.workload} has maxSurge: two nova-computes on one host fight over it; set it to 0`,
    opens: "person",
  },
  DisruptionBudget: {
    means: "a PodDisruptionBudget allows no disruption",
    says: (gate) => `PodDisruptionBudget ${gate.budget} covers the pods: ${gate.why}`,
    opens: (gate) => (gate.now ? "change" : "person"),
  },
  CanaryPending: {
    means: "the canary of the same change is not through yet",
    says: (gate) => `waiting for the canary ${gate.canary}`,
    opens: "cloud",
    asked: "poll",
  },
  BudgetSpent: {
    means: "as many nodes are down as may be",
    says: (gate) =>
      `${gate.down} of at most ${gate.allowed} nodes are being restarted: ${list(gate.nodes)}`,
    opens: "cloud",
    asked: "poll",
  },
  FailureLimit: {
    means: "it failed on this node, and fewer nodes failed than may fail",
    says: (gate) =>
      `it failed here, so the last configuration that was proved runs here (${gate.failures} of ${gate.limit} failures that end the rollout); it is tried again when the object changes`,
    opens: "person",
  },
  Quiescing: {
    means: "the compute is becoming quiet before its restart",
    says: (gate) =>
      gate.busy.length === 0
        ? `${gate.node} is being closed for new servers`
        : `${gate.node} is busy: ${list(gate.busy)}`,
    opens: "cloud",
    asked: "poll",
    routine: true,
  },
  Verifying: {
    means: "the new pod is being proved",
    says: (gate) => `${gate.node}: waiting for ${gate.missing}, until ${timeText(gate.until)}`,
    opens: "cloud",
    asked: "poll",
    routine: true,
  },
  Inconclusive: {
    means: "nothing can be proved now",
    says: (gate) => `nothing can be proved now, so nothing is changed or put back: ${gate.why}`,
    opens: "cloud",
    asked: "poll",
  },
  Lost: {
    means:
      "a node or pod shows nothing to judge by: no entry is blamed, its place in the budget stays taken",
    says: lostSentence,
    opens: (gate) => (gate.halted ? "person" : "change"),
    asked: "look",
  },
  ManualRestart: {
    means: "restart is Manual or External, and pods are behind",
    says: (gate) => `${gate.behind} behind; restart is Manual or External: ${gate.command}`,
    opens: "change",
  },
  MountedUnion: {
    means: "nodes need different files and all mount one",
    says: (gate) => gate.why,
    opens: "person",
  },
  FieldConflict: {
    means: "somebody else writes our annotation",
    says: (gate) =>
      `${gate.manager} writes our annotation on ${gate.workload}; nothing is written until it stops (deploy/README.md, GitOps)`,
    opens: "person",
  },
  PreflightRefused: {
    means: "the model of Nova refuses base and fragment together",
    says: (gate) => `Nova would refuse it: ${gate.finding}`,
    opens: "person",
  },
  BaseWins: {
    means: "the chart's own nova.conf sets an option that Nova reads after ours",
    says: (gate) =>
      `${serviceTitle[gate.service]} ${gate.certain ? "reads" : "may read"} its own nova.conf after our file, and ` +
      `${gate.option} = ${gate.value} there wins: set it in the chart, or start the process with --config-dir ${configDirectory} last`,
    opens: "person",
    asked: "look",
  },
  ComputesFirst: {
    means: "the computes get an alias before nova-api does",
    says: (gate) =>
      `not yet on ${gate.behind} compute ${gate.behind === 1 ? "node" : "nodes"}: ${list(gate.nodes)}`,
    opens: "change",
  },
  ApiFirst: {
    means: "nova-api loses an alias before the computes do",
    says: (gate) => `alias ${gate.alias} leaves nova-api before it leaves the computes`,
    opens: "change",
  },
  HardwareContradicts: {
    means: "the node's own inventory contradicts the entry, and hardwareCheck is Enforce",
    says: (gate) =>
      `${gate.node} does not get ${gate.device} (hardwareCheck: Enforce): ${gate.why}`,
    opens: "person",
    keepsOut: true,
  },
  RemovalGrace: {
    means: "a removal waits so that a revert costs nothing",
    says: (gate) => `it goes at ${timeText(gate.until)}; a revert before costs nothing`,
    opens: "time",
  },
  InUse: {
    means: "servers, migrations, ports or flavors use it",
    says: (gate) => `in use by ${list(gate.by)}`,
    opens: "cloud",
    asked: "poll",
  },
  UsageUnknown: {
    means: "nobody can prove that it is not in use",
    says: (gate) =>
      `${gate.why}; to release it write ${gate.release} into spec.removals of PciPassthrough nova`,
    opens: (gate) => (gate.askable ? "cloud" : "person"),
    asked: "poll",
  },
  Quarantined: {
    means: "it failed a rollout and is kept out until its object changes",
    says: (gate) =>
      `it failed a rollout (${gate.error}); it is tried again when its object changes`,
    opens: "person",
    keepsOut: true,
  },
  ReportFirst: {
    means: "computes must report to Placement first",
    says: (gate) => `nova-compute must report to Placement first: ${list(gate.nodes)}`,
    opens: "cloud",
    asked: "poll",
    keepsOut: true,
  },
  PlacementAllocationsMissing: {
    means: "servers with PCI devices have no allocations in Placement",
    says: (gate) => `servers without PCI allocations in Placement: ${list(gate.servers)}`,
    opens: "cloud",
    asked: "poll",
  },
  UnconfirmedMove: {
    means: "there are unconfirmed resizes or migrations",
    says: (gate) => `unconfirmed resizes or migrations: ${list(gate.migrations)}`,
    opens: "cloud",
    asked: "poll",
  },
  AliasNotDeclared: {
    means: "an alias of the flavor is declared by no PciAlias",
    says: (gate) =>
      gate.aliases
        .map(
          ({ name, near }) =>
            `no PciAlias declares "${name}" as its spec.name${near === undefined ? ": create one, or correct spec.aliases" : `: did you mean ${near}?`}`,
        )
        .join("; "),
    opens: "person",
  },
  AliasNotLive: {
    means: "an alias of the flavor is not live on every nova-api pod",
    says: (gate) =>
      `waiting for ${gate.aliases.length === 1 ? "alias" : "aliases"} ${list(gate.aliases)} to be live on every nova-api pod`,
    opens: "change",
  },
  NoHostCanServe: {
    means: "it is proved that no compute can take the flavor",
    says: (gate) => `no compute node can host this flavor: ${gate.why}`,
    opens: "person",
  },
  NoCredentials: {
    means: "there are no credentials for the cloud",
    says: (gate) => gate.command,
    opens: "person",
    asked: "look",
  },
  CloudUnreachable: {
    means: "the cloud does not answer",
    says: () => "the cloud does not answer; it is tried again",
    opens: "cloud",
    asked: "poll",
  },
};

function rowOf<Name extends GateName>(gate: Numbers<Name>): Row<Numbers<Name>> {
  return gateTable[gate.gate];
}

export function sentenceOf(gate: Reason, namespace = "NAMESPACE"): string {
  return rowOf(gate).says(gate, namespace);
}

/**
 * The same for one of a thousand objects that wait behind one gate: without what changes with every
 * step of the rollout, or each step would write a thousand statuses (measured: 900 at 500 nodes).
 */
export function sentenceForOne(gate: Reason, namespace?: string): string {
  if (gate.gate !== "BudgetSpent") return sentenceOf(gate, namespace);
  return `waits for its turn: at most ${gate.allowed} nodes are restarted at once; PciPassthrough names them`;
}

/** Whether a person has to open it; all others open by themselves. */
export function stalls(gate: Reason): boolean {
  const { opens } = rowOf(gate);
  return (typeof opens === "function" ? opens(gate) : opens) === "person";
}

export function keepsOut(gate: Reason): boolean {
  return rowOf(gate).keepsOut === true;
}

export function unwires(gate: Reason): boolean {
  return rowOf(gate).unwires === true;
}

export function isRoutine(gate: Gate): boolean {
  return rowOf(gate).routine === true;
}

export function stopsReplacing(gate: Reason): boolean {
  return rowOf(gate).stops !== undefined;
}

export function stopsRollback(gate: Reason): boolean {
  return rowOf(gate).stops === "all";
}

/** How the loop learns that it opened, where no watch tells. */
export function askedOf(gate: Reason): "poll" | "look" | undefined {
  return rowOf(gate).asked;
}
