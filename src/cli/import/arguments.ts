// The arguments of import: files in groups, each group one process of Nova.

import type { Release } from "../../nova/terms/release.ts";
import type { importFace } from "../faces/import.ts";
import { releaseOf } from "../terminal/arguments.ts";
import type { Given, Token } from "../terminal/parse.ts";
import { UsageProblem } from "../terminal/problems.ts";
import type { ClusterChoice } from "../access/cluster-access.ts";
import type { Reader } from "./formats/given.ts";
import type { Selectors } from "./print.ts";

export type FileGroup = {
  readonly reader: Reader;
  readonly pool: string | undefined;
  readonly paths: readonly string[];
  /** What `openstack flavor list` prints. */
  readonly holdsFlavors: boolean;
};

export type Wanted = {
  readonly release: { readonly text: string; readonly release: Release } | undefined;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly groups: readonly FileGroup[];
  readonly selectors: Selectors;
  readonly cluster: ClusterChoice | undefined;
};

const groupFlags = ["conf", "api", "compute", "scheduler", "flavors"] as const;

export function readWanted({ values, tokens }: Given<typeof importFace.options>): Wanted {
  const groups = groupsOf(tokens);
  if (values.cluster && groups.length > 0) {
    throw new UsageProblem("files and --cluster do not go together");
  }
  if (!values.cluster && groups.length === 0) {
    throw new UsageProblem("no file: give FILE, --api FILE and --compute FILE, or --cluster");
  }
  const { namespace, kubeconfig, context } = values;
  return {
    release:
      values.release === undefined
        ? undefined
        : { text: values.release, release: releaseOf(values.release) },
    name: values.name ?? "imported",
    namespace,
    groups,
    selectors: new Map(values["node-selector"].map(selectorOf)),
    cluster: values.cluster ? { namespace, kubeconfig, context } : undefined,
  };
}

const nobody: Omit<FileGroup, "paths"> = { reader: "any", pool: undefined, holdsFlavors: false };

/** A file belongs to the flag before it, so that `--api a.conf b.conf` is one process. */
function groupsOf(tokens: readonly Token[]): readonly FileGroup[] {
  const groups = new Map<string, FileGroup & { paths: string[] }>();
  let current = nobody;
  for (const { kind, name, value } of tokens) {
    const isFlag = kind === "option" && groupFlags.some((flag) => flag === name);
    if (value === undefined || (!isFlag && kind !== "positional")) continue;
    let path = value;
    if (isFlag) {
      const named = name === "compute" ? /^([A-Za-z0-9][\w.-]*)=(.+)$/s.exec(value) : null;
      path = named?.[2] ?? value;
      current = { reader: readerOf(name!), pool: named?.[1], holdsFlavors: name === "flavors" };
    }
    const key = JSON.stringify(current);
    const group = groups.get(key) ?? { ...current, paths: [] };
    groups.set(key, group);
    group.paths.push(path);
  }
  return [...groups.values()];
}

function readerOf(flag: string): Reader {
  if (flag === "compute") return "compute";
  return flag === "api" || flag === "scheduler" ? "api" : "any";
}

/** "[POOL:]KEY=VALUE[,KEY=VALUE]"; keys of labels hold no colon. */
function selectorOf(text: string): readonly [pool: string, labels: Record<string, string>] {
  const [, pool = "", labels = ""] = /^(?:([^:=]+):)?(.+)$/.exec(text) ?? [];
  const pairs = labels.split(",").map((part) => part.split("="));
  if (labels === "" || pairs.some((pair) => pair.length !== 2 || pair[0] === "")) {
    throw new UsageProblem(
      `--node-selector ${text}: write KEY=VALUE, or POOL:KEY=VALUE for --compute POOL=FILE`,
    );
  }
  return [pool, Object.fromEntries(pairs) as Record<string, string>];
}
