// Flags, probes, metrics and the words of the log.
import { afterEach, expect, test } from "@jest/globals";
import { Failure } from "../../../src/api/failure.ts";
import { openCloudSide } from "../../../src/operator/cloud-side.ts";
import { describe as words } from "../../../src/operator/log.ts";
import { emptyAsk, type RoundReport } from "../../../src/operator/loop.ts";
import { makeMetrics } from "../../../src/operator/metrics.ts";
import { healthRoutes, serve, type Served } from "../../../src/operator/probes.ts";
import { settingsFrom, type Settings } from "../../../src/operator/settings.ts";

const closing: Served[] = [];
afterEach(async () => {
  for (const served of closing.splice(0)) await served.close();
});

test("without a flag it is as deploy/ says", () => {
  expect(settingsFrom([], { POD_NAME: "p", POD_NAMESPACE: "ns" }, "r")).toEqual({
    kubeconfig: undefined,
    context: undefined,
    namespace: "ns",
    leaseName: "nova-pci-operator",
    identity: "p_r",
    leaderElection: true,
    metrics: { host: "", port: 8080 },
    probes: { host: "", port: 8081 },
    nodeMetrics: true,
    webhook: { host: "", port: 0 },
    logLevel: "info",
  });
});

test("flags may be joined or apart, and none of a port is no server", () => {
  const args = ["--kubeconfig=/k", "--leader-elect=false", "--metrics-bind-address", "127.0.0.1:1"];
  const settings = settingsFrom([...args, "--health-probe-bind-address", "0"], {}, "r") as Settings;
  expect(settings).toMatchObject({
    kubeconfig: "/k",
    leaderElection: false,
    metrics: { host: "127.0.0.1", port: 1 },
    probes: { port: 0 },
    namespace: "nova-pci-system",
  });
  expect(Object.isFrozen(settings)).toBe(true);
});

test.each([
  [["--what"], /there is no option --what/],
  [["--log-level", "loud"], /--log-level: found loud, write error, warn, info, debug/],
  [["--metrics-bind-address", "x"], /--metrics-bind-address: found x, write \[HOST\]:PORT or 0/],
  [["--kubeconfig"], /--kubeconfig needs a value/],
  [["--leader-elect=maybe"], /--leader-elect: found maybe/],
])("%j is refused in words", (args, problem) => {
  expect(settingsFrom(args, {}, "r")).toEqual({ problem: expect.stringMatching(problem) });
});

async function probe(ready: string | undefined): Promise<Served> {
  const routes = healthRoutes({ alive: () => undefined, ready: () => ready });
  const port = await import("node:net").then(
    ({ createServer }) =>
      new Promise<number>((resolve) => {
        const server = createServer();
        server.listen(0, "127.0.0.1", () => {
          const { port: free } = server.address() as { port: number };
          server.close(() => resolve(free));
        });
      }),
  );
  const served = (await serve({ host: "127.0.0.1", port }, routes))!;
  closing.push(served);
  return served;
}

test.each([
  ["/healthz", "not yet", 200, "ok\n"],
  ["/readyz", "not yet", 503, "not yet\n"],
  ["/readyz", undefined, 200, "ok\n"],
  ["/else", undefined, 404, "there is no such page\n"],
])("%s while ready is %s", async (path, ready, status, body) => {
  const { port } = await probe(ready);
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  expect([answer.status, await answer.text()]).toEqual([status, body]);
});

const report = (more: Partial<RoundReport>): RoundReport => ({
  namespace: "n",
  round: 1,
  seconds: 0.01,
  executed: [],
  ...more,
});

test("metrics carry controller-runtime's names, and a gauge that a plan leaves out is gone", async () => {
  const metrics = makeMetrics();
  const plan = {
    namespace: "n",
    effects: [],
    gates: [],
    ask: emptyAsk,
    gauges: [{ name: "nova_pci_gate", labels: { gate: "Paused" }, value: 1 }],
  };
  metrics.reported(report({ plan }));
  metrics.reported(report({ failure: new Failure("unreachable", "x") }));
  metrics.asked("GET", "200", 0.01, false);
  metrics.leads(true);
  const text = await metrics.registry.metrics();
  for (const line of [
    'controller_runtime_reconcile_total{controller="novapci",result="success"} 1',
    'controller_runtime_reconcile_total{controller="novapci",result="error"} 1',
    'controller_runtime_reconcile_errors_total{controller="novapci"} 1',
    'rest_client_requests_total{code="200",method="GET"} 1',
    'leader_election_master_status{name="nova-pci-operator"} 1',
    'nova_pci_gate{namespace="n",gate="Paused"} 1',
  ])
    expect(text).toContain(line);
  metrics.reported(report({ plan: { ...plan, gauges: [] } }));
  expect(await metrics.registry.metrics()).not.toContain('gate="Paused"');
});

test("without series for each node, devices are one sum over all nodes", async () => {
  const metrics = makeMetrics({ perNode: false });
  const devices = (node: string, value: number) => ({
    name: "nova_pci_devices",
    labels: { node, resource_class: "CUSTOM_GPU", state: "free" },
    value,
  });
  const gauges = [devices("c1", 3), devices("c2", 4)];
  const plan = { namespace: "n", effects: [], gates: [], ask: emptyAsk, gauges };
  metrics.reported(report({ plan }));
  expect(await metrics.registry.metrics()).toContain(
    'nova_pci_devices{namespace="n",resource_class="CUSTOM_GPU",state="free"} 7',
  );
});

test("a message joins its causes once and repeats none", () => {
  const inner = new Error("connection reset");
  const error = new Failure("unreachable", "GET /x", {
    cause: new Error("GET /x", { cause: inner }),
  });
  expect(words(error)).toBe("GET /x: connection reset");
});

const clouds = (secret: Readonly<Record<string, string>> | undefined | "denied") =>
  openCloudSide({
    now: () => 0,
    secret: () =>
      secret === "denied" ? Promise.reject(new Failure("denied", "no")) : Promise.resolve(secret),
    open: () => ({
      observe: () => Promise.resolve({ is: "unreachable", message: "stand-in", at: 0 }),
      identity: () => Promise.reject(new Error("nobody asked")),
      perform: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }),
  });
const wish = { passthrough: undefined, ask: emptyAsk };

test.each([
  ["there is no Secret", undefined, /kubectl -n n create secret generic nova-pci-cloud/],
  ["it may not be read", "denied" as const, /may not get Secret nova-pci-cloud/],
  ["it has no clouds.yaml", {}, /has no key clouds.yaml/],
  ["clouds.yaml is wrong", { "clouds.yaml": "clouds: {a: {}}" }, /clouds\.a\.auth/],
])(
  "without credentials because %s, the message says what to do",
  async (_name, secret, message) => {
    expect(await clouds(secret).observe("n", wish)).toMatchObject({
      is: "no-credentials",
      message: expect.stringMatching(message),
    });
  },
);

const cloudsYaml = `
clouds:
  c:
    auth: {auth_url: "http://127.0.0.1:1/v3", username: u, password: p, project_name: x,
           user_domain_name: Default, project_domain_name: Default}
`;

test("with credentials the cloud is asked", async () => {
  expect(await clouds({ "clouds.yaml": cloudsYaml }).observe("n", wish)).toMatchObject({
    message: "stand-in",
  });
});
