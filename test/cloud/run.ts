// `npm run test:cloud`: a whole cloud on one machine, and the operator in it. This process stays
// outside: it finds or installs the programs, starts the private namespace, waits, cleans up.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Settings } from "./world.ts";
import { ask, forget, remember } from "./held.ts";
import { installPackages, unable } from "./machine.ts";
import { controlPlaneBinaries, missingForControlPlane } from "../control-plane/build.ts";
import { cacheFolder, install, missingHere } from "../openstack/install.ts";
import { architectures, runtimeFor } from "../../deploy/release/pins.ts";
import { builtTool } from "../release/tools.ts";
import { installBrowser } from "../ui/real/browser.ts";
import { inhabit } from "./namespace.ts";

const release = "34.0.0";
const timeoutSeconds = 40 * 60;

const { hold, further, steps } = parseArgs({
  options: {
    hold: { type: "boolean", default: false },
    further: { type: "boolean", default: false },
    steps: { type: "string" },
  },
}).values;
if (steps !== undefined) process.exit(await ask(steps.split(",")));

const reason = unable() ?? missingForControlPlane() ?? missingHere();
if (reason !== undefined) {
  process.stderr.write(`!!! SKIPPED: no whole cloud on this machine: ${reason} !!!\n`);
  process.exit(process.env["CI"] === "true" ? 1 : 0);
}

installPackages();
if (further || hold) installBrowser();
const reports = join(cacheFolder(), "cloud");
mkdirSync(reports, { recursive: true });
const state = mkdtempSync(join(tmpdir(), "nova-pci-cloud-"));
const binaries = await controlPlaneBinaries();
// Fetched here: inside there is no network.
for (const architecture of architectures) runtimeFor(architecture);
const settings: Settings = {
  releasePrograms: {
    ...{ registry: builtTool("registry"), helm: builtTool("helm") },
    kubectl: join(binaries, "kubectl"),
  },
  installed: await install(release),
  ...{ binaries, hold, further },
  group: `nova-pci-cloud-${process.pid}`,
  reportFile: join(reports, "report.txt"),
};
const ended = await inhabit({
  began: (pid) => hold && remember({ pid, state, settings }),
  program: process.execPath,
  args: [join(import.meta.dirname, "inside.ts"), state, JSON.stringify(settings)],
  group: settings.group,
  timeoutSeconds: hold ? 24 * 3600 : timeoutSeconds,
});
if (hold) forget();
const fine = ended === 0 || hold;
if (fine) rmSync(state, { recursive: true, force: true });
else process.stderr.write(`logs are kept in ${state}\n`);
// Ended from outside, it could not say so itself.
if (typeof ended === "string" && !hold)
  process.stdout.write(`FAIL  the cloud was ended: ${ended}\n0 passed, 1 failed\n`);
process.exit(fine ? 0 : 1);
