// Condition types, reasons and phases, each with its meaning. Nothing else may invent one; every
// message tells what to do next, these sentences tell what a reason is. The meanings of gates come
// from their rows.

import { gateTable } from "./gate-table.ts";
import type { GateName } from "./gates.ts";

/** Condition types: the kstatus trio and three of our own (Wired on PciPassthrough only). */
export const conditionTypes = {
  Ready: "what the object asks for is in force everywhere",
  Reconciling: "it is on its way, and nobody has to do anything (only present when true)",
  Stalled: "somebody has to do something (only present when true)",
  Accepted: "the object is valid and its entries count",
  Live: "what it asks for is proved to be read",
  Wired: "pods are proved to read the fragments they were assigned",
} as const;

const otherReasons = {
  // acceptance
  Accepted: "the object is accepted",
  InvalidObject: "the stored object breaks the schema of this version",
  DuplicateName: "another PciAlias has this alias name",
  DuplicateFlavor: "another PciFlavor describes this flavor",
  Contradiction: "two whitelists can match one device with different tags and equal rank",
  BaseConflict: "the chart's own nova.conf defines the alias with another meaning",
  UnknownRelease: "spec.release is not a release that is known",
  Conflict: "the flavor has another value for a key of ours, or somebody keeps changing it",
  Immutable: "Nova cannot change this field of a flavor in place",
  FlavorMissing: "Nova has no such flavor and spec.create is absent",
  NotShownByNova: "what was written to the flavor several times does not show",
  DeleteNeedsDeleteAdopted: "deletionPolicy Delete does not delete a flavor that others made",
  // being in force
  Live: "it is in force",
  LiveThroughBase: "the chart's own nova.conf says the same; nothing is rendered",
  Progressing: "it is on its way",
  Wired: "pods read what they were assigned",
  NotProvedYet: "no pod has shown it yet",
  AmbiguousHost: "it is not known which host of Nova a Node is",
  CloudSettings: "the credentials of the cloud are used in a way that somebody should look at",
  DeprecatedOption: "the chart's own nova.conf uses an old name of a PCI option",
  // flavors
  LeftInNova: "an object was released although the cloud could not be cleaned",
  // the world
  NoMatchingDevice: "no whitelist offers a device that the alias could take",
  ClassMismatch: "alias and device have no resource class or traits in common",
  PartlyServed: "an alternative of the alias is served by no device, others are",
  WrongDeviceType: "the alias asks for another type than the devices are",
  NoNodeSelected: "the selector picks no compute node",
  ExclusionIneffective: "an exclusion cannot be kept, or leaves nothing out",
  ExclusionEnded: "the time of an exclusion is over and its device is offered again",
  Shadowed: "an entry can never match, because one before it takes every device that it names",
  NoSuchDevice: "the node's inventory shows no such device",
  IdsSwapped: "vendor and product seem to be swapped",
  IommuMissing: "the device is in no IOMMU group",
  OwnerUnknown: "it was found in a fragment after the state was lost, and no object asks for it",
  CompanionLeft: "a function of the same card stays on the host",
  HostDevice: "the host can hardly do without the device",
  PreflightIneffective: "the image is asked before a canary, and no canary is possible",
  GraceTooShort: "pods are killed before this release of Nova has stopped by itself",
  FilterMissing: "nova-scheduler lacks a filter",
  FiltersUnknown: "the filters that nova-scheduler has now are not known",
  NumaPolicyIneffective: "a NUMA policy without a NUMA topology",
  NumaPolicyNotOnAlias: "the flavor has a NUMA policy that its alias lacks",
  PlacementTuningNeeded: "Placement needs tuning for so many devices",
  CapacityUnknown: "how many servers fit cannot be known",
  // what happened
  Complete: "a rollout ended well",
  RolledBack: "a rollout failed and the last proved configuration is put back",
  Superseded: "a newer change replaced a rollout that was under way",
  RolledBackByUser: "kubectl rollout undo is respected",
  FailedRollout: "a rollout of the entry failed",
  Cleaned: "a device was cleaned after its use and is given back",
  Repaired: "a ConfigMap of ours was changed by somebody else and is written again",
  Retained: "its object is gone and its entries must stay for now",
  Leaving: "it is on its way out",
  CrdGone: "its CRD vanished while it was live: nothing is withdrawn",
} as const;
export type Reason = GateName | keyof typeof otherReasons;

export const reasons: Readonly<Record<Reason, string>> = {
  ...otherReasons,
  ...(Object.fromEntries(
    Object.entries(gateTable).map(([name, { means }]) => [name, means]),
  ) as Record<GateName, string>),
};

/** Phases of a service's rollout, as status.services shows them. */
export const phases = {
  Idle: "nothing is under way",
  Preflight: "the chart's own nova.conf and the fragment are checked together",
  Canary: "the first nodes of the change are being replaced",
  Verify: "the canaries are watched before the remaining nodes",
  Promote: "the remaining nodes are replaced, within maxUnavailable",
  Complete: "every pod is proved to run what is wanted",
  Halt: "a node failed or stays lost; nothing more is replaced",
  Rollback: "the fragment that was proved last is being put back",
  Inconclusive: "nothing can be proved now, so nothing is replaced and nothing is put back",
  Paused: "spec.rollout.paused is true",
} as const;
