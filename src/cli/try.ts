// nova-pci try: what the operator would do with these files. The whole operator, unchanged, on a
// cluster in this process's memory and on virtual time; prints the story as it happens. Touches no
// real cluster.

import { conditionOf } from "../api/statuses.ts";
import { foldedNames } from "../api/folded-names.ts";
import { fragmentKey, plurals, serviceTitle, type Kind, type Service } from "../api/names.ts";
import type { Cluster } from "../embedded/cluster.ts";
import type { KubeletKnobs, Trouble } from "../embedded/controllers/kubelet.ts";
import { applyObjects } from "../embedded/load.ts";
import { makeVerdict } from "../embedded/nova-verdict.ts";
import { startOperator, type Operator } from "../embedded/operator.ts";
import { reportsReady } from "../embedded/controllers/pods.ts";
import { settle } from "../embedded/settle.ts";
import { makeWorld } from "../embedded/world.ts";
import type { Release } from "../nova/terms/release.ts";
import { plan } from "../plan/plan.ts";
import { tryFace } from "./faces/try.ts";
import { commandOf } from "./terminal/arguments.ts";
import type { Given } from "./terminal/parse.ts";
import { UsageProblem } from "./terminal/problems.ts";
import { isOurs, needOurs, printProblems, readNamed, nothingLeft } from "./given/files.ts";
import { installationsOf, type Installation } from "./given/installations.ts";
import { fitted } from "./terminal/lines.ts";
import { widthOf } from "./terminal/screen.ts";
import { exitCodes, type Io } from "./terminal/io.ts";
import { getTable } from "./played/kubectl-get.ts";
import { releaseIn, worldBefore } from "./played/offline.ts";
import { standInTexts, withNodes } from "./played/stand-ins.ts";
import { tellStory, type Story } from "./played/story.ts";

export const command = commandOf(tryFace, tryFiles);

type Trial = {
  readonly cluster: Cluster;
  readonly story: Story;
  readonly operator: Operator;
  readonly print: (line: string) => void;
};

async function tryFiles({ values }: Given<typeof tryFace.options>, io: Io): Promise<number> {
  const nodesPerSelector = values.nodes === undefined ? undefined : countOf(values.nodes);
  const files = await readNamed(values, io);
  needOurs(files);
  printProblems(files.problems, io);
  if (nothingLeft(files)) return exitCodes.finding;
  const width = widthOf(io);
  const print = (line: string): void => io.stdout(`${fitted(line, width)}\n`);
  const wishes = { nodesPerSelector, failNode: values["fail-node"], print, width };
  let fine = files.problems.length === 0;
  for (const installation of installationsOf(files.objects, values.namespace)) {
    const trial = begin(installation, wishes);
    await settle(trial.cluster, trial.operator, { longestMillis });
    printEnd(trial);
    fine &&= isReady(trial);
    if (values.story) await breakSomething(trial);
  }
  if (values.story) print(`\n${lookNext(values.filename)}`);
  return fine ? exitCodes.fine : exitCodes.finding;
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1000) return count;
  throw new UsageProblem(`--nodes ${text}: write a whole number from 1 to 1000`);
}

function lookNext(paths: readonly string[]): string {
  const files = paths.map((path) => `-f ${path}`).join(" ");
  return [
    `Look at it: npx nova-pci ui ${files} (all of it in the browser, with a time line)`,
    `            npx nova-pci nodes ${files} (which devices, on which nodes)`,
  ].join("\n");
}

type Wishes = {
  readonly nodesPerSelector: number | undefined;
  readonly failNode: string | undefined;
  readonly print: (line: string) => void;
  readonly width: number;
};

function begin(installation: Installation, wishes: Wishes): Trial {
  const { namespace, objects } = installation;
  const release = releaseIn(objects);
  const made: { cluster?: Cluster } = {};
  const knobs = knobsOf(release, wishes.failNode, () => made.cluster);
  const { nodesPerSelector } = wishes;
  const nodesGiven = withNodes(objects, nodesPerSelector);
  const cluster = worldBefore({ namespace, objects: nodesGiven }, { knobs });
  made.cluster = cluster;
  const { clock, store } = cluster;
  const nodes = store.list("Node").map((node) => node.metadata.name);
  if (wishes.failNode !== undefined && !nodes.includes(wishes.failNode)) {
    throw new UsageProblem(
      `--fail-node ${wishes.failNode}: there is no such node; there are ${foldedNames(nodes)}`,
    );
  }
  const story = tellStory(cluster, wishes);
  const ours = objects.filter(isOurs);
  printPremises(installation, release, wishes);
  story.say(
    "before",
    `${nodes.length} ${nodes.length === 1 ? "node" : "nodes"}: ${foldedNames(nodes, false)}; ${podsReady(cluster)}`,
  );
  story.say("apply", ours.map((one) => `${one.kind}/${one.name}`).join(", "));
  applyObjects(cluster, objects);
  const world = makeWorld(cluster, { performing: story.before });
  store.watch(story.changed);
  const operator = startOperator(world, clock, {
    plan,
    planned: story.planned,
  });
  return { cluster, story, operator, print: wishes.print };
}

/** What the story is told of, and what of it is not the user's. */
function printPremises(
  { namespace, objects }: Installation,
  release: Release,
  { print, nodesPerSelector }: Wishes,
): void {
  print(
    `A cluster in memory, Nova ${release.version}, virtual time, namespace ${namespace}; nothing real is touched.`,
  );
  if (!objects.some((object) => object.kind === "NodeFeature"))
    print("Which devices the nodes have is taken as you wrote it: no NodeFeature is given.");
  for (const text of standInTexts(objects, nodesPerSelector)) print(text);
}

