// For each gate the smallest installation in which it alone holds, and what opens it there: it opens
// by itself, with the world, or by the person whom its sentence tells what to do. A gate without a
// row does not compile, so none is added whose opening needs what it holds.
import { describe, expect, test } from "@jest/globals";
import type { Trouble } from "../../src/embedded/controllers/kubelet.ts";
import { knownPolicyVersion } from "../../src/plan/gates/delivery.ts";
import { sentenceOf, stalls } from "../../src/plan/terms/gate-table.ts";
import type { GateName } from "../../src/plan/terms/gates.ts";
import type { CloudRead, CloudView, Snapshot } from "../../src/plan/terms/snapshot.ts";
import {
  answering,
  gpuAlias,
  gpuDevices,
  setStage,
  unreachable,
  type Stage,
  type StageOptions,
} from "../support/stage.ts";

type Case = {
  readonly options?: StageOptions;
  readonly given: (stage: Stage) => void | Promise<void>;
  /** What holds beside it for a reason of its own. */
  readonly beside?: readonly GateName[];
  /** Who opens it. */
  readonly by: "itself" | "world" | "person";
  /** What the world or the person does. */
  readonly then?: (stage: Stage) => void;
  /** A word of the sentence that tells the person. */
  readonly told?: RegExp;
  /** How the installation rests in the end. */
  readonly rests?: string;
};

const adopted = (more = ""): string => `{ adopt: true, release: '2025.1', ${more} }`;
const calm = { startMillis: () => 1500, readyMillis: () => 4000, stopMillis: () => 1000 };
const crash: Trouble = { is: "exits", code: 1, message: "ERROR nova [pci] it does not start" };
const identity = (seen: Snapshot): Snapshot => seen;
const flavor =
  "{ flavor: { name: gpu }, aliases: [{ name: gpu, count: 1 }], create: { vcpus: 1, ramMiB: 512, diskGiB: 1 } }";

function start(stage: Stage, passthrough = adopted()): void {
  stage.apply("PciPassthrough", "nova", passthrough);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
}

function startAlias(stage: Stage, passthrough = adopted()): void {
  start(stage, passthrough);
  stage.apply("PciAlias", "gpu", gpuAlias);
}

/** Everything is live, and then something else is wanted. */
async function running(stage: Stage, passthrough = adopted()): Promise<void> {
  startAlias(stage, passthrough);
  await stage.pass(1200);
}

const more = (stage: Stage): void =>
  stage.apply("PciWhitelist", "more", "{ devices: [{ vendorId: '8086', productId: '1592' }] }");

const injection =
  (change: (old: Snapshot["injection"]) => Snapshot["injection"]) =>
  (seen: Snapshot): Snapshot => ({ ...seen, injection: change(seen.injection) });

const read =
  (change: (view: CloudRead) => CloudRead) =>
  (view: CloudView): CloudView =>
    view.is === "read" ? change(view) : view;

const placed = (more: Partial<NonNullable<CloudRead["placement"]>>) =>
  read((view) =>
    view.placement === undefined ? view : { ...view, placement: { ...view.placement, ...more } },
  );

const clear = (stage: Stage): void => {
  stage.see(identity);
  stage.outage(answering);
};

/** A node-local inventory that has nothing of what is wanted. */
const bare = (seen: Snapshot): Snapshot => ({
  ...seen,
  hardware: Object.fromEntries(seen.nodes.map((one) => [one.name, { devices: [] }])),
});

/** A whitelist of some 400 kB: every function of a bus, each with traits of many letters. */
function wordy(bus: string): string {
  const traits = Array.from({ length: 16 }, (_, index) => `CUSTOM_${"T".repeat(180)}${index}`);
  const devices = Array.from({ length: 128 }, (_, index) => {
    const slot = Math.floor(index / 8)
      .toString(16)
      .padStart(2, "0");
    return {
      vendorId: "8086",
      productId: "1592",
      address: `0000:${bus}:${slot}.${index % 8}`,
      traits,
    };
  });
  return JSON.stringify({ devices });
}

