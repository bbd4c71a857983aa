// The steps: what the operator promises, each asserted from Nova's and Kubernetes' own
// answers. Read it from the top; how a step knows what it says is in evidence.ts.
import { deepStrictEqual } from "node:assert/strict";
import type { Note, World } from "./evidence.ts";
import { killOperator } from "./operator.ts";
import { applyExamples } from "./step-examples.ts";
import { moveToTheChart, upgradeAndBack } from "./steps-releases.ts";
import { addCard, refuseCard, removeCard, type After } from "./steps-rollouts.ts";
import { bootServer, moveServer, takeDeviceInUse } from "./steps-servers.ts";

export async function story(world: World): Promise<void> {
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
  await step("3 that server is resized to another PCI flavor", (note) =>
    moveServer(world, server, note),
  );
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
  await step("8 the next release and back: no pod of Nova restarts", (note) =>
    upgradeAndBack(world, note),
  );
  await step("9 the chart takes over: no pod of Nova restarts, and it works", (note) =>
    moveToTheChart(world, note),
  );
}
