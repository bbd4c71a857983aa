// The worked example and Nova's workloads under Flux and Argo CD, by these tools' own libraries: applied
// and awaited, applied again, with somebody's hand between, taken away in their order and brought back;
// and the policy uninstalled.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { load, loadAll } from "js-yaml";
import { fragmentAnnotation, injectionLabel } from "../../../src/api/names.ts";
import type { ControlPlane } from "../../control-plane/attach.ts";
import type { Json } from "../../control-plane/client.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { novaObjects } from "../../control-plane/nova-workloads.ts";
import { sharedControlPlane } from "../../control-plane/plane-of-the-run.ts";
import { until } from "../../control-plane/processes.ts";
import { startStandInNova, type StandInNova } from "../stand-in-nova.ts";
import { installOperatorsPart, makeSite, type Site } from "./cloud-site.ts";
import { gitopsTools, type GitopsTools } from "./gitops-program.ts";
import { startOperatorProcess, thisVersion, type OperatorProcess } from "./operator-process.ts";

const shipped = (file: string): string => readFileSync(join(thisVersion, "deploy", file), "utf8");
const applications = loadAll(shipped("gitops/argocd-application.yaml")) as readonly Json[];
const ignore = applications.find((application) => application.metadata.name === "nova")!.spec
  .ignoreDifferences as readonly Json[];
const prefix = "resource.customizations.health.";
const health = Object.fromEntries(
  Object.entries((load(shipped("gitops/argocd-health.yaml")) as Json).data).map(([key, script]) => [
    key.replace(prefix, ""),
    script as string,
  ]),
);

/** No waiting that only people need. */
const hasty = { settleSeconds: 1, minReadySeconds: 0, canary: { bakeSeconds: 0 } };
const seconds = 120;

function example(namespace: string): readonly Json[] {
  const files = readdirSync(join(thisVersion, "deploy/examples")).filter((file) =>
    file.endsWith(".yaml"),
  );
  const objects = files.flatMap((file) => loadAll(shipped(`examples/${file}`)) as Json[]);
  for (const object of objects) {
    object.metadata.namespace = namespace;
    if (object.kind === "PciPassthrough") object.spec.rollout = hasty;
  }
  return objects;
}

