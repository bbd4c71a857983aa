// `npm run test:scale`: what a cloud of 5,000 compute nodes costs. The planner on a generated snapshot, and
// on a real API server 5,000 Node objects and the assignment that names a fragment for each. Prints
// figures next to the targets; on demand only.
import { assignmentName, fragmentName } from "../../src/api/names.ts";
import { nodeLimit } from "../../src/plan/gates/delivery.ts";
import { inBatches } from "../bench/cloud.ts";
import { megabytes, millis, quantile, spread, table, type Row } from "../bench/measure.ts";
import { rowsOf } from "../bench/sections.ts";
import { bigCloud, nodeLabels, nodeName } from "../bench/snapshot.ts";
import { missingForControlPlane } from "../control-plane/build.ts";
import { reserved } from "../control-plane/policies.ts";
import { startControlPlane, type ControlPlane } from "../control-plane/start.ts";

const patches = 100;

const rows: Row[] = [...(await rowsOf("memory")), ...(await rowsOf("plan"))];
const missing = missingForControlPlane();
if (missing === undefined) rows.push(...(await onControlPlane()));
else process.stderr.write(`*** NOT RUN: the real API server: missing ${missing}\n`);
process.stdout.write(`${table(rows)}\n`);

async function onControlPlane(): Promise<readonly Row[]> {
  const plane = await startControlPlane();
  try {
    return [...(await nodeRows(plane)), ...(await assignmentRows(plane))];
  } finally {
    await plane.stop();
  }
}

async function nodeRows(plane: ControlPlane): Promise<readonly Row[]> {
  const indices = Array.from({ length: bigCloud.nodes }, (_, at) => at);
  const made = await took(() =>
    inBatches(indices, (at) =>
      plane.create("/api/v1/nodes", {
        ...{ apiVersion: "v1", kind: "Node" },
        metadata: { name: nodeName(at), labels: nodeLabels(at, bigCloud) },
      }),
    ),
  );
  const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  let listed = 0;
  let bytes = 0;
  const listing = await took(async () => {
    const answer = await plane.request("GET", "/api/v1/nodes", undefined, { accept });
    listed = answer.body.items.length as number;
    bytes = Number(answer.headers["content-length"] ?? JSON.stringify(answer.body).length);
  });
  return [
    { metric: `${bigCloud.nodes} Node objects created`, measured: millis(made), target: "" },
    {
      metric: `${listed} nodes listed, metadata only`,
      measured: `${millis(listing)}, ${megabytes(bytes)}`,
      target: "",
    },
  ];
}

/** The names that are as long as they get, all different. */
function assignmentOf(count: number, mark: string): Record<string, string> {
  const data: Record<string, string> = { ...reserved };
  for (let at = 0; at < count; at += 1) data[nodeName(at)] = fragment(at, mark);
  return data;
}

function fragment(at: number, mark: string): string {
  return fragmentName("compute", `${mark}${at.toString(16)}`.padStart(16, "0"));
}

async function assignmentRows(plane: ControlPlane): Promise<readonly Row[]> {
  const namespace = await plane.namespace();
  const maps = `/api/v1/namespaces/${namespace}/configmaps`;
  const path = `${maps}/${assignmentName}`;
  const metadata = { name: assignmentName };
  const data = assignmentOf(bigCloud.nodes, "a");
  const size = Buffer.byteLength(JSON.stringify({ metadata, data }));
  const created = await took(() => plane.create(maps, { metadata, data }));
  const times: number[] = [];
  for (let at = 0; at < patches; at += 1) {
    const { metadata: known } = await plane.get(path);
    const patch = {
      metadata: { resourceVersion: known.resourceVersion as string },
      data: { [nodeName(at)]: fragment(at, "b") },
    };
    times.push(await took(() => plane.patch(path, patch)));
  }
  const stale = await plane.request(
    "PATCH",
    path,
    { metadata: { resourceVersion: "1" }, data: { [nodeName(0)]: "none" } },
    { "content-type": "application/merge-patch+json" },
  );
  const whole = await took(() => plane.patch(path, { data: assignmentOf(bigCloud.nodes, "c") }));
  const largest = Buffer.byteLength(
    JSON.stringify({ metadata, data: assignmentOf(nodeLimit, "a") }),
  );
  return [
    {
      metric: `assignment of ${bigCloud.nodes} nodes: size`,
      measured: `${kibibytes(size)}; ${kibibytes(largest)} at the limit of ${nodeLimit} nodes`,
      target: "< 1024 KiB",
    },
    { metric: "assignment: created", measured: millis(created), target: "" },
    {
      metric: "assignment: one key, merge patch with resourceVersion",
      measured: spread(times),
      target: `p50 of a full rewrite: ${millis(quantile([whole], 0.5))}`,
    },
    {
      metric: "assignment: a stale resourceVersion",
      measured: `${stale.status}`,
      target: "409",
    },
  ];
}

function kibibytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
