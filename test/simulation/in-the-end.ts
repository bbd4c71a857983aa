// Is a converged world what was asked for, less what a gate or a quarantine names?

import { assignmentName } from "../../src/api/names.ts";
import { isGoing, nodeOf, reportsReady } from "../../src/embedded/controllers/pods.ts";
import type { Plan } from "../../src/plan/terms/effects.ts";
import { aliasesIn, offered } from "./conf.ts";
import { productsOf, selectsPool } from "./intent.ts";
import { type Run, violate } from "./one-run.ts";

export function checkServices(run: Run): void {
  for (const { metadata } of run.cluster.store.list("Node")) {
    const reason = run.cluster.cloud.reasonOf(metadata.name);
    // Nothing proved that a nova-compute that is still down is fit for guests.
    if (run.truth.state()?.nodes[metadata.name]?.phase !== "idle") continue;
    if (reason?.startsWith("nova-pci-operator") === true) {
      violate(run, "services-enabled", `${metadata.name}: ${reason}`);
    }
  }
}

/** What failed was put back: every nova-api pod, and every nova-compute of a living node, is up. */
export function checkHealth(run: Run): void {
  const { store, kubelets } = run.cluster;
  const { setting } = run.schedule;
  const plan = run.leader?.last()?.plan;
  if (!setting.autoRollback || setting.delivery === "Mounted" || setting.budget === "broken")
    return;
  if (isStuckByUndo(run)) return;
  if (plan === undefined || gatesAll(plan)) return;
  for (const { metadata } of store.list("Node")) {
    if (!kubelets.isAlive(metadata.name) || run.truth.isUp(metadata.name)) continue;
    if (run.truth.pod(metadata.name) === undefined) continue;
    violate(run, "all-up", `nova-compute on ${metadata.name} stays down`);
  }
  for (const pod of store.list("Pod")) {
    if (run.cluster.serviceOf(pod.metadata.labels) !== "api" || reportsReady(pod)) continue;
    violate(run, "all-up", `${pod.metadata.name} stays down`);
  }
}

/** `kubectl rollout undo` to a file that fails is respected, and stops half-way. */
function isStuckByUndo(run: Run): boolean {
  if (!run.schedule.happenings.some((happening) => happening.do === "undo-api")) return false;
  return run.cluster.store
    .list("Pod")
    .some((pod) => run.cluster.serviceOf(pod.metadata.labels) === "api" && !reportsReady(pod));
}

type End = { readonly run: Run; readonly plan: Plan; readonly excused: (word: string) => boolean };

/** Every healthy compute runs what it is assigned, and that is what was asked for. */
export function checkContent(run: Run): void {
  const plan = run.leader?.last()?.plan;
  const state = run.truth.state();
  if (plan === undefined || state === undefined) return;
  if (run.schedule.setting.delivery === "Mounted") return;
  const waits = plan.gates.map((gate) => JSON.stringify(gate)).join("\n");
  const quarantined = Object.values(state.quarantined).map((quarantine) => quarantine.line);
  const words = `${waits}\n${quarantined.join("\n")}`;
  const end: End = { run, plan, excused: (word) => words.includes(word) };
  for (const { metadata } of run.cluster.store.list("Node")) {
    const nodeWaits = plan.gates.some(
      (gate) => gate.waits.on === "node" && gate.waits.node === metadata.name,
    );
    // A halted node is told of by its Event, the gauge and its alert; nothing more is tried there.
    if (nodeWaits || state.nodes[metadata.name]?.phase === "halted") continue;
    checkRuns(metadata.name, end);
    if (!gatesAll(plan)) checkWanted(metadata.name, metadata.labels?.pool, end);
  }
  checkApi(run, plan, end.excused);
}

function assignedTo(run: Run, node: string): string | undefined {
  return run.cluster.store.get("ConfigMap", assignmentName)?.data?.[node];
}

function checkRuns(node: string, { run }: End): void {
  const assigned = assignedTo(run, node);
  if (assigned === undefined || run.truth.state()?.nodes[node]?.phase !== "idle") return;
  const text = run.truth.process(node)?.text ?? "";
  if (text === (run.truth.textOf(assigned) ?? "")) return;
  violate(run, "as-asked", `${node} is assigned ${assigned} and runs ${text || "nothing of ours"}`);
}

function checkWanted(node: string, pool: string | undefined, { run, excused }: End): void {
  const { intent, truth } = run;
  const { base } = run.schedule.setting;
  const assigned = assignedTo(run, node);
  if (assigned === undefined || truth.state()?.nodes[node] === undefined) return;
  // An object that was deleted and came back refused: whether its former content is still
  // remembered depends on the moment.
  if (intent.written().some((wish) => intent.isBad(`${wish.kind}/${wish.name}`))) return;
  const wanted = new Set(
    intent
      .wishes()
      .filter((wish) => wish.kind === "PciWhitelist" && selectsPool(wish.spec, pool))
      .flatMap(productsOf),
  );
  const has = offered(truth.textOf(assigned));
  for (const product of wanted) {
    if (has.has(product) || excused(product) || base?.product === product) continue;
    violate(run, "as-asked", `${node} lacks ${product}, and no gate says why`);
  }
  for (const product of has) {
    if (wanted.has(product) || excused(product) || isRetained(run, product)) continue;
    violate(run, "as-asked", `${node} still has ${product}, and no gate says why`);
  }
}

/** Kept because its kind was lost while it was live, and nobody has said that it is to go. */
function isRetained(run: Run, word: string): boolean {
  const accepted = Object.values(run.truth.state()?.accepted ?? {});
  return accepted.some((item) => item.orphan === true && JSON.stringify(item.spec).includes(word));
}

function gatesAll(plan: Plan): boolean {
  return plan.gates.some((gate) => gate.waits.on === "installation");
}

function checkApi(run: Run, plan: Plan, excused: (word: string) => boolean): void {
  const { truth, intent } = run;
  const { base } = run.schedule.setting;
  const has = aliasesIn(truth.textOf(truth.state()?.services.api?.assigned));
  const waits = plan.gates.some(
    (gate) => gate.waits.on === "service" && gate.waits.service === "api",
  );
  if (waits || gatesAll(plan)) return;
  for (const wish of intent.wishes()) {
    // Under a name of the chart's own nova.conf ours is that one, or refused.
    if (wish.kind !== "PciAlias" || wish.name === base?.alias?.name) continue;
    const [product] = productsOf(wish);
    if (has.get(wish.name) === product || excused(product ?? "") || excused(wish.name)) continue;
    violate(run, "as-asked", `nova-api lacks alias ${wish.name}, and no gate says why`);
  }
  for (const [name, product] of has) {
    if (intent.get("PciAlias", name) !== undefined || excused(product) || excused(name)) continue;
    if (isRetained(run, product)) continue;
    violate(run, "as-asked", `nova-api still has alias ${name}, and no gate says why`);
  }
  checkApiPods(run);
}

function checkApiPods(run: Run): void {
  const { truth, schedule } = run;
  if (truth.state()?.services.api?.phase !== "idle" || isStuckByUndo(run)) return;
  for (const pod of run.cluster.store.list("Pod")) {
    if (run.cluster.serviceOf(pod.metadata.labels) !== "api" || isGoing(pod)) continue;
    const text = run.cluster.kubelets.runs(pod)?.text;
    const wanted = truth.textOf(truth.state()?.services.api?.assigned);
    if ((text ?? "") === (wanted ?? "")) continue;
    violate(
      run,
      "as-asked",
      `${pod.metadata.name} on ${nodeOf(pod) ?? "?"} runs another file (${schedule.setting.api})`,
    );
  }
}
