// The states that the ways into the pod can be in, with what becomes of a pod that is selected. What is
// not selected has one row of its own, which every state must keep: nothing becomes of it.

import { compute } from "../../admission/pods.ts";
import { reserved } from "../policies.ts";

/** What is installed. */
type Way = "neither" | "policy" | "webhook" | "both";

export type State = {
  readonly name: string;
  readonly ways: readonly Way[];
  /** What stands at the webhook's port. */
  readonly door: "operator" | "closed" | "mute" | "stranger";
  /** What Secret nova-pci-webhook holds for whoever serves. */
  readonly secret: "good" | "absent" | "empty" | "expired" | "early" | "of another name" | "mixed";
  /** What the API servers are told to trust. */
  readonly bundle: "own" | "absent" | "foreign" | "old and own" | "own and next";
  readonly service: "there" | "absent";
  readonly binding: "there" | "absent";
  readonly label: "enabled" | "disabled" | "absent";
  /** deploy/namespace is applied. */
  readonly rights: boolean;
  readonly assignment: Readonly<Record<string, string>> | "absent" | "no data";
  readonly then: Outcome;
};

export type Outcome =
  /** Exactly once. */
  | "injected"
  /** With the name that never exists, so that kubelet waits. */
  | "held"
  | "untouched"
  /** With these words. */
  | RegExp;

const usual = { ...reserved, n1: compute };
const huge = {
  ...usual,
  ...Object.fromEntries(
    Array.from({ length: 5000 }, (_, index) => [
      `compute-${String(index).padStart(5, "0")}.rack${index % 40}.dc1.example.com`,
      `nova-pci-compute-${index.toString(16).padStart(16, "0")}`,
    ]),
  ),
};

const served = ["policy", "webhook", "both"] as const;
const hooked = ["webhook", "both"] as const;

const inOrder: Omit<State, "name" | "ways" | "then"> = {
  door: "operator",
  secret: "good",
  bundle: "own",
  service: "there",
  binding: "there",
  label: "enabled",
  rights: true,
  assignment: usual,
};

type Row = readonly [
  name: string,
  ways: readonly Way[],
  then: Outcome,
  change?: Partial<typeof inOrder>,
];

const rows: readonly Row[] = [
  ["nothing is installed", ["neither"], "untouched"],
  // The assignment.
  ["all is in order", served, "injected"],
  ["an assignment of 5,000 nodes", served, "injected", { assignment: huge }],
  ["no assignment", served, "untouched", { assignment: "absent" }],
  ["an assignment without data", served, "untouched", { assignment: "no data" }],
  ["an empty assignment", served, "untouched", { assignment: {} }],
  [
    "an assignment whose services cannot be read",
    served,
    "untouched",
    { assignment: { ...usual, _compute: ";;;", _api: "=", _scheduler: "", _conductor: "a" } },
  ],
  ["a node without assignment", served, "held", { assignment: reserved }],
  ["an empty value", served, "held", { assignment: { ...usual, n1: "" } }],
  ["the ConfigMap of somebody else", served, "held", { assignment: { ...usual, n1: "nova-etc" } }],
  [
    "an assignment that claims another application",
    served,
    "injected",
    { assignment: { ...usual, _api: "mariadb;application=mariadb" } },
  ],
  // The namespace.
  ["the namespace has no label", served, "untouched", { label: "absent" }],
  ["the namespace is labelled otherwise", served, "untouched", { label: "disabled" }],
  ["no label, and nobody answers", hooked, "untouched", { label: "absent", door: "closed" }],
  ["the rights of a namespace are missing", ["webhook"], /could not be read/, { rights: false }],
  // The policy.
  ["the policy is not bound", ["policy"], "untouched", { binding: "absent" }],
  // Who answers.
  ["the operator is dead", hooked, /connection refused/, { door: "closed" }],
  ["the operator is frozen", ["webhook"], /deadline exceeded|Timeout/, { door: "mute" }],
  ["another program has the port", ["webhook"], /failed calling webhook/, { door: "stranger" }],
  ["the Service is missing", ["webhook"], /service .*not found/, { service: "absent" }],
  // Certificates. While it starts the operator has none.
  ["the operator has no certificate yet", hooked, /tls|handshake|EOF/, { secret: "absent" }],
  ["the Secret is empty", ["webhook"], /tls|handshake|EOF/, { secret: "empty" }],
  ["the key is another leaf's", ["webhook"], /tls|handshake|EOF/, { secret: "mixed" }],
  ["the leaf has expired", hooked, /expired/, { secret: "expired" }],
  ["the leaf is of the future", ["webhook"], /not yet valid/, { secret: "early" }],
  ["the leaf has another name", ["webhook"], /valid for|not match/, { secret: "of another name" }],
  ["the bundle is of somebody else", hooked, /unknown authority|signed by/, { bundle: "foreign" }],
  ["the bundle is absent", ["webhook"], /unknown authority|signed by/, { bundle: "absent" }],
  ["before the leaf is exchanged", hooked, "injected", { bundle: "own and next" }],
  ["after the leaf was exchanged", hooked, "injected", { bundle: "old and own" }],
];

export const states: readonly State[] = rows.flatMap(([name, ways, then, change]) =>
  ways.map((way) => ({ ...inOrder, ...change, name, ways: [way], then })),
);
