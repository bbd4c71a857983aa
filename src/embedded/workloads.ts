// Nova's workloads before the operator comes, in the shape of the openstack-helm Nova chart
// (labels, containers, the projected nova.conf.d, command lines), for embedded clusters that were
// given none.

import { configDirectory, serviceDefaults, type Service } from "../api/names.ts";
import type { Cluster } from "./cluster.ts";
import type { Draft, Labels, PodTemplate, Strategy } from "./store/objects.ts";

type Shape = {
  readonly kind: "Deployment" | "StatefulSet" | "DaemonSet";
  readonly replicas?: number;
  readonly strategy?: Strategy;
  readonly nodeSelector?: Labels;
  /** Our fixed-name ConfigMap is a source of nova.conf.d (Mounted delivery). */
  readonly mounts?: boolean;
};

const names: Readonly<Record<Service, string>> = {
  api: "nova-api-osapi",
  scheduler: "nova-scheduler",
  conductor: "nova-conductor",
  compute: "nova-compute-default",
};

export const computeLabel = "openstack-compute-node";

function addWorkload(cluster: Cluster, service: Service, shape: Shape): void {
  const draft: Draft<"DaemonSet"> = {
    metadata: { name: names[service], labels: serviceDefaults[service].matchLabels },
    spec: {
      replicas: shape.replicas ?? 1,
      paused: false,
      selector: { matchLabels: serviceDefaults[service].matchLabels },
      template: templateOf(service, shape),
      [shape.kind === "Deployment" ? "strategy" : "updateStrategy"]:
        shape.strategy ?? usualStrategy(shape.kind),
    },
  };
  cluster.store.create(shape.kind, draft);
}

function usualStrategy(kind: Shape["kind"]): Strategy {
  if (kind === "Deployment")
    return { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 1 } };
  if (kind === "DaemonSet") return { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } };
  return { type: "RollingUpdate" };
}

function templateOf(service: Service, shape: Shape): PodTemplate {
  const { matchLabels, container } = serviceDefaults[service];
  const own = shape.mounts === true ? [{ configMap: { name: `nova-pci-${service}` } }] : [];
  const snippets = "nova-etc-snippets";
  return {
    metadata: { labels: { ...matchLabels, release_group: "nova" } },
    spec: {
      ...(service === "compute"
        ? { nodeSelector: shape.nodeSelector ?? { [computeLabel]: "enabled" } }
        : {}),
      containers: [
        {
          name: container,
          image: "quay.io/airshipit/nova:2025.1-ubuntu_jammy",
          command: [
            programs[service],
            "--config-file",
            "/etc/nova/nova.conf",
            "--config-dir",
            configDirectory,
          ],
          volumeMounts: [
            {
              name: "nova-etc",
              mountPath: "/etc/nova/nova.conf",
              subPath: "nova.conf",
              readOnly: true,
            },
            { name: snippets, mountPath: `${configDirectory}/`, readOnly: true },
          ],
        },
      ],
      volumes: [
        { name: "nova-etc", secret: { secretName: "nova-etc" } },
        { name: snippets, projected: { sources: [{ secret: { name: "nova-ks-etc" } }, ...own] } },
      ],
    },
  };
}

const programs: Readonly<Record<Service, string>> = {
  api: "nova-api-os-compute",
  scheduler: "nova-scheduler",
  conductor: "nova-conductor",
  compute: "nova-compute",
};

/** nova-api x 2, scheduler, conductor, and one nova-compute on each labelled node. */
export function addUsualWorkloads(
  cluster: Cluster,
  more: Partial<Record<Service, Partial<Shape>>> = {},
): void {
  addWorkload(cluster, "api", { kind: "Deployment", replicas: 2, ...more.api });
  addWorkload(cluster, "scheduler", { kind: "Deployment", replicas: 1, ...more.scheduler });
  addWorkload(cluster, "conductor", { kind: "Deployment", replicas: 1, ...more.conductor });
  addWorkload(cluster, "compute", { kind: "DaemonSet", ...more.compute });
}