function podsReady({ store }: Cluster): string {
  const late = store.list("Pod").filter((pod) => !reportsReady(pod));
  if (late.length === 0) return "every pod is Ready";
  return `not Ready: ${foldedNames(
    late.map((pod) => pod.metadata.name),
    "pod",
  )}`;
}

function knobsOf(
  release: Release,
  failNode: string | undefined,
  cluster: () => Cluster | undefined,
): KubeletKnobs {
  const verdict = makeVerdict(release);
  const broken: Trouble = {
    is: "exits",
    code: 1,
    message: "nova.exception.PciDeviceNotFound: PCI device not found (asked for by --fail-node)",
  };
  return {
    startMillis: () => 1500,
    readyMillis: () => 5000,
    stopMillis: () => 1000,
    trouble: ({ pod, node, text }) => {
      const service = cluster()?.serviceOf(pod.metadata.labels);
      if (service === undefined) return undefined;
      const fails = service === "compute" && node === failNode && (text ?? "") !== "";
      return fails ? broken : verdict(service, text);
    },
  };
}

const longestMillis = 24 * 3_600_000;

function isReady({ cluster }: Trial): boolean {
  return (Object.keys(plurals) as Kind[]).every((kind) =>
    cluster.store
      .list(kind)
      .every((custom) => conditionOf(custom.status, "Ready")?.status === "True"),
  );
}

// --- the end ------------------------------------------------------------------------------------

function printEnd(trial: Trial): void {
  const { cluster, print, story } = trial;
  print("");
  print(`What Nova reads now (${fragmentKey}), after ${story.restarts()} restarts:`);
  for (const [text, readers] of filesRead(cluster)) {
    print("");
    print(`  # ${readers.join(", ")}`);
    for (const line of text.trimEnd().split("\n")) print(`  ${line}`);
  }
  printFlavors(cluster, print);
  printTables(trial);
}

/** Text of our file -> who runs with it. */
function filesRead(cluster: Cluster): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, Map<Service, Set<string>>>();
  for (const pod of cluster.store.list("Pod")) {
    const service = cluster.serviceOf(pod.metadata.labels);
    const started = cluster.kubelets.runs(pod);
    if (service === undefined || started?.text === undefined || started.text === "") continue;
    const readers = files.get(started.text) ?? new Map<Service, Set<string>>();
    files.set(started.text, readers);
    readers.set(service, (readers.get(service) ?? new Set()).add(started.node));
  }
  const said = (readers: ReadonlyMap<Service, ReadonlySet<string>>): readonly string[] =>
    [...readers].map(([service, nodes]) =>
      service === "compute"
        ? `${serviceTitle.compute} on ${foldedNames([...nodes])}`
        : serviceTitle[service],
    );
  return new Map([...files].map(([text, readers]) => [text, said(readers)]));
}

function printFlavors(cluster: Cluster, print: (line: string) => void): void {
  const flavors = cluster.cloud.flavors();
  if (flavors.length === 0) return;
  print("");
  print("Flavors in Nova:");
  for (const flavor of flavors) {
    const specs = Object.entries(flavor.extraSpecs).map(([key, value]) => `${key}=${value}`);
    print(`  ${flavor.name} (${flavor.vcpus} vCPU, ${flavor.ramMiB} MiB)  ${specs.join(" ")}`);
  }
}

function printTables({ cluster, print }: Trial): void {
  for (const kind of ["PciPassthrough", "PciAlias", "PciWhitelist", "PciFlavor"] as const) {
    const objects = cluster.store.list(kind);
    const table = getTable(kind, objects);
    if (table === "") continue;
    print("");
    print(`$ kubectl -n ${cluster.namespace} get ${plurals[kind]}`);
    print(table.trimEnd());
    for (const object of objects) {
      const ready = conditionOf(object.status, "Ready");
      if (ready !== undefined && ready.status !== "True") {
        print(`  ${object.metadata.name}: ${ready.message}`);
      }
    }
  }
}

// --- one broken change --------------------------------------------------------------------------

/** The classic typo: a pattern that would hand every PCI device of the hosts to guests. */
async function breakSomething(trial: Trial): Promise<void> {
  const { cluster, story, print } = trial;
  const target = cluster.store.list("PciWhitelist")[0];
  if (target === undefined) return;
  const { name } = target.metadata;
  const before = story.restarts();
  print("");
  print(`Now one broken change: PciWhitelist/${name} gets devices: [{address: "*:*:*.*"}]`);
  print("");
  const value = { ...target.spec, devices: [{ address: "*:*:*.*" }] };
  applyObjects(cluster, [{ kind: "PciWhitelist", name, value: { spec: value } }]);
  story.say("apply", `PciWhitelist/${name}`);
  await settle(trial.cluster, trial.operator, { longestMillis });
  const changed = cluster.store.get("PciWhitelist", name)!;
  const accepted = conditionOf(changed.status, "Accepted");
  const refused = accepted?.status === "False";
  if (refused) story.say("refused", `${accepted.reason}: ${accepted.message}`);
  print(getTable("PciWhitelist", cluster.store.list("PciWhitelist")).trimEnd());
  print("");
  print(`${story.restarts() - before} restarts; what was live before is live still.`);
}
