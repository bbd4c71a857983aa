import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { cordonCommand, uncordonCommand } from "../../../src/cli/cordon.ts";
import { uncordonFace } from "../../../src/cli/faces/cordon.ts";
import { helpOf } from "../../../src/cli/terminal/face.ts";
import { widthOf } from "../../../src/cli/terminal/screen.ts";
import { capturedIo } from "./captured-io.ts";
import { startStandIn, type Seen, type StandIn } from "./stand-in-cloud.ts";

let cloud: StandIn;
let hosts: readonly string[] = ["n1"];
let reserved = 0;
let generation = 5;
let conflicts = 0;
let traits: readonly string[] = [];

beforeEach(async () => {
  cloud = await startStandIn();
  [reserved, generation, conflicts] = [0, 5, 0];
  hosts = ["n1"];
  traits = [];
  cloud.answerWith(placementWithOneCard);
});
afterEach(() => cloud.close());

function placementWithOneCard(seen: Seen) {
  const ok = (body: unknown) => ({ status: 200, body });
  const inventory = { total: 2, reserved, min_unit: 1, max_unit: 2, step_size: 1 };
  if (seen.path.endsWith("/os-services"))
    return ok({
      services: hosts.map((host) => ({ id: host, host, binary: "nova-compute", state: "up" })),
    });
  if (seen.path.endsWith("/os-hypervisors/detail"))
    return ok({ hypervisors: [{ id: "root", service: { host: "n1" } }] });
  if (seen.path.endsWith("/placement/resource_providers"))
    return ok({
      resource_providers: [
        { uuid: "root", name: "n1", root_provider_uuid: "root" },
        {
          uuid: "rp",
          name: "n1_0000:81:00.0",
          root_provider_uuid: "root",
          parent_provider_uuid: "root",
        },
      ],
    });
  if (seen.path.endsWith("/rp/allocations"))
    return ok({ allocations: { "server-1": { resources: { CUSTOM_X: 1 } } } });
  if (seen.path.endsWith("/rp/usages")) return ok({ usages: {} });
  if (seen.path.endsWith("/rp/traits")) return ok({ traits });
  if (!seen.path.endsWith("/rp/inventories")) return undefined;
  if (seen.method === "PUT") return write(seen);
  return ok({ resource_provider_generation: generation, inventories: { CUSTOM_X: inventory } });
}

function write({ body }: Seen) {
  const written = body as {
    resource_provider_generation: number;
    inventories: { CUSTOM_X: { reserved: number; max_unit: number } };
  };
  if (conflicts-- > 0) generation += 1;
  if (written.resource_provider_generation !== generation)
    return { status: 409, body: { errors: [{ detail: "generation conflict" }] } };
  expect(written.inventories.CUSTOM_X.max_unit).toBe(2);
  reserved = written.inventories.CUSTOM_X.reserved;
  generation += 1;
  return { status: 200, body: {} };
}

const cloudsYaml = () =>
  `clouds: {t: {auth: {auth_url: "${cloud.url}", username: u, password: p, project_name: p}}}`;

async function run(command: typeof cordonCommand, ...args: readonly string[]) {
  const io = capturedIo({ "/c/clouds.yaml": cloudsYaml() });
  const code = await command.run(args, io);
  return { code, printed: io.printed(), said: io.said() };
}
const file = ["--clouds-yaml", "/c/clouds.yaml"];

test("cordon reserves the whole provider and names who keeps it; uncordon gives it back", async () => {
  expect(await run(cordonCommand, "n1", "0000:81:00.0", ...file)).toEqual({
    code: 0,
    printed:
      "n1_0000:81:00.0: 2 of 2 CUSTOM_X reserved (before 0); nothing restarts\n" +
      "still in use, and kept by: server-1\n",
    said: expect.stringContaining("pciInPlacement"),
  });
  expect(reserved).toBe(2);
  expect((await run(cordonCommand, "n1", "81:00.0", ...file)).printed).toContain("(already)");
  expect(await run(uncordonCommand, "n1", "0000:81:00.0", ...file)).toEqual({
    code: 0,
    printed: "n1_0000:81:00.0: 0 of 2 CUSTOM_X reserved (before 2); nothing restarts\n",
    said: "",
  });
  expect(reserved).toBe(0);
});

test("a device that is handed out once is given back only by who has wiped it", async () => {
  traits = ["HW_PCI_ONE_TIME_USE"];
  expect((await run(uncordonCommand, "n1", "0000:81:00.0", ...file)).code).toBe(0);
  const { said } = await run(cordonCommand, "n1", "0000:81:00.0", ...file);
  expect(said).toContain("looks like one that waits to be cleaned");
  expect(await run(uncordonCommand, "n1", "0000:81:00.0", ...file)).toEqual({
    code: 1,
    printed: "",
    said: expect.stringContaining("wipe it, and say --cleaned"),
  });
  expect(reserved).toBe(2);
  expect((await run(uncordonCommand, "n1", "0000:81:00.0", "--cleaned", ...file)).code).toBe(0);
  expect(reserved).toBe(0);
});

