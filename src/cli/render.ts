// nova-pci render: the files that Nova would read. The end of the road, without order and without
// waiting; what cannot be rendered is said and counted.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { dump } from "js-yaml";
import {
  digestAnnotation,
  digestVersionAnnotation,
  fragmentKey,
  managedBy,
  managedByLabel,
  serviceTitle,
  type Service,
} from "../api/names.ts";
import { digestVersion } from "../nova/text/digest.ts";
import { outcome, type Outcome } from "../plan/outcome.ts";
import type { Fragment } from "../plan/wanted/render.ts";
import { formatOf, guard, understood } from "./terminal/arguments.ts";
import { fileOptions, needOurs, printProblems, readNamed, nothingLeft } from "./given/files.ts";
import { exitCodes, type Command, type Io } from "./terminal/io.ts";
import { installationsOf } from "./given/installations.ts";
import { firstLook } from "./played/offline.ts";

const help = `nova-pci render: the ConfigMaps that the files lead to, without a cluster

  nova-pci render -f deploy/examples
  nova-pci render -f pci/ --out rendered/ && git diff rendered/

One immutable ConfigMap for nova-api, nova-scheduler and nova-conductor where they are told
anything, and one for each distinct nova-compute. Nodes among the files decide which computes
there are; without any, one node stands in for each selector.

  -f, --filename PATH    file, folder or - ; may be repeated
  -k, --kustomize DIR    what kustomize (or kubectl) builds from it; may be repeated
  -R, --recursive        folders at every depth, even when they hold objects themselves
  -n, --namespace NAME   only this namespace; also where objects without one belong
  -o yaml|json|conf      default yaml; conf prints the files as Nova reads them
  --out DIR              write one file for each ConfigMap instead of printing

Exit code: 0 everything rendered, 1 an object was refused, 2 a wrong argument or file.
`;

export const command: Command = {
  name: "render",
  summary: "Print the nova.conf fragments that files lead to",
  help,
  run: (args, io) => guard(command, args, io, () => render(args, io)),
};

async function render(args: readonly string[], io: Io): Promise<number> {
  const { values } = understood(() =>
    parseArgs({
      args: [...args],
      options: {
        ...fileOptions,
        namespace: { type: "string", short: "n" },
        output: { type: "string", short: "o" },
        out: { type: "string" },
      },
    }),
  );
  const format = formatOf(values.output, ["yaml", "json", "conf"]);
  const files = await readNamed(values, io);
  needOurs(files);
  const { objects, problems } = files;
  printProblems(problems, io);
  if (nothingLeft(files)) return exitCodes.finding;
  const maps: Rendered[] = [];
  let refused = 0;
  for (const one of installationsOf(objects, values.namespace)) {
    const found = outcome(await firstLook(one));
    refused += printRefusals(found, io);
    maps.push(...mapsOf(found, one.namespace));
  }
  await put(maps, format, values.out, io);
  return problems.length + refused === 0 ? exitCodes.fine : exitCodes.finding;
}

export function printRefusals(found: Pick<Outcome, "verdicts">, io: Io): number {
  let count = 0;
  for (const verdict of found.verdicts) {
    for (const one of verdict.rejections) {
      count += 1;
      io.stderr(`${verdict.kind}/${verdict.name} ${one.path}: ${one.reason}: ${one.message}\n`);
    }
  }
  return count;
}

type Rendered = {
  readonly namespace: string;
  readonly fragment: Fragment;
  readonly readers: string;
  readonly object: object;
};

function mapsOf(found: Outcome, namespace: string): readonly Rendered[] {
  const singles = (Object.entries(found.services) as [Service, Fragment][]).map(
    ([service, fragment]) => rendered(fragment, namespace, serviceTitle[service]),
  );
  const computes = found.computes.map(({ fragment, nodes }) =>
    rendered(fragment, namespace, `${serviceTitle.compute} on ${nodes.join(", ")}`),
  );
  return [...singles, ...computes];
}

function rendered(fragment: Fragment, namespace: string, readers: string): Rendered {
  return {
    namespace,
    fragment,
    readers,
    object: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: fragment.name,
        namespace,
        labels: { [managedByLabel]: managedBy },
        annotations: {
          [digestAnnotation]: fragment.digest,
          [digestVersionAnnotation]: digestVersion,
        },
      },
      immutable: true,
      data: { [fragmentKey]: fragment.text },
    },
  };
}

async function put(
  all: readonly Rendered[],
  format: string,
  out: string | undefined,
  io: Io,
): Promise<void> {
  if (out !== undefined) {
    const several = new Set(all.map((one) => one.namespace)).size > 1;
    for (const one of all) {
      const folder = several ? join(out, one.namespace) : out;
      const path = join(folder, `${one.fragment.name}.${format}`);
      await io.writeFile(path, textOf(one, format));
      io.stdout(`${path}\t${one.readers}\n`);
    }
    return;
  }
  if (format === "json") {
    io.stdout(
      `${JSON.stringify({ apiVersion: "v1", kind: "List", items: all.map((one) => one.object) }, null, 2)}\n`,
    );
    return;
  }
  io.stdout(all.map((one) => textOf(one, format)).join(format === "yaml" ? "---\n" : "\n"));
}

function textOf(one: Rendered, format: string): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(one.object, null, 2)}\n`;
    case "conf":
      return `# ${one.readers}\n${one.fragment.text}`;
    default:
      return `# ${one.readers}\n${dump(one.object, { lineWidth: -1 })}`;
  }
}
