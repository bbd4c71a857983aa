// nova-pci explain KIND/NAME: why does a guest not get its device? The chain is walked by the core
// (plan/explain.ts); this file reads the arguments and prints.

import { dump } from "js-yaml";
import { passthroughName } from "../api/names.ts";
import { foldedNames } from "../api/folded-names.ts";
import { didYouMean } from "../api/nearest-name.ts";
import { emptyAsk } from "../operator/loop.ts";
import { explain as walk, namesOf, type Explained, type Subject } from "../plan/explain.ts";
import type { Snapshot } from "../plan/terms/snapshot.ts";
import { checklistText } from "../plan/told/checklist.ts";
import { graphText } from "./graph/graph.ts";
import { explainFace } from "./faces/explain.ts";
import { commandOf } from "./terminal/arguments.ts";
import type { Given } from "./terminal/parse.ts";
import { UsageProblem } from "./terminal/problems.ts";
import { openCluster, saysNothing } from "./access/cluster-access.ts";
import { noting } from "./access/unread.ts";
import { needOurs, printProblems, readNamed, type Named } from "./given/files.ts";
import { installationsOf } from "./given/installations.ts";
import { exitCodes, type Io } from "./terminal/io.ts";
import { playToEnd } from "./played/offline.ts";
import { printStandIns } from "./played/stand-ins.ts";
import { fitted } from "./terminal/lines.ts";
import { widthOf } from "./terminal/screen.ts";
import { printTable } from "./terminal/table.ts";

export const command = commandOf(explainFace, explain);

async function explain(given: Given<typeof explainFace.options>, io: Io): Promise<number> {
  const { values } = given;
  const format = values.output;
  const form = values.graph;
  const asked = subjectOf(given.operands);
  const seen = await look(values, asked, io);
  const subject = inFull(asked, namesOf(seen, asked.kind));
  const told = walk(seen, subject);
  if (told === undefined) {
    io.stderr(`nova-pci explain: ${absence(subject, namesOf(seen, subject.kind))}\n`);
    return exitCodes.finding;
  }
  if (form !== undefined) io.stdout(graphText(form, seen, told, subject));
  else io.stdout(format === "text" ? explainText(told, widthOf(io)) : structured(told, format));
  return told.broken === undefined ? exitCodes.fine : exitCodes.finding;
}

/** A node is also known by the first label of its name, where one has it. */
function inFull(asked: Subject, known: readonly string[]): Subject {
  if (asked.kind !== "node" || known.includes(asked.name)) return asked;
  const [only, ...more] = known.filter((text) => text.startsWith(`${asked.name}.`));
  return only === undefined || more.length > 0 ? asked : { ...asked, name: only };
}

function absence({ kind, name }: Subject, known: readonly string[]): string {
  const advice = didYouMean(name, known);
  const some = foldedNames(known, kind);
  const all = known.length === 0 ? "is none" : `${known.length === 1 ? "is" : "are"} ${some}`;
  const list = advice !== "" ? "" : `; there ${all}`;
  return `there is no ${kind} "${name}"${advice}${list}`;
}

const kinds: Readonly<Record<string, Subject["kind"]>> = {
  node: "node",
  nodes: "node",
  alias: "alias",
  aliases: "alias",
  pcia: "alias",
  pcialias: "alias",
  pcialiases: "alias",
  flavor: "flavor",
  flavors: "flavor",
  pcif: "flavor",
  pciflavor: "flavor",
  pciflavors: "flavor",
  whitelist: "whitelist",
  whitelists: "whitelist",
  pciw: "whitelist",
  pciwhitelist: "whitelist",
  pciwhitelists: "whitelist",
  passthrough: "passthrough",
  pcip: "passthrough",
  pcipassthrough: "passthrough",
  pcipassthroughs: "passthrough",
};

