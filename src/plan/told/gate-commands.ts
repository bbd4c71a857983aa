// The command that opens a gate, where one can: for gates that only a person opens. Beside them
// stands in the sentence of the gate when the command is right and what else there is.

import { passthroughName } from "../../api/names.ts";
import type { GateName, Reason } from "../terms/gates.ts";

type Numbers<Name extends GateName> = Extract<Reason, { readonly gate: Name }>;
type Table = {
  readonly [Name in GateName]?: (gate: Numbers<Name>, namespace: string) => string | undefined;
};

const commands: Table = {
  Paused: (_, namespace) => patch(namespace, { rollout: { paused: false } }),
  AdoptionUnconfirmed: (_, namespace) => patch(namespace, { adopt: true }),
  PolicyMissing: (gate) => /kubectl apply -k \S+/.exec(gate.what)?.[0],
  PolicyOutdated: () => "kubectl apply -k deploy/injection",
  WebhookUnreachable: () => "kubectl apply -k deploy/webhook",
  GuardMissing: () => "kubectl apply -k deploy/guard",
  NamespaceNotLabelled: (_, namespace) =>
    `kubectl label namespace ${namespace} pci.openstack.org/injection=enabled`,
  MissingRight: (_, namespace) => `kubectl apply -n ${namespace} -k deploy/namespace`,
  WorkloadPaused: (gate, namespace) =>
    `kubectl rollout resume ${gate.workload.toLowerCase()} -n ${namespace}`,
  MaxSurge: (gate, namespace) =>
    `kubectl patch ${gate.workload.toLowerCase()} -n ${namespace} --type merge -p '${JSON.stringify(
      {
        spec: { updateStrategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } },
      },
    )}'`,
  DisruptionBudget: (gate, namespace) =>
    `kubectl delete poddisruptionbudget ${gate.budget} -n ${namespace}`,
  CleaningDenied: (_, namespace) => `kubectl apply -n ${namespace} -k deploy/namespace/cleaning`,
  CleaningFailed: (gate, namespace) => `kubectl delete job ${gate.job} -n ${namespace}`,
  NoCredentials: (gate) => /^kubectl .*/.exec(gate.command)?.[0],
};

/** Undefined = no single command does it, and the sentence says what does. */
export function commandFor(gate: Reason, namespace: string): string | undefined {
  return commandOf(gate, namespace);
}

function commandOf<Name extends GateName>(
  gate: Numbers<Name>,
  namespace: string,
): string | undefined {
  return commands[gate.gate]?.(gate, namespace);
}

function patch(namespace: string, spec: object): string {
  return `kubectl patch pcipassthrough ${passthroughName} -n ${namespace} --type merge -p '${JSON.stringify({ spec })}'`;
}
