// Gates of a service and its nodes: files, pods, budgets, proof.

import { configDirectory, serviceTitle } from "../../../api/names.ts";
import { list, lostSentence } from "../gate-sentences.ts";
import { timeText } from "../time.ts";
import type { Rows } from "./row.ts";

export const rolloutGates: Rows<
  | "FragmentPending"
  | "FragmentTooLarge"
  | "Propagation"
  | "NotWired"
  | "NoWorkload"
  | "WorkloadPaused"
  | "MaxSurge"
  | "DisruptionBudget"
  | "CanaryPending"
  | "BudgetSpent"
  | "FailureLimit"
  | "Halted"
  | "Quiescing"
  | "Verifying"
  | "Inconclusive"
  | "Lost"
  | "ManualRestart"
  | "MountedUnion"
  | "FieldConflict"
  | "PreflightPending"
  | "PreflightRefused"
  | "BaseWins"
> = {
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
      "found no workload that carries the labels of this service: set spec.services.*.matchLabels (where Nova does not run as pods here, as RHOSO's and Sunbeam's nova-computes: docs/howto/charts.md)",
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
    says: (gate) => `waiting for the canary of the same change, ${gate.canary}`,
    opens: "cloud",
    asked: "poll",
  },
  BudgetSpent: {
    means: "as many nodes are down as may be",
    says: (gate) =>
      `${gate.down} of at most ${gate.allowed} ${gate.allowed === 1 ? "node is" : "nodes are"} being restarted: ${list(gate.nodes)}`,
    opens: "cloud",
    asked: "poll",
  },
  FailureLimit: {
    means: "it failed on this node, and fewer nodes failed than may fail",
    says: (gate) =>
      `it failed here, so the last configuration that was proved runs here (${gate.failures} of ${gate.limit} failures that end the rollout); it is tried again when the object changes`,
    opens: "person",
  },
  Halted: {
    means: "a rollout failed and was not put back",
    says: ({ node, fragment, good }, namespace) =>
      good
        ? `nova-compute on ${node} does not come up with what was put back (${fragment}) either: read kubectl -n ${namespace} logs and describe of its pod and mend the node; it goes on when nova-compute is up`
        : `nova-compute on ${node} failed with ${fragment}, which stays there (spec.rollout.autoRollback is false, or a device of it is in use): take the change back or correct it in its object, then ${node} is tried again`,
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
    means: "restart is Manual or External, and pods do not read the new file yet",
    says: (gate) =>
      `it waits for somebody to restart it, because restart is Manual or External: ${gate.command}`,
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
  PreflightPending: {
    means: "the image of nova-compute is asked whether it takes the fragment",
    says: ({ node, job, until }) =>
      `Job ${job} tries the fragment on ${node} in the image of its nova-compute; without an answer the canary begins at ${timeText(until)}`,
    opens: "time",
    asked: "poll",
  },
  PreflightRefused: {
    means: "Nova would not start with the chart's own nova.conf and the fragment together",
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
};
