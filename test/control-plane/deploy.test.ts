// Everything below deploy/ and crds/ on a real API server: it is accepted as it is, and the
// operator's ServiceAccount may do what the program needs and nothing beyond.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load, loadAll } from "js-yaml";
import {
  injectionLabel,
  metricsPort,
  operatorName,
  operatorNamespace,
  plurals,
  probesPort,
  webhookPort,
} from "../../src/api/names.ts";
import {
  clusterRights,
  novaNamespaceRights,
  ownNamespaceRights,
  type Right as ProgramRight,
} from "../../src/cluster/rights.ts";
import { knownPolicyVersion } from "../../src/plan/gates/delivery.ts";
import type { ControlPlane } from "./attach.ts";
import type { Client, Json } from "./client.ts";
import { controlPlaneLane } from "./lane.ts";
import { sharedControlPlane } from "./plane-of-the-run.ts";

const root = join(import.meta.dirname, "../..");

controlPlaneLane("deploy", () => {
  let plane: ControlPlane;
  let nova: string;
  let neighbour: string;
  let operator: Client;

  const apply = async (folder: string, ...more: readonly string[]) => {
    const args = ["apply", "--server-side", ...more, "-k", join(root, folder)];
    const { code, stdout, stderr } = await plane.kubectl(args);
    expect({ folder, code, stderr }).toEqual({ folder, code: 0, stderr: "" });
    return stdout;
  };

  beforeAll(async () => {
    plane = await sharedControlPlane();
    nova = await plane.namespace();
    neighbour = await plane.namespace();
    await apply("crds");
    await apply("deploy");
    await apply("deploy/guard");
    await apply("deploy/injection");
    await apply("deploy/namespace", "-n", nova);
    operator = plane.as(await plane.serviceAccountToken(operatorNamespace, operatorName));
  });
  afterAll(() => plane.stop());

  test("applying it again changes nothing", async () => {
    const before = await versions(plane, nova);
    await apply("deploy");
    await apply("deploy/guard");
    await apply("deploy/injection");
    await apply("deploy/namespace", "-n", nova);
    expect(await versions(plane, nova)).toEqual(before);
  });

  test("nothing lands outside the namespaces that are meant", async () => {
    const rendered = await plane.kubectl(["kustomize", join(root, "deploy")]);
    const objects = loadAll(rendered.stdout) as readonly Json[];
    const clusterWide = ["Namespace", "ClusterRole", "ClusterRoleBinding"];
    for (const object of objects) {
      const wanted = clusterWide.includes(object.kind as string) ? undefined : operatorNamespace;
      expect([object.kind, object.metadata.namespace]).toEqual([object.kind, wanted]);
    }
    const perNamespace = await plane.kubectl(["kustomize", join(root, "deploy/namespace")]);
    const kinds = (loadAll(perNamespace.stdout) as readonly Json[]).map(
      (value) => value.kind as string,
    );
    expect(kinds.sort()).toEqual(["Role", "RoleBinding"]);
  });

  test("the pod passes restricted pod security", async () => {
    const path = `/apis/apps/v1/namespaces/${operatorNamespace}/deployments/${operatorName}`;
    const deployment = await plane.get(path);
    const pod = { metadata: { name: "probe" }, spec: deployment.spec.template.spec };
    const pods = `/api/v1/namespaces/${operatorNamespace}/pods?dryRun=All`;
    const answer = await plane.request("POST", pods, pod);
    expect({ status: answer.status, warning: answer.headers["warning"] }).toEqual({
      status: 201,
      warning: undefined,
    });
  });

  test("names, image and ports are the frozen ones", async () => {
    const path = `/apis/apps/v1/namespaces/${operatorNamespace}/deployments/${operatorName}`;
    const { spec } = await plane.get(path);
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const [container] = spec.template.spec.containers as readonly Json[];
    expect(spec.replicas).toBe(2);
    expect([container.name, container.image]).toEqual(["operator", `nova-pci-operator:${version}`]);
    const ports = (container.ports as readonly Json[]).map((port) => port.containerPort as number);
    expect(ports).toEqual([metricsPort, probesPort, webhookPort]);
  });

  test("the policies carry the version that the operator knows", async () => {
    const base = "/apis/admissionregistration.k8s.io/v1";
    for (const path of [
      "mutatingadmissionpolicies/nova-pci-injection",
      "validatingadmissionpolicies/nova-pci-guard",
    ]) {
      const policy = await operator.get(`${base}/${path}`);
      expect(policy.metadata.annotations["pci.openstack.org/policy-version"]).toBe(
        knownPolicyVersion,
      );
    }
  });

  describe("rights", () => {
    type Right = readonly [verb: string, resource: string, name?: string];
    const kinds = Object.values(plurals).map((plural) => `${plural}.pci.openstack.org`);
    const all = (verbs: readonly string[], resources: readonly string[]): readonly Right[] =>
      resources.flatMap((resource) => verbs.map((verb): Right => [verb, resource]));
    const ofProgram = (rights: readonly ProgramRight[]): readonly Right[] =>
      rights.flatMap(({ apiGroup, resource, verbs, names }) =>
        verbs.flatMap((verb) =>
          (names ?? [undefined]).map((name): Right => {
            const full = apiGroup === "" ? resource : `${resource}.${apiGroup}`;
            return name === undefined ? [verb, full] : [verb, full, name];
          }),
        ),
      );

    /** Granted everywhere, so that a namespace without its Role can be told about in a status. */
    const statuses = all(
      ["patch"],
      kinds.map((kind) => kind.replace(".", "/status.")),
    );
    const everywhere = [...ofProgram(clusterRights), ...statuses];
    /** The fallback where listing namespaces was taken away. */
    const inNova: readonly Right[] = [
      ...ofProgram(novaNamespaceRights).filter(([, resource]) => !resource.includes("/status")),
      ["get", "namespaces"],
    ];
    const nowhere: readonly Right[] = [
      ...all(["list", "watch", "create", "patch", "delete", "deletecollection"], ["secrets"]),
      ["get", "secrets", "nova-etc"],
      ...all(["create", "update", "patch", "deletecollection"], ["pods"]),
      ...all(["create", "get"], ["pods/exec", "pods/attach", "pods/portforward"]),
      ["patch", "pods/ephemeralcontainers"],
      ...all(
        ["create", "update", "delete"],
        ["deployments.apps", "statefulsets.apps", "daemonsets.apps"],
      ),
      ...all(["create", "update", "patch", "delete"], ["replicasets.apps"]),
      ...all(["update", "patch"], ["deployments/scale.apps", "statefulsets/scale.apps"]),
      ...all(["create", "update", "patch", "delete"], ["nodes", "namespaces", "serviceaccounts"]),
      ...all(["create"], ["serviceaccounts/token"]),
      ...all(["create", "update", "patch", "bind", "escalate"], ["roles", "rolebindings"]),
      ...all(["create", "update", "patch", "delete"], kinds.slice(0, 2)),
      ...all(["update", "patch", "delete"], ["pcipassthroughs.pci.openstack.org"]),
      ...all(["create", "delete"], ["pciflavors.pci.openstack.org"]),
      ["deletecollection", "configmaps"],
    ];
    const neverAtAll: readonly Right[] = [
      ...all(
        ["create", "update", "patch", "delete"],
        [
          "mutatingadmissionpolicies.admissionregistration.k8s.io",
          "validatingadmissionpolicies.admissionregistration.k8s.io",
          "validatingadmissionpolicybindings.admissionregistration.k8s.io",
          "customresourcedefinitions.apiextensions.k8s.io",
          "clusterroles.rbac.authorization.k8s.io",
          "clusterrolebindings.rbac.authorization.k8s.io",
        ],
      ),
      ["get", "validatingadmissionpolicies.admissionregistration.k8s.io", "another"],
      ["impersonate", "users"],
      ["list", "customresourcedefinitions.apiextensions.k8s.io"],
    ];

    const may = async (right: Right, namespace?: string): Promise<boolean> => {
      const [verb, full, name] = right;
      // "pods/log", "pcialiases/status.pci.openstack.org"
      const [path = "", ...group] = full.split(".");
      const [resource, subresource] = path.split("/");
      const review = await operator.create(
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        {
          spec: {
            resourceAttributes: {
              ...{ verb, resource, subresource, name, namespace },
              group: rbacGroup(resource, group.join(".")),
            },
          },
        },
      );
      return review.status.allowed as boolean;
    };
    const held = async (rights: readonly Right[], namespace?: string) => {
      const answers = await Promise.all(rights.map((right) => may(right, namespace)));
      return rights.filter((_, index) => answers[index]).map((right) => right.join(" "));
    };
    const words = (rights: readonly Right[]) => rights.map((right) => right.join(" "));

    test("everywhere it reads its kinds, nodes and policies, and writes statuses", async () => {
      expect(await held(everywhere)).toEqual(words(everywhere));
    });

    test("in a Nova namespace it may do its work", async () => {
      expect(await held(inNova, nova)).toEqual(words(inNova));
    });

    test("in another namespace it may do none of it", async () => {
      expect(await held(inNova, neighbour)).toEqual([]);
    });

    test("and beyond that nothing, neither there nor elsewhere", async () => {
      expect(await held(nowhere, nova)).toEqual([]);
      expect(await held([...nowhere, ...inNova], operatorNamespace)).toEqual([]);
      expect(await held(neverAtAll)).toEqual([]);
    });

    test("the Lease is its own, by name", async () => {
      const own = ofProgram(ownNamespaceRights);
      expect(await held(own, operatorNamespace)).toEqual(words(own));
      const others = own.flatMap(([verb, resource, name]): readonly Right[] =>
        name === undefined ? [] : [[verb, resource, "another"]],
      );
      expect(others.length).toBeGreaterThan(0);
      expect(await held(others, operatorNamespace)).toEqual([]);
      expect(await held(own, nova)).toEqual([]);
    });

    test("no manifest grants what the program does not use", async () => {
      const granted = async (folder: string, kind: string) => {
        const { stdout } = await plane.kubectl(["kustomize", join(root, folder)]);
        const objects = loadAll(stdout) as readonly Json[];
        const rules = objects
          .filter((object) => object.kind === kind && object.metadata.name === operatorName)
          .flatMap((object) => object.rules as Json[]);
        return rules.flatMap((rule) => words(rightsOf(rule))).sort();
      };
      const rightsOf = (rule: Json): readonly Right[] =>
        (rule.apiGroups as string[]).flatMap((apiGroup) =>
          (rule.resources as string[]).flatMap((resource) =>
            ofProgram([{ ...rule, apiGroup, resource, names: rule.resourceNames } as ProgramRight]),
          ),
        );
      const sorted = (rights: readonly Right[]) => words(rights).sort();
      expect(await granted("deploy", "ClusterRole")).toEqual(sorted(everywhere));
      expect(await granted("deploy", "Role")).toEqual(sorted(ofProgram(ownNamespaceRights)));
      expect(await granted("deploy/namespace", "Role")).toEqual(sorted(inNova));
    });

    test("reading the base configuration is granted by itself", async () => {
      const own = await plane.namespace();
      await apply("deploy/namespace", "-n", own);
      expect(await may(["get", "secrets", "nova-etc"], own)).toBe(false);
      await apply("deploy/namespace/base-config", "-n", own);
      expect(await may(["get", "secrets", "nova-etc"], own)).toBe(true);
      expect(await may(["list", "secrets"], own)).toBe(false);
    });
  });

  test("the guard knows the ServiceAccount that is installed", async () => {
    const namespace = await plane.namespace({ [injectionLabel]: "enabled" });
    await apply("deploy/namespace", "-n", namespace);
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const object = { metadata: { name: "nova-pci-compute-00000000000000aa" }, data: { a: "1" } };
    await operator.create(path, object);
    const answer = await plane.request("DELETE", `${path}/${object.metadata.name}`);
    expect(answer.status).toBe(403);
  });

  test("alerts are sound rules, and every number in them is one that the operator publishes", () => {
    const rule = load(readFileSync(join(root, "deploy/alerts.yaml"), "utf8")) as Json;
    const rules = (rule.spec.groups as readonly Json[]).flatMap(
      (group) => group.rules as readonly Json[],
    );
    expect(rules.length).toBeGreaterThan(5);
    const published = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readFileSync(join(root, "src", file), "utf8"))
      .join("");
    for (const { expr } of rules as readonly { expr: string }[])
      for (const [name] of expr.matchAll(/nova_pci_\w+/g))
        expect(published).toMatch(new RegExp(`"${name.replace(/_(bucket|sum|count)$/, "")}"`));
  });
});

/** kubectl's short form leaves the group of some resources out. */
function rbacGroup(resource: string | undefined, group: string): string {
  return resource === "roles" || resource === "rolebindings" ? "rbac.authorization.k8s.io" : group;
}

async function versions(plane: ControlPlane, nova: string): Promise<readonly string[]> {
  const paths = [
    `/apis/apps/v1/namespaces/${operatorNamespace}/deployments`,
    `/apis/rbac.authorization.k8s.io/v1/namespaces/${operatorNamespace}/roles`,
    `/apis/rbac.authorization.k8s.io/v1/namespaces/${nova}/roles`,
    `/apis/networking.k8s.io/v1/namespaces/${operatorNamespace}/networkpolicies`,
    "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies",
    "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
  ];
  const lists = await Promise.all(paths.map((path) => plane.list(path)));
  return lists
    .flat()
    .map(
      (value) =>
        `${value.metadata.name} ${value.metadata.generation ?? value.metadata.resourceVersion}`,
    );
}
