// One node's fragment changes, for good or for bad, with and without an operator
// that is killed in the middle.
import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../control-plane/processes.ts";
import {
  allUpAndEnabled,
  eventually,
  fragments,
  manifest,
  patchInstallation,
  type Note,
  type World,
} from "./evidence.ts";
import type { Mark, Seen } from "./ledger.ts";
import { allReady, conditionOf, everyObject, events, installation, ours } from "./operator.ts";

/** Nova's own words about oneTimeUse without report_in_placement. */
export const novaSays = /PciConfigInvalidSpec.*one_time_use=true requires/;

/** What must be the same with and without a killed operator. */
export type After = { readonly restarts: unknown; readonly fragments: unknown };

type Blow = () => number;

export async function addCard(world: World, note: Note, blow?: Blow): Promise<After> {
  const { cluster, nova, pods } = world;
  const before = await pods.mark();
  await cluster.kubectl(["apply", "-f", manifest("second-whitelist")]);
  if (blow !== undefined) await strikeAt(world, before, note, blow);
  await allReady(cluster);
  const restarted = await pods.since(before);
  deepStrictEqual(
    restarted.map((pod) => [pod.component, pod.node, pod.restarts]),
    [["compute", "compute-1", 0]],
  );
  const card = await until("the new card in Nova", async () =>
    (await nova.devices()).find(
      (device) => device.host === "compute-1" && device.productId === "1572",
    ),
  );
  equal(card.status, "available");
  await allUpAndEnabled(world);
  note(`one restart, nova-compute of compute-1; Nova knows ${card.address} there`);
  return after(world, restarted);
}

export async function refuseCard(world: World, note: Note, blow?: Blow): Promise<After> {
  const { cluster, pods } = world;
  const before = await pods.mark();
  const fragmentsBefore = await fragments(world);
  await cluster.kubectl(["apply", "-f", manifest("bad-whitelist")]);
  const refusal = await eventually(cluster, "our model's verdict", async () =>
    conditionOf(await ours(cluster, "PciWhitelist", "refused-by-nova"), "Stalled"),
  );
  note(`our model refuses it: ${refusal.reason}: ${refusal.message}`);
  deepStrictEqual(await pods.since(before), [], "what the model refuses reaches no pod");
  await patchInstallation(cluster, "accept-invalid");
  if (blow !== undefined) await strikeAt(world, before, note, blow);
  await eventually(cluster, "the rollback", async () => {
    const said = JSON.stringify(await everyObject(cluster));
    const back = (await fragments(world)).join() === fragmentsBefore.join();
    return novaSays.test(said) && back && (await pods.since(before)).length >= 2;
  });
  await allUpAndEnabled(world);
  const restarted = await pods.since(before);
  deepStrictEqual(
    restarted.map((pod) => [pod.component, pod.node]),
    [
      ["compute", "compute-2"],
      ["compute", "compute-2"],
    ],
  );
  const [failed, restored] = restarted as [Seen, Seen];
  match(failed.lastWords ?? "", novaSays, "the first pod was to end with Nova's refusal");
  ok(failed.gone, "the failed pod is still there");
  equal(restored.restarts, 0);
  const status = JSON.stringify((await installation(cluster)).status);
  match(status, novaSays, "the status quotes Nova");
  match(status, /refused-by-nova/, "the status names what is quarantined");
  const quoted = await until("the Event", async () =>
    (await events(cluster)).find((event) => novaSays.test(event)),
  );
  note(`two pods of compute-2 and no other: ${failed.fragment ?? ""}, then its former fragment`);
  note(`Event: ${quoted}`);
  const end = await after(world, restarted);
  await takeAway(world, "bad-whitelist", 0);
  await patchInstallation(cluster, "accept-valid-only");
  note("the whitelist is gone again: nothing restarted");
  return end;
}

/** The new card backwards, so that it can be told again. */
export async function removeCard(world: World): Promise<void> {
  await takeAway(world, "second-whitelist", 1);
}

/** Only begins it. */
export async function takeCardAway({ cluster }: World): Promise<void> {
  await cluster.kubectl(["delete", "-f", manifest("second-whitelist")]);
}

export async function takeAway(world: World, name: string, restarts: number): Promise<void> {
  const { cluster, pods } = world;
  const before = await pods.mark();
  await cluster.kubectl(["delete", "-f", manifest(name)]);
  await eventually(
    cluster,
    `${restarts} restarts after ${name} is gone`,
    async () => (await pods.since(before)).length >= restarts,
  );
  await allReady(cluster);
  // Longer than the grace of a removal and the settling time together.
  await pause(10_000);
  await allReady(cluster);
  equal((await pods.since(before)).length, restarts, `restarts after ${name} is gone`);
}

/** In the middle: the first pod of the change is being replaced. */
async function strikeAt(world: World, before: Mark, note: Note, blow: Blow): Promise<void> {
  await until("the first new pod", async () => (await world.pods.since(before)).length > 0, {
    seconds: 300,
    everyMillis: 50,
  });
  const killed = blow();
  ok(killed > 0, "no process of the operator was found");
  note(`${killed} processes of the operator killed while the pod was being replaced`);
}

async function after(world: World, restarted: readonly Seen[]): Promise<After> {
  return {
    restarts: restarted.map((pod) => [pod.component, pod.node, pod.fragment]),
    fragments: await fragments(world),
  };
}
