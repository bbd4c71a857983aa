// Answers "how would this nova.conf look as objects?": nova-pci import prints PciAlias and
// PciWhitelist YAML and proves, with the reader of nova.conf, that they mean the same.

import { parseArgs } from "node:util";
import { releases, type Release } from "../nova/release.ts";
import { guard, readText, releaseOf, understood, UsageProblem } from "./arguments.ts";
import { clusterOptions, clusterOptionsHelp, type ClusterChoice } from "./cluster-access.ts";
import { importCluster } from "./import-cluster.ts";
import { assemble, objectsOf, placementFlags, readNovaConf } from "./imported-conf.ts";
import { exitCodes, type Command, type Io } from "./io.ts";

const help = `nova-pci import: existing nova.conf files as objects

  nova-pci import --conf /etc/nova/nova.conf
  nova-pci import --conf nova.conf --conf nova.conf.d/10-pci.conf > objects.yaml
  nova-pci import --cluster -n openstack > objects.yaml

Prints a PciAlias for every alias and a PciWhitelist for the device specs, in the order that keeps
the first match first. What comes out is written as the operator would write it, read again, and
compared with what went in. Comments say what nova.conf does not: the nodes, missing device types,
and everything that no object can express (such an entry is left out and the exit code is 1).

  --conf FILE    a nova.conf; may be repeated, in the order in which Nova reads them; - is stdin
  --release R    the Nova that reads them (default: the newest), such as 26 or Epoxy
  --name NAME    metadata.name of the PciWhitelist (default: imported)

With --cluster the files are those that nova-api and each nova-compute DaemonSet mount, the nodes are
those of the DaemonSet, and every flavor of Nova with pci_passthrough:alias becomes a PciFlavor (where
the Secret nova-pci-cloud is there). Applied as printed, nothing restarts: what the nova.conf under the
operator's fragments says already is live through it. Only an alias that nova-compute has and nova-api
has not is given to nova-api, and a comment says so.

${clusterOptionsHelp}
Exit code: 0 everything is in the objects, 1 something is not, 2 a wrong argument or file.
`;

export const command: Command = {
  name: "import",
  summary: "Print existing nova.conf files as PciAlias and PciWhitelist objects",
  help,
  run: (args, io) => guard(command, args, io, () => importAll(args, io)),
};

type Wanted = {
  readonly release: Release | undefined;
  readonly name: string;
  readonly files: readonly string[];
  readonly cluster: ClusterChoice | undefined;
};

function readWanted(args: readonly string[]): Wanted {
  const { values } = understood(() =>
    parseArgs({
      args: [...args],
      options: {
        conf: { type: "string", multiple: true, default: [] },
        release: { type: "string" },
        name: { type: "string", default: "imported" },
        cluster: { type: "boolean", default: false },
        ...clusterOptions,
      },
    }),
  );
  if (values.cluster && values.conf.length > 0) {
    throw new UsageProblem("--conf and --cluster do not go together");
  }
  if (!values.cluster && values.conf.length === 0) throw new UsageProblem("--conf FILE is missing");
  const { namespace, kubeconfig, context } = values;
  return {
    release: values.release === undefined ? undefined : releaseOf(values.release),
    name: values.name,
    files: values.conf,
    cluster: values.cluster ? { namespace, kubeconfig, context } : undefined,
  };
}

async function importAll(args: readonly string[], io: Io): Promise<number> {
  const wanted = readWanted(args);
  const { text, problems } =
    wanted.cluster === undefined
      ? await importFiles(wanted, io)
      : await importCluster(wanted.cluster, wanted.release);
  io.stdout(text);
  for (const problem of problems) io.stderr(`nova-pci import: ${problem}\n`);
  return problems.length === 0 ? exitCodes.fine : exitCodes.finding;
}

async function importFiles({ files, name, release }: Wanted, io: Io) {
  const texts: { name: string; text: string }[] = [];
  for (const file of files) texts.push({ name: file, text: await readText(file, io) });
  const read = readNovaConf(texts, release ?? releases.at(-1)!);
  const flags = placementFlags(read);
  const heading = [
    `Imported from ${files.join(", ")}.`,
    ...(flags.length === 0
      ? []
      : [`The PciPassthrough needs spec.placement: { ${flags.join(", ")} }.`]),
  ];
  const where =
    "spec.nodeSelector is missing: nova.conf does not say on which nodes it was; all get these.";
  return assemble(heading, objectsOf(read, { name, comments: [where] }));
}
