// nova-pci render: the files that Nova would read. The end of the road, without order and without
// waiting; what cannot be rendered is said and counted.

import { join } from "node:path";
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
import { foldedNames } from "../api/folded-names.ts";
import { digestVersion } from "../nova/text/digest.ts";
import { outcome, type Outcome } from "../plan/outcome.ts";
import type { Fragment } from "../plan/wanted/render.ts";
import { renderFace } from "./faces/render.ts";
import { commandOf } from "./terminal/arguments.ts";
import type { Given } from "./terminal/parse.ts";
import { needOurs, printProblems, readNamed, nothingLeft } from "./given/files.ts";
import { exitCodes, type Io } from "./terminal/io.ts";
import { installationsOf } from "./given/installations.ts";
import { firstLook } from "./played/offline.ts";

export const command = commandOf(renderFace, render);

async function render({ values }: Given<typeof renderFace.options>, io: Io): Promise<number> {
  const format = values.output;
  const files = await readNamed(values, io);
  needOurs(files);
  const { objects, problems } = files;
  printProblems(problems, io);
  if (nothingLeft(files)) return exitCodes.finding;
  const maps: Rendered[] = [];
  let refused = 0;
  for (const installation of installationsOf(objects, values.namespace)) {
    const found = outcome(await firstLook(installation));
    refused += printRefusals(found, io);
    maps.push(...mapsOf(found, installation.namespace));
  }
  await put(maps, format, values.out, io);
  return problems.length + refused === 0 ? exitCodes.fine : exitCodes.finding;
}

export function printRefusals(found: Pick<Outcome, "verdicts">, io: Io): number {
  let count = 0;
  for (const verdict of found.verdicts) {
    for (const rejection of verdict.rejections) {
      count += 1;
      io.stderr(
        `${verdict.kind}/${verdict.name} ${rejection.path}: ${rejection.reason}: ${rejection.message}\n`,
      );
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
    rendered(fragment, namespace, `${serviceTitle.compute} on ${foldedNames(nodes)}`),
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
    const several = new Set(all.map((item) => item.namespace)).size > 1;
    for (const item of all) {
      const folder = several ? join(out, item.namespace) : out;
      const path = join(folder, `${item.fragment.name}.${format}`);
      await io.writeFile(path, textOf(item, format));
      io.stdout(`${path}\t${item.readers}\n`);
    }
    return;
  }
  if (format === "json") {
    io.stdout(
      `${JSON.stringify({ apiVersion: "v1", kind: "List", items: all.map((item) => item.object) }, null, 2)}\n`,
    );
    return;
  }
  io.stdout(all.map((item) => textOf(item, format)).join(format === "yaml" ? "---\n" : "\n"));
}

function textOf(item: Rendered, format: string): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(item.object, null, 2)}\n`;
    case "conf":
      return `# ${item.readers}\n${item.fragment.text}`;
    default:
      return `# ${item.readers}\n${dump(item.object, { lineWidth: -1 })}`;
  }
}
