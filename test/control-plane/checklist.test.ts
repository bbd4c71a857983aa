// Each command of the list of what waits for a person does on a real API server what the list says.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { join } from "node:path";
import { commandFor } from "../../src/plan/told/gate-commands.ts";
import { personGates } from "../support/person-gates.ts";
import type { ControlPlane } from "./attach.ts";
import { controlPlaneLane } from "./lane.ts";
import { sharedControlPlane } from "./plane-of-the-run.ts";

const root = join(import.meta.dirname, "../..");

/** The webhook is only tried: what a dry run makes in a namespace must find the namespace there. */
const selfTest = `apiVersion: v1
kind: Namespace
metadata: { name: nova-pci-self-test }
`;

const manifests = `apiVersion: pci.openstack.org/v1alpha1
kind: PciPassthrough
metadata: { name: nova }
spec: { adopt: false, rollout: { paused: true } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: nova-api-osapi }
spec:
  paused: true
  replicas: 0
  selector: { matchLabels: { a: b } }
  template: { metadata: { labels: { a: b } }, spec: { containers: [{ name: c, image: i }] } }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: nova-compute-default }
spec:
  updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  selector: { matchLabels: { a: b } }
  template:
    metadata: { labels: { a: b } }
    spec: { nodeSelector: { no: node }, containers: [{ name: c, image: i }] }
---
apiVersion: batch/v1
kind: Job
metadata: { name: nova-pci-clean-0123456789abcdef }
spec:
  template:
    spec: { nodeName: nowhere, restartPolicy: Never, containers: [{ name: c, image: i }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: nova-compute }
spec: { maxUnavailable: 0, selector: { matchLabels: { a: b } } }
`;

/** What must be so after the command, where it is more than that the command succeeds. */
const after: Readonly<Record<string, readonly [args: readonly string[], wanted: string]>> = {
  Paused: [["get", "pcip", "nova", "-o", "jsonpath={.spec.rollout.paused}"], "false"],
  AdoptionUnconfirmed: [["get", "pcip", "nova", "-o", "jsonpath={.spec.adopt}"], "true"],
  WorkloadPaused: [["get", "deploy", "nova-api-osapi", "-o", "jsonpath={.spec.paused}"], ""],
  MaxSurge: [
    [
      "get",
      "ds",
      "nova-compute-default",
      "-o",
      "jsonpath={.spec.updateStrategy.rollingUpdate.maxSurge}",
    ],
    "0",
  ],
  DisruptionBudget: [["get", "pdb", "-o", "name"], ""],
  CleaningFailed: [["get", "jobs", "-o", "name"], ""],
};

/** As a shell does with these commands: words, and texts in single quotes. */
function words(command: string): readonly string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2]!);
}

controlPlaneLane("checklist", () => {
  let plane: ControlPlane;
  let namespace: string;

  beforeAll(async () => {
    plane = await sharedControlPlane();
    namespace = await plane.namespace();
    for (const folder of ["crds", "deploy"])
      expect((await plane.kubectl(["apply", "--server-side", "-k", join(root, folder)])).code).toBe(
        0,
      );
    const established = ["wait", "--for=condition=Established", "--timeout=60s"];
    const kind = "crd/pcipassthroughs.pci.openstack.org";
    expect((await plane.kubectl([...established, kind])).code).toBe(0);
    expect((await plane.kubectl(["apply", "--server-side", "-f", "-"], selfTest)).code).toBe(0);
    const made = await plane.kubectl(["apply", "-n", namespace, "-f", "-"], manifests);
    expect([made.code, made.stderr]).toEqual([0, ""]);
  });
  afterAll(() => plane.stop());

  test.each(personGates.map((personGate) => [personGate.gate, personGate] as const))(
    "%s",
    async (name, gate) => {
      const [program, ...args] = words(commandFor(gate, namespace)!);
      expect(program).toBe("kubectl");
      const own = args.map((arg) => (arg.startsWith("deploy/") ? join(root, arg) : arg));
      const dry = args.includes("-k") ? ["--dry-run=server"] : [];
      const ran = await plane.kubectl([...own, ...dry]);
      expect({ code: ran.code, stderr: ran.stderr.replace(/^Warning.*\n/gm, "") }).toEqual({
        code: 0,
        stderr: "",
      });
      const look = after[name];
      if (look === undefined) return;
      const found = await plane.kubectl(["-n", namespace, ...look[0]]);
      expect(found.stdout).toBe(look[1]);
    },
  );
});
