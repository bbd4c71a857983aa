// Our objects and Nova's workloads as Flux and Argo CD apply them: server-side, by the managers of
// these tools, with force; again and again, with somebody's hand between, and taken away in their
// order. Both are kubectl's own apply underneath, which stands in for them here.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import { fragmentAnnotation, plurals, type Kind } from "../../../src/api/names.ts";
import type { ControlPlane } from "../../control-plane/attach.ts";
import type { Json } from "../../control-plane/client.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { novaObjects } from "../../control-plane/nova-workloads.ts";
import { sharedControlPlane } from "../../control-plane/plane-of-the-run.ts";
import { until } from "../../control-plane/processes.ts";
import { installOperatorsPart, makeSite, type Site } from "./cloud-site.ts";
import { alias, flavor, passthrough, whitelist } from "./objects.ts";
import { startOperatorProcess, thisVersion, type OperatorProcess } from "./operator-process.ts";

const argocd = loadAll(
  readFileSync(join(thisVersion, "deploy/gitops/argocd-application.yaml"), "utf8"),
) as readonly Json[];

/** Who applies, and in which order the tool would take objects of these kinds away. */
const tools = [
  {
    tool: "Flux",
    manager: "kustomize-controller",
    // The reverse of its order of applying, which is by name for kinds that it does not know.
    pruned: ["PciWhitelist", "PciPassthrough", "PciFlavor", "PciAlias"],
  },
  {
    tool: "Argo CD",
    manager: "argocd-controller",
    pruned: ["PciWhitelist", "PciPassthrough", "PciFlavor", "PciAlias"],
  },
] as const satisfies readonly { tool: string; manager: string; pruned: readonly Kind[] }[];

const ours: readonly Json[] = [
  passthrough({ maxUnavailable: 2 }),
  ...[alias("gpu", "1eb8"), alias("nic", "154d")],
  ...[whitelist("gpu", "1eb8"), whitelist("nic", "154d")],
  flavor("gpu.large", "gpu"),
];

controlPlaneLane("GitOps tools", () => {
  let plane: ControlPlane;
  let operator: OperatorProcess;
  let site: Site;

  beforeAll(async () => {
    plane = await sharedControlPlane();
    await installOperatorsPart(plane);
    operator = await startOperatorProcess(plane, { root: thisVersion, identity: "gitops-tools" });
  });
  beforeEach(async () => {
    site = await makeSite(plane, { pools: { gpu: 2, nic: 2 } });
  });
  afterEach(() => site.stop());
  afterAll(async () => {
    await operator.end("SIGTERM");
    await plane.stop();
  });

  /** What stands in Git: Nova's chart, and our objects. */
  const git = (): readonly Json[] => {
    const workloads = novaObjects().filter((one) =>
      /^(Deploy|Stateful|Daemon)/.test(`${one.kind}`),
    );
    for (const one of workloads)
      if (one.kind === "DaemonSet") one.spec.template.spec.nodeSelector = { site: site.namespace };
    return [...workloads, ...ours];
  };
  const kubectl = (verb: string, objects: readonly Json[], ...flags: readonly string[]) =>
    plane.kubectl(
      [verb, "-n", site.namespace, ...flags, "-f", "-"],
      objects.map((one) => JSON.stringify(one)).join("\n---\n"),
    );
  const serverSide = (manager: string) => [
    ...["--server-side", "--force-conflicts", `--field-manager=${manager}`],
  ];
  const synced = async (manager: string): Promise<void> => {
    const { code, stderr } = await kubectl("apply", git(), ...serverSide(manager));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  };
  const drifted = async (manager: string): Promise<boolean> => {
    const { code, stderr } = await kubectl("diff", git(), ...serverSide(manager));
    expect({ code, stderr }).toEqual({ code: code === 1 ? 1 : 0, stderr: "" });
    return code === 1;
  };
  const live = async (): Promise<readonly Json[]> => {
    const { stdout } = await kubectl("get", git(), "-o", "json");
    return JSON.parse(stdout).items as readonly Json[];
  };
  const generations = async () =>
    (await live()).map(({ kind, metadata }) => [kind, metadata.name, metadata.generation]);

  describe.each(tools)("$tool", ({ manager, pruned }) => {
    beforeEach(async () => {
      await synced(manager);
      await site.converged();
    });

    test("applied again, nothing changes, and nothing is drift", async () => {
      const mark = site.ledger.mark();
      const before = await generations();
      await synced(manager);
      expect(await drifted(manager)).toBe(false);
      await wait(2500);
      expect(await generations()).toEqual(before);
      expect(mark.made()).toEqual({});
      const api = (await live()).find(({ metadata }) => metadata.name === "nova-api-osapi")!;
      expect(api.spec.template.metadata.annotations[fragmentAnnotation]).toMatch(/^nova-pci-api-/);
    });

    test("what somebody changes by hand is seen, and put back", async () => {
      const mark = site.ledger.mark();
      const before = await site.computeReads();
      const patch = JSON.stringify({ spec: { rollout: { maxUnavailable: 1 } } });
      const edited = await plane.kubectl([
        ...["-n", site.namespace, "patch", "pcip", "nova", "--type=merge", "-p", patch],
        "--field-manager=kubectl-edit",
      ]);
      expect(edited.code).toBe(0);
      expect(await drifted(manager)).toBe(true);
      await synced(manager);
      expect(await drifted(manager)).toBe(false);
      await site.converged();
      expect((await site.get(ours[0])).spec.rollout.maxUnavailable).toBe(2);
      expect(mark.made()).toEqual({});
      expect(await site.computeReads()).toEqual(before);
    });

    test("pruned in its order and brought back by a revert, no pod restarts", async () => {
      const mark = site.ledger.mark();
      for (const kind of pruned) {
        const objects = ours.filter((one) => one.kind === kind);
        const { code } = await kubectl("delete", objects, "--wait=false");
        expect(code).toBe(0);
      }
      for (const kind of ["PciAlias", "PciWhitelist", "PciFlavor"] as const)
        await until(`${kind} to go`, async () => {
          const path = `/apis/pci.openstack.org/v1alpha1/namespaces/${site.namespace}`;
          return (await plane.list(`${path}/${plurals[kind]}`)).length === 0;
        });
      // Longer than the grace of a removal: without credentials nobody can prove that it is unused.
      await wait(4000);
      expect(mark.made()).toEqual({});
      await synced(manager);
      await site.converged();
      await wait(2500);
      expect(mark.made()).toEqual({});
    });
  });

  test("what Argo CD is told to ignore is all that differs from Git in Nova's pod templates", async () => {
    await synced("argocd-controller");
    await site.converged();
    const nova = argocd.find(({ metadata }) => metadata.name === "nova")!;
    const ignored = nova.spec.ignoreDifferences as readonly {
      kind: string;
      jsonPointers: string[];
    }[];
    const wanted = git();
    let differing = 0;
    for (const one of await live()) {
      const inGit = wanted.find(
        ({ kind, metadata }) => kind === one.kind && metadata.name === one.metadata.name,
      )!;
      if (inGit.spec?.template === undefined) continue;
      const { [fragmentAnnotation]: ownOne, ...annotations } =
        one.spec.template.metadata.annotations ?? {};
      if (ownOne !== undefined) {
        differing += 1;
        expect(ignored.find(({ kind }) => kind === one.kind)?.jsonPointers).toEqual([
          `/spec/template/metadata/annotations/${fragmentAnnotation.replace("/", "~1")}`,
        ]);
      }
      expect(annotations).toEqual(inGit.spec.template.metadata.annotations ?? {});
    }
    expect(differing).toBeGreaterThan(0);
  });
});
