// Measures what either way into a pod adds to its creation, with 5,000 nodes in the assignment: the same
// pod asked for where nothing is selected, under the policy alone, under the webhook alone and under bare
// webhooks, in turn, on one API server, so that what slows the machine slows all of them.
import { injectionLabel } from "../../src/api/names.ts";
import { compute, computePod } from "../admission/pods.ts";
import type { ControlPlane } from "../control-plane/attach.ts";
import { assign, bare, dryRun, operatorUser, reserved } from "../control-plane/policies.ts";
import { until } from "../control-plane/processes.ts";
import { startControlPlane } from "../control-plane/start.ts";
import { applied, openWebhookSite, shipped, webhookPath } from "../control-plane/webhook-site.ts";
import { installBare } from "./bare-webhook.ts";
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
    const namespaces = await selectEach(plane);
    const bareOnes = await installAll(plane, namespaces);
    for (const way of ways.filter((text) => text !== "none"))
      await until(`injection by ${way}`, () => isInjected(plane, namespaces[way]), {
        seconds: 120,
      });
    const times = await measured(plane, namespaces);
    const own = await ownMillis(site.operator.metrics);
    for (const stop of bareOnes) stop();
    await site.stop();
    return rowsFor(times, own);
  } finally {
    await plane.stop();
  }
}

type Way = "none" | "policy" | "webhook" | "answers at once" | "reads a small object";
const ways = [
  "none",
  "policy",
  "webhook",
  "answers at once",
  "reads a small object",
] as const satisfies readonly Way[];
type Each<T> = Readonly<Record<Way, T>>;

function rowsFor(times: Each<readonly number[]>, own: number): readonly Row[] {
  const added = (way: Way): number => quantile(times[way], 0.5) - quantile(times.none, 0.5);
  const toPolicy = (way: Way): string => (added(way) / added("policy")).toFixed(2);
  return [
    row("pod creation, nothing injected", spread(times.none), ""),
    row("pod creation, policy", spread(times.policy), ""),
    row("pod creation, webhook", spread(times.webhook), ""),
    row("added by the policy (medians)", millis(added("policy")), ""),
    row("added by the webhook (medians)", millis(added("webhook")), "at most the policy's"),
    row("of that the operator's own (mean)", millis(own), ""),
    row("webhook to policy", toPolicy("webhook"), "<= 1"),
    row("webhook that answers at once, to policy", toPolicy("answers at once"), "floor of any"),
    row(
      "webhook that first reads one small object, to policy",
      toPolicy("reads a small object"),
      "floor of any that reads live",
    ),
  ];
}

function row(name: string, measured: string, target: string): Row {
  return { metric: `admission, ${nodes} nodes: ${name}`, measured, target };
}

function labelsOf(way: Way): Readonly<Record<string, string>> {
  return { [injectionLabel]: "enabled", [wayLabel]: way.replaceAll(" ", "-") };
}

/** A namespace for each way, and each way for its namespace alone. */
async function selectEach(plane: ControlPlane): Promise<Each<string>> {
  await plane.patch(policyPath, {
    spec: { matchConstraints: { namespaceSelector: { matchLabels: labelsOf("policy") } } },
  });
  const { webhooks } = await plane.get(webhookPath);
  webhooks[0].namespaceSelector = { matchLabels: labelsOf("webhook") };
  await plane.patch(webhookPath, { webhooks });
  return {
    none: await plane.namespace(),
    policy: await managed(plane, "policy"),
    webhook: await managed(plane, "webhook"),
    "answers at once": await plane.namespace(labelsOf("answers at once")),
    "reads a small object": await plane.namespace(labelsOf("reads a small object")),
  };
}

function installAll(plane: ControlPlane, namespaces: Each<string>) {
  const small = `/api/v1/namespaces/${namespaces["reads a small object"]}/configmaps/kube-root-ca.crt`;
  return Promise.all([
    installBare(plane, {
      name: "at-once",
      labels: labelsOf("answers at once"),
      first: () => Promise.resolve(),
    }),
    installBare(plane, {
      name: "reads",
      labels: labelsOf("reads a small object"),
      first: () => plane.get(small),
    }),
  ]);
}

/** A namespace of one way, whose assignment says what 5,000 nodes read. */
async function managed(plane: ControlPlane, way: Way): Promise<string> {
  const namespace = await plane.namespace(labelsOf(way));
  const names = Array.from({ length: nodes }, (_, at) => `compute-${String(at).padStart(4, "0")}`);
  await assign(plane.impersonate(operatorUser), namespace, {
    ...reserved,
    ...Object.fromEntries([...names, "n1"].map((text) => [text, compute])),
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

async function measured(
  plane: ControlPlane,
  namespaces: Each<string>,
): Promise<Each<readonly number[]>> {
  const times: Each<number[]> = {
    none: [],
    policy: [],
    webhook: [],
    "answers at once": [],
    "reads a small object": [],
  };
  for (let index = -20; index < rounds; index++) {
    for (const way of ways) {
      const began = performance.now();
      await dryRun(plane, namespaces[way], bare(computePod()));
      if (index >= 0) times[way].push(performance.now() - began);
    }
  }
  return times;
}
