// What `nova-pci nodes` looks at: the end of files, or a cluster with the books of its Placement.
// It reads with the rights of the user; what they may not read is unknown.

import { cloudSecret } from "../../api/names.ts";
import { emptyAsk } from "../../operator/loop.ts";
import { devices, ofFiles, type NodeDevices } from "../../plan/devices.ts";
import type { Ask } from "../../plan/terms/effects.ts";
import type { Snapshot } from "../../plan/terms/snapshot.ts";
import { UsageProblem } from "../terminal/problems.ts";
import { accessOf, findCloud, type CloudChoice } from "../access/cloud-access.ts";
import {
  openCluster,
  saysNothing,
  type ClusterChoice,
  type LookedAt,
} from "../access/cluster-access.ts";
import { noting } from "../access/unread.ts";
import { needOurs, printProblems, readNamed, type Named } from "../given/files.ts";
import { installationsOf } from "../given/installations.ts";
import type { Io } from "../terminal/io.ts";
import { playToEnd } from "../played/offline.ts";
import { printStandIns } from "../played/stand-ins.ts";

export type Seen = { readonly namespace: string; readonly nodes: readonly NodeDevices[] };

type Eye = { readonly look: () => Promise<Seen>; readonly close: () => Promise<void> };

/** Each installation of the files when everything has settled. */
export async function lookAtFiles(
  named: Named & { readonly namespace?: string | undefined },
  io: Io,
): Promise<readonly Seen[]> {
  const files = await readNamed(named, io);
  printProblems(files.problems, io);
  needOurs(files);
  const looks: Seen[] = [];
  for (const installation of installationsOf(files.objects, named.namespace)) {
    printStandIns(installation, "nodes", io);
    const { seen } = await playToEnd(installation);
    const nodes = devices(seen).map(ofFiles);
    looks.push({ namespace: installation.namespace, nodes });
  }
  return looks;
}

export async function openEye(choice: ClusterChoice & CloudChoice, io: Io): Promise<Eye> {
  const cluster = await openWithCloud(choice, io);
  return { look: () => lookOnce(cluster, io), close: cluster.close };
}

/** The cluster, and its cloud by the user's own credentials where they are given. */
export async function openWithCloud(
  choice: ClusterChoice & CloudChoice,
  io: Io,
): Promise<LookedAt> {
  const own = choice["clouds-yaml"] !== undefined || choice["os-cloud"] !== undefined;
  const found = own ? await findCloud(accessOf(choice), io) : undefined;
  if (found !== undefined && "looked" in found)
    throw new UsageProblem(
      `no clouds.yaml in ${found.looked.join(", ")}: give one with --clouds-yaml`,
    );
  for (const warning of found?.warnings ?? []) io.stderr(`warning: ${warning}\n`);
  return openCluster(choice, { own: found?.credentials, told: noting(io) });
}

/** So many hosts are asked who uses their devices. */
const hostsAsked = 100;

/** What to ask next of a cluster that is looked at again and again. */
export function askAfter(seen: Snapshot | undefined): Ask {
  const usageOf = seen === undefined ? [] : hostsInUse(seen).slice(0, hostsAsked);
  return { ...emptyAsk, inventories: true, usageOf };
}

async function lookOnce(cluster: LookedAt, io: Io): Promise<Seen> {
  const first = await wholeInventory(cluster, askAfter(undefined));
  saysNothing(first, cluster.elsewhere(), io);
  const ask = askAfter(first);
  const seen = ask.usageOf.length === 0 ? first : await cluster.observe(ask);
  const nodes = devices(seen).map((device) => withAdvice(device, seen));
  return { namespace: seen.namespace, nodes };
}

const looksAtMost = 100;

/** A first look at many hosts takes several (openstack/view). */
async function wholeInventory(cluster: LookedAt, ask: Ask): Promise<Snapshot> {
  let seen = await cluster.observe(ask);
  for (let looks = 1; looks < looksAtMost; looks++) {
    const before = hostsKnown(seen);
    if (before === undefined || before >= hostsThere(seen)) return seen;
    seen = await cluster.observe(ask);
    if (hostsKnown(seen) === before) return seen;
  }
  return seen;
}

function hostsKnown({ cloud }: Snapshot): number | undefined {
  if (cloud.is !== "read" || cloud.inventories === undefined) return undefined;
  return Object.keys(cloud.inventories).length;
}

function hostsThere({ cloud }: Snapshot): number {
  if (cloud.is !== "read") return 0;
  return cloud.services.filter(({ binary }) => binary === "nova-compute").length;
}

function hostsInUse({ cloud }: Snapshot): readonly string[] {
  if (cloud.is !== "read") return [];
  return Object.entries(cloud.inventories ?? {})
    .filter(([, providers]) => providers.some((provider) => provider.used > 0))
    .map(([host]) => host)
    .sort();
}

/** The same words serve the operator, whose Secret it is. */
function withAdvice(node: NodeDevices, { cloud }: Snapshot): NodeDevices {
  if (node.unknown === undefined || cloud.is !== "no-credentials") return node;
  const why =
    cloud.reason === "MissingRight"
      ? `you may not get Secret ${cloudSecret} of this namespace`
      : cloud.message;
  return { ...node, unknown: `${why}; --os-cloud NAME reads Placement with your own credentials` };
}
