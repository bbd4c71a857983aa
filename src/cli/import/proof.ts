// The proof of an import: what it prints is read as an operator's files are, accepted, ordered and
// rendered for one node of each pool, and compared entry by entry with what Nova read before.

import { readYaml, type FileObject } from "../../api/read-yaml.ts";
import { aliasMeaning, deviceMeanings } from "../../nova/device/meaning.ts";
import { readConf } from "../../nova/conf/oslo-conf.ts";
import { isDict, loadJson } from "../../nova/text/python-json.ts";
import { strip } from "../../nova/text/python-text.ts";
import { outcome, type Outcome } from "../../plan/outcome.ts";
import type { NodeSelector } from "../../plan/terms/settings.ts";
import { fileStart } from "../../api/yaml-places.ts";
import { firstLook } from "../played/offline.ts";
import type { MergedAlias } from "./convert/merge-aliases.ts";
import type { ConvertedDevice } from "./convert/convert-device.ts";
import type { PlacedPool } from "./print.ts";
import { contradicts } from "./convert/runs.ts";

type Proof = {
  /** What the way of an operator's files refuses. */
  readonly refused: readonly { readonly object: string; readonly why: string }[];
  /** What would mean something else. */
  readonly changed: readonly string[];
};

export async function prove(
  yaml: string,
  pools: readonly PlacedPool[],
  aliases: readonly MergedAlias[],
): Promise<Proof> {
  const { objects, problems } = readYaml("import", yaml);
  if (problems.length > 0) {
    return {
      refused: problems.map(({ object, field, message }) => ({
        object,
        why: `${object} ${field}: ${message}`,
      })),
      changed: [],
    };
  }
  const nodes = pools.map(({ place }, index) => nodeOf(place.nodeSelector, index));
  const found = outcome(
    await firstLook({
      namespace: objects[0]?.namespace ?? "openstack",
      objects: [...nodes, ...objects],
    }),
  );
  const refused = found.verdicts.flatMap(({ kind, name, rejections }) =>
    rejections.map((rejection) => ({
      object: `${kind}/${name}`,
      why: `${kind}/${name} ${rejection.path}: ${rejection.reason}: ${rejection.message}`,
    })),
  );
  const devices = pools.flatMap((pool, index) => changedDevices(found, pool, index));
  return { refused, changed: [...devices, ...changedAliases(found, aliases)] };
}

const hostLabel = "kubernetes.io/hostname";

/** A node that the selector picks and, where it can be had, no other one. */
function nodeOf(selector: NodeSelector | undefined, index: number): FileObject {
  const labels: Record<string, string> = { ...selector?.matchLabels };
  for (const matchExpression of selector?.matchExpressions ?? []) {
    if (matchExpression.operator === "In")
      labels[matchExpression.key] = matchExpression.values?.[0] ?? "";
    if (matchExpression.operator === "Exists") labels[matchExpression.key] ??= "true";
  }
  const name = nodeName(selector, index);
  const value = { apiVersion: "v1", kind: "Node", metadata: { name, labels } };
  return { file: "import", line: 1, kind: "Node", name, value, at: () => fileStart };
}

/** Its label of the host's name is its name. */
function nodeName(selector: NodeSelector | undefined, index: number): string {
  const own = selector?.matchExpressions?.find(
    (matchExpression) => matchExpression.key === hostLabel && matchExpression.operator === "In",
  );
  return selector?.matchLabels?.[hostLabel] ?? own?.values?.[0] ?? `node-${index}`;
}

const optionNames = ["device_spec", "passthrough_whitelist"];

function valuesOf(text: string, options: readonly string[]): readonly string[] {
  const conf = readConf([{ name: "fragment", text }]);
  return conf
    .multi(options.map((option) => ({ section: "pci", option })))
    .map((confValue) => confValue.value);
}

function changedDevices(found: Outcome, pool: PlacedPool, index: number): readonly string[] {
  const own = found.computes.find(({ nodes }) =>
    nodes.includes(nodeName(pool.place.nodeSelector, index)),
  );
  const after = valuesOf(own?.fragment.text ?? "", optionNames).flatMap(deviceMeanings);
  const before = pool.runs.flatMap((run) => run.devices);
  let start = 0;
  const unlike = pool.runs.flatMap(({ devices }) => {
    const own = after.slice(start, start + devices.length);
    start += devices.length;
    return misplaced(devices, own);
  });
  const more =
    after.length > before.length
      ? [`${pool.place.name}: its nodes are also selected by another PciWhitelist`]
      : [];
  return [...unlike, ...more];
}

/**
 * The operator puts entries of one rank in an order of its own, which is free where none takes the
 * other's.
 */
function misplaced(
  devices: readonly ConvertedDevice[],
  after: readonly string[],
): readonly string[] {
  const placed = devices.map((device) => ({ one: device, at: after.indexOf(device.meaning) }));
  return placed.flatMap(({ one: convertedDevice, at }, index) => {
    if (at < 0) return [`${convertedDevice.origin}: the device spec would mean something else`];
    const passed = placed
      .slice(0, index)
      .find((other) => other.at > at && contradicts(other.one.declared, convertedDevice.declared));
    return passed === undefined
      ? []
      : [`${convertedDevice.origin}: the device spec would come before ${passed.one.origin}`];
  });
}

function changedAliases(found: Outcome, aliases: readonly MergedAlias[]): readonly string[] {
  const byName = new Map<string, string[]>();
  for (const value of valuesOf(found.services.api?.text ?? "", ["alias"])) {
    const name = nameOf(value);
    byName.set(name, [...(byName.get(name) ?? []), aliasMeaning(value)]);
  }
  return aliases
    .filter(
      ({ declared, meaning }) =>
        (byName.get(declared.name) ?? []).toSorted().join("\n") !== meaning,
    )
    .map(({ declared, origin }) => `${origin}: alias "${declared.name}" would mean something else`);
}

function nameOf(value: string): string {
  const loaded = loadJson(value);
  const name = loaded.ok && isDict(loaded.value) ? loaded.value.entries.get("name") : undefined;
  return typeof name === "string" ? strip(name) : "";
}
