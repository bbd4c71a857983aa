// The Helm chart by Helm itself, against the kustomizations object by object, and on a real API server.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { load } from "js-yaml";
import { chartPackage } from "../../../deploy/release/chart.ts";
import type { ControlPlane } from "../../control-plane/attach.ts";
import type { Json } from "../../control-plane/client.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { operatorUser, untilInForce } from "../../control-plane/policies.ts";
import { startControlPlane } from "../../control-plane/start.ts";
import {
  base,
  chart,
  expectEqual,
  helm as runHelm,
  home,
  kustomized,
  rendered,
} from "./chart-objects.ts";

const root = join(import.meta.dirname, "../../..");

controlPlaneLane("chart", () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
  });
  afterAll(() => plane.stop());

  const helm = (...args: readonly string[]) =>
    runHelm(args, { KUBECONFIG: plane.kubeconfig, HELM_CACHE_HOME: plane.folder });

  test("helm lint finds nothing, with and without everything switched on", () => {
    for (const values of [
      [],
      ["metrics.serviceMonitor.enabled=true", "metrics.prometheusRule.enabled=true"],
      ["injection=none", "guard=false", "novaNamespaces[0].name=openstack"],
    ]) {
      const set = values.flatMap((value) => ["--set", value]);
      const { code, stdout } = helm("lint", "--strict", chart, ...set);
      expect({ code, failed: stdout.includes("0 chart(s) failed") }).toEqual({
        ...{ code: 0, failed: true },
      });
    }
  });

  test("it is equal to the kustomizations, object by object", async () => {
    expectEqual(rendered(), [...(await base()), ...(await kustomized("deploy/injection"))]);
  });

  test("and so is the policy of older clusters", async () => {
    const older = await kustomized("deploy/injection/v1beta1");
    expectEqual(rendered("injection=policy-v1beta1"), [...(await base()), ...older]);
  });

  test("and the webhook, with certificates of the operator and of cert-manager", async () => {
    const own = await kustomized("deploy/webhook", { keep: ["nova-pci-self-test"] });
    expectEqual(rendered("injection=webhook"), [...(await base()), ...own]);
    const folder = mkdtempSync(join(tmpdir(), "nova-pci-chart-"));
    try {
      const at = (path: string): string => relative(realpathSync(folder), join(root, path));
      const kustomization = {
        apiVersion: "kustomize.config.k8s.io/v1beta1",
        kind: "Kustomization",
        resources: [at("deploy/webhook")],
        components: [at("deploy/webhook/cert-manager")],
      };
      writeFileSync(join(folder, "kustomization.yaml"), JSON.stringify(kustomization));
      const issued = await kustomized(folder, { keep: ["nova-pci-self-test"] });
      const values = ["injection=webhook", "webhook.certificates=cert-manager"];
      expectEqual(rendered(...values), [...(await base()), ...issued]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("and what each Nova namespace gets", async () => {
    const values = ["injection=none", "guard=false", "crds.install=false"];
    const more = ["name=east", "baseConfig=true", "cleaning=true", "preflight=true"].map(
      (text) => `novaNamespaces[0].${text}`,
    );
    expectEqual(rendered(...values, ...more), [
      ...(await kustomized("deploy")),
      ...(await kustomized("deploy/namespace", { namespace: "east" })),
      ...(await kustomized("deploy/namespace/base-config", { namespace: "east" })),
      ...(await kustomized("deploy/namespace/cleaning", { namespace: "east" })),
      ...(await kustomized("deploy/namespace/preflight", { namespace: "east" })),
    ]);
  });

  test("alerts are the rules of the repository", () => {
    const rule = rendered(
      "metrics.prometheusRule.enabled=true",
      "metrics.prometheusRule.labels.a=b",
    );
    const found = rule.find((value) => value.kind === "PrometheusRule")!;
    expect(found.metadata).toMatchObject({ namespace: home, labels: { a: "b" } });
    const own = load(readFileSync(join(root, "deploy/alerts.yaml"), "utf8")) as Json;
    expect(found.spec).toEqual(own.spec);
  });

  test("dashboards are those of the kustomization", async () => {
    const maps = (all: readonly Json[]): Json =>
      Object.fromEntries(
        all
          .filter(
            (value) => value.kind === "ConfigMap" && `${value.metadata.name}`.includes("dashboard"),
          )
          .map((value) => [value.metadata.name, value.data]),
      );
    const own = maps(await kustomized("deploy/dashboards"));
    expect(Object.keys(own).length).toBe(3);
    expect(maps(rendered("metrics.dashboards.enabled=true"))).toEqual(own);
    expect(maps(rendered())).toEqual({});
  });

  describe("values", () => {
    test("of another namespace reach the guard and the bindings", () => {
      const { stdout } = helm("template", "x", chart, "-n", "elsewhere");
      expect(stdout).toContain("system:serviceaccount:elsewhere:nova-pci-operator");
      expect(stdout).not.toContain(home);
    });

    test.each(["replicas=two", "injection=magic", "image.digest=latest", "guards=true"])(
      "%s is refused with its name",
      (value) => {
        const { code, stderr } = helm("template", "x", chart, "--set", value);
        expect(code).not.toBe(0);
        expect(stderr).toContain(value.split(/[.=]/)[0]);
      },
    );
  });

  /** To the image of the next release, with what was set before. */
  async function upgradedAsTheDocumentSays(): Promise<void> {
    const page = readFileSync(join(root, "docs/howto/upgrade.md"), "utf8");
    const [, words = ""] = /^helm (upgrade .*)$/m.exec(page) ?? [];
    const digest = `sha256:${"1".repeat(64)}`;
    const archive = join(plane.folder, "next.tgz");
    writeFileSync(archive, chartPackage({ repository: "r.example.org/x", digest }, "9.9.9"));
    const args = words.replace("nova-pci-operator-VERSION.tgz", archive).split(" ");
    const { code, stderr } = helm(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const path = `/apis/apps/v1/namespaces/${home}/deployments/nova-pci-operator`;
    const { replicas, template } = (await plane.get(path)).spec;
    const [{ image }] = template.spec.containers as readonly [Json];
    expect({ replicas, image }).toEqual({ replicas: 1, image: `r.example.org/x@${digest}` });
    const bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/east/rolebindings";
    expect((await plane.list(bindings)).length).toBeGreaterThan(0);
  }

  test("it installs, upgrades the kinds, and leaves them and their objects on uninstall", async () => {
    await plane.create("/api/v1/namespaces", { metadata: { name: "east" } });
    const set = ["--set", "novaNamespaces[0].name=east"];
    const installed = helm("install", "nova-pci", chart, "-n", home, "--create-namespace", ...set);
    expect({ code: installed.code, stderr: installed.code === 0 ? "" : installed.stderr }).toEqual({
      ...{ code: 0, stderr: "" },
    });
    expect(installed.stdout).toContain(
      "kubectl label namespace east pci.openstack.org/injection=enabled",
    );
    const crd =
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/pcialiases.pci.openstack.org";
    const patch = JSON.stringify({ metadata: { annotations: { "example.org/mine": "1" } } });
    await plane.kubectl([
      "patch",
      "crd",
      "pcialiases.pci.openstack.org",
      "--type=merge",
      "-p",
      patch,
    ]);
    const object = {
      metadata: { name: "a" },
      spec: { match: [{ vendorId: "10de", productId: "20b2" }] },
    };
    const path = "/apis/pci.openstack.org/v1alpha1/namespaces/east/pcialiases";
    await plane.create(path, {
      apiVersion: "pci.openstack.org/v1alpha1",
      kind: "PciAlias",
      ...object,
    });
    const upgraded = helm("upgrade", "nova-pci", chart, "-n", home, ...set, "--set", "replicas=1");
    expect(upgraded.code).toBe(0);
    await upgradedAsTheDocumentSays();
    expect(helm("uninstall", "nova-pci", "-n", home).code).toBe(0);
    expect((await plane.get(crd)).metadata.name).toBe("pcialiases.pci.openstack.org");
    expect(await plane.list(path)).toHaveLength(1);
    // And the pair that keeps the API server watching: the policy works when it is installed again.
    expect(helm("install", "nova-pci", chart, "-n", home, ...set).code).toBe(0);
    await untilInForce(plane, plane.impersonate(operatorUser));
  });
});
