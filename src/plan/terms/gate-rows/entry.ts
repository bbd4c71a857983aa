// Gates of one entry: its order among others, its removal, its devices, and of flavors and the
// cloud.

import { list } from "../gate-sentences.ts";
import { timeText } from "../time.ts";
import type { Rows } from "./row.ts";

export const entryGates: Rows<
  | "ComputesFirst"
  | "ApiFirst"
  | "HardwareContradicts"
  | "RemovalGrace"
  | "InUse"
  | "UsageUnknown"
  | "Quarantined"
  | "ReportFirst"
  | "PlacementAllocationsMissing"
  | "UnconfirmedMove"
  | "NotCleaned"
  | "Cleaning"
  | "CleaningFailed"
  | "CleaningDenied"
  | "AliasNotDeclared"
  | "AliasNotLive"
  | "NoHostCanServe"
  | "NoCredentials"
  | "CloudUnreachable"
> = {
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
    says: (gate) =>
      `it is removed at ${timeText(gate.until)}; who puts it back before then restarts nothing`,
    opens: "time",
  },
  InUse: {
    means: "servers, migrations, ports or flavors use it",
    says: (gate) =>
      `in use by ${list(gate.by)}${gate.release === undefined ? "" : `: let ${gate.by.length === 1 ? "it" : "them"} ask for another alias, or write ${gate.release} into spec.removals of PciPassthrough nova`}`,
    opens: (gate) => (gate.release === undefined ? "cloud" : "person"),
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
    means: "a change of it failed and is not tried again until its object changes",
    says: (gate) => `the change failed (${gate.error}); it is tried again when its object changes`,
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
  NotCleaned: {
    means: "a used one-time-use device would come back as an unused one",
    says: (gate) =>
      `${list(gate.addresses)} on ${gate.node} was used and not cleaned, which Nova would forget with its device spec: no server gets it meanwhile; clean it and run nova-pci uncordon ${gate.node} ${gate.addresses[0] ?? "ADDRESS"} --cleaned, or write ${gate.release} into spec.removals of PciPassthrough nova`,
    opens: "person",
    asked: "poll",
  },
  Cleaning: {
    means: "a used one-time-use device is being cleaned, or waits for its turn",
    says: (gate) =>
      `${gate.address} on ${gate.node} comes back when Job ${gate.job} has cleaned it`,
    opens: "change",
    asked: "poll",
    beside: true,
  },
  CleaningFailed: {
    means: "a used one-time-use device could not be cleaned and stays out",
    says: (gate, namespace) =>
      `${gate.address} on ${gate.node} stays out: ${gate.why}; to try again, kubectl -n ${namespace} delete job ${gate.job}`,
    opens: "person",
    asked: "look",
    beside: true,
  },
  CleaningDenied: {
    means: "devices are to be cleaned by Jobs, and the operator has no right to make any",
    says: (_gate, namespace) =>
      `the operator may make no Jobs, so used one-time-use devices stay out: kubectl apply -n ${namespace} -k deploy/namespace/cleaning`,
    opens: "person",
    asked: "look",
    keepsOut: true,
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
    means: "no compute node can take the flavor",
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
