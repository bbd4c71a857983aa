// Invariants of one rollout: canary, verification, quarantine, pause. Each is judged by what is true in
// the cluster and, where only the operator's knowledge counts, by what it saw.

import { assignmentName, fragmentAnnotation, stateName } from "../../src/api/names.ts";
import { fragmentsOf } from "../../src/admission/mounting.ts";
import { fragmentManager } from "../../src/cluster/views/workload-view.ts";
import type { Workload } from "../../src/embedded/store/objects.ts";
import { takesDown } from "./budget-invariants.ts";
import { linesOf } from "./conf.ts";
import type { Invariant, Scene } from "./scene.ts";
import { named } from "./truth.ts";

/** Lines that go and lines that come, as one text. */
function changeOf(from: string | undefined, to: string | undefined): string {
  const before = new Set(linesOf(from));
  const after = new Set(linesOf(to));
  const added = [...after].filter((text) => !before.has(text)).sort();
  const removed = [...before].filter((text) => !after.has(text)).sort();
  return [...added.map((text) => `+${text}`), ...removed.map((text) => `-${text}`)].join("\n");
}

export const canary: Invariant = {
  name: "canary",
  sentence: "a distinct change reaches one compute first, and no other before that one proved it",
  watch: (scene) => {
    const trying = new Map<string, Set<string>>();
    const proven = new Set<string>();
    const running = new Map<string, string>();
    let goods: Readonly<Record<string, string>> = {};
    let step: { readonly node: string; readonly change: string } | undefined;
    return {
      before: (effect) => {
        step = undefined;
        const node = takesDown(effect, scene);
        const record = node === undefined ? undefined : scene.truth.state()?.nodes[node];
        if (node === undefined || record === undefined) return;
        if (record.assigned === record.good) return;
        const { textOf } = scene.truth;
        step = { node, change: changeOf(textOf(record.good), textOf(record.assigned)) };
      },
      after: (_effect, done) => {
        if (!done || step === undefined || step.change === "") return;
        const { node, change } = step;
        const nodes = trying.get(change) ?? new Set();
        trying.set(change, nodes);
        nodes.add(node);
        running.set(node, change);
        const { canaryCount, delivery } = scene.schedule.setting;
        // Mounted: all computes share one file, so no canary is possible (and the status says so).
        if (delivery === "Injected" && !proven.has(change) && nodes.size > canaryCount) {
          scene.violated("canary", `${[...nodes].join(" and ")} both try: ${change}`);
        }
      },
      changed: ({ kind, object }) => {
        if (kind !== "ConfigMap" || object.metadata.name !== stateName) return;
        const nodes = Object.entries(scene.truth.state()?.nodes ?? {});
        for (const [node, record] of nodes) {
          const before = goods[node];
          if (before === undefined || before === record.good) continue;
          proven.add(changeOf(scene.truth.textOf(before), scene.truth.textOf(record.good)));
        }
        goods = Object.fromEntries(nodes.map(([node, record]) => [node, record.good]));
      },
      happened: () => {
        for (const [node, change] of running) {
          if (scene.cluster.store.get("Node", node) === undefined || isGivenUp(node, scene)) {
            // A canary that left, or shows nothing, proves nothing and blocks nobody.
            running.delete(node);
            trying.get(change)?.delete(node);
            continue;
          }
          const record = scene.truth.state()?.nodes[node];
          const since = scene.truth.upSince(node);
          const reads = named(scene.truth.pod(node)) ?? "none";
          const finished = record === undefined || record.phase === "idle";
          if (since !== undefined && reads === record?.assigned && record?.assigned !== undefined) {
            if (scene.cluster.clock.now() - since >= 3000 && record.phase !== "rolling-back") {
              proven.add(change);
            }
          }
          if (finished || record.phase === "rolling-back" || record.phase === "halted") {
            running.delete(node);
            trying.get(change)?.delete(node);
          }
        }
      },
    };
  },
};

/** Called lost, and truly without a nova-compute that could prove anything. */
function isGivenUp(node: string, scene: Scene): boolean {
  if (scene.truth.state()?.nodes[node]?.lost?.cause === undefined) return false;
  return !scene.cluster.kubelets.isAlive(node) || !scene.truth.isUp(node);
}

export const verification: Invariant = {
  name: "verification",
  sentence:
    "a fragment becomes last-good on a node only after its pod was up for minReadySeconds with it",
  watch: (scene) => {
    let before: Readonly<Record<string, string>> = {};
    return {
      changed: ({ kind, object }) => {
        if (kind !== "ConfigMap" || object.metadata.name !== stateName) return;
        const state = scene.truth.state();
        if (state === undefined) return;
        for (const [node, record] of Object.entries(state.nodes)) {
          const earlier = before[node];
          if (earlier === undefined || earlier === record.good) continue;
          const change = changeOf(scene.truth.textOf(earlier), scene.truth.textOf(record.good));
          if (change === "") continue;
          const since = scene.truth.upSince(node);
          const reads = named(scene.truth.pod(node)) ?? "none";
          const seenAt = scene.round()?.seen.now ?? 0;
          const up = since === undefined ? 0 : seenAt - since;
          const lately = seenAt - (scene.truth.downSince(node) ?? 0) < slack;
          if (up < minReadyMillis && !lately) {
            scene.violated("verification", `${node} was up for ${up} ms with ${record.good}`);
          } else if (
            reads !== record.good &&
            !lately &&
            scene.schedule.setting.delivery === "Injected"
          ) {
            scene.violated("verification", `${node} reads ${reads}, not ${record.good}`);
          }
        }
        before = Object.fromEntries(
          Object.entries(state.nodes).map(([node, record]) => [node, record.good]),
        );
      },
    };
  },
};

