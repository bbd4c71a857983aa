// What a pre-flight pod takes of the template of nova-compute, and what it leaves: of a chart's
// privileged pod comes one without rights that reads the same configuration.
import { expect, test } from "@jest/globals";
import { podRecipe } from "../../src/cluster/views/pod-recipe.ts";
import { preflightJob } from "../../src/plan/preflight/job.ts";

/** In the shape of openstack-helm's nova-compute, and worse. */
const template = {
  serviceAccountName: "nova-compute",
  hostNetwork: true,
  hostPID: true,
  hostIPC: true,
  priorityClassName: "system-node-critical",
  imagePullSecrets: [{ name: "registry" }],
  tolerations: [{ key: "gpu", operator: "Exists" }],
  initContainers: [{ name: "init", image: "nova:1" }],
  containers: [
    {
      name: "nova-compute",
      image: "nova:1",
      command: ["/tmp/nova-compute.sh"],
      args: ["--config-dir", "/opt/site/conf"],
      securityContext: { privileged: true, runAsUser: 0 },
      ports: [{ containerPort: 16509 }],
      env: [
        { name: "OS_NOVA_CONFIG_DIR", value: "/etc/nova" },
        { name: "RPC_PASSWORD", value: "hunter2" },
        { name: "OS_PCI__ALIAS", valueFrom: { secretKeyRef: { name: "x", key: "y" } } },
      ],
      volumeMounts: [
        { name: "pod-tmp", mountPath: "/tmp" },
        { name: "bin", mountPath: "/tmp/nova-compute.sh", subPath: "nova-compute.sh" },
        { name: "etc", mountPath: "/etc/nova" },
        { name: "conf", mountPath: "/etc/nova/nova.conf", subPath: "nova.conf", readOnly: true },
        { name: "snippets", mountPath: "/etc/nova/nova.conf.d/" },
        { name: "site", mountPath: "/opt/site" },
        { name: "ceph", mountPath: "/etc/ceph" },
        { name: "keyring", mountPath: "/tmp/client-keyring", subPath: "key" },
        { name: "dev", mountPath: "/dev" },
        { name: "host-etc", mountPath: "/etc/nova/host" },
        { name: "claim", mountPath: "/etc/nova/claim" },
      ],
    },
    { name: "ssh", image: "ssh:1" },
  ],
  volumes: [
    { name: "pod-tmp", emptyDir: {} },
    { name: "bin", configMap: { name: "nova-bin", defaultMode: 0o555 } },
    { name: "etc", emptyDir: { medium: "Memory" } },
    { name: "conf", secret: { secretName: "nova-etc", defaultMode: 0o444 } },
    {
      name: "snippets",
      projected: {
        sources: [{ secret: { name: "ks" } }, { serviceAccountToken: { path: "token" } }],
      },
    },
    { name: "site", configMap: { name: "site" } },
    { name: "ceph", configMap: { name: "ceph-etc" } },
    { name: "keyring", secret: { secretName: "ceph-keyring" } },
    { name: "dev", hostPath: { path: "/dev" } },
    { name: "host-etc", hostPath: { path: "/etc" } },
    { name: "claim", persistentVolumeClaim: { claimName: "c" } },
  ],
};

type Json = Readonly<Record<string, unknown>>;
type Spec = Json & { readonly containers: readonly (Json & { readonly command: string[] })[] };

function pod(given: object = template): Spec {
  const recipe = podRecipe(given, "nova-compute")!;
  const fragment = "nova-pci-compute-0123456789abcdef";
  const job = preflightJob({ node: "c1", fragment, recipe }, "uid-1") as unknown as {
    readonly spec: { readonly template: { readonly spec: Spec } };
  };
  return job.spec.template.spec;
}

test("the pod reads the configuration and has no right of any kind", () => {
  const { containers, ...spec } = pod();
  expect(spec).toEqual({
    nodeName: "c1",
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 1,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    imagePullSecrets: [{ name: "registry" }],
    tolerations: [{ key: "gpu", operator: "Exists" }],
    securityContext: {
      ...{ runAsNonRoot: true, runAsUser: 65534, runAsGroup: 65534, fsGroup: 65534 },
      seccompProfile: { type: "RuntimeDefault" },
    },
    volumes: [
      { name: "pod-tmp", emptyDir: { sizeLimit: "16Mi" } },
      { name: "bin", configMap: { name: "nova-bin", defaultMode: 0o555 } },
      { name: "etc", emptyDir: { sizeLimit: "16Mi" } },
      { name: "conf", secret: { secretName: "nova-etc", defaultMode: 0o444 } },
      { name: "snippets", projected: { sources: [{ secret: { name: "ks" } }] } },
      { name: "site", configMap: { name: "site" } },
      {
        name: "nova-pci-new",
        configMap: {
          name: "nova-pci-compute-0123456789abcdef",
          items: [{ key: "95-nova-pci.conf", path: "95-nova-pci.conf" }],
        },
      },
    ],
  });
  expect(containers).toHaveLength(1);
  const [{ command, ...container }] = containers as [Json & { readonly command: string[] }];
  expect(container).toEqual({
    name: "preflight",
    image: "nova:1",
    imagePullPolicy: "IfNotPresent",
    env: [
      { name: "OS_NOVA_CONFIG_DIR", value: "/etc/nova" },
      { name: "PYTHONDONTWRITEBYTECODE", value: "1" },
    ],
    terminationMessagePolicy: "FallbackToLogsOnError",
    securityContext: {
      ...{ privileged: false, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
      capabilities: { drop: ["ALL"] },
    },
    resources: expect.anything(),
    volumeMounts: [
      ["pod-tmp", "/tmp"],
      ["bin", "/tmp/nova-compute.sh", "nova-compute.sh"],
      ["etc", "/etc/nova"],
      ["conf", "/etc/nova/nova.conf", "nova.conf"],
      ["snippets", "/etc/nova/nova.conf.d/"],
      ["site", "/opt/site"],
      ["nova-pci-new", "/nova-pci"],
    ].map(([name, mountPath, subPath]) => ({
      ...{ name, mountPath, readOnly: true },
      ...(subPath === undefined ? {} : { subPath }),
    })),
  });
  expect(command.slice(-6)).toEqual([
    ...["/etc/nova", "/nova-pci/95-nova-pci.conf", "nova-pci-preflight"],
    ...["/tmp/nova-compute.sh", "--config-dir", "/opt/site/conf"],
  ]);
});

test("a user that is not root stays who it is", () => {
  const { containers, ...rest } = template;
  const [nova] = containers;
  const own = { ...rest, containers: [{ ...nova, securityContext: { runAsUser: 42424 } }] };
  expect(pod(own)["securityContext"]).toMatchObject({ runAsUser: 42424, fsGroup: 42424 });
});

test("a workload without the container has nothing to ask", () => {
  expect(podRecipe({ containers: [] }, "nova-compute")).toBeUndefined();
});