const pip = "placement: { reportInPlacement: true, pciInPlacement: true }";
const nothing = (): void => undefined;

const wiping: StageOptions = { microversion: "2.104" };
const wipe =
  "cleaning: { jobTemplate: { spec: { template: { spec: { containers: [{ name: wipe, image: wipe }] } } } } }";
const nvme = (cleaning: string): string =>
  `{ devices: [{ vendorId: '144d', productId: 'a80a', oneTimeUse: true, ${cleaning} }] }`;

/** A drive that a server had, and that is to be cleaned. */
async function used(stage: Stage, cleaning = wipe): Promise<void> {
  const { placement } = stage.cluster.cloud;
  const drive = { host: "c1", address: "0000:41:00.0", resourceClass: "CUSTOM_PCI_144D_A80A" };
  placement.report({ ...drive, oneTimeUse: true });
  stage.apply("PciPassthrough", "nova", `{ adopt: true, release: '34.0.0', ${pip} }`);
  stage.apply("PciWhitelist", "nvme", nvme(cleaning));
  await stage.pass(1800);
  placement.allocate(drive.resourceClass);
  placement.release(drive.host, drive.address);
  await stage.pass(60);
}

const cases: { readonly [Name in GateName]: Case } = {
  Paused: {
    given: (stage) => start(stage, adopted("rollout: { paused: true }")),
    beside: ["Settling"],
    by: "person",
    then: (stage) => stage.apply("PciPassthrough", "nova", adopted()),
    told: /paused/,
  },
  Settling: { given: (stage) => start(stage), by: "itself" },
  AdoptionUnconfirmed: {
    given: (stage) => start(stage, "{ release: '2025.1' }"),
    beside: ["Settling"],
    by: "person",
    then: (stage) => stage.apply("PciPassthrough", "nova", adopted()),
    told: /spec.adopt: true/,
  },
  PolicyMissing: {
    given: (stage) => {
      stage.see(injection((old) => ({ ...old, mutating: { is: "absent" } })));
      start(stage);
    },
    beside: ["Settling"],
    by: "person",
    then: clear,
    told: /kubectl apply -k deploy\/injection/,
  },
  PolicyOutdated: {
    given: (stage) => {
      stage.see(
        injection((old) => ({
          ...old,
          mutating:
            old.mutating.is === "installed" ? { ...old.mutating, version: "0" } : old.mutating,
        })),
      );
      start(stage);
    },
    beside: ["Settling"],
    by: "person",
    then: clear,
    told: /kubectl apply -k deploy\/injection/,
  },
  WebhookUnreachable: {
    given: (stage) => {
      stage.see(
        injection((old) => ({
          ...old,
          mutating: { is: "absent" },
          webhook: {
            is: "installed",
            version: knownPolicyVersion,
            selects: {},
            unreachable: "connection refused",
          },
        })),
      );
      start(stage);
    },
    beside: ["Settling"],
    by: "person",
    then: clear,
    told: /connection refused/,
  },
  GuardMissing: {
    given: async (stage) => {
      await running(stage);
      stage.see(injection((old) => ({ ...old, guard: { is: "absent" } })));
      more(stage);
    },
    beside: ["Settling", "FragmentPending"],
    by: "person",
    then: clear,
    told: /kubectl apply -k deploy\/guard/,
  },
  PolicyDoesNotSelect: {
    given: (stage) => {
      stage.see(
        injection((old) => ({
          ...old,
          mutating:
            old.mutating.is === "installed"
              ? { ...old.mutating, selects: { application: "other" } }
              : old.mutating,
        })),
      );
      start(stage);
    },
    beside: ["Settling"],
    by: "person",
    then: clear,
    told: /objectSelector/,
  },
  NamespaceNotLabelled: {
    given: (stage) => {
      stage.see(injection((old) => ({ ...old, namespaceLabelled: false })));
      start(stage);
    },
    beside: ["Settling"],
    by: "person",
    then: clear,
    told: /kubectl label namespace/,
  },
  StateUnreadable: {
    given: (stage) => {
      stage.see((seen) => ({ ...seen, state: { is: "unreadable", reason: "it is damaged" } }));
      start(stage);
    },
    beside: ["Settling"],
    by: "person",
    then: clear,
    told: /nova-pci-state/,
  },
  StateTooLarge: {
    given: async (stage) => {
      await running(stage);
      stage.see((seen) => ({
        ...seen,
        state: seen.state.is === "read" ? { ...seen.state, bytes: 2 ** 20 } : seen.state,
      }));
      more(stage);
    },
    beside: ["Settling", "FragmentPending"],
    by: "person",
    then: clear,
    told: /split the installation/,
  },
  TooManyNodes: {
    given: async (stage) => {
      await running(stage);
      const others = Array.from({ length: 6001 }, (_, index) => ({
        name: `n${index}`,
        uid: `n${index}`,
        labels: { "openstack-compute-node": "enabled" },
      }));
      stage.see((seen) => ({ ...seen, nodes: [...seen.nodes, ...others] }));
      stage.label("c1", { nudged: "1" });
    },
    by: "person",
    then: clear,
    told: /one assignment holds/,
  },
  MissingRight: {
    given: (stage) => {
      stage.see((seen) => ({ ...seen, missingRights: [{ verb: "delete", resource: "pods" }] }));
      start(stage);
    },
    beside: ["Settling"],
    by: "person",
    then: clear,
    told: /kubectl apply .* deploy\/namespace/,
  },
  FragmentPending: {
    options: { credentials: false },
    given: (stage) => start(stage, adopted("rollout: { settleSeconds: 0 }")),
    by: "itself",
  },
  Propagation: {
    options: {
      mounts: true,
      knobs: { ...calm, trouble: ({ text }) => (text?.includes("1592") ? crash : undefined) },
    },
    given: async (stage) => {
      await running(stage, adopted("rollout: { verifyTimeoutSeconds: 60 }"));
      more(stage);
    },
    beside: ["Settling", "FragmentPending", "Verifying", "BudgetSpent", "Quarantined"],
    by: "itself",
    rests: "False Quarantined",
  },
  FragmentTooLarge: {
    options: { nodes: ["c1", "c2"] },
    given: async (stage) => {
      stage.apply("PciPassthrough", "nova", adopted("placement: { reportInPlacement: true }"));
      for (const bus of ["41", "42", "43"]) stage.apply("PciWhitelist", `b${bus}`, wordy(bus));
      await stage.pass(20);
    },
    by: "person",
    then: (stage) => {
      for (const bus of ["41", "42", "43"]) stage.apply("PciWhitelist", `b${bus}`, gpuDevices);
    },
    told: /write fewer or wider devices/,
  },
  NotWired: {
    options: { mounts: true },
    given: (stage) => {
      stage.see((seen) => ({
        ...seen,
        workloads: seen.workloads.map((one) => ({
          ...one,
          containers: one.containers.map((each) => ({ ...each, mounts: [] })),
        })),
      }));
      start(stage, adopted("delivery: Mounted"));
    },
    beside: ["Settling"],
    by: "person",
    then: clear,
    told: /mount/,
  },
  NoWorkload: {
    given: (stage) => {
      stage.see((seen) => ({
        ...seen,
        workloads: seen.workloads.filter((one) => one.service !== "api"),
      }));
      stage.apply("PciPassthrough", "nova", adopted());
      stage.apply("PciAlias", "gpu", gpuAlias);
    },
    beside: ["Settling"],
    by: "person",
    then: clear,
    told: /matchLabels/,
  },
  WorkloadPaused: {
    given: (stage) => {
      stage.cluster.store.edit("Deployment", "nova-api-osapi", (old) => ({
        ...old,
        spec: { ...old.spec, paused: true },
      }));
      stage.apply("PciPassthrough", "nova", adopted());
      stage.apply("PciAlias", "gpu", gpuAlias);
    },
    beside: ["Settling", "FragmentPending"],
    by: "person",
    then: (stage) =>
      stage.cluster.store.edit("Deployment", "nova-api-osapi", (old) => ({
        ...old,
        spec: { ...old.spec, paused: false },
      })),
    told: /kubectl rollout resume/,
  },
  MaxSurge: {
    given: (stage) => {
      stage.see((seen) => ({
        ...seen,
        workloads: seen.workloads.map((one) =>
          one.service === "compute" ? { ...one, maxSurge: "1" } : one,
        ),
      }));
      start(stage);
    },
    beside: ["Settling"],
    by: "person",
    then: clear,
    told: /set it to 0/,
  },
  DisruptionBudget: {
    given: (stage) => {
      stage.see((seen) => ({
        ...seen,
        budgets: [
          { name: "nova", selector: { application: "nova" }, allowed: 0, broken: "it can never" },
        ],
      }));
      start(stage);
    },
    beside: ["Settling", "FragmentPending"],
    by: "person",
    then: clear,
    told: /PodDisruptionBudget nova/,
  },
  CanaryPending: {
    given: (stage) => start(stage, adopted("rollout: { maxUnavailable: 2 }")),
    beside: ["Settling", "FragmentPending", "Quiescing", "Verifying", "BudgetSpent"],
    by: "itself",
  },
  BudgetSpent: {
    given: async (stage) => {
      await running(stage);
      more(stage);
      await stage.pass(8);
      stage.cluster.kubelets.kill("c3");
    },
    beside: ["Lost", "Settling", "FragmentPending", "Quiescing", "Verifying", "CanaryPending"],
    by: "world",
    then: (stage) => stage.cluster.kubelets.revive("c3"),
  },
  FailureLimit: {
    options: {
      knobs: { ...calm, trouble: ({ node, text }) => (node === "c1" && text ? crash : undefined) },
    },
    given: async (stage) => {
      start(stage, adopted("rollout: { failureLimit: 2, verifyTimeoutSeconds: 60 }"));
      await stage.pass(900);
    },
    by: "person",
    then: (stage) => stage.remove("PciWhitelist", "gpus"),
    told: /tried again when the object changes/,
  },
  Halted: {
    options: {
      knobs: { ...calm, trouble: ({ node, text }) => (node === "c1" && text ? crash : undefined) },
    },
    given: async (stage) => {
      start(
        stage,
        adopted("rollout: { autoRollback: false, failureLimit: 2, verifyTimeoutSeconds: 60 }"),
      );
      await stage.pass(900);
    },
    beside: ["BudgetSpent"],
    by: "person",
    then: (stage) => stage.remove("PciWhitelist", "gpus"),
    told: /correct it in its object/,
  },
  Quiescing: {
    given: (stage) => {
      stage.cluster.cloud.addServer({ id: "busy", host: "c1", aliases: [], busy: true });
      start(stage, adopted("rollout: { quiesceSeconds: 30 }"));
    },
    beside: ["Settling", "FragmentPending", "CanaryPending", "BudgetSpent"],
    by: "world",
    then: (stage) => stage.cluster.cloud.removeServer("busy"),
  },
  Verifying: {
    given: (stage) => start(stage),
    beside: ["Settling", "FragmentPending", "Quiescing", "CanaryPending", "BudgetSpent"],
    by: "itself",
  },
  Inconclusive: {
    given: async (stage) => {
      await running(stage);
      stage.outage(unreachable);
      more(stage);
    },
    beside: ["Settling", "FragmentPending"],
    by: "world",
    then: clear,
  },
  Lost: {
    given: async (stage) => {
      await running(stage);
      more(stage);
      await stage.pass(8);
      stage.cluster.kubelets.kill("c1");
      await stage.pass(240);
    },
    beside: [
      "Settling",
      "FragmentPending",
      "Verifying",
      "Quiescing",
      "BudgetSpent",
      "CanaryPending",
    ],
    by: "world",
    then: (stage) => stage.cluster.kubelets.revive("c1"),
  },
  ManualRestart: {
    given: (stage) => start(stage, adopted("services: { compute: { restart: Manual } }")),
    beside: ["Settling", "FragmentPending"],
    by: "world",
    // It is a person, and who chose Manual knows it: the command stands in the sentence.
    then: (stage) => {
      for (const pod of stage.last().seen.pods)
        if (pod.service === "compute") stage.cluster.store.remove("Pod", pod.name);
    },
  },
  MountedUnion: {
    options: { mounts: true },
    given: (stage) => {
      stage.label("c1", { nic: "yes" });
      stage.apply("PciPassthrough", "nova", adopted());
      stage.apply(
        "PciWhitelist",
        "nics",
        "{ nodeSelector: { matchLabels: { nic: 'yes' } }, devices: [{ address: '0000:41:00.0' }] }",
      );
    },
    beside: ["Settling", "Propagation"],
    by: "person",
    then: (stage) =>
      stage.apply(
        "PciWhitelist",
        "nics",
        "{ nodeSelector: { matchLabels: { nic: 'yes' } }, devices: [{ address: '0000:41:00.0', vendorId: '8086', productId: '1592' }] }",
      ),
    told: /give every device both ids/,
  },
  WriteRefused: {
    given: async (stage) => {
      await running(stage);
      const { namespace } = stage.cluster;
      stage.see((seen) => ({
        ...seen,
        refused: [
          {
            do: "patch-assignment",
            subject: "nova-pci-assignment",
            by: "kubernetes",
            words: `admission webhook "w.example" denied the request: no ConfigMaps in ${namespace}`,
            conflict: false,
          },
        ],
      }));
      stage.label("c1", { nudged: "1" });
    },
    by: "person",
    then: clear,
    told: /change ConfigMap nova-pci-assignment .*no ConfigMaps in openstack; change that webhook/,
  },
  FieldConflict: {
    given: async (stage) => {
      await running(stage);
      stage.see((seen) => ({
        ...seen,
        workloads: seen.workloads.map((one) =>
          one.service === "api" ? { ...one, fragment: "theirs", fragmentManager: "argocd" } : one,
        ),
      }));
      stage.label("c1", { nudged: "1" });
    },
    by: "person",
    then: clear,
    told: /argocd writes our annotation/,
  },
  PreflightPending: {
    options: { jobEnds: () => ({ is: "hangs" }) },
    given: (stage) => start(stage, adopted("rollout: { preflight: Auto }")),
    beside: ["Settling", "FragmentPending", "CanaryPending"],
    by: "itself",
  },
  PreflightRefused: {
    given: (stage) => {
      stage.see((seen) => ({
        ...seen,
        base: {
          is: "read",
          files: { compute: [{ name: "nova.conf", text: "[pci]\ndevice_spec = {broken\n" }] },
        },
      }));
      start(stage);
    },
    beside: ["Settling"],
    by: "person",
    then: clear,
    told: /Nova would refuse it/,
  },
  BaseWins: {
    given: (stage) => {
      stage.see((seen) => ({
        ...seen,
        base: {
          is: "read",
          files: {
            scheduler: [
              { name: "nova.conf", text: "[filter_scheduler]\nenabled_filters = ComputeFilter\n" },
            ],
          },
          places: { scheduler: "first" },
        },
      }));
      startAlias(stage, adopted("scheduler: { filters: Manage }"));
    },
    beside: [
      "Settling",
      "FragmentPending",
      "ComputesFirst",
      "Quiescing",
      "CanaryPending",
      "BudgetSpent",
    ],
    by: "person",
    then: (stage) => {
      clear(stage);
      stage.apply(
        "PciPassthrough",
        "nova",
        adopted("scheduler: { filters: Manage, baseFilters: [ComputeFilter] }"),
      );
    },
    told: /set it in the chart/,
  },
  ComputesFirst: {
    given: (stage) => startAlias(stage),
    beside: ["Settling", "FragmentPending", "Quiescing", "CanaryPending", "BudgetSpent"],
    by: "itself",
  },
  ApiFirst: {
    given: async (stage) => {
      await running(stage);
      stage.remove("PciAlias", "gpu");
    },
    beside: ["Settling", "RemovalGrace", "UsageUnknown"],
    by: "itself",
  },
  HardwareContradicts: {
    given: (stage) => {
      stage.see(bare);
      start(stage, adopted("hardwareCheck: Enforce"));
    },
    beside: ["Settling"],
    by: "person",
    then: (stage) => stage.remove("PciWhitelist", "gpus"),
    told: /hardwareCheck: Enforce/,
  },
  RemovalGrace: {
    given: async (stage) => {
      await running(stage);
      stage.remove("PciWhitelist", "gpus");
    },
    beside: ["Settling", "ApiFirst"],
    by: "itself",
  },
  InUse: {
    given: async (stage) => {
      await running(stage);
      stage.cluster.cloud.addServer({ id: "vm", host: "c1", aliases: ["gpu"] });
      stage.remove("PciWhitelist", "gpus");
      await stage.pass(900);
    },
    by: "world",
    then: (stage) => stage.cluster.cloud.removeServer("vm"),
  },
  UsageUnknown: {
    options: { credentials: false },
    given: async (stage) => {
      await running(stage);
      stage.remove("PciWhitelist", "gpus");
      await stage.pass(900);
    },
    by: "person",
    then: (stage) =>
      stage.apply(
        "PciPassthrough",
        "nova",
        adopted("removals: [{ kind: PciWhitelist, name: gpus }]"),
      ),
    told: /\{kind: PciWhitelist, name: gpus\} into spec.removals/,
  },
  Quarantined: {
    options: { knobs: { ...calm, trouble: ({ text }) => (text ? crash : undefined) } },
    given: async (stage) => {
      start(stage, adopted("rollout: { verifyTimeoutSeconds: 60 }"));
      await stage.pass(600);
    },
    by: "person",
    then: (stage) => stage.remove("PciWhitelist", "gpus"),
    told: /tried again when its object changes/,
  },
  ReportFirst: {
    options: { microversion: "2.104" },
    given: (stage) => {
      stage.apply(
        "PciPassthrough",
        "nova",
        "{ adopt: true, release: '34.0.0', placement: { reportInPlacement: true } }",
      );
      stage.apply(
        "PciWhitelist",
        "nvme",
        "{ devices: [{ vendorId: '144d', productId: 'a80a', oneTimeUse: true }] }",
      );
    },
    beside: ["Settling", "FragmentPending", "Quiescing", "CanaryPending", "BudgetSpent"],
    by: "itself",
  },
  PlacementAllocationsMissing: {
    given: async (stage) => {
      stage.outage(placed({ serversWithoutAllocation: ["vm"] }));
      start(stage, adopted(pip));
      await stage.pass(1800);
    },
    by: "world",
    then: clear,
  },
  UnconfirmedMove: {
    given: async (stage) => {
      stage.outage(placed({ unconfirmedMoves: ["resize"] }));
      start(stage, adopted(pip));
      await stage.pass(1800);
    },
    by: "world",
    then: clear,
  },
  NotCleaned: {
    options: wiping,
    given: async (stage) => {
      await used(stage, "cleaning: { disabled: true }");
      stage.remove("PciWhitelist", "nvme");
      await stage.pass(900);
    },
    by: "person",
    then: (stage) => stage.cluster.cloud.placement.clean("c1", "0000:41:00.0"),
    told: /nova-pci uncordon c1 0000:41:00.0 --cleaned/,
  },
  Cleaning: {
    options: { ...wiping, jobEnds: () => ({ is: "succeeds", millis: 600_000 }) },
    given: used,
    by: "itself",
  },
  CleaningFailed: {
    options: { ...wiping, jobEnds: () => ({ is: "fails", millis: 1000, lastLine: "no" }) },
    given: used,
    beside: ["Cleaning"],
    by: "person",
    then: (stage) => stage.remove("PciWhitelist", "nvme"),
    told: /kubectl -n openstack delete job nova-pci-clean-/,
  },
  CleaningDenied: {
    options: wiping,
    given: (stage) => {
      stage.see((seen) => ({ ...seen, jobs: { is: "denied" } }));
      return used(stage);
    },
    by: "person",
    then: (stage) => stage.apply("PciWhitelist", "nvme", nvme("cleaning: { disabled: true }")),
    told: /kubectl apply -n openstack -k deploy\/namespace\/cleaning/,
  },
  AliasNotLive: {
    given: (stage) => {
      startAlias(stage);
      stage.apply("PciFlavor", "gpu", flavor);
    },
    beside: [
      "Settling",
      "FragmentPending",
      "Quiescing",
      "CanaryPending",
      "BudgetSpent",
      "ComputesFirst",
    ],
    by: "itself",
  },
  AliasNotDeclared: {
    given: async (stage) => {
      start(stage);
      await stage.pass(900);
      stage.apply("PciFlavor", "gpu", flavor);
    },
    beside: ["Settling"],
    by: "person",
    then: (stage) => stage.apply("PciAlias", "gpu", gpuAlias),
    told: /gpu/,
  },
  NoHostCanServe: {
    given: async (stage) => {
      stage.see(bare);
      await running(stage);
      stage.apply("PciFlavor", "gpu", flavor);
      await stage.pass(60);
    },
    by: "person",
    then: (stage) => stage.remove("PciFlavor", "gpu"),
    told: /no compute node can host/,
  },
  NoCredentials: {
    options: { credentials: false },
    given: async (stage) => {
      await running(stage);
      stage.apply("PciFlavor", "gpu", flavor);
      await stage.pass(60);
    },
    by: "person",
    then: (stage) => stage.remove("PciFlavor", "gpu"),
    told: /Secret/,
  },
  CloudUnreachable: {
    given: async (stage) => {
      await running(stage);
      stage.outage(unreachable);
      stage.apply("PciFlavor", "gpu", flavor);
      await stage.pass(60);
    },
    by: "world",
    then: clear,
  },
};

