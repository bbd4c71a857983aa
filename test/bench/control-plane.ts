// Measures the operator on a real API server: how soon an edit is a fragment, what it asks while nothing
// happens, and a start with a thousand objects and hundreds of nodes.
import { setTimeout as pause } from "node:timers/promises";
import { apiVersion, plurals } from "../../src/api/names.ts";
import type { Json } from "../control-plane/client.ts";
import { until } from "../control-plane/processes.ts";
import { inBatches, isWrite, openCloud, untilReady, type Cloud, type Operator } from "./cloud.ts";
import { megabytes, millis, quantile, spread, type Row } from "./measure.ts";
import { aliasSpec, productOf } from "./snapshot.ts";
import { startYardstick } from "./yardstick.ts";

export type CloudSize = {
  readonly nodes: number;
  readonly racks: number;
  readonly whitelists: number;
  readonly aliases: number;
};

export const bigSize: CloudSize = { nodes: 500, racks: 100, whitelists: 900, aliases: 100 };
export const smallSize: CloudSize = { nodes: 6, racks: 3, whitelists: 6, aliases: 6 };
const edits = 60;
const idleSeconds = 60;
/** Longer than rounds that follow each other are spread out: people do not edit that fast. */
const restMillis = 1500;

/** A small cloud: what an edit costs by itself. */
export function editRows(): Promise<readonly Row[]> {
  return measured(smallSize, "p50 <= 1 x the yardstick's, p99 <= 40 ms", []);
}

export function controlPlaneRows(size: CloudSize = bigSize): Promise<readonly Row[]> {
  return measured(size, "p50 <= 1.5 x the yardstick's, p99 <= 2 x", [idleRow, coldRow]);
}

type Measure = (cloud: Cloud, size: CloudSize, operator: Operator) => Promise<readonly Row[]>;

async function measured(
  size: CloudSize,
  target: string,
  measures: readonly Measure[],
): Promise<readonly Row[]> {
  const nodes = Array.from({ length: size.nodes }, (_, at) => [
    `compute-${String(at).padStart(4, "0")}`,
    { "example.org/rack": `rack-${at % size.racks}` },
  ]);
  const cloud = await openCloud(Object.fromEntries(nodes));
  try {
    await applyObjects(cloud, size);
    const operator = await cloud.start();
    say(`waiting until ${size.nodes} nodes and ${size.whitelists + size.aliases} objects converge`);
    await untilReady(
      cloud,
      kinds.map((kind) => plurals[kind]),
      1200,
    );
    const ours = await operatorTimes(cloud, size);
    const rows: Row[] = [];
    for (const measure of measures) rows.push(...(await measure(cloud, size, operator)));
    await cloud.rest();
    const yardstick = await startYardstick(cloud);
    const theirs = await timesOfEdits(cloud, size, "e1");
    await yardstick.stop();
    const of = `${size.nodes} nodes, ${size.whitelists + size.aliases} objects`;
    const ratio = (share: number): string =>
      (quantile(ours, share) / quantile(theirs, share)).toFixed(1);
    return [
      { metric: `edit of one object -> fragment, ${of}`, measured: spread(ours), target },
      {
        metric: `the same by the yardstick (controller-runtime), ${of}`,
        measured: `${spread(theirs)}, most memory ${megabytes(yardstick.peakBytes)}`,
        target: `ours took ${ratio(0.5)} x (p50), ${ratio(0.99)} x (p99)`,
      },
      ...rows,
    ];
  } finally {
    await cloud.stop();
  }
}

const kinds = ["PciPassthrough", "PciAlias", "PciWhitelist"] as const;

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

function pathOf(cloud: Cloud, kind: keyof typeof plurals, name = ""): string {
  const list = `/apis/${apiVersion}/namespaces/${cloud.namespace}/${plurals[kind]}`;
  return name === "" ? list : `${list}/${name}`;
}

function create(cloud: Cloud, kind: keyof typeof plurals, name: string, spec: unknown) {
  return cloud.plane.create(pathOf(cloud, kind), { apiVersion, kind, metadata: { name }, spec });
}

async function applyObjects(cloud: Cloud, size: CloudSize): Promise<void> {
  await create(cloud, "PciPassthrough", "nova", {
    adopt: true,
    rollout: {
      ...{ settleSeconds: 1, minReadySeconds: 0, maxUnavailable: "100%", failureLimit: 100 },
      canary: { count: 1, bakeSeconds: 0 },
    },
  });
  const indices = (count: number) => Array.from({ length: count }, (_, at) => at);
  await inBatches(indices(size.aliases), (at) =>
    create(cloud, "PciAlias", `alias-${at}`, aliasSpec(at)),
  );
  await inBatches(indices(size.whitelists), (at) =>
    create(cloud, "PciWhitelist", `whitelist-${at}`, whitelistSpec(at, size)),
  );
}

