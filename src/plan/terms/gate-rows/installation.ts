// Gates of a whole installation: its settings, its policies, its own memory.

import { unreadBase } from "../gate-sentences.ts";
import { timeText } from "../time.ts";
import type { Rows } from "./row.ts";

export const installationGates: Rows<
  | "Paused"
  | "Settling"
  | "AdoptionUnconfirmed"
  | "PolicyMissing"
  | "PolicyOutdated"
  | "WebhookUnreachable"
  | "GuardMissing"
  | "PolicyDoesNotSelect"
  | "NamespaceNotLabelled"
  | "StateUnreadable"
  | "StateTooLarge"
  | "TooManyNodes"
  | "MissingRight"
  | "WriteRefused"
> = {
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
  WriteRefused: {
    means: "the API server or Nova refuses a write of the operator",
    says: (gate) =>
      `the operator tried to ${gate.what} and was refused: ${gate.words}; ${gate.advice}. It is tried again and again`,
    opens: "person",
  },
};
