// The one order of uninstalling (docs/howto/uninstall.md) on a real API server, each command run as the
// document has it: no Nova pod restarts before the step that restarts it, and nothing stays behind.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { manifests } from "../../deploy/release/manifests.ts";
import {
  apiVersion,
  assignmentName,
  cloudSecret,
  injectionLabel,
  managedBy,
  managedByLabel,
  plurals,
} from "../../src/api/names.ts";
import { findsNothingInTheEnd, uninstallSteps, type Way } from "../support/uninstall-steps.ts";
import { startKubelets, type Kubelets } from "./kubelet.ts";
import { controlPlaneLane } from "./lane.ts";
import { installNova } from "./nova-workloads.ts";
import { operatorUser, reserved, untilInForce } from "./policies.ts";
import { until } from "./processes.ts";
import { startControlPlane, type OwnControlPlane } from "./start.ts";

const root = join(import.meta.dirname, "../..");
const fragment = "nova-pci-compute-00000000000000aa";
const ways = ["from a clone", "by files"] as const satisfies readonly Way[];

controlPlaneLane("uninstall", () => {
  describe.each(ways)("%s", (way) => {
    let plane: OwnControlPlane;
    let kubelets: Kubelets;
    let nova: string;
    const kubectl = async (...args: readonly string[]) => {
      const { code, stderr } = await plane.kubectl(args);
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
    };
    const maps = () => `/api/v1/namespaces/${nova}/configmaps`;
    const readsFragment = () =>
      kubelets.starts
        .filter((start) => start.labels["component"] === "compute")
        .map((start) => "/etc/nova/nova.conf.d/95-nova-pci.conf" in start.files["nova-compute"]!);
    const podUids = async () => {
      const pods = await plane.list(`/api/v1/namespaces/${nova}/pods`);
      return pods.map((pod) => pod.metadata.uid as string).sort();
    };

    async function install(): Promise<void> {
      if (way === "by files") {
        process.env["KUBECTL"] = join(plane.bin, "kubectl");
        for (const [name, text] of manifests("registry.example.org/nova-pci-operator:1"))
          writeFileSync(join(plane.folder, name), text);
        await kubectl("apply", "--server-side", "-f", join(plane.folder, "install.yaml"));
        const perNamespace = join(plane.folder, "nova-namespace.yaml");
        await kubectl("apply", "--server-side", "-n", nova, "-f", perNamespace);
        return;
      }
      for (const text of ["crds", "deploy", "deploy/guard", "deploy/injection"])
        await kubectl("apply", "--server-side", "-k", join(root, text));
      await kubectl("apply", "--server-side", "-n", nova, "-k", join(root, "deploy/namespace"));
    }

    beforeAll(async () => {
      plane = await startControlPlane();
      nova = await plane.namespace({ [injectionLabel]: "enabled" });
      await install();
      const operator = plane.impersonate(operatorUser);
      kubelets = startKubelets(plane, nova);
      await kubelets.addNode("n1", { test: "yes" });
      const labels = { [managedByLabel]: managedBy };
      await operator.create(maps(), {
        metadata: { name: fragment, labels },
        immutable: true,
        data: { "95-nova-pci.conf": "[pci]\n" },
      });
      await operator.create(maps(), {
        metadata: { name: assignmentName, labels },
        data: { ...reserved, n1: fragment },
      });
      await untilInForce(plane, operator);
      await installNova(plane, nova, { test: "yes" });
      await kubectl("-n", nova, "create", "secret", "generic", cloudSecret);
      await until("Nova", () => kubelets.starts.length === 6);
      // A kind whose storage was never asked may not be able to end: its finalizer controller gets
      // "storage is (re)initializing" and comes back minutes later (measured once, 1.36.3).
      for (const plural of Object.values(plurals)) {
        const path = `/apis/${apiVersion}/namespaces/${nova}/${plural}`;
        await until(plural, async () => (await plane.list(path)).length === 0);
      }
      const flavor = {
        apiVersion,
        kind: "PciFlavor",
        metadata: { name: "m1.gpu" },
        spec: { flavor: { name: "m1.gpu" }, aliases: [{ name: "gpu", count: 1 }] },
      };
      await plane.create(`/apis/${apiVersion}/namespaces/${nova}/pciflavors`, flavor);
    });
    afterAll(async () => {
      await kubelets.stop();
      await plane.stop();
    });

    type Ran = { readonly code: number; readonly text: string };

    /** The line as a shell runs it, with the names of this installation; kubelets go on meanwhile. */
    function ran(command: string): Promise<Ran> {
      const line = command
        .replaceAll("openstack ", `${nova} `)
        .replace(/NAME$/, "m1.gpu")
        .replace("deployment/nova-conductor", "statefulset/nova-conductor");
      const options = {
        cwd: way === "from a clone" ? root : plane.folder,
        env: {
          ...process.env,
          PATH: `${plane.bin}${delimiter}${process.env["PATH"] ?? ""}`,
          KUBECONFIG: plane.kubeconfig,
        },
      };
      return new Promise((resolve) =>
        execFile("sh", ["-c", line], options, (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : Number(error.code), text: `${stdout}${stderr}` }),
        ),
      );
    }

    async function followed(command: string): Promise<void> {
      if (findsNothingInTheEnd(command)) {
        await until(command, async () => (await ran(command)).code === 1);
        return;
      }
      // The guard is lifted by the API server within seconds of its deletion, not at once.
      const worked = await until(command, async () => {
        const { code, text } = await ran(command);
        return /guard/.test(text) && code !== 0 ? undefined : { code, text };
      });
      expect({ command, ...worked }).toMatchObject({ command, code: 0 });
    }

    test.each(uninstallSteps(way).map(({ number, commands }) => ({ number, commands })))(
      "step $number",
      async ({ number, commands }) => {
        expect(commands.length).toBeGreaterThan(0);
        const before = await podUids();
        for (const command of commands) await followed(command);
        if (number === 6) {
          expect(readsFragment()).toEqual([true, false]);
          return;
        }
        expect(await podUids()).toEqual(before);
        expect(readsFragment().slice(0, 1)).toEqual([true]);
        if (number < 7) expect(await plane.get(`${maps()}/${fragment}`)).toBeDefined();
      },
    );

    test("nothing is left", async () => {
      const left = await plane.list(maps());
      expect(left.map((value) => value.metadata.name as string)).toEqual(["kube-root-ca.crt"]);
      for (const path of [
        `/apis/rbac.authorization.k8s.io/v1/namespaces/${nova}/roles`,
        `/apis/rbac.authorization.k8s.io/v1/namespaces/${nova}/rolebindings`,
        "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies",
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      ])
        expect(await plane.list(path)).toEqual([]);
      await until("the operator's namespace to go", async () => {
        return (await plane.get("/api/v1/namespaces/nova-pci-system")) === undefined;
      });
    });
  });
});
