// Every option of every command, once: its name, its letter, whether it has a value, and what it
// means. A command says which of them it takes (face.ts); parsing, help, completion, "did you mean"
// and the reference page come from both, so one letter means one thing everywhere.

export type OptionRow = {
  /** `texts` may be repeated. */
  readonly is: "flag" | "text" | "texts";
  readonly short?: string;
  /** What stands for its value in help. */
  readonly value?: string;
  readonly says: string;
};

export const optionTable = {
  filename: {
    is: "texts",
    short: "f",
    value: "PATH",
    says: "file, folder or - (standard input); may be repeated",
  },
  kustomize: {
    is: "texts",
    short: "k",
    value: "DIR",
    says: "what kustomize (or kubectl) builds from it; may be repeated",
  },
  recursive: {
    is: "flag",
    short: "R",
    says: "folders at every depth, even when they hold objects themselves",
  },
  from: { is: "texts", value: "PATH", says: "file or folder of what is applied now" },
  namespace: {
    is: "text",
    short: "n",
    value: "NAME",
    says: "the Nova installation; may be absent when there is one",
  },
  kubeconfig: { is: "text", value: "FILE", says: "default as kubectl" },
  context: { is: "text", value: "NAME", says: "default as kubectl" },
  "clouds-yaml": { is: "text", value: "FILE", says: "credentials; - reads standard input" },
  "os-cloud": { is: "text", value: "NAME", says: "entry of that file ($OS_CLOUD)" },
  cacert: {
    is: "text",
    value: "FILE",
    says: "CA of the cloud, instead of the one the file names",
  },
  output: { is: "text", short: "o", says: "" },
  format: { is: "text", says: "the same as --output" },
  watch: { is: "flag", short: "w", says: "look again and again; in place on a terminal" },
  "fail-on": { is: "text", says: "the lowest grade of a finding that ends with 1" },
  ignore: { is: "texts", value: "RULE", says: "say nothing of it; may be repeated" },
  strict: { is: "flag", says: "the same as --fail-on warning" },
  nodes: { is: "text", value: "N", says: "how many nodes stand in for each selector (default 1)" },
  "fail-node": {
    is: "text",
    value: "NAME",
    says: "nova-compute ends on this node when it is given a new file",
  },
  story: { is: "flag", says: "afterwards one broken change, to see it refused" },
  out: {
    is: "text",
    value: "DIR",
    says: "write one file for each ConfigMap instead of printing",
  },
  "exit-code": { is: "flag", says: "exit with 4 when there is something to do" },
  graph: { is: "text", says: "the chain as a picture, from the card to the server" },
  port: { is: "text", value: "N", says: "of the page; default any that is free" },
  release: {
    is: "text",
    value: "R",
    says: "Nova version or OpenStack name: 31.3.1, 34, 2025.1, Epoxy",
  },
  service: { is: "texts", value: "S", says: "a service of Nova; may be repeated" },
  "config-file": { is: "texts", value: "FILE", says: "a nova.conf; - is standard input" },
  "config-dir": { is: "texts", value: "DIR", says: "its *.conf in the order of their names" },
  set: {
    is: "texts",
    value: "group.option=value",
    says: "read after all files; may be repeated",
  },
  conf: {
    is: "texts",
    value: "FILE",
    says: "a nova.conf; may be repeated, in the order in which Nova reads them",
  },
  api: {
    is: "texts",
    value: "FILE...",
    says: "what nova-api reads; it is compared with what nova-compute reads",
  },
  compute: {
    is: "texts",
    value: "[POOL=]FILE...",
    says: "what nova-compute reads, on all nodes or on those of a pool",
  },
  scheduler: {
    is: "texts",
    value: "FILE...",
    says: "what nova-scheduler reads, for its filters",
  },
  flavors: {
    is: "texts",
    value: "FILE",
    says: "output of: openstack flavor list --long -f json",
  },
  "node-selector": {
    is: "texts",
    value: "[POOL:]KEY=VALUE[,KEY=VALUE]",
    says: "labels of the nodes; a pool without is the node of that name",
  },
  name: {
    is: "text",
    value: "NAME",
    says: "metadata.name of the PciWhitelist (default: imported)",
  },
  cluster: { is: "flag", says: "read what the pods of the cluster mount, instead of files" },
  node: { is: "text", value: "NAME", says: "the exclusions of this node count (with -f)" },
  inventory: {
    is: "text",
    value: "FILE",
    says: "text of lspci -Dnmm, or JSON; - is standard input",
  },
  "report-in-placement": { is: "flag", says: "as if [pci]report_in_placement were true" },
  collect: {
    is: "flag",
    says: "print the shell line that writes what /sys knows of this host as JSON",
  },
  patch: {
    is: "flag",
    says: "print the patch of the PciWhitelists instead, and change nothing",
  },
  apply: { is: "flag", says: "apply that patch instead, with your kubeconfig" },
  until: {
    is: "text",
    value: "TIME",
    says: "with --patch or --apply: when the exclusion ends, 2026-12-24T18:00:00Z",
  },
  reason: {
    is: "text",
    value: "TEXT",
    says: "with --patch or --apply: why, for whoever reads it later",
  },
  cleaned: {
    is: "flag",
    says: "you have wiped it: a one-time-use device that was used is not given back without this word",
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

export type OptionName = keyof typeof optionTable;

export const optionNames = Object.keys(optionTable) as readonly OptionName[];