test("a provider that moves on meanwhile is read and written again", async () => {
  conflicts = 2;
  expect((await run(cordonCommand, "n1", "0000:81:00.0", ...file)).code).toBe(0);
  expect(reserved).toBe(2);
});

test("a node is found by the first label of its name", async () => {
  expect((await run(cordonCommand, "n1.example.org", "0000:81:00.0", ...file)).code).toBe(0);
});

test("a node that could be several hosts is none of them", async () => {
  hosts = ["n1.a", "n1.b"];
  expect(await run(cordonCommand, "n1", "0000:81:00.0", ...file)).toMatchObject({
    code: 1,
    said: expect.stringContaining("n1.a, n1.b"),
  });
  expect(reserved).toBe(0);
});

test("a host of another domain is not taken for the node", async () => {
  hosts = ["n1.b"];
  expect(await run(cordonCommand, "n1.a", "0000:81:00.0", ...file)).toMatchObject({
    code: 1,
    said: "nova-pci cordon: no nova-compute belongs to node n1.a; there is n1.b\n",
  });
  expect(reserved).toBe(0);
});

test("a device that Placement does not know gets the lines for Git, and nothing is written", async () => {
  const { code, printed, said } = await run(cordonCommand, "n1", "0000:3B:01.1", ...file);
  expect(code).toBe(1);
  expect(printed).toBe('exclude:\n  - nodeName: n1\n    address: "0000:3b:01.1"\n');
  expect(said).toContain("it knows 0000:81:00.0");
  expect(cloud.seen.some(({ method }) => method === "PUT")).toBe(false);
});

test("a node without nova-compute is answered with those there are", async () => {
  const { code, said } = await run(cordonCommand, "n9", "0000:81:00.0", ...file);
  expect([code, said]).toEqual([
    1,
    "nova-pci cordon: no nova-compute belongs to node n9; there is n1\n",
  ]);
});

test("a cloud that does not answer is exit code 3", async () => {
  const text = cloudsYaml();
  await cloud.close();
  const io = capturedIo({}, text);
  expect(await cordonCommand.run(["n1", "0000:81:00.0", "--clouds-yaml", "-"], io)).toBe(3);
  expect(io.said()).toContain("connection refused");
  cloud = await startStandIn();
}, 30_000);

type Whitelist = { metadata: object; spec: Record<string, unknown> };

/** An API server with one installation, its Secret and these PciWhitelists. */
function clusterWith(whitelists: readonly Whitelist[]) {
  const patches: unknown[] = [];
  const ok = (body: unknown) => ({ status: 200, body });
  const data = { "clouds.yaml": Buffer.from(cloudsYaml()).toString("base64") };
  cloud.answerWith((seen) => {
    if (seen.path === "/api/v1/nodes/n1") return ok({ metadata: { labels: { gpu: "yes" } } });
    if (seen.path.endsWith("/secrets/nova-pci-cloud")) return ok({ data });
    if (seen.path.endsWith("/pcipassthroughs"))
      return ok({ items: [{ metadata: { name: "nova", namespace: "openstack" } }] });
    if (seen.path.endsWith("/pciwhitelists")) return ok({ items: whitelists });
    if (seen.method === "PATCH") {
      patches.push([seen.path, seen.headers["content-type"], seen.body]);
      return ok({});
    }
    return placementWithOneCard(seen);
  });
  const folder = mkdtempSync(join(tmpdir(), "cordon-"));
  const path = join(folder, "kubeconfig");
  const named = (name: string, more: object) => [{ name, ...more }];
  const config = {
    "current-context": "t",
    clusters: named("t", { cluster: { server: cloud.url, "insecure-skip-tls-verify": true } }),
    users: named("t", { user: { token: "t" } }),
    contexts: named("t", { context: { cluster: "t", user: "t" } }),
  };
  writeFileSync(path, JSON.stringify(config));
  return { patches, kubeconfig: ["--kubeconfig", path] };
}

const stored = (name: string, spec: Record<string, unknown>): Whitelist => ({
  metadata: { name, namespace: "openstack", resourceVersion: "7" },
  spec,
});
const gpus = { devices: [{ vendorId: "10de", productId: "2330" }] };
const others = [
  stored("elsewhere", { ...gpus, nodeSelector: { matchLabels: { gpu: "no" } } }),
  stored("another-card", { devices: [{ vendorId: "10de", address: "0000:41:*.*" }] }),
];
const left = { nodeName: "n1", address: "0000:81:00.0" };

test("without a clouds.yaml the cluster's own Secret is read", async () => {
  const { kubeconfig } = clusterWith([]);
  const before = process.env["OS_CLIENT_CONFIG_FILE"];
  delete process.env["OS_CLIENT_CONFIG_FILE"];
  const { code, printed } = await run(cordonCommand, "n1", "0000:81:00.0", ...kubeconfig);
  if (before !== undefined) process.env["OS_CLIENT_CONFIG_FILE"] = before;
  expect([code, reserved]).toEqual([0, 2]);
  expect(printed).toContain("2 of 2 CUSTOM_X reserved");
});