controlPlaneLane("GitOps tools", () => {
  let plane: ControlPlane;
  let operator: OperatorProcess;
  let tools: GitopsTools;
  const sites = new Map<string, Site>();
  const clouds: StandInNova[] = [];

  const openSite = async (tool: string): Promise<void> => {
    const site = await makeSite(plane, { pools: { "by-address": 1, "by-product": 1 } });
    sites.set(tool, site);
    for (const pool of ["by-address", "by-product"])
      for (const node of site.nodesOf(pool)) await site.label(node, { "example.org/pci": pool });
    const cloud = await startStandInNova(site.nodes);
    clouds.push(cloud);
    const path = `/api/v1/namespaces/${site.namespace}/secrets`;
    await plane.create(path, cloud.secret("nova-pci-cloud"));
  };

  beforeAll(async () => {
    plane = await sharedControlPlane();
    await installOperatorsPart(plane);
    operator = await startOperatorProcess(plane, { root: thisVersion, identity: "gitops-tools" });
    tools = gitopsTools(plane.kubeconfig);
    await Promise.all(["Flux", "Argo CD"].map(openSite));
  });
  afterAll(async () => {
    await Promise.all([...sites.values()].map((site) => site.stop()));
    for (const cloud of clouds) await cloud.close();
    await operator.end("SIGTERM");
    await plane.stop();
  });

  /** What stands in Git beside our objects: Nova's chart. */
  const chart = ({ namespace }: Site): readonly Json[] => {
    const workloads = novaObjects().filter((novaObject) =>
      /^(Deploy|Stateful|Daemon)/.test(`${novaObject.kind}`),
    );
    for (const workload of workloads) {
      workload.metadata.namespace = namespace;
      if (workload.kind === "DaemonSet")
        workload.spec.template.spec.nodeSelector = { site: namespace };
    }
    return workloads;
  };
  const both = (site: Site) => [...chart(site), ...example(site.namespace)];
  const generations = async ({ namespace }: Site) => {
    const objects = both(sites.get("Flux")!).map((value) => ({
      ...value,
      metadata: { ...value.metadata, namespace },
    }));
    const text = objects.map((object) => JSON.stringify(object)).join("\n---\n");
    const { stdout } = await plane.kubectl(["get", "-f", "-", "-o", "json"], text);
    const items = JSON.parse(stdout).items as readonly Json[];
    return items.map(({ kind, metadata }) => [kind, metadata.name, metadata.generation]);
  };
  const handEdited = async ({ namespace }: Site): Promise<void> => {
    const patch = JSON.stringify({ spec: { rollout: { settleSeconds: 7 } } });
    const edit = ["-n", namespace, "patch", "pcip", "nova", "--type=merge", "-p", patch];
    const { code } = await plane.kubectl([...edit, "--field-manager=kubectl-edit"]);
    expect(code).toBe(0);
  };
  const settleSeconds = async (site: Site): Promise<number> =>
    (await site.get(example(site.namespace)[0])).spec.rollout.settleSeconds;

  describe("Flux", () => {
    const flux = (objects: readonly Json[], stale: readonly Json[] = []) =>
      tools.flux({
        ...{ namespace: "flux-system", name: "nova-pci-objects", seconds },
        ...{ objects, stale },
      });
    const site = () => sites.get("Flux")!;

    test("waits until all that it applied is Current", async () => {
      const { applied, unhealthy } = await flux(both(site()));
      expect(unhealthy).toBe("");
      const made = applied.filter(([, action]) => action === "created").map(([name]) => name);
      expect(made.sort()).toEqual(
        example(site().namespace)
          .map((value) => `${value.kind}/${site().namespace}/${value.metadata.name}`)
          .sort(),
      );
    });

    test("finds nothing to change when it comes again", async () => {
      await site().converged();
      const mark = site().ledger.mark();
      const before = await generations(site());
      const { applied, unhealthy } = await flux(both(site()));
      expect(new Set(applied.map(([, action]) => action))).toEqual(new Set(["unchanged"]));
      expect(unhealthy).toBe("");
      await wait(2500);
      expect(await generations(site())).toEqual(before);
      expect(mark.made()).toEqual({});
    });

    test("puts back what somebody edited, and that alone", async () => {
      const mark = site().ledger.mark();
      await handEdited(site());
      const { applied, unhealthy } = await flux(both(site()));
      const changed = applied.filter(([, action]) => action !== "unchanged");
      expect(changed).toEqual([[`PciPassthrough/${site().namespace}/nova`, "configured"]]);
      expect(unhealthy).toBe("");
      expect(await settleSeconds(site())).toBe(1);
      expect(mark.made()).toEqual({});
    });

    test("prunes in its order; a revert brings all back, and no pod restarts", async () => {
      const mark = site().ledger.mark();
      const { pruned } = await flux(chart(site()), example(site().namespace));
      const kinds = pruned.map((name) => name.split("/")[0]);
      expect([...new Set(kinds)]).toEqual([
        "PciWhitelist",
        "PciPassthrough",
        "PciFlavor",
        "PciAlias",
      ]);
      expect(kinds).toHaveLength(example(site().namespace).length);
      await wait(2500);
      expect((await flux(both(site()))).unhealthy).toBe("");
      await site().converged();
      expect(mark.made()).toEqual({});
    });
  });

  describe("Argo CD", () => {
    const site = () => sites.get("Argo CD")!;
    const argo = (objects: readonly Json[], more: Json = {}) =>
      tools.argo({
        ...{ namespace: site().namespace, name: "nova-pci-objects", seconds },
        ...{ objects, health, ignore, ...more },
      });
    const inSync = { "structured merge": [], "server side": [] };
    /** Synced, and afterwards looked at until it is healthy. */
    const synced = async (objects: readonly Json[]) => {
      const first = await argo(objects);
      expect(first.unfinished).toBe("");
      let last = first;
      const ours = objects.filter(({ apiVersion }) => /^pci\./.test(apiVersion as string));
      const unhealthy = () =>
        ours
          .map((value) => `${value.kind}/${value.metadata.name}`)
          .filter((name) => last.health[name]?.[0] !== "Healthy");
      await until(
        "all to be Healthy",
        async () => {
          if (unhealthy().length > 0) last = await argo(objects, { compareOnly: true });
          return unhealthy().length === 0;
        },
        { seconds },
      ).catch((cause: unknown) => {
        throw new Error(JSON.stringify([unhealthy(), last.health]), { cause });
      });
      return { ...last, synced: first.synced };
    };

    test("comes to Synced and Healthy", async () => {
      expect((await argo(both(site()))).unfinished).toBe("");
      expect((await synced(both(site()))).outOfSync).toEqual(inSync);
    });

    test("synced again, nothing changes and nothing differs, whatever it is told to ignore", async () => {
      await site().converged();
      const mark = site().ledger.mark();
      const before = await generations(site());
      expect((await synced(both(site()))).outOfSync).toEqual(inSync);
      const strict = await argo(both(site()), { compareOnly: true, ignore: [] });
      expect(strict.outOfSync).toEqual(inSync);
      await wait(2500);
      expect(await generations(site())).toEqual(before);
      expect(mark.made()).toEqual({});
    });

    test("sees what somebody edited, and that alone, and puts it back", async () => {
      const mark = site().ledger.mark();
      await handEdited(site());
      const seen = await argo(both(site()), { compareOnly: true });
      const differs = ["PciPassthrough/nova"];
      expect(seen.outOfSync).toEqual({ "structured merge": differs, "server side": differs });
      await synced(both(site()));
      // The operator writes a status for it: what Argo CD watches may be one version behind.
      await site().converged();
      const differing = async () =>
        Object.values((await argo(both(site()), { compareOnly: true })).outOfSync).flat();
      await until("nothing to differ", async () => (await differing()).length === 0, { seconds });
      expect(await settleSeconds(site())).toBe(1);
      expect(mark.made()).toEqual({});
    });

    test("prunes what Git has no more; a revert brings all back, and no pod restarts", async () => {
      const mark = site().ledger.mark();
      const { synced: done } = await synced(chart(site()));
      const pruned = done.filter(([, status]) => status === "Pruned").map(([name]) => name);
      expect(pruned.sort()).toEqual(
        example(site().namespace)
          .map((value) => `${value.kind}/${value.metadata.name}`)
          .sort(),
      );
      await wait(2500);
      await synced(both(site()));
      await site().converged();
      expect(mark.made()).toEqual({});
    });

    test("the annotation that it is told to ignore is all that differs in Nova's pod templates", async () => {
      const told: string[] = [];
      for (const { kind, metadata, spec } of chart(site())) {
        const plural = `${(kind as string).toLowerCase()}s`;
        const live = await plane.get(
          `/apis/apps/v1/namespaces/${site().namespace}/${plural}/${metadata.name as string}`,
        );
        const { [fragmentAnnotation]: own, ...annotations } =
          live.spec.template.metadata.annotations ?? {};
        expect(annotations).toEqual(spec.template.metadata.annotations ?? {});
        if (own === undefined) continue;
        told.push(metadata.name as string);
        expect(ignore.find((value) => value.kind === kind)?.jsonPointers).toEqual([
          `/spec/template/metadata/annotations/${fragmentAnnotation.replace("/", "~1")}`,
        ]);
      }
      expect(told).toEqual(expect.arrayContaining(["nova-api-osapi", "nova-scheduler"]));
    });
  });

  /** deploy/injection under names of its own, for namespaces that are nowhere. */
  const policies = async (tool: string): Promise<readonly Json[]> => {
    const rendered = await plane.kubectl(["kustomize", join(thisVersion, "deploy/injection")]);
    const objects = loadAll(rendered.stdout) as readonly Json[];
    const matchLabels = { [injectionLabel]: `by-${tool}` };
    for (const { metadata, spec } of objects) {
      metadata.name = `${metadata.name}-${tool}`;
      if (spec.policyName !== undefined) spec.policyName = `${spec.policyName}-${tool}`;
      else spec.matchConstraints.namespaceSelector = { matchLabels };
    }
    return objects;
  };
  const policyKinds = ["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"];
  const standing = async (tool: string): Promise<readonly string[]> => {
    const { stdout } = await plane.kubectl(["get", policyKinds.join(","), "-o", "name"]);
    return stdout.split("\n").filter((line) => line.endsWith(`-${tool}`));
  };

  test.each(["flux", "argo"] as const)(
    "%s uninstalls the policy, and leaves the pair without which API servers stop to watch",
    async (tool) => {
      const objects = await policies(tool);
      const request = { namespace: "default", name: `policies-${tool}`, seconds, health };
      const synced = (wanted: readonly Json[], stale: readonly Json[]) =>
        tool === "flux"
          ? tools.flux({ ...request, objects: wanted, stale })
          : tools.argo({ ...request, objects: wanted, clusterResources: true });
      await synced(objects, []);
      expect(await standing(tool)).toHaveLength(objects.length);
      await synced([], objects);
      const kept = policyKinds.map(
        (kind) => `${kind.toLowerCase()}.admissionregistration.k8s.io/nova-pci-parameters-${tool}`,
      );
      expect([...(await standing(tool))].sort()).toEqual(kept.sort());
    },
  );

  test("the Applications wait for one another: operator, Nova, objects", async () => {
    const namespace = await plane.namespace({}, "argocd");
    await plane.kubectl(["apply", "--server-side", "-f", "-"], JSON.stringify(applicationKind));
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications`;
    await until("the kind Application", () => plane.get(path));
    const objects = applications.map((application) => ({
      ...application,
      metadata: { ...application.metadata, namespace },
    }));
    const all = tools.argo({ namespace, name: "cloud", seconds, objects, health });
    const names = applications.map((application) => application.metadata.name as string);
    for (const [at, name] of names.entries()) {
      await until(`Application ${name}`, () => plane.get(`${path}/${name}`));
      // Longer than the second in which the engine looks again.
      await wait(1500);
      expect(await plane.list(path)).toHaveLength(at + 1);
      await plane.patch(`${path}/${name}`, { status: { health: { status: "Healthy" } } });
    }
    const { synced: done, unfinished, outOfSync } = await all;
    expect(unfinished).toBe("");
    expect(done.map(([name]) => name)).toEqual(names.map((name) => `Application/${name}`));
    expect(outOfSync["server side"]).toEqual([]);
    await plane.remove(`/api/v1/namespaces/${namespace}`);
  });
});

/** As much of Argo CD's own kind as an API server must know to keep an Application. */
const applicationKind = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "applications.argoproj.io" },
  spec: {
    group: "argoproj.io",
    names: { kind: "Application", plural: "applications", singular: "application" },
    scope: "Namespaced",
    versions: [
      {
        ...{ name: "v1alpha1", served: true, storage: true },
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    ],
  },
};
