// The image of nova-compute is asked before a canary, in a Job of a real kubelet: what it refuses
// reaches no pod, what it accepts goes on, and an operator that is killed after each write asks no
// second time and leaves nothing.
import { deepStrictEqual, equal, match } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../control-plane/processes.ts";
import { preflightLabel } from "../../src/api/names.ts";
import {
  allUpAndEnabled,
  eventually,
  manifest,
  patchInstallation,
  type Note,
  type World,
} from "./evidence.ts";
import { novaImage } from "./image.ts";
import { get, list, type KubeObject } from "./kubernetes-api.ts";
import { novaNamespace, root } from "./layout.ts";
import { hostImage } from "./nova-manifests.ts";
import { allReady, conditionOf, installation, killOperator, ours } from "./operator.ts";
import { novaSays, takeAway } from "./steps-rollouts.ts";

/** The only node of the whitelist that is refused. */
const canary = "compute-2";
const whitelist = "refused-by-nova";

type Job = KubeObject & {
  readonly spec: { readonly template: { readonly spec: { readonly nodeName: string } } };
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
};

/** Every Job that was ever there, and how many at once. */
type Asked = {
  readonly seen: Map<string, Job>;
  most: number;
  now: readonly Job[];
  readonly stop: () => Promise<void>;
};

function watchJobs({ cluster }: World): Asked {
  const path = `/apis/batch/v1/namespaces/${novaNamespace}/jobs`;
  const query = new URLSearchParams({ labelSelector: preflightLabel }).toString();
  let going = true;
  const asked: Asked = {
    ...{ seen: new Map<string, Job>(), most: 0, now: [] as readonly Job[] },
    stop: async () => {
      going = false;
      await watching;
    },
  };
  const watching = (async () => {
    while (going) {
      asked.now = await list<Job>(cluster.api, `${path}?${query}`);
      asked.most = Math.max(asked.most, asked.now.length);
      for (const job of asked.now) asked.seen.set(job.metadata.uid, job);
      await pause(100);
    }
  })();
  return asked;
}

const isOver = (job: Job): boolean =>
  job.status?.conditions?.some(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  ) === true;

async function kill(): Promise<void> {
  await until("the operator to be killed", () => Promise.resolve(killOperator() > 0));
}

function stateVersion({ cluster }: World): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${novaNamespace}/configmaps/nova-pci-state`;
  return get<KubeObject & { metadata: { resourceVersion: string } }>(cluster.api, path).then(
    (found) => found?.metadata.resourceVersion,
  );
}

/** Dead after the Job was made, when it has its answer, and after the state was written. */
async function killedAtEachWrite(world: World, asked: Asked): Promise<void> {
  const { cluster } = world;
  const before = asked.seen.size;
  await eventually(cluster, "the Job", () => Promise.resolve(asked.seen.size > before));
  await kill();
  const [job] = [...asked.seen.values()].slice(before) as [Job];
  equal(job.spec.template.spec.nodeName, canary);
  await eventually(cluster, "its answer", () =>
    Promise.resolve(isOver(asked.seen.get(job.metadata.uid)!)),
  );
  await kill();
  const written = await stateVersion(world);
  await eventually(cluster, "the state", async () => (await stateVersion(world)) !== written);
  await kill();
}

export async function askTheImage(world: World, note: Note): Promise<void> {
  const { cluster, layout, nodes } = world;
  const rights = ["-k", `${root}/deploy/namespace/preflight`];
  const archive = await novaImage(layout.folder, hostImage, layout.installed);
  await nodes.find(({ name }) => name === canary)!.takeImage(archive);
  note(`the image that nova-compute of ${canary} runs has Nova in it`);
  await cluster.kubectl(["-n", novaNamespace, "apply", ...rights]);
  await patchInstallation(cluster, "accept-invalid");
  await patchInstallation(cluster, "preflight-auto");
  const asked = watchJobs(world);
  try {
    await refused(world, asked, note);
    await accepted(world, asked, note);
  } finally {
    await asked.stop();
  }
  await patchInstallation(cluster, "preflight-off");
  await patchInstallation(cluster, "accept-valid-only");
  await takeAway(world, "mended-whitelist", 1);
  await cluster.kubectl(["-n", novaNamespace, "delete", ...rights]);
}

async function refused(world: World, asked: Asked, note: Note): Promise<void> {
  const { cluster, pods } = world;
  const before = await pods.mark();
  await cluster.kubectl(["apply", "-f", manifest("bad-whitelist")]);
  await killedAtEachWrite(world, asked);
  const kept = await eventually(cluster, "Nova's words", async () => {
    const ready = conditionOf(await ours(cluster, "PciWhitelist", whitelist), "Ready");
    return ready?.reason === "Quarantined" ? ready.message : undefined;
  });
  match(kept, novaSays);
  match(JSON.stringify((await installation(cluster)).status), novaSays);
  await gone(world, asked);
  deepStrictEqual(await pods.since(before), [], "a pod of Nova was replaced");
  deepStrictEqual([asked.seen.size, asked.most], [1, 1], "Jobs in all, and at once");
  await allUpAndEnabled(world);
  note(`refused, no pod was touched, and one Job asked: ${kept}`);
}

async function accepted(world: World, asked: Asked, note: Note): Promise<void> {
  const { cluster, pods } = world;
  const before = await pods.mark();
  await cluster.kubectl(["apply", "-f", manifest("mended-whitelist")]);
  await killedAtEachWrite(world, asked);
  await allReady(cluster);
  await gone(world, asked);
  deepStrictEqual(
    (await pods.since(before)).map((pod) => [pod.component, pod.node, pod.restarts]),
    [["compute", canary, 0]],
  );
  deepStrictEqual([asked.seen.size, asked.most], [2, 1], "Jobs in all, and at once");
  await allUpAndEnabled(world);
  note(`mended: one more Job, then nova-compute of ${canary} alone`);
}

/** And stays so. */
async function gone({ cluster }: World, asked: Asked): Promise<void> {
  await eventually(cluster, "the Job to go", () => Promise.resolve(asked.now.length === 0));
  await pause(5_000);
  equal(asked.now.length, 0);
}
