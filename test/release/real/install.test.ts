// README's installation as a stranger does it: an empty folder with the files of a release and the
// stranger's own objects, nothing on the path but Node and kubectl, a control plane that has seen
// nothing yet. Kubelets and Nova's API are stand-ins; the operator is the released program, with the
// rights of its ServiceAccount.
import { execFile, spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { cloudsYamlKey, operatorName, operatorNamespace, plurals } from "../../../src/api/names.ts";
import { startKubelets, type Kubelets } from "../../control-plane/kubelet.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { installNova } from "../../control-plane/nova-workloads.ts";
import { freePorts, lastLines, until } from "../../control-plane/processes.ts";
import { startControlPlane, type OwnControlPlane } from "../../control-plane/start.ts";
import { kubeconfigOf } from "../../operator/process.ts";
import { startStandInNova, type StandInNova } from "../../operator/stand-in-nova.ts";

const root = join(import.meta.dirname, "../../..");
const version = "0.9.0-test.2";
const readme = readFileSync(join(root, "README.md"), "utf8");
const nodes = { n1: "by-address", n2: "by-product" } as const;

/** No waiting that only people need. */
const hasty = "rollout: { settleSeconds: 1, minReadySeconds: 0, canary: { bakeSeconds: 0 } }";

/** The commands of README's installation: by the files of a release, and what follows. */
const commands = readme
  .split(/^## /m)
  .find((section) => section.startsWith("Install"))!
  .split(/^From the clone/m)
  .flatMap((part) => [...part.matchAll(/```sh\n([^]*?)```/g)])
  .map(([, block]) => block!.trim().split("\n"))
  .filter(([first]) => !/ -k |^helm /.test(first!))
  .flat();

controlPlaneLane("the README's installation", () => {
  let plane: OwnControlPlane;
  let folder: string;
  let nova: StandInNova;
  let programs: Kubelets;
  let computes: Kubelets;
  let operator: ChildProcess | undefined;
  let over = false;
  const log = (): string => join(plane.folder, "operator.log");

  beforeAll(async () => {
    plane = await startControlPlane();
    folder = mkdtempSync(join(tmpdir(), "nova-pci-stranger-"));
    const made = spawnSync(
      process.execPath,
      [
        ...["--no-warnings", join(root, "deploy/release/run.ts"), "--version", version],
        ...["--image", "registry.example.org/nova-pci-operator"],
        ...["--out", join(folder, "dist/release")],
      ],
      { encoding: "utf8", env: { ...process.env, KUBECTL: join(plane.bin, "kubectl") } },
    );
    expect({ status: made.status, stderr: made.stderr }).toEqual({ status: 0, stderr: "" });
    mkdirSync(join(folder, "bin"));
    symlinkSync(process.execPath, join(folder, "bin/node"));
    symlinkSync(join(plane.bin, "kubectl"), join(folder, "bin/kubectl"));
    nova = await startStandInNova(Object.keys(nodes));
    const { stringData } = nova.secret("any") as { stringData: Record<string, string> };
    writeFileSync(join(folder, "clouds.yaml"), stringData[cloudsYamlKey]!);
    const examples = join(folder, "deploy/examples");
    cpSync(join(root, "deploy/examples"), examples, { recursive: true });
    const installation = join(examples, "01-passthrough.yaml");
    const text = readFileSync(installation, "utf8");
    writeFileSync(installation, text.replace("adopt: true", `adopt: true\n  ${hasty}`));

    const metadata = { name: "openstack" };
    await plane.create("/api/v1/namespaces", { metadata });
    const account = "/api/v1/namespaces/openstack/serviceaccounts/default";
    await until("the default ServiceAccount", () => plane.get(account));
    computes = startKubelets(plane, "openstack");
    for (const [name, pci] of Object.entries(nodes))
      await computes.addNode(name, { compute: "yes", "example.org/pci": pci });
    await installNova(plane, "openstack", { compute: "yes" });
    await until("Nova", () => computes.starts.length === 7);
    programs = startKubelets(plane, operatorNamespace);
    await programs.addNode("infra-1");
  });
  afterAll(async () => {
    over = true;
    operator?.kill("SIGKILL");
    await programs?.stop();
    await computes?.stop();
    await nova?.close();
    await plane.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What its pod would run, once a kubelet has started one. */
  async function runOperator(): Promise<void> {
    await until("a pod of the operator", () => programs.starts.length > 0);
    const unpacked = spawnSync("tar", ["-xzf", `dist/release/nova-pci-${version}.tgz`], {
      cwd: folder,
    });
    expect(unpacked.status).toBe(0);
    const token = await plane.serviceAccountToken(operatorNamespace, operatorName);
    const kubeconfig = join(plane.folder, "operator.kubeconfig");
    writeFileSync(kubeconfig, kubeconfigOf(plane.url, plane.caFile, token), { mode: 0o600 });
    const [metrics = 0, probes = 0] = await freePorts(2);
    const out = openSync(log(), "a");
    const start = () => {
      operator = spawn(
        process.execPath,
        [
          ...[join(folder, "package/nova-pci.js"), "run", "--kubeconfig", kubeconfig],
          ...["--metrics-bind-address", `127.0.0.1:${String(metrics)}`],
          ...["--health-probe-bind-address", `127.0.0.1:${String(probes)}`],
        ],
        { stdio: ["ignore", out, out], env: { ...process.env, NODE_OPTIONS: "" } },
      );
      // As a kubelet does: it ends where its lease was lost, which a machine that is busy may cause.
      operator.once("exit", () => (over ? undefined : start()));
    };
    start();
  }

  const typed = (line: string) =>
    new Promise<string>((resolve, reject) =>
      execFile(
        "/bin/sh",
        ["-c", line],
        {
          cwd: folder,
          env: { PATH: join(folder, "bin"), HOME: folder, KUBECONFIG: plane.kubeconfig },
        },
        (error, stdout, stderr) =>
          error === null ? resolve(stdout) : reject(new Error(`${line}\n${stderr}`)),
      ),
    );

  async function notReady(): Promise<readonly string[]> {
    const kinds = Object.values(plurals).map((plural) => {
      const path = `/apis/pci.openstack.org/v1alpha1/namespaces/openstack/${plural}`;
      return plane.list(path);
    });
    const objects = (await Promise.all(kinds)).flat();
    expect(objects.length).toBeGreaterThan(5);
    return objects
      .filter(
        ({ metadata, status }) =>
          status?.observedGeneration !== metadata.generation ||
          !(status?.conditions as { type: string; status: string }[]).some(
            (condition) => condition.type === "Ready" && condition.status === "True",
          ),
      )
      .map(({ metadata, status }) => `${metadata.name as string}: ${JSON.stringify(status)}`);
  }

  test("six commands from nothing, and every object is Ready", async () => {
    expect(commands.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "kubectl apply",
      "kubectl apply",
      "kubectl label",
      "kubectl -n",
      "kubectl apply",
      "kubectl -n",
    ]);
    const began = Date.now();
    const running = runOperator();
    for (const command of commands.slice(0, -1)) await typed(command);
    const waits = Date.now();
    await running;
    let open: readonly string[] = [];
    await until("every object to be Ready", async () => (open = await notReady()).length === 0, {
      seconds: 240,
    }).catch((error: unknown) => {
      throw new Error([...open, lastLines(log(), 20)].join("\n"), { cause: error });
    });
    const seen = await typed(commands.at(-1)!);
    const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
    process.stderr.write(
      `README's installation: ${String(commands.length)} commands; the machine took ` +
        `${seconds(began, waits)} s for them, ${seconds(began, Date.now())} s until all was Ready\n`,
    );
    expect(seen).toMatch(/pcipassthrough.*\/nova +True +Live/);
    expect(seen).toMatch(/pciflavor.*\/m1\.large +True/);
    expect(nova.flavors().map((flavor) => [flavor.name, flavor.extra_specs])).toEqual([
      ["m1.large", { "pci_passthrough:alias": "a1:2" }],
    ]);
  });
});