function whitelistSpec(at: number, size: CloudSize) {
  const first = productOf(at % size.aliases);
  return {
    nodeSelector: { matchLabels: { "example.org/rack": `rack-${at % size.racks}` } },
    devices: [{ vendorId: "8086", productId: first }],
  };
}

/** Restarts are no part of an edit, so rollouts are paused. */
async function operatorTimes(cloud: Cloud, size: CloudSize): Promise<readonly number[]> {
  await cloud.plane.patch(pathOf(cloud, "PciPassthrough", "nova"), {
    spec: { rollout: { paused: true } },
  });
  await quiet(cloud);
  const times = await timesOfEdits(cloud, size, "e0");
  await cloud.plane.patch(pathOf(cloud, "PciPassthrough", "nova"), {
    spec: { rollout: { paused: false } },
  });
  return times;
}

/** From before the request that edits until the fragment is seen by somebody who watches. */
async function timesOfEdits(
  cloud: Cloud,
  size: CloudSize,
  products: string,
): Promise<readonly number[]> {
  const watching = new AbortController();
  const seen = new Map<string, number>();
  const watched = watchFragments(cloud, watching.signal, seen);
  const times: number[] = [];
  for (let edit = 0; edit < edits; edit += 1) {
    const product = products + edit.toString(16).padStart(2, "0");
    const began = performance.now();
    await cloud.plane.patch(pathOf(cloud, "PciWhitelist", `whitelist-${edit % size.whitelists}`), {
      spec: { devices: [{ vendorId: "8086", productId: product }] },
    });
    const at = await until(`the fragment of edit ${edit}`, () => seen.get(product), {
      everyMillis: 5,
    });
    times.push(at - began);
    await pause(restMillis);
  }
  watching.abort();
  await watched;
  return times;
}

async function watchFragments(
  cloud: Cloud,
  signal: AbortSignal,
  seen: Map<string, number>,
): Promise<void> {
  const list = `/api/v1/namespaces/${cloud.namespace}/configmaps`;
  const { body } = await cloud.plane.request("GET", list);
  const path = `${list}?watch=1&resourceVersion=${body.metadata.resourceVersion}`;
  try {
    for await (const { object } of cloud.plane.watch(path, signal)) {
      const at = performance.now();
      for (const [, product] of textOf(object).matchAll(/"product_id": ?"(e[0-9a-f]{3})"/g)) {
        if (!seen.has(product!)) seen.set(product!, at);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function textOf(object: Json): string {
  return Object.values((object.data ?? {}) as Readonly<Record<string, string>>).join("\n");
}

/** Nothing is written for three seconds. */
async function quiet(cloud: Cloud, seconds = 600): Promise<void> {
  let since = performance.now();
  await until(
    "the operator to rest",
    () => {
      if (cloud.asked().some(isWrite)) since = performance.now();
      return performance.now() - since > 3000;
    },
    { seconds, everyMillis: 250 },
  );
}

const idleRow: Measure = async (cloud, _size, operator) => {
  await untilReady(
    cloud,
    kinds.map((kind) => plurals[kind]),
    1200,
  );
  await quiet(cloud);
  const rounds = await operator.metric("controller_runtime_reconcile_total");
  await pause(idleSeconds * 1000);
  const asked = cloud.asked();
  const plans = (await operator.metric("controller_runtime_reconcile_total")) - rounds;
  const leases = asked.filter((file) => file.path.includes("/leases")).length;
  return [
    {
      metric: `writes while nothing happens, ${idleSeconds} s`,
      measured: `${asked.filter(isWrite).length}`,
      target: "0",
    },
    {
      metric: `all requests in these ${idleSeconds} s`,
      measured: `${asked.length} (${leases} for the Lease), ${plans} plans`,
      target: "",
    },
    {
      metric: "memory of the bundled operator: the most since it started",
      measured: megabytes(operator.peakBytes()),
      target: "<= 110 MB (converging was part of it)",
    },
  ];
};

const coldRow: Measure = async (cloud, size, before) => {
  await before.stop();
  cloud.asked();
  const operator = await cloud.start();
  const rounds = async () => (await operator.metric("controller_runtime_reconcile_total")) > 0;
  await until("the first plan", rounds, { everyMillis: 10 });
  const took = performance.now() - operator.startedAt;
  await pause(5000);
  const writes = cloud.asked().filter(isWrite);
  return [
    {
      metric: `cold start, ${size.nodes} nodes, ${size.whitelists + size.aliases} objects -> converged`,
      measured: `${millis(took)}, ${writes.length} writes`,
      target: "<= 800 ms, 0 writes",
    },
    {
      metric: "memory of the bundled operator: the most after a cold start",
      measured: megabytes(operator.peakBytes()),
      target: "<= 110 MB",
    },
  ];
};
