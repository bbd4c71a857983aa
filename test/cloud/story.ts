// The steps: what the operator promises, each asserted from Nova's and Kubernetes' own
// answers. Read it from the top; how a step knows what it says is in evidence.ts.
import { deepStrictEqual } from "node:assert/strict";
import type { Note, World } from "./evidence.ts";
import { killOperator } from "./operator.ts";
import { applyExamples, applyWithPlacement } from "./step-examples.ts";
import { lookAtAll } from "./step-page.ts";
import { withoutKeystone, withoutKubelet } from "./steps-outages.ts";
import { moveToTheChart, upgradeAndBack } from "./steps-releases.ts";
import { addCard, refuseCard, removeCard, takeCardAway, type After } from "./steps-rollouts.ts";
import {
  addFlavor,
  bootServer,
  byClass,
  byIds,
  moveServer,
  takeDeviceInUse,
  useOnce,
} from "./steps-servers.ts";
import { installByChart, uninstall } from "./steps-uninstall.ts";

export async function story(world: World): Promise<void> {
  await installedByFiles(world);
  await installedByTheChart(world);
}

async function installedByFiles(world: World): Promise<void> {
  const step = (title: string, work: (note: Note) => Promise<void>) => world.told.step(title, work);
  let server = "";
  let good: After | undefined;
  let bad: After | undefined;

  await step("1 fragments injected, services restarted, filter on, extra spec last", (note) =>
    applyExamples(world, note),
  );
  await step("2 a server gets exactly its two devices, a third does not fit", async (note) => {
    server = await bootServer(world, note);
  });
  await step("3 that server is resized to another PCI flavor", async (note) => {
    await addFlavor(world);
    await moveServer(world, server, byIds, note);
  });
  await step("4 a second whitelist for one node restarts one nova-compute", async (note) => {
    good = await addCard(world, note);
  });
  await step("5 a spec that Nova refuses stops one nova-compute, rolled back", async (note) => {
    bad = await refuseCard(world, note);
  });
  await step("6 taking away a device in use is a gate that names the server", (note) =>
    takeDeviceInUse(world, server, note),
  );
  await step("7a the operator is killed in the middle of step 4: the same end", async (note) => {
    await removeCard(world);
    deepStrictEqual(await addCard(world, note, killOperator), good);
  });
  await step("7b the operator is killed in the middle of step 5: the same end", async (note) => {
    deepStrictEqual(await refuseCard(world, note, killOperator), bad);
  });
  if (world.further)
    await step("7c Keystone is away for a minute: nothing changes, then it goes on", (note) =>
      withoutKeystone(world, note),
    );
  await step("8 a kubelet dies in the middle of step 4 backwards: lost, not failed", (note) =>
    withoutKubelet(world, () => takeCardAway(world), note),
  );
  await step("9 the next release and back: no pod of Nova restarts", (note) =>
    upgradeAndBack(world, note),
  );
  await step("10 the chart takes over: no pod of Nova restarts", (note) =>
    moveToTheChart(world, note),
  );
  await step("11 uninstalled in the documented order: Nova serves on", (note) =>
    uninstall(world, server, note),
  );
}

/** From nothing once more, by another way of installing. */
async function installedByTheChart(world: World): Promise<void> {
  const step = (title: string, work: (note: Note) => Promise<void>) => world.told.step(title, work);
  await step("12 installed by the chart alone: step 1 again", async (note) => {
    await installByChart(world, note);
    await applyExamples(world, note);
  });
  if (!world.further) return;

  let server = "";
  await step("13 PCI in Placement is switched on, a card by class, one for one use", (note) =>
    applyWithPlacement(world, note),
  );
  await step("14 the server's devices are allocated in Placement", async (note) => {
    server = await bootServer(world, note);
  });
  await step("15 it is resized to a flavor that asks by resource class", (note) =>
    moveServer(world, server, byClass, note),
  );
  await step("16 a card for one use is used, and reserved when its server is gone", (note) =>
    useOnce(world, note),
  );
  await step("17 the page and the map of devices show it, and what changes, at once", (note) =>
    lookAtAll(world, note),
  );
}