/** KIND/NAME as kubectl prints it, or KIND NAME; there is one passthrough. */
function subjectOf(positionals: readonly string[]): Subject {
  const [text = "", second, ...more] = positionals;
  const at = text.indexOf("/");
  if (at >= 0) leaveNothingBehind(positionals.slice(1));
  const typed = at < 0 ? text : text.slice(0, at);
  const kind = kinds[typed.toLowerCase().replace(/\.pci\.openstack\.org$/, "")];
  const name = at < 0 ? second : text.slice(at + 1);
  if (kind === "passthrough" && name === undefined) return { kind, name: passthroughName };
  if (kind !== undefined && name !== undefined && name !== "" && more.length === 0)
    return { kind, name };
  if (typed !== "" && kind === undefined)
    throw new UsageProblem(noKind(typed, at < 0 && positionals.length === 1));
  throw new UsageProblem(
    "write one KIND/NAME, such as alias/a1, flavor/m1.large or node/compute-7",
  );
}

function leaveNothingBehind(rest: readonly string[]): void {
  if (rest.length === 0) return;
  throw new UsageProblem(`one object is explained at a time: leave out ${rest.join(" ")}`);
}

/** A name alone may be that of any kind. */
function noKind(typed: string, isAlone: boolean): string {
  const titles = ["alias", "whitelist", "flavor", "passthrough", "node"];
  const near = didYouMean(typed, titles);
  if (!isAlone || near !== "") return `"${typed}" is none of ${titles.join(", ")}${near}`;
  const some = ["alias", "whitelist", "flavor"].map((text) => `${text}/${typed}`);
  return `"${typed}" has no kind: write ${some.join(", ")} or node/${typed}`;
}

type Where = Named & Parameters<typeof openCluster>[0];

async function look(values: Where, subject: Subject, io: Io): Promise<Snapshot> {
  if (values.filename.length + (values.kustomize ?? []).length > 0)
    return lookAtFiles(values, subject, io);
  const cluster = await openCluster(values, { told: noting(io) });
  try {
    const seen = await cluster.observe(emptyAsk);
    saysNothing(seen, cluster.elsewhere(), io);
    return seen;
  } finally {
    await cluster.close();
  }
}

/** The settled end of the one installation that has the subject. */
async function lookAtFiles(values: Where, subject: Subject, io: Io): Promise<Snapshot> {
  const files = await readNamed(values, io);
  printProblems(files.problems, io);
  needOurs(files);
  const isMeant = (name: string): boolean =>
    subject.kind === "node" && (name === subject.name || name.startsWith(`${subject.name}.`));
  const keep = new Set(
    files.objects.flatMap(({ kind, name }) => (kind === "Node" && isMeant(name) ? [name] : [])),
  );
  const looks: Snapshot[] = [];
  for (const installation of installationsOf(files.objects, values.namespace)) {
    printStandIns(installation, "object", io);
    looks.push((await playToEnd(installation, { keep })).seen);
  }
  const having = looks.filter((snapshot) => namesOf(snapshot, subject.kind).includes(subject.name));
  if (having.length > 1) {
    const where = having.map((snapshot) => snapshot.namespace).join(" and ");
    throw new UsageProblem(`-n is missing: ${subject.kind} ${subject.name} is in ${where}`);
  }
  return having[0] ?? looks[0]!;
}

function structured(told: Explained, format: string): string {
  if (format === "json") return `${JSON.stringify(told, null, 2)}\n`;
  return dump(JSON.parse(JSON.stringify(told)) as object, { lineWidth: 120 });
}

function explainText(told: Explained, width: number): string {
  const word = (holds: boolean | undefined): string =>
    holds === undefined ? "?" : holds ? "OK" : "FAILED";
  const rows = told.links.map((link) => [
    link.link,
    link.passes === true ? "not yet" : word(link.holds),
    link.message,
  ]);
  const { broken } = told;
  const answer =
    broken === undefined
      ? "every check holds\n"
      : broken.passes === true
        ? `on its way, at ${broken.link}: ${broken.message}\n`
        : `broken at ${broken.link}: ${broken.message}\n`;
  const list = broken === undefined ? "" : checklistText(told.checklist);
  const todo = list === "" ? "" : `\n${list}`;
  const table = printTable([["CHECK", "OK?", told.about], ...rows], width);
  return fitted(`${table}\n${answer}${todo}`, width);
}
