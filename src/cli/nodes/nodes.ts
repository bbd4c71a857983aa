// A map of the devices on a terminal: nova-pci nodes. Free, used and by whom, reserved, excluded or
// unknown, as Placement has them; from files alone, which there are.

import { fileOptions } from "../given/files.ts";
import { parseArgs } from "node:util";
import { dump } from "js-yaml";
import { didYouMean } from "../../api/nearest-name.ts";
import { formatOf, guard, understood, UsageProblem } from "../terminal/arguments.ts";
import { cloudOptions, cloudOptionsHelp } from "../access/cloud-access.ts";
import { clusterOptions, clusterOptionsHelp } from "../access/cluster-access.ts";
import { exitCodes, type Command, type Io } from "../terminal/io.ts";
import { paintFor, widthOf } from "../terminal/screen.ts";
import { watch } from "../terminal/watch.ts";
import { lookAtFiles, openEye, type Seen } from "./look.ts";
import { mapText, wideText } from "./map-text.ts";

const help = `nova-pci nodes: a map of the devices, and what each is doing

  nova-pci nodes -n openstack
  nova-pci nodes -n openstack -w
  nova-pci nodes node-gpu-7 -n openstack -o wide
  nova-pci nodes -f deploy/examples

A row for each compute node, a sign for each device, side by side by the alias that asks for it: free,
used, reserved, excluded or unknown. The numbers are Placement's, read with the Secret of the
namespace if you may get it, else with your own credentials. Without Placement every device is
unknown: nothing is guessed. More than 24 nodes are grouped where they are alike.

  NODE                   only these nodes
  -f, --filename PATH    the end of files instead of a cluster; may be repeated
  -k, --kustomize DIR    the same for what kustomize (or kubectl) builds from it
  -R, --recursive        folders at every depth, even when they hold objects themselves
${clusterOptionsHelp}${cloudOptionsHelp}  -o, --output text|wide|json|yaml   default text; wide has a line for each device
  -w, --watch            look again every five seconds; in place on a terminal

Exit code: 0 done, 1 there is no such node, 2 a wrong argument or file, 3 the cluster cannot be reached.
`;

export const command: Command = {
  name: "nodes",
  summary: "Show a map of the devices of each node: free, used, reserved",
  help,
  run: (args, io) => guard(command, args, io, () => nodes(args, io)),
};

const everyMillis = 5000;

type Wish = { readonly format: string; readonly only: readonly string[] };

async function nodes(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = understood(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...fileOptions,
        output: { type: "string", short: "o" },
        watch: { type: "boolean", short: "w", default: false },
        ...clusterOptions,
        ...cloudOptions,
      },
    }),
  );
  const wish = {
    format: formatOf(values.output, ["text", "wide", "json", "yaml"]),
    only: positionals,
  };
  if (values.filename.length + values.kustomize.length > 0) {
    if (values.watch) throw new UsageProblem("-w looks at a cluster; nothing moves in files");
    return show(await lookAtFiles(values, io), wish, io);
  }
  const eye = await openEye(values, io);
  try {
    if (!values.watch) return show([await eye.look()], wish, io);
    await watch({ look: async () => told([await eye.look()], wish, io), everyMillis }, io);
    return exitCodes.fine;
  } finally {
    await eye.close();
  }
}

function show(looks: readonly Seen[], wish: Wish, io: Io): number {
  const names = looks.flatMap((one) => one.nodes.map(({ node }) => node));
  const strange = wish.only.filter((one) => !names.includes(one));
  for (const one of strange) {
    const near = didYouMean(one, names);
    io.stderr(`nova-pci nodes: there is no compute node ${one}${near}\n`);
  }
  if (strange.length > 0) return exitCodes.finding;
  io.stdout(told(looks, wish, io));
  return exitCodes.fine;
}

function told(looks: readonly Seen[], { format, only }: Wish, io: Io): string {
  const chosen = looks.map(({ namespace, nodes: all }) => ({
    namespace,
    nodes: only.length === 0 ? all : all.filter(({ node }) => only.includes(node)),
  }));
  if (format === "json") return `${JSON.stringify(single(chosen), null, 2)}\n`;
  if (format === "yaml")
    return dump(JSON.parse(JSON.stringify(single(chosen))) as object, { lineWidth: 120 });
  const look = { width: widthOf(io), paint: paintFor(io) };
  return chosen
    .map((one) => {
      const title = chosen.length === 1 ? "" : `Namespace ${one.namespace}\n\n`;
      return `${title}${format === "wide" ? wideText(one.nodes) : mapText(one.nodes, look)}`;
    })
    .join("\n");
}

/** A list only where files hold several installations. */
function single(looks: readonly Seen[]): Seen | readonly Seen[] {
  return looks.length === 1 ? looks[0]! : looks;
}
