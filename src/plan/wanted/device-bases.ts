// Device specs of the nova.conf under each nova-compute: each DaemonSet mounts a nova.conf of its
// own. Knows nothing of aliases.

import type { DeviceDeclaration } from "../../nova/terms/declare.ts";
import { deviceMeaning } from "../../nova/device/meaning.ts";
import { readConf } from "../../nova/conf/oslo-conf.ts";
import { knownBase } from "./known-base.ts";
import { declarationOf } from "./lines.ts";
import { wantsNode, type ComputeNode } from "./selection.ts";
import type { BaseFile, Snapshot } from "../terms/snapshot.ts";

export type DeviceBase = {
  /** The DaemonSet, where there are several; else "". */
  readonly workload: string;
  /** They count when deciding which aliases a compute carries. */
  readonly devices: readonly DeviceDeclaration[];
  /** An entry equal to one of them is live through the base and not rendered. */
  readonly meanings: ReadonlySet<string>;
};

export type DeviceBases = (node: ComputeNode) => DeviceBase;

const noBase: DeviceBase = { workload: "", devices: [], meanings: new Set() };

export function deviceBases(seen: Snapshot): DeviceBases {
  const base = knownBase(seen);
  if (base === undefined) return () => noBase;
  const { files, computes = {} } = base;
  const first = deviceBase("", files.compute ?? []);
  const names = Object.keys(computes);
  if (names.length < 2) return () => first;
  const bases = new Map(names.map((name) => [name, deviceBase(name, computes[name]!)]));
  const owners = daemonSetsOfPods(seen);
  const daemonSets = seen.workloads.filter((workload) => bases.has(workload.name));
  return (node) => {
    const wanting = daemonSets.filter((daemonSet) => wantsNode(daemonSet.wants, node.labels));
    const owner = owners.get(node.name);
    const name = wanting.length === 1 ? wanting[0]!.name : (owner ?? wanting[0]?.name);
    return bases.get(name ?? "") ?? first;
  };
}

function daemonSetsOfPods(seen: Snapshot): ReadonlyMap<string, string> {
  return new Map(
    seen.pods.flatMap(({ service, node, owner }): readonly [string, string][] =>
      service === "compute" && node !== undefined && owner?.kind === "DaemonSet"
        ? [[node, owner.name]]
        : [],
    ),
  );
}

function deviceBase(workload: string, files: readonly BaseFile[]): DeviceBase {
  const values = deviceValues(files);
  return {
    workload,
    devices: values.map(declarationOf),
    meanings: new Set(values.map(deviceMeaning)),
  };
}

/** One object each, whatever name the option has. */
function deviceValues(files: readonly BaseFile[]): readonly string[] {
  const conf = readConf(files);
  const all = ["device_spec", "passthrough_whitelist"].flatMap((option) =>
    conf.valuesOf("pci", option),
  );
  return all.flatMap((value) => {
    try {
      const raw: unknown = JSON.parse(value);
      return (Array.isArray(raw) ? raw : [raw]).map((item) => JSON.stringify(item));
    } catch {
      return [];
    }
  });
}
