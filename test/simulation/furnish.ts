// The installation that a schedule begins with, and what Nova does with each file it is started with.

import { passthroughName } from "../../src/api/names.ts";
import type { Trouble } from "../../src/embedded/controllers/kubelet.ts";
import { addUsualWorkloads, computeLabel } from "../../src/embedded/workloads.ts";
import { baseConfig } from "./base.ts";
import { aliasesIn, offered } from "./conf.ts";
import { graceMillis } from "./removal-invariants.ts";
import type { Run } from "./one-run.ts";
import { minReadyMillis, verifyTimeoutMillis } from "./rollout-invariants.ts";
import { type Schedule, type Setting, products } from "./schedule.ts";
import { sharedFlavor } from "./troubles.ts";

export function furnish(run: Run): void {
  const { cluster, schedule } = run;
  const { setting } = schedule;
  for (const node of setting.nodes) addNode(run, node.name, node.pool);
  const mounts = setting.delivery === "Mounted";
  addUsualWorkloads(cluster, {
    api: { kind: setting.api, replicas: setting.apiReplicas, mounts },
    scheduler: { mounts },
    conductor: { mounts },
    compute: { mounts, strategy: { type: setting.compute, rollingUpdate: { maxUnavailable: 1 } } },
  });
  if (mounts) {
    // A chart that mounts our files is installed after them: they exist, empty.
    for (const service of ["api", "scheduler", "conductor", "compute"]) {
      cluster.store.create("ConfigMap", {
        metadata: {
          name: `nova-pci-${service}`,
          labels: { "app.kubernetes.io/managed-by": "nova-pci-operator" },
        },
        data: { "95-nova-pci.conf": "" },
      });
    }
  }
  if (setting.budget !== "none") {
    cluster.store.create("PodDisruptionBudget", {
      metadata: { name: "nova-compute" },
      spec: {
        selector: { matchLabels: { application: "nova", component: "compute" } },
        ...(setting.budget === "loose" ? { minAvailable: 1 } : { maxUnavailable: 1 }),
      },
    });
  }
  cluster.cloud.addFlavor(sharedFlavor);
  cluster.store.create("PciPassthrough", {
    metadata: { name: passthroughName },
    spec: passthroughSpec(schedule),
  });
}

function passthroughSpec({ setting }: Schedule): Readonly<Record<string, unknown>> {
  return {
    ...(setting.told ? { release: setting.wiped ? "34.0.0" : "2025.1" } : {}),
    ...(setting.wiped ? { placement: { reportInPlacement: true } } : {}),
    ...(setting.badFilters || setting.goodFilters === true
      ? { scheduler: { filters: "Manage", baseFilters: ["ComputeFilter"] } }
      : {}),
    ...(setting.base === undefined ? {} : { baseConfig }),
    adopt: true,
    rollout: {
      maxUnavailable: setting.maxUnavailable,
      canary: { count: setting.canaryCount, bakeSeconds: 10 },
      minReadySeconds: minReadyMillis / 1000,
      settleSeconds: 3,
      verifyTimeoutSeconds: verifyTimeoutMillis / 1000,
      failureLimit: setting.failureLimit,
      autoRollback: setting.autoRollback,
      removalGraceSeconds: graceMillis / 1000,
      quiesceSeconds: 60,
    },
  };
}

export function addNode(run: Run, name: string, pool: string): void {
  if (run.cluster.store.get("Node", name) !== undefined) return;
  run.cluster.addNode(name, { [computeLabel]: "enabled", pool });
}

/** What Nova does with such a file (products of schedule.ts). */
export function troubleOf(
  text: string | undefined,
  service: string,
  { first, setting }: { readonly first: boolean; readonly setting: Setting },
): Trouble | undefined {
  const { base } = setting;
  const exits = (message: string): Trouble => ({ is: "exits", code: 1, message });
  if (service === "compute") {
    const found = offered(text);
    if (found.has("dead"))
      return exits("nova.exception.PciConfigInvalidSpec: Invalid [pci]device_spec config: dead");
    if (found.has("dea1")) return { is: "never-ready" };
    if (found.has("dea2")) return { is: "silent" };
    if (found.has(products.badOnFirst) && first)
      return exits("nova.exception.PciDeviceNotFound: PCI device not found: de03");
    const bad = [...aliasesIn(text).values()].includes(products.badAliasOnCompute);
    return bad
      ? exits("nova.exception.PciInvalidAlias: Invalid PCI alias definition: bad2")
      : undefined;
  }
  if (service === "scheduler" && setting.badFilters && text?.includes("enabled_filters") === true)
    return exits("ERROR nova filter_scheduler: it does not start with these filters");
  if (service !== "api") return undefined;
  if (base?.alias !== undefined && aliasesIn(text).has(base.alias.name))
    return exits(`nova.exception.PciInvalidAlias: Duplicate alias ${base.alias.name}`);
  const found = [...aliasesIn(text).values()];
  if (found.includes("bad0"))
    return exits("nova.exception.PciInvalidAlias: Invalid PCI alias definition: bad0");
  return found.includes("bad1") ? { is: "never-ready" } : undefined;
}
