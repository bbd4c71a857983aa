// Helm values in the manner of openstack-helm: conf.nova for every service, and
// conf.overrides.nova_compute.{hosts,labels} for some of the nodes. A host's override comes before
// those of its labels, a later label before an earlier one, and none is added to another
// (helm-toolkit, _daemonset_overrides.tpl).

import { kindOf, valueLines } from "./bare-values.ts";
import { asConf, joined, nothingGiven, type Given, type OptionLine, type Pool } from "./given.ts";
import { optionNamed } from "./option-names.ts";
import { isMap, type Place, type Raw } from "./place.ts";
import { sectionLines } from "./sections.ts";

export function isHelmConf(value: unknown): value is Raw {
  if (!isMap(value)) return false;
  return isMap(value["nova"]) || isMap(value["overrides"]);
}

type Expression = {
  readonly key: string;
  readonly operator: "In" | "NotIn";
  readonly values: readonly string[];
};

type Override = {
  readonly name: string;
  readonly conf: Raw;
  readonly path: string;
  /** The nodes that it is for. */
  readonly own: Expression;
  readonly isHost: boolean;
};

export function helmValues(conf: Raw, place: Place): Given {
  const base = isMap(conf["nova"]) ? conf["nova"] : {};
  const overrides = overridesOf(conf["overrides"], `${place.path}.overrides`);
  const passed = passedOver(conf["overrides"], overrides, place);
  const read = everyPool(base, overrides, place);
  return { ...read, problems: [...read.problems, ...passed] };
}

/** Overrides that name devices, and that the chart, or nobody, applies to a node. */
function passedOver(value: unknown, taken: readonly Override[], place: Place): readonly string[] {
  if (!isMap(value)) return [];
  const known = new Set(taken.map((override) => override.conf));
  return Object.entries(value).flatMap(([key, groups]) => {
    if (!isMap(groups)) return [];
    return ["labels", "hosts"].flatMap((group) =>
      listOf(groups[group]).flatMap((item, index) => {
        const { conf } = item;
        if (isMap(conf) && known.has(conf)) return [];
        if (!/"pci"/.test(JSON.stringify(item))) return [];
        const line = place.lineOf(`${place.path}.overrides.${key}.${group}[${index}]`);
        const why = /compute/.test(key)
          ? `needs ${group === "hosts" ? "name" : "label.key and label.values"} and conf`
          : "is applied by the chart to DaemonSets only";
        return [`${place.file}:${line}: this override of ${key} ${why}: not taken`];
      }),
    );
  });
}

function everyPool(base: Raw, overrides: readonly Override[], place: Place): Given {
  const basePath = `${place.path}.nova`;
  if (overrides.length === 0 || place.pool !== undefined) {
    return textOf(base, place, [basePath], place.reader, place.pool);
  }
  const pools = overrides.map((override, index) => {
    const merged = deepMerge(base, isMap(override.conf["nova"]) ? override.conf["nova"] : {});
    const later = overrides.slice(index + 1).filter((other) => !other.isHost);
    const hosts = override.isHost ? [] : hostsOf(overrides);
    const rest = override.isHost ? [] : [...negated(later, override.own), ...hosts];
    const pool = poolOf(override.name, [override.own, ...rest]);
    return textOf(merged, place, [`${override.path}.conf.nova`, basePath], "compute", pool);
  });
  const others = [
    ...negated(
      overrides.filter((override) => !override.isHost),
      undefined,
    ),
    ...hostsOf(overrides),
  ];
  return joined([
    textOf(withoutDevices(base), place, [basePath], "api"),
    textOf(base, place, [basePath], "compute", poolOf("default", others)),
    ...pools,
  ]);
}

/** A device spec of the base is nova-compute's where no override is. */
function withoutDevices(base: Raw): Raw {
  if (!isMap(base["pci"])) return base;
  const rest = Object.entries(base["pci"]).filter(([key]) => {
    const option = optionNamed(key, "pci");
    return option === undefined || option === "alias";
  });
  return { ...base, pci: Object.fromEntries(rest) };
}

function poolOf(name: string, matchExpressions: readonly Expression[]): Pool {
  const nodeSelector = {
    matchExpressions: matchExpressions.map((matchExpression) => ({
      ...matchExpression,
      values: [...matchExpression.values],
    })),
  };
  return { name, nodeSelector, comments: [] };
}

const hostLabel = "kubernetes.io/hostname";

function hostsOf(overrides: readonly Override[]): readonly Expression[] {
  const names = overrides
    .filter((override) => override.isHost)
    .flatMap((override) => override.own.values);
  return names.length === 0 ? [] : [{ key: hostLabel, operator: "NotIn", values: names }];
}

/** One expression for each key: nodes that another override is for. */
function negated(others: readonly Override[], own: Expression | undefined): readonly Expression[] {
  const values = new Map<string, Set<string>>();
  for (const { own: other } of others) {
    const known = values.get(other.key) ?? new Set();
    for (const value of other.values) known.add(value);
    values.set(other.key, known);
  }
  return [...values].flatMap(([key, some]): readonly Expression[] => {
    const left = [...some].filter((text) => key !== own?.key || own.values.includes(text));
    return left.length === 0 ? [] : [{ key, operator: "NotIn", values: left }];
  });
}

