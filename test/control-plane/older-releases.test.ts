// What is shipped, on real API servers of older Kubernetes: the oldest that is served and the last
// before the policy became stable; NOVA_PCI_KUBERNETES names others (npm run test:kubernetes).
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { assignmentName, fragmentKey, injectionLabel, mountedName } from "../../src/api/names.ts";
import { injectionCases } from "../admission/cases.ts";
import { compute, computePod } from "../admission/pods.ts";
import type { Client } from "./client.ts";
import { describeBystanders, describeCases, stageFor, type Stage } from "./judged-pods.ts";
import { controlPlaneLane } from "./lane.ts";
import { olderReleases } from "./older.ts";
import { assign, bare, dryRun, operatorUser, reserved, untilInForce } from "./policies.ts";
import { until } from "./processes.ts";
import { startControlPlane, type OwnControlPlane } from "./start.ts";
import { describeStates } from "./states/judged.ts";
import {
  applied,
  openWebhookSite,
  shipped,
  webhookPath,
  type WebhookSite,
} from "./webhook-site.ts";
import { describeStory } from "./webhook-story.ts";

const asked = process.env["NOVA_PCI_KUBERNETES"];
const releases = asked === undefined ? olderReleases : asked.split(",");
/** Off by default below 1.36. */
const policyFlags = [
  "--feature-gates=MutatingAdmissionPolicy=true",
  "--runtime-config=admissionregistration.k8s.io/v1beta1=true",
];

for (const release of releases) {
  const minor = Number(release.split(".")[1]);
  const hasGuard = minor >= 30;
  const policyFolder =
    minor >= 36 ? "deploy/injection" : minor >= 34 ? "deploy/injection/v1beta1" : undefined;

  controlPlaneLane(`Kubernetes ${release}`, () => {
    let plane: OwnControlPlane;
    let operator: Client;
    let stage: Stage;

    beforeAll(async () => {
      plane = await startControlPlane({
        release,
        ...(minor === 34 || minor === 35 ? { apiServerFlags: policyFlags } : {}),
      });
      operator = plane.impersonate(operatorUser);
    });
    afterAll(() => plane.stop());

    test("it is that release", async () => {
      const { body } = await plane.request("GET", "/version");
      expect(body.gitVersion).toBe(`v${release}`);
    });

    test.each(["crds", "deploy", ...(hasGuard ? ["deploy/guard"] : [])])(
      "%s is taken as it is",
      async (folder) => {
        await applied(plane, ...shipped(folder));
      },
    );

    test("server-side apply of an object of ours, and of its status", async () => {
      const namespace = await plane.namespace();
      const path = `/apis/pci.openstack.org/v1alpha1/namespaces/${namespace}/pcialiases/a`;
      const object = {
        apiVersion: "pci.openstack.org/v1alpha1",
        kind: "PciAlias",
        metadata: { name: "a" },
        spec: { match: [{ vendorId: "10de", productId: "1eb8" }], deviceType: "type-PF" },
      };
      expect((await plane.apply(path, object)).spec.match).toHaveLength(1);
    });

    const guardCases = (): void => {
      const refused = (body: { readonly message?: string }) => body.message ?? "";

      test("nobody else writes what nova-compute reads", async () => {
        const namespace = await plane.namespace();
        const maps = `/api/v1/namespaces/${namespace}/configmaps`;
        await until("the guard", async () => {
          const object = { metadata: { name: compute }, data: {} };
          return (await plane.request("POST", `${maps}?dryRun=All`, object)).status === 403;
        });
        for (const name of [compute, mountedName("compute"), assignmentName]) {
          const answer = await plane.request("POST", maps, { metadata: { name } });
          expect(refused(answer.body)).toContain("nova-pci-operator alone");
          await operator.create(maps, { metadata: { name }, data: { [fragmentKey]: "" } });
        }
      });

      test("the operator does nothing that is not listed", async () => {
        const namespace = await plane.namespace();
        const job = `/apis/batch/v1/namespaces/${namespace}/jobs`;
        const spec = { containers: [{ name: "c", image: "x" }], restartPolicy: "Never" };
        const body = { metadata: { name: "a" }, spec: { template: { spec } } };
        expect(refused((await operator.request("POST", job, body)).body)).toContain("lists what");
        expect((await plane.request("POST", job, body)).status).toBe(201);
      });
    };
    if (hasGuard) describe("guard", guardCases);

    describe("state", () => {
      describeStates({
        plane: () => plane,
        ...(policyFolder === undefined ? {} : { policyFolder }),
      });
    });

    const policyCases = (folder: string): void => {
      beforeAll(async () => {
        // Once the last policy was deleted an API server never again sees a change of a parameter.
        await plane.restartApiServer();
        await applied(plane, ...shipped(folder));
        stage = await stageFor(plane, operator);
        const namespace = await plane.namespace({ [injectionLabel]: "enabled" });
        await assign(operator, namespace, { ...reserved, n1: compute });
        await until("the policy", async () => {
          const { body } = await dryRun(plane, namespace, bare(computePod()));
          return JSON.stringify(body.spec?.volumes ?? []).includes(compute);
        });
      });
      const deleted = async (...what: readonly string[]): Promise<void> => {
        const { code, stderr } = await plane.kubectl(["delete", ...what]);
        expect([code, stderr]).toEqual([0, ""]);
        const managed = injectionCases.find(
          (injectionCase) => injectionCase.outcome.is === "injected",
        )!;
        await until("the policy's end", async () => {
          const { body } = await dryRun(plane, stage.namespaceOf(managed), bare(managed.pod));
          return (body.spec?.volumes ?? []).length === (managed.pod.spec.volumes ?? []).length;
        });
      };
      afterAll(() => deleted(...shipped(folder)));
      describeCases(() => stage);

      test("deleted alone and applied again, it sees what is assigned from then on", async () => {
        const kinds = "mutatingadmissionpolicybinding,mutatingadmissionpolicy";
        await deleted(kinds, "nova-pci-injection");
        await applied(plane, ...shipped(folder));
        await untilInForce(plane, operator);
      });
    };
    if (policyFolder !== undefined) describe(policyFolder, () => policyCases(policyFolder));

    describe("webhook", () => {
      let site: WebhookSite;

      beforeAll(async () => {
        site = await openWebhookSite(plane);
        stage = await stageFor(plane, operator);
        for (const injectionCase of injectionCases) {
          const namespace = stage.namespaceOf(injectionCase);
          await applied(plane, "-n", namespace, ...shipped("deploy/namespace"));
        }
      });
      afterAll(() => site.stop());

      describeCases(() => stage);
      describeBystanders(() => stage);

      test("its self-test passed, and it counts what it did", async () => {
        const text = await (await fetch(site.operator.metrics)).text();
        expect(text).toMatch(/nova_pci_admission_requests_total\{result="injected"\} [1-9]/);
        expect(text).toMatch(/nova_pci_admission_seconds_count [1-9]/);
        const troubles = site.operator.log().filter((logLine) => /webhook/.test(logLine.message));
        expect(troubles).toEqual([]);
      });

      test("applying it again leaves the authorities where they are", async () => {
        const before = await plane.get(webhookPath);
        expect(before.webhooks[0].clientConfig.caBundle).toMatch(/^LS0t/);
        expect(before.webhooks[0].failurePolicy).toBe("Fail");
      });

      describe("story", () => {
        describeStory({ plane: () => plane, site: () => site, minor });
      });
    });
  });
}
