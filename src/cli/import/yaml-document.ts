// One object as a YAML document with comments above it, judged as the API server would.

import { dump, YAML11_SCHEMA } from "js-yaml";
import { apiVersion, type Kind } from "../../api/names.ts";
import { problemsOf } from "../../api/parse.ts";

/** Empty text: it is left out, and `problems` say why. */
export type Printed = {
  readonly text: string;
  /** Kind/name. */
  readonly object: string;
  readonly problems: readonly string[];
};

type Drawn = {
  readonly kind: Kind;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly spec: object;
  readonly comments: readonly string[];
};

export function document({ kind, name, namespace, spec, comments: said }: Drawn): Printed {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const problems = problemsOf(kind, { apiVersion, kind, metadata, spec });
  const object = `${kind}/${name}`;
  if (problems.length > 0) {
    const said = problems.map(({ path, message }) => `${object}: ${path}: ${message}`);
    return { text: "", object, problems: said };
  }
  const body = dump({ spec }, { forceQuotes: true, quoteStyle: "double", lineWidth: -1 });
  const lines = Object.entries(metadata).map(
    ([key, value]) => `  ${key}: ${dump(value, { schema: YAML11_SCHEMA }).trim()}\n`,
  );
  const head = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n${lines.join("")}`;
  return { text: comments(said) + head + body, object, problems: [] };
}

export function comments(lines: readonly string[]): string {
  return lines.map((line) => `# ${line.replaceAll("\n", " ")}\n`).join("");
}

/** A name that Kubernetes takes, near to that of the alias, and its own. */
export function objectName(alias: string, taken: Set<string>): string {
  const near = alias
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .replace(/[-.]*\.[-.]*/g, ".")
    .slice(0, 200)
    .replace(/[-.]+$/, "");
  const base = near === "" ? "alias" : near;
  let name = base;
  for (let number = 2; taken.has(name); number += 1) name = `${base}-${number}`;
  taken.add(name);
  return name;
}
