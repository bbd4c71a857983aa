// Somebody hears it: what the operator says when it cannot read, cannot write, or does not get on.

import { expect, test } from "@jest/globals";
import { Failure } from "../../../src/api/failure.ts";
import { openCloudSide } from "../../../src/operator/cloud-side.ts";
import { roundTeller, turnTeller, type Logger } from "../../../src/operator/log.ts";
import { emptyAsk, type RoundReport } from "../../../src/operator/loop.ts";
import { makeMetrics } from "../../../src/operator/metrics.ts";
import { healthRoutes, longestRoundMillis, stuck } from "../../../src/operator/probes.ts";
import type { Gate } from "../../../src/plan/terms/gates.ts";
import type { CloudView } from "../../../src/plan/terms/snapshot.ts";

type Line = { readonly level: string; readonly message: string; readonly fields: unknown };

function recorder(): { readonly log: Logger; readonly lines: Line[] } {
  const lines: Line[] = [];
  const at =
    (level: string) =>
    (message: string, fields: unknown): void =>
      void lines.push({ level, message, fields });
  const log = {
    log: (level: string, message: string, fields: unknown) => {
      lines.push({ level, message, fields });
    },
    ...{ debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
  };
  return { log: log as unknown as Logger, lines };
}

const path = "/api/v1/nodes";
const syncing = { is: "syncing" } as const;

test("a list that cannot be read is told at once and each minute, with path and cause, and when it can", () => {
  const { log, lines } = recorder();
  let now = 0;
  const turned = turnTeller(log, () => now);
  const refused = new Failure("unreachable", "GET nodes", { cause: new Error("ECONNREFUSED") });
  for (; now < 150_000; now += 5_000) turned(path, syncing, refused);
  turned(path, { is: "synced" });
  turned(path, { is: "synced" });
  const loud = lines.filter(({ level }) => level !== "debug");
  expect(loud.map(({ level, message }) => `${level} ${message}`)).toEqual([
    "warn a list cannot be read",
    "warn a list cannot be read",
    "warn a list cannot be read",
    "info a list turned",
  ]);
  expect(loud[0]!.fields).toEqual({ path, seen: "syncing", why: "GET nodes: ECONNREFUSED" });
});

test("the trouble of one list does not hide that of another, and a kind nobody installed is none", () => {
  const { log, lines } = recorder();
  const turned = turnTeller(log, () => 0);
  turned(path, syncing, new Error("x"));
  turned("/api/v1/pods", syncing, new Error("y"));
  turned("/apis/nfd", { is: "absent" }, new Error("404"));
  turned("/apis/own", { is: "denied", message: "may not list", right: undefined });
  const warned = lines.filter(({ level }) => level === "warn");
  expect(warned.map(({ fields }) => (fields as { path: string }).path)).toEqual([
    path,
    "/api/v1/pods",
    "/apis/own",
  ]);
});

const plan = { namespace: "n", effects: [], gates: [], ask: emptyAsk, gauges: [] };
const report = (more: Partial<RoundReport> = {}): RoundReport => ({
  namespace: "n",
  round: 1,
  seconds: 0,
  executed: [],
  plan,
  ...more,
});
const conflict = { failure: new Failure("conflict", "ConfigMap nova-pci-state is there") };

test("the third conflict in a row is a warning, and one that goes away is none", () => {
  const { log, lines } = recorder();
  const tell = roundTeller(log);
  for (const item of [conflict, conflict, {}, conflict, conflict, conflict, conflict])
    tell(report(item));
  const warned = lines.filter(({ level }) => level === "warn");
  expect(warned.map(({ fields }) => (fields as { row: number }).row)).toEqual([3, 4]);
  expect(warned[0]!.fields).toMatchObject({ namespace: "n", why: /nova-pci-state/ });
});

test("a round that does not end fails the liveness probe, and names its namespace", async () => {
  expect(stuck(undefined, 1e9)).toBeUndefined();
  expect(stuck({ namespace: "n", since: 0 }, longestRoundMillis - 1)).toBeUndefined();
  const alive = () => stuck({ namespace: "n", since: 0 }, longestRoundMillis);
  const route = healthRoutes({ alive, ready: () => undefined })["/healthz"]!;
  expect(await route()).toMatchObject({
    status: 503,
    body: expect.stringContaining("namespace n"),
  });
});

const gate = (name: string): Gate =>
  ({ waits: { on: "installation" }, gate: name }) as unknown as Gate;

test("a gate has an age as long as the same step waits at it, and no longer", async () => {
  let now = 0;
  const metrics = makeMetrics({ now: () => now });
  const ages = async (): Promise<readonly string[]> => {
    const text = await metrics.registry.getSingleMetricAsString("nova_pci_gate_oldest_seconds");
    return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  };
  metrics.reported(report({ plan: { ...plan, gates: [gate("NoWorkload")] } }));
  now = 60_000;
  metrics.reported(report({ plan: { ...plan, gates: [gate("NoWorkload"), gate("Paused")] } }));
  now = 90_000;
  expect(await ages()).toEqual([
    'nova_pci_gate_oldest_seconds{namespace="n",gate="NoWorkload"} 90',
    'nova_pci_gate_oldest_seconds{namespace="n",gate="Paused"} 30',
  ]);
  metrics.reported(report());
  expect(await ages()).toEqual([]);
});

test("nothing is left of a namespace that is gone", async () => {
  const metrics = makeMetrics({ now: () => 1000 });
  const gauges = [{ name: "nova_pci_rollout_halted", labels: {}, value: 1 }];
  metrics.reported(report({ plan: { ...plan, gauges, gates: [gate("NoWorkload")] } }));
  metrics.reported(report(conflict));
  expect(await metrics.registry.metrics()).toContain('namespace="n"');
  const { plan: _plan, ...rest } = report();
  metrics.reported({ ...rest, gone: true });
  const left = (await metrics.registry.metrics()).split("\n");
  expect(left.filter((line) => line.includes('namespace="n"'))).toEqual([]);
});

test("a certificate that nobody checks, and a CA that is not read, stand in what is seen of the cloud", async () => {
  const yaml = (more: string): string =>
    `clouds: {t: {auth: {auth_url: "https://k", username: u, password: p, project_name: p}, ${more}}}`;
  const seen = { is: "read" } as unknown as CloudView;
  const observe = async (more: string): Promise<CloudView> => {
    const side = openCloudSide({
      secret: () => Promise.resolve({ "clouds.yaml": yaml(more) }),
      now: () => 0,
      open: () =>
        ({ observe: () => Promise.resolve(seen), close: () => Promise.resolve() }) as never,
    });
    return side.observe("n", { passthrough: undefined, ask: emptyAsk });
  };
  expect(await observe("verify: true")).toEqual(seen);
  expect(await observe("verify: false")).toMatchObject({
    warnings: [expect.stringContaining("clouds.t.verify is off")],
  });
  expect(await observe("cacert: /etc/ssl/ca.pem")).toMatchObject({
    warnings: [expect.stringContaining("clouds.t.cacert names a file")],
  });
});
