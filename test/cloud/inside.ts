// The first process of the private namespace: builds the cloud, tells the story, ends. When it
// ends, for whatever reason, the kernel ends everything it started. Started once more in a namespace
// whose cloud is held, it tells single steps there.
// usage: node inside.ts STATE SETTINGS-JSON   (started by run.ts only)
import { mkdirSync } from "node:fs";
import { folders, novaNamespace } from "./layout.ts";
import { builtWorld, heldWorld, type Settings } from "./world.ts";
import { events, operatorLog } from "./operator.ts";
import { report } from "./report.ts";
import { everyPod, whatPodsRead, type World } from "./evidence.ts";
import { story } from "./story.ts";

const [state, settingsText] = process.argv.slice(2) as [string, string];
const settings = JSON.parse(settingsText) as Settings;

// Nobody waits for us any more: leave nothing behind.
process.stdin.on("end", () => process.exit(1));
process.stdin.resume();

const where = folders(state);
const told = report(settings.reportFile);
for (const folder of Object.values(where)) mkdirSync(folder, { recursive: true });

try {
  const { steps } = settings;
  const world = await (steps === undefined ? builtWorld : heldWorld)(settings, where, told);
  if (settings.hold) await held();
  try {
    await story(world, steps);
  } finally {
    await lastWords(world);
  }
} catch (error) {
  told.broken(error);
}
const { passed, failed } = told.finish();
process.stdout.write(`report: ${settings.reportFile}\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);

/** What nobody can ask any more when the cloud is gone. */
async function lastWords(world: World): Promise<void> {
  const { cluster } = world;
  told.appendix("what each pod reads", await whatPodsRead(world));
  told.appendix("every Nova pod that lived", everyPod(world));
  told.appendix("kubectl get pci", await cluster.kubectl(["-n", novaNamespace, "get", "pci"]));
  told.appendix("events about our objects", (await events(cluster)).join("\n"));
  told.appendix("log of the operator", await operatorLog(cluster));
  world.pods.stop();
}

/** The cloud stays, without the operator, until the test is ended. */
async function held(): Promise<void> {
  told.note("the cloud is held until Ctrl-C; --steps 0,1,... tells steps in it");
  await new Promise(() => undefined);
}
