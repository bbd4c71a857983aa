// Answers "which conditions and reasons are there, and what does each mean?". Nothing else may
// invent one; every message tells what to do next, these sentences tell what a reason is.

/** Condition types: the kstatus trio and three of our own (Wired on PciPassthrough only). */
export const conditionTypes = {
  Ready: "what the object asks for is in force everywhere",
  Reconciling: "it is on its way, and nobody has to do anything (only present when true)",
  Stalled: "somebody has to do something (only present when true)",
  Accepted: "the object takes part in the configuration",
  Live: "what it asks for is proved to be read",
  Wired: "pods are proved to read the fragments they were assigned",
} as const;
export type ConditionType = keyof typeof conditionTypes;

export const reasons = {
  // acceptance
  Accepted: "the object takes part",
  InvalidObject: "the stored object breaks the schema of this version",
  DuplicateName: "another PciAlias has this alias name",
  DuplicateFlavor: "another PciFlavor describes this flavor",
  Contradiction: "two whitelists can match one device with different tags and equal rank",
  BaseConflict: "the nova.conf under ours defines the alias with another meaning",
  UnknownRelease: "spec.release is not a release that is known",
  Conflict: "the flavor has another value for a key of ours",
  Immutable: "Nova cannot change this field of a flavor in place",
  FlavorMissing: "Nova has no such flavor and spec.create is absent",
  // being in force
  Live: "it is in force",
  LiveThroughBase: "the nova.conf under ours says the same; nothing is rendered",
  Progressing: "it is on its way",
  Wired: "pods read what they were assigned",
  NotProvedYet: "no pod has shown it yet",
  // gates of the installation
  Paused: "spec.rollout.paused is true",
  Settling: "waiting for further changes before anything restarts",
  AdoptionUnconfirmed: "the nova.conf under ours was neither read nor declared free of PCI options",
  PolicyMissing: "the injection policy or its binding is not there",
  PolicyOutdated: "the injection policy has a version that this operator does not know",
  PolicyDoesNotSelect: "the injection policy does not select these pods",
  NamespaceNotLabelled: "the namespace is not labelled for injection",
  StateUnreadable: "ConfigMap nova-pci-state cannot be read",
  StateTooLarge: "the state does not fit into one ConfigMap",
  TooManyNodes: "more compute nodes than one assignment holds",
  MissingRight: "the operator lacks a right",
  // gates of a rollout
  FragmentPending: "a fragment is being written",
  Propagation: "kubelets are getting the new file",
  NotWired: "a pod does not read what it was assigned",
  NoWorkload: "no workload carries the labels of the service",
  WorkloadPaused: "the workload is paused",
  MaxSurge: "the DaemonSet has maxSurge",
  DisruptionBudget: "a PodDisruptionBudget allows no disruption",
  EarlierServiceFailed: "a service before it failed",
  CanaryPending: "the canary of the same change is not through yet",
  BudgetSpent: "as many nodes are down as may be",
  FailureLimit: "as many nodes failed as may fail",
  Quiescing: "the compute is becoming quiet before its restart",
  Verifying: "the new pod is being proved",
  Inconclusive: "nothing can be proved now",
  ManualRestart: "restart is Manual or External, and pods are behind",
  MountedUnion: "nodes need different files and all mount one",
  FieldConflict: "somebody else writes our annotation",
  PreflightRefused: "the model of Nova refuses base and fragment together",
  // gates of an entry
  HardwareContradicts:
    "the node's own inventory contradicts the entry, and hardwareCheck is Enforce",
  DeprecatedOption: "the nova.conf under ours uses an old name of a PCI option",
  ComputesFirst: "the computes get an alias before nova-api does",
  ApiFirst: "nova-api loses an alias before the computes do",
  RemovalGrace: "a removal waits so that a revert costs nothing",
  InUse: "servers, migrations, ports or flavors use it",
  UsageUnknown: "nobody can prove that it is not in use",
  Quarantined: "it failed a rollout and is kept out until its object changes",
  ReportFirst: "computes must report to Placement first",
  PlacementAllocationsMissing: "servers with PCI devices have no allocations in Placement",
  UnconfirmedMove: "there are unconfirmed resizes or migrations",
  // flavors
  AliasNotLive: "an alias of the flavor is not live on every nova-api pod",
  NoHostCanServe: "it is proved that no compute can take the flavor",
  NoCredentials: "there are no credentials for the cloud",
  CloudUnreachable: "the cloud does not answer",
  LeftInNova: "an object was released although the cloud could not be cleaned",
  // the world
  NoMatchingDevice: "no whitelist offers a device that the alias could take",
  NoNodeSelected: "the selector picks no compute node",
  ExclusionIneffective: "an excluded address may still be offered as a VF of an entry's device",
  Shadowed: "an entry can never match, because one before it takes every device of its",
  NoSuchDevice: "the node's inventory shows no such device",
  IdsSwapped: "vendor and product seem to be swapped",
  IommuMissing: "the device is in no IOMMU group",
  FilterMissing: "nova-scheduler lacks a filter",
  FiltersUnknown: "the base list of filters is not known",
  NumaPolicyIneffective: "a NUMA policy without a NUMA topology",
  NumaPolicyNotOnAlias: "the flavor has a NUMA policy that its alias lacks",
  PlacementTuningNeeded: "Placement needs tuning for so many devices",
  CapacityUnknown: "how many servers fit cannot be known",
  // what happened
  Complete: "a rollout ended well",
  RolledBack: "a rollout failed and last-good is back",
  Halted: "a rollout failed and was not put back",
  Superseded: "a newer wish replaced a rollout under way",
  RolledBackByUser: "kubectl rollout undo is respected",
  FailedRollout: "the entry failed a rollout",
  Repaired: "a ConfigMap of ours was changed by somebody else and is written again",
  Retained: "its object is gone and its entries must stay for now",
  Leaving: "it is on its way out",
  CrdGone: "its CRD vanished while it was live: nothing is withdrawn",
} as const;
export type Reason = keyof typeof reasons;

/** Phases of a service's rollout, as status.services shows them. */
export const phases = {
  Idle: "nothing is under way",
  Preflight: "base and fragment together are put to the model of Nova",
  Canary: "the first nodes of the change are being replaced",
  Verify: "the canaries are watched before the others follow",
  Promote: "the others follow, within maxUnavailable",
  Complete: "every pod is proved to run what is wanted",
  Halt: "a node failed; nothing more is replaced",
  Rollback: "the last good fragment is being put back",
  Inconclusive: "nothing can be proved now, so nothing is replaced and nothing is put back",
  Paused: "spec.rollout.paused is true",
} as const;
export type Phase = keyof typeof phases;
