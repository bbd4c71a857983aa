// Answers "why does a guest not get its device?": nova-pci explain KIND/NAME. The chain is walked by
// the core (plan/explain.ts); this file reads the arguments and prints.

import { parseArgs } from "node:util";
import { emptyAsk } from "../embedded/operator.ts";
import { explain as walk, type Explained, type Subject } from "../plan/explain.ts";
import type { Snapshot } from "../plan/terms/snapshot.ts";
import { formatOf, guard, understood, UsageProblem } from "./arguments.ts";
import { clusterOptions, clusterOptionsHelp, openCluster } from "./cluster-access.ts";
import { printProblems, readFiles } from "./files.ts";
import { exitCodes, type Command, type Io } from "./io.ts";
import { snapshotOf } from "./offline.ts";
import { printTable } from "./table.ts";

const help = `nova-pci explain KIND/NAME: the first broken link between an alias and a guest

  nova-pci explain alias/a1 -n openstack
  nova-pci explain flavor/m1.large -n openstack
  nova-pci explain node/compute-7 -n openstack
  nova-pci explain whitelist/by-address -f pci/

Walks the chain: accepted, device specs, nodes, hardware, filter, rollout, flavor. Each link says
whether it holds, and the first that does not is the answer.

  -f, --filename PATH    explain files instead of a cluster
${clusterOptionsHelp}  -o text|json           default text

Exit code: 0 every link holds, 1 one is broken, 2 a wrong argument, 3 the cluster cannot be reached.
`;

export const command: Command = {
  name: "explain",
  summary: "Find the first broken link between an alias and a guest",
  help,
  run: (args, io) => guard(command, args, io, () => explain(args, io)),
};

async function explain(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = understood(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        filename: { type: "string", short: "f", multiple: true, default: [] },
        output: { type: "string", short: "o" },
        ...clusterOptions,
      },
    }),
  );
  const format = formatOf(values.output, ["text", "json"]);
  const subject = subjectOf(positionals);
  const seen = await look(values.filename, values, io);
  const told = walk(seen, subject);
  if (told === undefined) {
    io.stderr(`nova-pci explain: there is no ${subject.kind} "${subject.name}"\n`);
    return exitCodes.finding;
  }
  io.stdout(format === "json" ? `${JSON.stringify(told, null, 2)}\n` : explainText(told));
  return told.broken === undefined ? exitCodes.fine : exitCodes.finding;
}

const kinds: Readonly<Record<string, Subject["kind"]>> = {
  node: "node",
  alias: "alias",
  pcialias: "alias",
  flavor: "flavor",
  pciflavor: "flavor",
  whitelist: "whitelist",
  pciwhitelist: "whitelist",
};

function subjectOf(positionals: readonly string[]): Subject {
  const [text, ...more] = positionals;
  const at = text?.indexOf("/") ?? -1;
  if (text === undefined || more.length > 0 || at < 1) {
    throw new UsageProblem(
      "write one KIND/NAME, such as alias/a1, flavor/m1.large or node/compute-7",
    );
  }
  const kind = kinds[text.slice(0, at).toLowerCase()];
  if (kind === undefined)
    throw new UsageProblem(`"${text.slice(0, at)}" is none of node, alias, flavor, whitelist`);
  return { kind, name: text.slice(at + 1) };
}

async function look(
  paths: readonly string[],
  values: Parameters<typeof openCluster>[0],
  io: Io,
): Promise<Snapshot> {
  if (paths.length > 0) {
    const { objects, problems } = await readFiles(paths, io);
    printProblems(problems, io);
    return snapshotOf(objects);
  }
  const cluster = await openCluster(values);
  try {
    return await cluster.observe(emptyAsk);
  } finally {
    await cluster.close();
  }
}

function explainText(told: Explained): string {
  const word = (holds: boolean | undefined): string =>
    holds === undefined ? "?" : holds ? "yes" : "NO";
  const rows = told.links.map((one) => [one.link, word(one.holds), one.message]);
  const answer =
    told.broken === undefined
      ? "every link holds\n"
      : `broken at ${told.broken.link}: ${told.broken.message}\n`;
  return `${printTable([["LINK", "HOLDS", told.about], ...rows])}\n${answer}`;
}