test("the patch names every object that may offer the device there, and no other", async () => {
  const { kubeconfig, patches } = clusterWith([stored("gpus", gpus), ...others]);
  expect(await run(cordonCommand, "n1", "81:00.0", "--patch", ...kubeconfig)).toEqual({
    code: 0,
    said: "",
    printed: `kubectl -n openstack patch pciwhitelist gpus --type json -p '${JSON.stringify([{ op: "add", path: "/spec/exclude", value: [left] }])}'\n`,
  });
  expect([patches, reserved]).toEqual([[], 0]);
});

test("--apply writes it against the version that was read, beside what is left out already", async () => {
  const { kubeconfig, patches } = clusterWith([
    stored("gpus", { ...gpus, exclude: [{ address: "0000:01:00.0" }] }),
  ]);
  const more = { until: "2026-12-24T18:00:00Z", reason: "fell off the bus" };
  const options = ["--apply", "--until", more.until, "--reason", more.reason, ...kubeconfig];
  expect(await run(cordonCommand, "n1", "0000:81:00.0", ...options)).toEqual({
    code: 0,
    said: "",
    printed: "PciWhitelist openstack/gpus: 0000:81:00.0 on n1 is left out\n",
  });
  expect(patches).toEqual([
    [
      "/apis/pci.openstack.org/v1alpha1/namespaces/openstack/pciwhitelists/gpus",
      "application/json-patch+json",
      [
        { op: "test", path: "/metadata/resourceVersion", value: "7" },
        { op: "add", path: "/spec/exclude/-", value: { ...left, ...more } },
      ],
    ],
  ]);
});

test("uncordon --apply takes back what leaves out this device on this node, and nothing wider", async () => {
  const exclude = [{ address: "0000:81:00.0" }, left, { ...left, reason: "twice" }];
  const { kubeconfig, patches } = clusterWith([stored("gpus", { ...gpus, exclude })]);
  expect((await run(uncordonCommand, "n1", "0000:81:00.0", "--apply", ...kubeconfig)).code).toBe(0);
  expect(patches).toEqual([
    [
      expect.stringContaining("/gpus"),
      expect.anything(),
      [
        { op: "test", path: "/metadata/resourceVersion", value: "7" },
        { op: "remove", path: "/spec/exclude/2" },
        { op: "remove", path: "/spec/exclude/1" },
      ],
    ],
  ]);
});

test("a one-time-use device that was left out comes back only when somebody has wiped it", async () => {
  const devices = [{ ...gpus.devices[0], oneTimeUse: true }];
  const { kubeconfig, patches } = clusterWith([stored("gpus", { devices, exclude: [left] })]);
  const { code, said } = await run(uncordonCommand, "n1", "81:00.0", "--apply", ...kubeconfig);
  expect([code, patches]).toEqual([1, []]);
  expect(said).toContain("--cleaned");
  const told = await run(uncordonCommand, "n1", "81:00.0", "--apply", "--cleaned", ...kubeconfig);
  expect([told.code, patches.length]).toEqual([0, 1]);
});

test("an object that would be refused with the exclusion is left as it is, and told", async () => {
  const pf = stored("pf", { devices: [{ vendorId: "8086", address: "0000:80:00.0" }] });
  const { kubeconfig, patches } = clusterWith([pf, stored("gpus", gpus)]);
  const { code, said } = await run(cordonCommand, "n1", "81:00.0", "--apply", ...kubeconfig);
  expect([code, patches.length]).toEqual([0, 1]);
  expect(said).toContain("warning: PciWhitelist openstack/pf may offer it: exclude cannot be kept");
});

test("a device that no object offers there is no patch", async () => {
  const { kubeconfig } = clusterWith(others);
  expect(await run(cordonCommand, "n1", "0000:81:00.0", "--apply", ...kubeconfig)).toEqual({
    code: 1,
    printed: "",
    said: "nothing was changed: no PciWhitelist offers 0000:81:00.0 on n1\n",
  });
});

test("--help says how", async () => {
  const { code, printed } = await run(uncordonCommand, "--help");
  expect([code, printed]).toEqual([0, helpOf(uncordonFace, widthOf({}))]);
});

test.each([
  [["n1"], "a node and an address are needed"],
  [["n1", "81"], 'ADDRESS is "81": write it as lspci -D does'],
  [["n1", "0000:81:00.0", "--patch", "--apply"], "--patch and --apply do not go together"],
  [["n1", "0000:81:00.0", "--patch", "--until", "tomorrow"], "such as 2026-12-24T18:00:00Z"],
  [["n1", "0000:81:00.0", "--cleaned"], "cordon takes no --cleaned"],
  [["n1", "0000:81:00.0", "--nonsense"], "there is no option --nonsense"],
  [["n1", "0000:81:00.0", "--clouds-yaml", "/none"], "/none: no such file or folder"],
  [["n1", "0000:81:00.0", ...file, "--os-cloud", "x"], "clouds.x does not exist; there is t"],
])("%j is a usage error that says what is wrong", async (args, message) => {
  const { code, said, printed } = await run(cordonCommand, ...args);
  expect([code, printed]).toEqual([2, ""]);
  expect(said).toContain(message);
});