const slack = 90_000;

export const minReadyMillis = 5000;

export const verifyTimeoutMillis = 120_000;

export const quarantineHolds: Invariant = {
  name: "quarantine",
  sentence: "a quarantined entry is never applied again until its object changes",
  watch: (scene) => {
    /** Line -> the object that is to blame. */
    const held = new Map<
      string,
      {
        readonly service: string;
        readonly kind: string;
        readonly name: string;
        readonly uid: string;
        readonly generation: number;
      }
    >();
    const { store } = scene.cluster;
    function forget(): void {
      for (const [line, item] of held) {
        const found = store.get(item.kind as "PciAlias", item.name)?.metadata;
        const same = found?.uid === item.uid && found.generation === item.generation;
        if (!same) held.delete(line);
      }
    }
    function check(
      service: string,
      where: string,
      from: string | undefined,
      to: string | undefined,
    ): void {
      if (held.size === 0 || to === from) return;
      const earlier = new Set(linesOf(scene.truth.textOf(from)));
      for (const line of linesOf(scene.truth.textOf(to))) {
        if (held.get(line)?.service !== service || earlier.has(line)) continue;
        scene.violated("quarantine", `${where} is given the quarantined ${line}`);
      }
    }
    return {
      // What a node was meant to get before is not given to it either, once it failed elsewhere.
      before: (effect) => {
        if (effect.do !== "remove-pod") return;
        const pod = store.get("Pod", effect.name);
        const node = scene.truth.nodeOfPod(effect.name) ?? "";
        const record = scene.truth.state()?.nodes[node];
        if (pod?.metadata.uid !== effect.uid || record === undefined) return;
        // A pod that was made while nothing injected reads nothing of what was proved there.
        if (record.phase !== "rolling-back")
          check("compute", node, fragmentsOf(pod.spec)[0] ?? record.good, record.assigned);
      },
      changed: (change) => {
        const { kind, object } = change;
        if (kind.startsWith("Pci")) forget();
        if (kind === "ConfigMap" && object.metadata.name === stateName) {
          for (const quarantine of Object.values(scene.truth.state()?.quarantined ?? {})) {
            if (quarantine.change !== "add") continue;
            const line = quarantine.line.replace(/^\[[a-z_]+\]/, "");
            held.set(line, quarantine);
          }
          forget();
        }
        if (kind === "ConfigMap" && object.metadata.name === assignmentName) {
          const now = (object as { data?: Record<string, string> }).data ?? {};
          const old = (change.old as { data?: Record<string, string> } | undefined)?.data ?? {};
          const nodes = scene.truth.state()?.nodes;
          for (const [node, name] of Object.entries(now)) {
            // Back to what was proved on this very node, whatever failed elsewhere.
            if (nodes?.[node]?.phase === "rolling-back") continue;
            check("compute", node, old[node], name);
          }
        }
        if (kind === "Deployment" || kind === "StatefulSet") {
          // Back to what is recorded as good: proved once, or where a user went back to.
          const { api } = scene.truth.state()?.services ?? {};
          if (annotationOf(object as Workload) === api?.good) return;
          const service = scene.cluster.serviceOf(
            (object as Workload).spec.template.metadata.labels,
          );
          const ours = fragmentManager(object.metadata)?.startsWith("nova-pci-operator");
          if (service === undefined || ours !== true) return;
          // Without rollback what failed stays what runs, so a later change carries it on.
          if (!scene.schedule.setting.autoRollback) return;
          check(
            service,
            service,
            annotationOf(change.old as Workload),
            annotationOf(object as Workload),
          );
        }
      },
    };
  },
};

function annotationOf(workload: Workload | undefined): string | undefined {
  return workload?.spec.template.metadata.annotations?.[fragmentAnnotation];
}

export const paused: Invariant = {
  name: "paused",
  sentence: "while paused no healthy pod is replaced, except to put last-good back",
  watch: (scene) => ({
    before: (effect) => {
      const seen = scene.round()?.seen;
      const spec = seen?.objects.passthrough?.spec;
      if (spec?.rollout?.paused !== true) return;
      const node = takesDown(effect, scene);
      if (node !== undefined) {
        const goesBack = scene.truth.state()?.nodes[node]?.phase === "rolling-back";
        if (!goesBack) scene.violated("paused", `${node} is taken down while paused`);
      }
      if (effect.do === "annotate-workload") {
        // What was under way when the round looked goes on; nothing is begun.
        const known = seen?.state.is === "read" ? seen.state.state.services : {};
        const written = scene.truth.state()?.services ?? {};
        const rolling =
          Object.values(known).some(
            (record) => record.assigned === effect.value && record.phase !== "idle",
          ) ||
          Object.values(written).some(
            (record) => record.assigned === effect.value && record.phase === "rolling-back",
          );
        if (!rolling) scene.violated("paused", `${effect.name} is rolled while paused`);
      }
    },
  }),
};
