// `npm run test:cloud`: a whole cloud on one machine, and the operator in it. This process stays
// outside: it finds or installs the programs, starts the private namespace, waits, cleans up.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Settings } from "./inside.ts";
import { installPackages, unable } from "./machine.ts";
import { controlPlaneBinaries, missingForControlPlane } from "../control-plane/build.ts";
import { cacheFolder, install, missingHere } from "../openstack/install.ts";
import { architectures, runtimeFor } from "../../deploy/release/pins.ts";
import { builtTool } from "../release/tools.ts";
import { installBrowser } from "../ui/real/browser.ts";
import { inhabit } from "./namespace.ts";

const release = "34.0.0";
const timeoutSeconds = 40 * 60;

const reason = unable() ?? missingForControlPlane() ?? missingHere();
if (reason !== undefined) {
  process.stderr.write(`!!! SKIPPED: no whole cloud on this machine: ${reason} !!!\n`);
  process.exit(process.env["CI"] === "true" ? 1 : 0);
}

installPackages();
if (process.argv.includes("--further")) installBrowser();
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
  binaries,
  group: `nova-pci-cloud-${process.pid}`,
  hold: process.argv.includes("--hold"),
  further: process.argv.includes("--further"),
  reportFile: join(reports, "report.txt"),
};
const enter = (pid: number) => `enter: nsenter -t $(pgrep -P ${pid}) -n -m -p -u\n`;
const ended = await inhabit({
  began: (pid) => settings.hold && process.stdout.write(enter(pid)),
  program: process.execPath,
  args: [join(import.meta.dirname, "inside.ts"), state, JSON.stringify(settings)],
  group: settings.group,
  timeoutSeconds: settings.hold ? 24 * 3600 : timeoutSeconds,
});
const fine = ended === 0 || settings.hold;
if (fine) rmSync(state, { recursive: true, force: true });
else process.stderr.write(`logs are kept in ${state}\n`);
// Ended from outside, it could not say so itself.
if (typeof ended === "string" && !settings.hold)
  process.stdout.write(`FAIL  the cloud was ended: ${ended}\n0 passed, 1 failed\n`);
process.exit(fine ? 0 : 1);
