// Which host of Nova a node is: by its full name, by its label kubernetes.io/hostname, by its name
// with a domain behind it, and last by a first label that one host and one node carry. The right
// host or none: who could be two is nobody, because what is done to a host is done to its servers.

export type NamedNode = {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
};

export type NovaHost =
  | { readonly is: "host"; readonly host: string }
  | { readonly is: "none" }
  /** Hosts that it could be, or the one that another node could be as well. */
  | { readonly is: "ambiguous"; readonly hosts: readonly string[] };

const none: NovaHost = { is: "none" };

/** The strongest first; each gives the hosts that it allows. */
type Rule = (node: NamedNode, hosts: Hosts) => readonly string[];
type Hosts = {
  readonly all: ReadonlySet<string>;
  readonly byFirstLabel: ReadonlyMap<string, readonly string[]>;
};

const hostnameLabel = "kubernetes.io/hostname";

const rules: readonly Rule[] = [
  ({ name }, { all }) => (all.has(name) ? [name] : []),
  ({ labels }, { all }) => {
    const label = labels?.[hostnameLabel];
    return label !== undefined && all.has(label) ? [label] : [];
  },
  (node, hosts) =>
    alike(node, hosts).filter((host) => namesOf(node).some((name) => isBelow(host, name))),
  alike,
];

function namesOf({ name, labels }: NamedNode): readonly string[] {
  const label = labels?.[hostnameLabel];
  return label === undefined || label === name ? [name] : [name, label];
}

function alike(node: NamedNode, { byFirstLabel }: Hosts): readonly string[] {
  const found = namesOf(node).flatMap((name) => byFirstLabel.get(firstLabel(name)) ?? []);
  return [...new Set(found)];
}

/** The same name, whatever its case, or that name with a domain behind it. */
function isBelow(host: string, name: string): boolean {
  return `${host.toLowerCase()}.`.startsWith(`${name.toLowerCase()}.`);
}

/**
 * One of them is the other with a domain behind it. Two with different domains are one machine only
 * where nobody else could be: that takes a list of all nodes.
 */
export function isSameMachine(node: string, host: string): boolean {
  return isBelow(host, node) || isBelow(node, host);
}

/** Kubernetes writes names in small letters, Nova as the machine does. An address is one label. */
function firstLabel(name: string): string {
  const isAddress = /^[0-9.]+$/.test(name);
  return isAddress ? name : name.toLowerCase().split(".", 1)[0]!;
}

/** Asked by name; a node that is not in the list is told what is left for it. */
export function hostFinder(
  nodes: readonly NamedNode[],
  names: Iterable<string>,
): (node: string) => NovaHost {
  const all = new Set(names);
  const byFirstLabel = new Map<string, string[]>();
  for (const host of all) {
    const same = byFirstLabel.get(firstLabel(host));
    if (same === undefined) byFirstLabel.set(firstLabel(host), [host]);
    else same.push(host);
  }
  const hosts: Hosts = { all, byFirstLabel };
  const known = new Map<string, NovaHost>();
  const taken = new Map<string, NovaHost>();
  let open = nodes;
  for (const rule of rules) open = settle(open, { rule, hosts, known, taken });
  return (name) => known.get(name) ?? leftFor({ name }, hosts, taken);
}

type Settling = {
  readonly rule: Rule;
  readonly hosts: Hosts;
  readonly known: Map<string, NovaHost>;
  /** Hosts that are somebody's, or that several nodes could be. */
  readonly taken: Map<string, NovaHost>;
};

/** The nodes of which this rule says nothing. */
function settle(open: readonly NamedNode[], settling: Settling): readonly NamedNode[] {
  const { rule, hosts, known, taken } = settling;
  const left: NamedNode[] = [];
  const claims = new Map<string, NamedNode[]>();
  for (const node of open) {
    const allowed = rule(node, hosts);
    if (allowed.length === 0) left.push(node);
    else if (allowed.length > 1) known.set(node.name, ambiguous(allowed));
    else claims.set(allowed[0]!, [...(claims.get(allowed[0]!) ?? []), node]);
  }
  const before = new Map(taken);
  for (const [host, claimants] of claims) {
    const novaHost: NovaHost = claimants.length > 1 ? ambiguous([host]) : { is: "host", host };
    const found = before.get(host);
    for (const { name } of claimants)
      known.set(name, found === undefined ? novaHost : inLine(found));
    if (found === undefined) taken.set(host, novaHost);
  }
  return left;
}

function leftFor(node: NamedNode, hosts: Hosts, taken: ReadonlyMap<string, NovaHost>): NovaHost {
  for (const rule of rules) {
    const allowed = rule(node, hosts);
    if (allowed.length > 1) return ambiguous(allowed);
    if (allowed.length === 0) continue;
    const found = taken.get(allowed[0]!);
    return found === undefined ? { is: "host", host: allowed[0]! } : inLine(found);
  }
  return none;
}

/** What is left of a host for the next who asks: nothing, or the same doubt. */
function inLine(found: NovaHost): NovaHost {
  return found.is === "ambiguous" ? found : none;
}

function ambiguous(hosts: readonly string[]): NovaHost {
  return { is: "ambiguous", hosts: [...hosts].sort() };
}