/** Each override of nova-compute, in the order in which they stand. */
function overridesOf(value: unknown, path: string): readonly Override[] {
  if (!isMap(value)) return [];
  return Object.entries(value)
    .filter(([key]) => /compute/.test(key))
    .flatMap(([key, groups]) => {
      if (!isMap(groups)) return [];
      const labels = listOf(groups["labels"]).flatMap((item, index) =>
        labelOverride(item, `${path}.${key}.labels[${index}]`),
      );
      const hosts = listOf(groups["hosts"]).flatMap((item, index) =>
        hostOverride(item, `${path}.${key}.hosts[${index}]`),
      );
      return [...labels, ...hosts];
    });
}

function listOf(value: unknown): readonly Raw[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isMap) : [];
}

function hostOverride(item: Raw, path: string): readonly Override[] {
  const { name, conf } = item;
  if (typeof name !== "string" || !isMap(conf)) return [];
  const own: Expression = { key: hostLabel, operator: "In", values: [name] };
  return [{ name, conf, path, own, isHost: true }];
}

function labelOverride(item: Raw, path: string): readonly Override[] {
  const { label, conf } = item;
  if (!isMap(label) || typeof label["key"] !== "string" || !isMap(conf)) return [];
  const values = Array.isArray(label["values"]) ? label["values"].map(String) : [];
  if (values.length === 0) return [];
  const key = label["key"];
  const name = [key.replace(/^.*\//, ""), ...values].join("-");
  return [{ name, conf, path, own: { key, operator: "In", values }, isHost: false }];
}

function deepMerge(base: Raw, over: Raw): Raw {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isMap(below) && isMap(value) ? deepMerge(below, value) : value;
  }
  return merged;
}

function textOf(
  sections: Raw,
  place: Place,
  paths: readonly string[],
  reader: Place["reader"],
  pool?: Pool,
): Given {
  const lineOf = (path: string): number => {
    const lines = paths.map((prefix) => place.lineOf(`${prefix}.${path}`));
    return lines[0] ?? 1;
  };
  const { values, said } = unjoined(sections, place, lineOf);
  const rest = sectionLines(values.rest, lineOf);
  const lines = [...values.lines, ...rest];
  if (lines.length === 0) return nothingGiven;
  const piece = {
    reader,
    file: asConf(place.file, lines),
    ...(pool === undefined ? {} : { pool }),
  };
  return { ...nothingGiven, pieces: [piece], problems: said };
}

/**
 * Entries that openstack-helm's template cannot write so that Nova reads them: a list of several is
 * joined by commas, a map is printed as Go prints maps, further lines are options of their own.
 * They are taken for what was meant, and said.
 */
function unjoined(sections: Raw, place: Place, lineOf: (path: string) => number) {
  const lines: OptionLine[] = [];
  const said: string[] = [];
  const pci = isMap(sections["pci"]) ? sections["pci"] : {};
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(pci)) {
    const option = optionNamed(key, "pci");
    const broken = option === undefined ? undefined : unwritable(value);
    const exact = key === option ? option : undefined;
    if (exact === undefined || broken === undefined) {
      kept[key] = value;
      continue;
    }
    const line = lineOf(`pci.${key}`);
    const values = isMap(value) ? (value["values"] ?? value) : value;
    lines.push(...valueLines(exact, values, line));
    said.push(`${place.file}:${line}: ${key} ${broken}`);
  }
  return { values: { lines, rest: { ...sections, pci: kept } }, said };
}

function unwritable(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    if ((value as unknown[]).some(isMap))
      return "is a map, which the chart prints as Go does: use type: multistring with values in quotes";
    return value.length > 1
      ? "is a list, which the chart joins by commas: use type: multistring with values"
      : undefined;
  }
  if (isMap(value)) {
    const { values } = value;
    if (typeof values === "string")
      return "has values that are a text, on which the chart fails: write them as a list";
    if (!Array.isArray(values))
      return "is a map, which the chart prints as Go does: use type: multistring with values in quotes";
    return values.some(isMap)
      ? "holds maps, which the chart prints as Go does: put each into single quotes, as JSON"
      : undefined;
  }
  if (typeof value !== "string" || !value.trim().includes("\n")) return undefined;
  const own = /^\s*(alias|device_spec|passthrough_whitelist)\s*=/m.test(value);
  const isJson = valueLines("device_spec", value, 1).every((valueLine) => isEntry(valueLine.value));
  const indented = value
    .trim()
    .split("\n")
    .slice(1)
    .every((row) => /^\s/.test(row));
  if (own || !isJson || indented) return undefined;
  return "has lines that begin in the first column, where the value ends for Nova: use type: multistring with values";
}

function isEntry(text: string): boolean {
  return kindOf(text) !== undefined;
}
