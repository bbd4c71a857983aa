// The Job that cleans one device: the template of the user, bound to the device's node, told which
// device, and given nothing that the template does not ask for.

import {
  apiVersion,
  cleaningLabel,
  deviceAnnotation,
  deviceLifeAnnotation,
  managedBy,
  managedByLabel,
} from "../../api/names.ts";
import type { DirtyDevice, JobTemplate } from "./dirty.ts";

type Json = Readonly<Record<string, unknown>>;

/** The container runtime's own list of system calls. */
const seccomp = "RuntimeDefault";
const jobDefaults = { activeDeadlineSeconds: 3600, backoffLimit: 0 } as const;

type JobOwner = { readonly name: string; readonly uid: string };

export function jobFor(device: DirtyDevice, template: JobTemplate, owner: JobOwner): Json {
  const { metadata, spec } = template;
  const marks = { [managedByLabel]: managedBy, [cleaningLabel]: "device" };
  const place = { [deviceLifeAnnotation]: device.life, [deviceAnnotation]: placeText(device) };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: device.job,
      labels: { ...metadata?.labels, ...marks },
      annotations: { ...metadata?.annotations, ...place },
      ownerReferences: [{ apiVersion, kind: "PciWhitelist", ...owner }],
    },
    spec: {
      activeDeadlineSeconds: spec.activeDeadlineSeconds ?? jobDefaults.activeDeadlineSeconds,
      backoffLimit: spec.backoffLimit ?? jobDefaults.backoffLimit,
      completions: 1,
      parallelism: 1,
      template: {
        metadata: {
          labels: { ...spec.template.metadata?.labels, ...marks },
          annotations: { ...spec.template.metadata?.annotations },
        },
        spec: podSpec(device, spec.template.spec),
      },
    },
  };
}

export function placeText({ node, address }: Pick<DirtyDevice, "node" | "address">): string {
  return `${node} ${address}`;
}

function podSpec(device: DirtyDevice, asked: Json): Json {
  const env = [
    ["PCI_ADDRESS", device.address],
    ["PCI_VENDOR_ID", device.vendorId],
    ["PCI_PRODUCT_ID", device.productId],
    ["PCI_RESOURCE_CLASS", device.resourceClass],
    ["NODE_NAME", device.node],
  ].map(([name, value]) => ({ name, value }));
  const each = (list: unknown): unknown =>
    Array.isArray(list) ? list.map((value) => container(value as Json, env)) : undefined;
  const { initContainers } = asked;
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { seccompProfile: { type: seccomp } },
    ...asked,
    restartPolicy: "Never",
    // Nowhere else is this device. No scheduler is asked: a node that takes no new pods is cleaned
    // too.
    nodeName: device.node,
    ...(initContainers === undefined ? {} : { initContainers: each(initContainers) }),
    containers: each(asked["containers"]),
  };
}

type Named = { readonly name?: unknown };

function container(asked: Json, env: readonly Named[]): Json {
  const own = Array.isArray(asked["env"]) ? (asked["env"] as readonly Named[]) : [];
  const told = new Set(env.map((named) => named.name));
  return {
    ...asked,
    securityContext: asked["securityContext"] ?? {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    },
    // First, so that the template's own values may name them as $(PCI_ADDRESS).
    env: [...env, ...own.filter((named) => !told.has(named.name))],
  };
}
