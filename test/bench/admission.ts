// Measures what either way into a pod adds to its creation, with 5,000 nodes in the assignment: the same
// pod asked for where nothing is selected, under the policy alone and under the webhook alone, in turn,
// on one API server, so that what slows the machine slows all three.
import { injectionLabel } from "../../src/api/names.ts";
import { compute, computePod } from "../admission/pods.ts";
import type { ControlPlane } from "../control-plane/attach.ts";
import { assign, bare, dryRun, operatorUser, reserved } from "../control-plane/policies.ts";
import { until } from "../control-plane/processes.ts";
import { startControlPlane } from "../control-plane/start.ts";
import { applied, openWebhookSite, shipped, webhookPath } from "../control-plane/webhook-site.ts";
import { millis, quantile, spread, type Row } from "./measure.ts";

const nodes = 5000;
const rounds = 400;
/** Label of a namespace that only one of the two ways selects here. */
const wayLabel = "bench";
const policyPath =
  "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies/nova-pci-injection";

export async function admissionRows(): Promise<readonly Row[]> {
  const plane = await startControlPlane();
  try {
    for (const folder of ["crds", "deploy", "deploy/injection"])
      await applied(plane, ...shipped(folder));
    const site = await openWebhookSite(plane, { proxied: false });
    await selectEach(plane);
    const [policy, webhook] = [await managed(plane, "policy"), await managed(plane, "webhook")];
    for (const one of [policy, webhook])
      await until(`injection in ${one}`, () => isInjected(plane, one), { seconds: 120 });
    const times = await measured(plane, { none: await plane.namespace(), policy, webhook });
    const own = await ownMillis(site.operator.metrics);
    await site.stop();
    const added = (way: "policy" | "webhook"): number =>
      quantile(times[way], 0.5) - quantile(times.none, 0.5);
    return [
      row("pod creation, nothing injected", spread(times.none), ""),
      row("pod creation, policy", spread(times.policy), ""),
      row("pod creation, webhook", spread(times.webhook), ""),
      row("added by the policy (medians)", millis(added("policy")), ""),
      row("added by the webhook (medians)", millis(added("webhook")), "at most the policy's"),
      row("of that the operator's own (mean)", millis(own), ""),
      row("webhook to policy", (added("webhook") / added("policy")).toFixed(2), "<= 1"),
    ];
  } finally {
    await plane.stop();
  }
}

function row(name: string, measured: string, target: string): Row {
  return { metric: `admission, ${nodes} nodes: ${name}`, measured, target };
}

async function selectEach(plane: ControlPlane): Promise<void> {
  const labels = (way: string) => ({ [injectionLabel]: "enabled", [wayLabel]: way });
  await plane.patch(policyPath, {
    spec: { matchConstraints: { namespaceSelector: { matchLabels: labels("policy") } } },
  });
  const { webhooks } = await plane.get(webhookPath);
  webhooks[0].namespaceSelector = { matchLabels: labels("webhook") };
  await plane.patch(webhookPath, { webhooks });
}

/** A namespace of one way, whose assignment says what 5,000 nodes read. */
async function managed(plane: ControlPlane, way: string): Promise<string> {
  const namespace = await plane.namespace({ [injectionLabel]: "enabled", [wayLabel]: way });
  const names = Array.from({ length: nodes }, (_, at) => `compute-${String(at).padStart(4, "0")}`);
  await assign(plane.impersonate(operatorUser), namespace, {
    ...reserved,
    ...Object.fromEntries([...names, "n1"].map((one) => [one, compute])),
  });
  // What openWebhookSite does for its own: the operator may read the assignment.
  await applied(plane, "-n", namespace, ...shipped("deploy/namespace"));
  return namespace;
}

async function isInjected(plane: ControlPlane, namespace: string): Promise<boolean> {
  const { body } = await dryRun(plane, namespace, bare(computePod()));
  return JSON.stringify(body.spec?.volumes ?? []).includes(compute);
}

/** From the review's arrival to its answer, the live read of the assignment included. */
async function ownMillis(metrics: string): Promise<number> {
  const text = await (await fetch(metrics)).text();
  const value = (name: string): number =>
    Number(new RegExp(`^nova_pci_admission_seconds_${name} (\\S+)`, "m").exec(text)?.[1]);
  return (value("sum") / value("count")) * 1000;
}

type Way = "none" | "policy" | "webhook";
const ways = ["none", "policy", "webhook"] as const satisfies readonly Way[];

async function measured(
  plane: ControlPlane,
  namespaces: Readonly<Record<Way, string>>,
): Promise<Readonly<Record<Way, readonly number[]>>> {
  const times: Readonly<Record<Way, number[]>> = { none: [], policy: [], webhook: [] };
  for (let index = -20; index < rounds; index++) {
    for (const way of ways) {
      const began = performance.now();
      await dryRun(plane, namespaces[way], bare(computePod()));
      if (index >= 0) times[way].push(performance.now() - began);
    }
  }
  return times;
}