describe("a gate holds alone, and opens", () => {
  test.each(Object.entries(cases) as [GateName, Case][])("%s", async (name, one) => {
    const stage = await setStage(one.options);
    await one.given(stage);
    // Some pass within milliseconds.
    await stage.pass(0.01);
    for (let look = 0; look < 600 && !isHeld(stage, name); look += 1) {
      await stage.pass(look < 100 ? 0.02 : 0.5);
    }
    const gate = stage.last().plan.gates.find((each) => each.gate === name);
    expect(stage.waits()).toContain(name);
    const others = stage.waits().filter((each) => each !== name);
    expect([...(one.beside ?? [])]).toEqual(expect.arrayContaining(others));
    expect({ name, person: stalls(gate!) }).toEqual({ name, person: one.by === "person" });
    if (one.told !== undefined) expect(sentenceOf(gate!, "openstack")).toMatch(one.told);
    (one.then ?? nothing)(stage);
    if (one.then !== undefined) stage.label("c2", { nudged: name });
    await stage.pass(3600);
    // Its own last words wake nobody: somebody else does.
    stage.label("c2", { nudged: "at rest" });
    await stage.pass(5);
    expect(stage.waits()).not.toContain(name);
    expect(stage.ready("PciPassthrough", "nova")).toBe(one.rests ?? "True Live");
    expect(stage.last().plan.effects).toEqual([]);
  });
});

function isHeld(stage: Stage, name: GateName): boolean {
  return stage.last().plan.gates.some((one) => one.gate === name);
}
