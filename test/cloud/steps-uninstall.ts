// Uninstalled in the one documented order, and installed again from nothing: each command as the
// document has it (docs/howto/uninstall.md, the notes of the release).
import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { managedBy, managedByLabel, operatorNamespace } from "../../src/api/names.ts";
import { until } from "../control-plane/processes.ts";
import { findsNothingInTheEnd, uninstallSteps } from "../support/uninstall-steps.ts";
import {
  allUpAndEnabled,
  countedBy,
  flavorName,
  fragments,
  type Note,
  type World,
} from "./evidence.ts";
import { get, list } from "./kubernetes-api.ts";
import { novaNamespace } from "./layout.ts";
import { connect, operatorRolledOut } from "./operator.ts";
import { versions } from "./release.ts";
import { byIds, removeServer, serverOfStory } from "./steps-servers.ts";

/** The step that restarts Nova's workloads; none before it may. */
const restartsNova = 6;

export async function uninstall(world: World, note: Note): Promise<void> {
  const { pods, nova } = world;
  const server = await serverOfStory(world);
  const mark = await pods.mark();
  const before = await fragments(world);
  for (const { number, commands } of uninstallSteps("by Helm")) {
    // Its entries are not kept in the chart's nova.conf, so what holds a device must go.
    if (number === restartsNova) await removeServer(world, server);
    const said: string[] = [];
    for (const command of commands) said.push(await followed(world, command));
    if (number === 1) match(said.join("\n"), /device_spec = .*154d/);
    if (number < restartsNova) {
      deepStrictEqual(await pods.since(mark), [], `step ${number} restarted a pod of Nova`);
      deepStrictEqual(await fragments(world), before);
      equal((await nova.server(server))?.status, "ACTIVE");
    }
  }
  deepStrictEqual(
    (await pods.look()).filter((pod) => pod.fragment !== undefined),
    [],
    "a pod still reads a fragment",
  );
  deepStrictEqual(countedBy(await pods.since(mark)), {
    ...{ compute: 2, "os-api": 2, scheduler: 1 },
  });
  await allUpAndEnabled(world);
  for (const name of [flavorName, byIds.flavor]) equal(await nova.flavorNamed(name), undefined);
  await nothingIsLeft(world);
  note("every step as the document has it; no pod of Nova restarted before the step that says so");
}

/** The line as a person types it, with the names of this installation. */
async function followed(world: World, command: string): Promise<string> {
  const { releases, cluster } = world;
  const line = command.replace(/NAME$/, `${flavorName} ${byIds.flavor}`);
  const shell = (text: string) => releases.shell(versions.newer, text, cluster.adminKubeconfig);
  if (!findsNothingInTheEnd(command)) return shell(line);
  // Old pods take their time to end.
  await until(line, () => shell(`! { ${line}; }`).then(() => true), { seconds: 600 });
  return "";
}

async function nothingIsLeft({ cluster }: World): Promise<void> {
  const { api } = cluster;
  const label = `labelSelector=${encodeURIComponent(`${managedByLabel}=${managedBy}`)}`;
  const inNova = (group: string, kind: string) =>
    `/${group}/namespaces/${novaNamespace}/${kind}?${label}`;
  const rbac = "apis/rbac.authorization.k8s.io/v1";
  for (const path of [
    inNova("api/v1", "configmaps"),
    ...["roles", "rolebindings"].map((kind) => `/${rbac}/namespaces/${novaNamespace}/${kind}`),
    "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies",
    "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  ]) {
    const left = (await list(api, path)).map(({ metadata }) => metadata.name);
    deepStrictEqual({ path, left }, { path, left: [] });
  }
  equal(await get(api, `/api/v1/namespaces/${operatorNamespace}`), undefined);
}

export async function installByChart(world: World, note: Note): Promise<void> {
  const { releases, cluster, layout, pods } = world;
  // As the document says: it would give pods the fragments of before.
  await cluster.restartServer();
  const mark = await pods.mark();
  const notes = readFileSync(releases.file(versions.newer, "RELEASE_NOTES.md"), "utf8");
  const command = /^ *(helm install .*--create-namespace.*)$/m.exec(notes)?.[1];
  ok(command, "the notes of the release have no helm install");
  await releases.shell(versions.newer, command, cluster.adminKubeconfig);
  await connect(cluster, layout);
  await operatorRolledOut(cluster);
  deepStrictEqual(await pods.since(mark), [], "wiring restarts nothing");
  note(command);
}
