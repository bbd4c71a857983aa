// The operator ends in the middle of a rollout on thirty nodes: killed, or replaced by another version
// that writes other bytes of equal meaning. Either way each node restarts once and no more.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { ControlPlane } from "../../control-plane/attach.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { until } from "../../control-plane/processes.ts";
import { sharedControlPlane } from "../../control-plane/plane-of-the-run.ts";
import {
  expectEachReadsItsOwn,
  installOperatorsPart,
  makeSite,
  threePools,
  type Site,
} from "./cloud-site.ts";
import { alias, passthrough, whitelist } from "./objects.ts";
import { startOperatorProcess, thisVersion, type OperatorProcess } from "./operator-process.ts";

controlPlaneLane("the operator ends under way", () => {
  let plane: ControlPlane;
  let site: Site;
  let nextVersion: string;
  const running: OperatorProcess[] = [];

  beforeAll(async () => {
    plane = await sharedControlPlane();
    await installOperatorsPart(plane);
    nextVersion = makeNextVersion();
  });
  beforeEach(async () => {
    site = await makeSite(plane, { pools: threePools });
    site.kubelets.behaviour.readyAfterMillis = 100;
  });
  afterEach(async () => {
    await site.stop();
    for (const operatorProcess of running.splice(0)) await operatorProcess.end("SIGTERM");
  });
  afterAll(async () => {
    rmSync(nextVersion, { recursive: true, force: true });
    await plane.stop();
  });

  const start = async (identity: string, root = thisVersion): Promise<OperatorProcess> => {
    const operator = await startOperatorProcess(plane, { root, identity });
    running.push(operator);
    return operator;
  };
  const applyAll = () =>
    site.apply(
      passthrough({ maxUnavailable: 3 }),
      ...[alias("gpu", "1eb8"), alias("nic", "154d"), alias("fpga", "5000")],
      ...[whitelist("gpu", "1eb8"), whitelist("nic", "154d"), whitelist("fpga", "5000")],
    );
  const untilMade = (mark: ReturnType<Site["ledger"]["mark"]>, count: number) =>
    until(`${count} restarts`, () => (mark.made()["compute"] ?? 0) >= count, { everyMillis: 10 });
  const expectMinimum = async (mark: ReturnType<Site["ledger"]["mark"]>) => {
    await site.converged();
    await wait(2500);
    expect(mark.made()).toEqual({ compute: 30, "os-api": 2 });
    expect(mark.worstDown()).toBeLessThanOrEqual(3);
    await expectEachReadsItsOwn(site, { gpu: ["1eb8"], nic: ["154d"], fpga: ["5000"] });
  };

  test("killed: the next one goes on where it was", async () => {
    const killed = await start("killed");
    const mark = site.ledger.mark();
    await applyAll();
    await untilMade(mark, 8);
    await killed.end("SIGKILL");
    const begun = mark.pods("compute").length;
    expect(begun).toBeLessThan(30);
    await start("heir");
    await expectMinimum(mark);
  });

  test("upgraded: other bytes of equal meaning restart nothing", async () => {
    const old = await start("old");
    const mark = site.ledger.mark();
    await applyAll();
    await untilMade(mark, 8);
    await start("new", nextVersion);
    expect(await old.end("SIGTERM")).toBe(0);
    expect(mark.pods("compute").length).toBeLessThan(30);
    await expectMinimum(mark);
    const texts = Object.values(await site.computeReads());
    const next = texts.filter((text) => text.startsWith(comment));
    // Both versions had their part in it.
    expect(next.length).toBeGreaterThan(0);
    expect(next.length).toBeLessThan(30);
  });
});

const comment = "# written by the next version\n";

/** This program with a comment in every fragment: other names, equal digests. */
function makeNextVersion(): string {
  const root = mkdtempSync(join(tmpdir(), "nova-pci-next-"));
  for (const text of ["src", "package.json"])
    cpSync(join(thisVersion, text), join(root, text), { recursive: true });
  symlinkSync(join(thisVersion, "node_modules"), join(root, "node_modules"));
  const file = join(root, "src/nova/conf/conf-writer.ts");
  const before = readFileSync(file, "utf8");
  const after = before.replace(
    'return sections.join("\\n");',
    `return ${JSON.stringify(comment)} + sections.join("\\n");`,
  );
  if (after === before) throw new Error(`${file} is written otherwise: nothing was changed`);
  writeFileSync(file, after);
  return root;
}
