// The table of policies: what we refuse or warn about beyond Nova, by name, and why. A verdict of
// the model of Nova itself is the policy NovaRefuses. Names are for users (acceptInvalid, lint,
// status) and stay for ever.

export type Severity = "refuse" | "warn";

export type Policy = {
  readonly severity: Severity;
  /**
   * A user may set it aside by name (spec.acceptInvalid); the rollout then starts with a canary.
   */
  readonly overridable: boolean;
  readonly sentence: string;
  /** Why, with the source in Nova or the measurement behind it. */
  readonly reason: string;
};

export const policies = {
  NovaRefuses: {
    severity: "refuse",
    overridable: true,
    sentence: "A Nova of this release refuses the configuration.",
    reason:
      "Verdict of the model of nova/pci/request.py, devspec.py and whitelist.py for the release.",
  },
  MatchesEveryDevice: {
    severity: "refuse",
    overridable: false,
    sentence: "The entry would make every PCI device of a host assignable.",
    reason:
      "nova/pci/devspec.py takes a missing id or address as a wildcard, the boot disk and the management network card included.",
  },
  UnknownTag: {
    severity: "refuse",
    overridable: true,
    sentence: "A key of a device spec that Nova does not know is silently a tag.",
    reason:
      "nova/pci/devspec.py has no schema: a misspelt key such as vendor leaves the entry without the id (measured).",
  },
  PoolPropertyTag: {
    severity: "refuse",
    overridable: true,
    sentence: "A tag with the name of a pool property overrides the property.",
    reason:
      'nova/pci/stats.py updates the pool with the tags: "dev_type": "type-PCI" on a PF hands out the PF (measured).',
  },
  ObjectTag: {
    severity: "refuse",
    overridable: true,
    sentence: "A tag whose value is a list or an object stops every update of the inventory.",
    reason:
      "nova-compute starts, then its resource tracker fails with ValueError at each update, only logged (measured).",
  },
  TagWithoutEffect: {
    severity: "refuse",
    overridable: true,
    sentence: "The release takes the key as free text without any effect.",
    reason:
      "nova/pci/devspec.py before the release that introduced the key reads it as an unknown tag.",
  },
  NotBoolean: {
    severity: "warn",
    overridable: true,
    sentence: "The value is neither true nor false, and Nova does not complain.",
    reason:
      'nova/pci/stats.py compares trusted as text with "true" and "false"; nova/pci/devspec.py reads an unknown remote_managed as no (measured).',
  },
  IgnoredOption: {
    severity: "warn",
    overridable: true,
    sentence: "An option or section that Nova ignores is named almost like one that it reads.",
    reason: "oslo.config says nothing of options that nobody registered.",
  },
  DuplicateKey: {
    severity: "warn",
    overridable: true,
    sentence: "A key stands more than once in one object.",
    reason: "Python's json takes the last value and says nothing (measured).",
  },
  PostCopyMigration: {
    severity: "warn",
    overridable: true,
    sentence: "Post-copy migration and live-migratable devices exclude each other.",
    reason: "QEMU refuses the migration; Nova's documentation of live_migratable.",
  },
  TwoAllocators: {
    severity: "warn",
    overridable: true,
    sentence: "One device is given to mediated devices and to PCI passthrough.",
    reason: "nova/virt/libvirt/driver.py and nova/pci do not know of each other.",
  },
  ServicesDiffer: {
    severity: "refuse",
    overridable: true,
    sentence: "Two services of one Nova say different things.",
    reason:
      "nova-api resolves an alias when a server is made, nova-compute when it is moved (nova/compute/resource_tracker.py).",
  },
  UnportableRegex: {
    severity: "refuse",
    overridable: true,
    sentence:
      'A regular expression is of literals, ".", classes, * + ? {m,n}, groups, alternatives and anchors.',
    reason:
      "The rest depends on the Python of nova-compute (possessive, atomic, late flags), is of no use for four hex digits, or takes it long: (?:(|){40}x|00)00$ keeps CPython busy for hours at each device (measured).",
  },
  TooManyExpressions: {
    severity: "refuse",
    overridable: false,
    sentence: "The regular expressions of all PciWhitelists together take too long to try.",
    reason:
      "The operator tries each expression on every value of its field, in the one loop that serves all namespaces.",
  },
  UnanchoredRegex: {
    severity: "warn",
    overridable: true,
    sentence: "The regular expression also matches longer values.",
    reason: 'nova/pci/devspec.py matches from the start only: "bus": "0" takes 0a and 02 too.',
  },
  UpperCaseRegex: {
    severity: "warn",
    overridable: true,
    sentence: "Upper case letters of a regular expression never match.",
    reason: "Nova compares with lower case, zero padded fields and does not normalise the pattern.",
  },
  NeverMatches: {
    severity: "warn",
    overridable: true,
    sentence: "No device can have such an address.",
    reason: "nova/pci/devspec.py does not check the range of a regular expression.",
  },
  UnpinnedAddress: {
    severity: "warn",
    overridable: true,
    sentence: "An address without both ids may name another card on another node.",
    reason: "Addresses depend on slots and firmware; nothing in Nova checks what sits there.",
  },
  AbbreviatedAddress: {
    severity: "warn",
    overridable: true,
    sentence: "The address is abbreviated; we write it in full.",
    reason: 'Nova right-aligns the fields: "0000:00:1.0" is bus 00, slot 01.',
  },
  RemoteManagedWithAddress: {
    severity: "warn",
    overridable: true,
    sentence: "remoteManaged with the address or name of a physical function never starts.",
    reason:
      "nova-compute 25 to 34 looks up sysfs with the text of a Python object and stops (measured).",
  },
  MissingDeviceType: {
    severity: "warn",
    overridable: true,
    sentence: "Without deviceType an alias takes type-PCI and type-VF, never a physical function.",
    reason: "nova/pci/stats.py drops PF pools unless the alias asks for type-PF.",
  },
  MissingIds: {
    severity: "refuse",
    overridable: true,
    sentence: "An alias without both ids takes any device of its type.",
    reason:
      "nova/pci/request.py before 31.3.1 accepts it; from 31.3.1 on nova-api and nova-compute do not start.",
  },
  ClassIgnored: {
    severity: "warn",
    overridable: true,
    sentence: "Resource class and traits have no effect without PCI in Placement.",
    reason: "nova/pci/stats.py leaves both out of the comparison.",
  },
  EmptyResourceClass: {
    severity: "refuse",
    overridable: true,
    sentence: "An empty resource class asks for CUSTOM_PCI_NONE_NONE, which no host has.",
    reason: "nova/compute/pci_placement_translator.py takes an empty class as absent (measured).",
  },
  InvalidInPlacement: {
    severity: "refuse",
    overridable: true,
    sentence: "Placement refuses the resource class or trait.",
    reason:
      "Nova does not check it; Placement wants [A-Z0-9_] and at most 255 characters, and the failure is only logged.",
  },
  BlankInTrait: {
    severity: "refuse",
    overridable: true,
    sentence: "A blank or comma in a trait becomes another trait.",
    reason: 'Nova splits at the comma without trimming: "blue, big" asks for CUSTOM__BIG.',
  },
  NotNormalised: {
    severity: "warn",
    overridable: true,
    sentence: "The resource class or trait is written as Nova would normalise it.",
    reason:
      "nova/compute/pci_placement_translator.py; the normalised name is what Placement shows.",
  },
  CapabilityType: {
    severity: "refuse",
    overridable: true,
    sentence: "capability_type makes an alias match nothing.",
    reason: "It becomes a property that no pool has (nova/pci/utils.py; measured).",
  },
  NameWithSeparator: {
    severity: "refuse",
    overridable: true,
    sentence: "No flavor can name an alias with a colon or comma.",
    reason: "nova/pci/request.py splits the extra spec at both.",
  },
  NameWithBlanks: {
    severity: "refuse",
    overridable: true,
    sentence: "Outer blanks and control characters of an alias name are not kept.",
    reason: "nova/pci/request.py strips the name after it was checked.",
  },
  SeveralMatchesNeedClass: {
    severity: "refuse",
    overridable: true,
    sentence: "With PCI in Placement several matches need one resource class.",
    reason:
      "nova/pci/request.py forbids a repeated alias name then: start-up fails from 31.3.1 on, each request before.",
  },
  DeviceSpecElsewhere: {
    severity: "warn",
    overridable: true,
    sentence: "A device spec outside nova-compute is of no use and can stop the service.",
    reason:
      "nova-api and nova-conductor build the Neutron client, which parses it; nova-scheduler parses it for each host (measured).",
  },
  PciFilterMissing: {
    severity: "warn",
    overridable: true,
    sentence: "Without PciPassthroughFilter servers are sent to hosts without devices.",
    reason: "No release has the filter in its default list (nova/conf/scheduler.py).",
  },
  PhysicalNetworkNotInPlacement: {
    severity: "warn",
    overridable: true,
    sentence: "A device with a physical network is not reported to Placement.",
    reason:
      "nova/compute/pci_placement_translator.py skips it, so with PCI in Placement no alias finds it.",
  },
} as const satisfies Readonly<Record<string, Policy>>;

export type PolicyName = keyof typeof policies;

export function isOverridable(policy: string): boolean {
  return Object.hasOwn(policies, policy) && policies[policy as PolicyName].overridable;
}
