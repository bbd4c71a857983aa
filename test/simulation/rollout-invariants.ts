// Invariants of the rollout: budget, canary, verification, quarantine, order. Each is judged by
// what is true in the cluster and, where only the operator's knowledge counts, by what it saw.

import { assignmentName, fragmentAnnotation, stateName } from "../../src/api/names.ts";
import type { Effect } from "../../src/plan/effects.ts";
import type { Millis } from "../../src/plan/time.ts";
import type { Workload } from "../../src/embedded/objects.ts";
import { aliasesIn, linesOf, offered } from "./conf.ts";
import { productsOf, selectsPool } from "./intent.ts";
import type { Invariant, Scene } from "./scene.ts";
import { named } from "./truth.ts";

type Of<Name extends Effect["do"]> = Extract<Effect, { readonly do: Name }>;

/** The compute node whose running nova-compute an effect takes away; undefined = none. */
function takesDown(effect: Effect, scene: Scene): string | undefined {
  if (effect.do !== "remove-pod") return undefined;
  const pod = scene.cluster.store.get("Pod", effect.name);
  if (pod?.metadata.uid !== effect.uid) return undefined;
  if (scene.cluster.serviceOf(pod.metadata.labels) !== "compute") return undefined;
  const node = scene.truth.nodeOfPod(effect.name);
  return node !== undefined && scene.truth.isUp(node) ? node : undefined;
}

function rolloutStart(scene: Scene): Millis {
  return scene.truth.state()?.rollouts.compute?.startedAt ?? scene.cluster.clock.now();
}

/** Down since before the rollout began, or skipped: nobody has to wait for it. */
function isExcused(node: string, scene: Scene): boolean {
  if (scene.truth.state()?.nodes[node]?.phase === "skipped") return true;
  const since = scene.truth.downSince(node);
  return since !== undefined && since < rolloutStart(scene);
}

export const budget: Invariant = {
  name: "budget",
  sentence:
    "never more than maxUnavailable nova-computes are down through us, beyond those skipped",
  watch: (scene) => {
    const down = new Set<string>();
    let taking: string | undefined;
    return {
      before: (effect) => {
        taking = takesDown(effect, scene);
      },
      after: (_effect, done) => {
        if (!done || taking === undefined) return;
        down.add(taking);
        const counted = [...down].filter((node) => !isExcused(node, scene));
        const { maxUnavailable } = scene.schedule.setting;
        if (counted.length > maxUnavailable) {
          scene.violated("budget", `${counted.join(", ")} are down, allowed ${maxUnavailable}`);
        }
      },
      happened: () => {
        for (const node of down) {
          const gone = scene.cluster.store.get("Node", node) === undefined;
          const back = scene.truth.isUp(node) && scene.truth.pod(node) !== undefined;
          if (gone || back) down.delete(node);
        }
      },
    };
  },
};

export const budgetOfOthers: Invariant = {
  name: "budget-of-others",
  sentence: "a compute that was seen down for any other reason during the rollout counts too",
  watch: (scene) => ({
    before: (effect) => {
      const node = takesDown(effect, scene);
      const seen = scene.round()?.seen;
      if (node === undefined || seen === undefined) return;
      // It failed and was counted as down all along, even if it came up at last.
      if (scene.truth.state()?.nodes[node]?.phase === "rolling-back") return;
      const ready = new Set(
        seen.pods
          .filter((pod) => pod.service === "compute" && pod.ready && !pod.deleting)
          .map((pod) => pod.node),
      );
      const others = seen.nodes.filter(({ name }) => {
        if (name === node || ready.has(name)) return false;
        const since = scene.truth.downSince(name);
        return since !== undefined && !isExcused(name, scene);
      });
      const { maxUnavailable } = scene.schedule.setting;
      if (others.length + 1 > maxUnavailable) {
        const names = others.map((one) => one.name).join(", ");
        scene.violated("budget-of-others", `${node} is taken although ${names} was seen down`);
      }
    },
  }),
};

/** Lines that go and lines that come, as one text. */
function changeOf(from: string | undefined, to: string | undefined): string {
  const before = new Set(linesOf(from));
  const after = new Set(linesOf(to));
  const added = [...after].filter((one) => !before.has(one)).sort();
  const removed = [...before].filter((one) => !after.has(one)).sort();
  return [...added.map((one) => `+${one}`), ...removed.map((one) => `-${one}`)].join("\n");
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
          if (scene.cluster.store.get("Node", node) === undefined) {
            // A canary that left proves nothing and blocks nobody.
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
      for (const [line, one] of held) {
        const found = store.get(one.kind as "PciAlias", one.name)?.metadata;
        const same = found?.uid === one.uid && found.generation === one.generation;
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
      changed: (change) => {
        const { kind, object } = change;
        if (kind.startsWith("Pci")) forget();
        if (kind === "ConfigMap" && object.metadata.name === stateName) {
          for (const one of Object.values(scene.truth.state()?.quarantined ?? {})) {
            if (one.change !== "add") continue;
            const line = one.line.replace(/^\[[a-z_]+\]/, "");
            held.set(line, one);
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
          const ours = (object as Workload).annotationManager?.startsWith("nova-pci-operator");
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

function annotationOf(one: Workload | undefined): string | undefined {
  return one?.spec.template.metadata.annotations?.[fragmentAnnotation];
}

export const blast: Invariant = {
  name: "blast-radius",
  sentence: "one bad entry stops no more computes than the failure limit and the budget allow",
  watch: (scene) => {
    const harmed = new Map<string, Set<string>>();
    let taken: string | undefined;
    const ours = new Set<string>();
    return {
      before: (effect) => {
        taken = takesDown(effect, scene);
      },
      after: (_effect, done) => {
        if (done && taken !== undefined) ours.add(taken);
      },
      started: ({ node, text }) => {
        if (!ours.delete(node) || scene.schedule.setting.delivery === "Mounted") return;
        for (const product of offered(text)) {
          if (!product.startsWith("dea")) continue;
          if (product === "dea2" && !scene.schedule.setting.credentials) continue;
          const whose = scene.cluster.store
            .list("PciWhitelist")
            .filter((one) => productsOf({ kind: "PciWhitelist", spec: one.spec }).includes(product))
            .map(({ metadata }) => `${metadata.uid}.${metadata.generation}`);
          const key = `${product} of ${whose.join()}`;
          const nodes = harmed.get(key) ?? new Set();
          harmed.set(key, nodes.add(node));
          const { failureLimit, maxUnavailable } = scene.schedule.setting;
          // A canary whose Node left proved nothing, and stops nobody's compute any more.
          for (const one of nodes) {
            if (scene.cluster.store.get("Node", one) === undefined) nodes.delete(one);
          }
          if (nodes.size > failureLimit - 1 + maxUnavailable) {
            scene.violated("blast-radius", `${product} stopped ${[...nodes].join(", ")}`);
          }
        }
      },
    };
  },
};

export const apiAfterComputes: Invariant = {
  name: "api-after-computes",
  sentence: "nova-api gets an alias only after every healthy compute that can serve it carries it",
  watch: (scene) => ({
    // Judged when it is decided: a late annotation of what was decided before a crash is no decision.
    before: (effect) => {
      if (effect.do !== "write-state") return;
      const before = scene.truth.state()?.services.api;
      const record = effect.state.services.api;
      if (record === undefined || record.assigned === before?.assigned) return;
      // Last-good is put back after a failure, or a user went back.
      if (record.phase !== "rolling" || record.good === record.assigned) return;
      const known = [before?.assigned, record.good].map((one) =>
        aliasesIn(scene.truth.textOf(one)),
      );
      for (const [alias, product] of aliasesIn(scene.truth.textOf(record.assigned))) {
        // A changed alias goes to nova-api first; only a new one comes last.
        if (known.some((one) => one.has(alias))) continue;
        for (const node of lacking(alias, product, scene)) {
          scene.violated("api-after-computes", `alias ${alias} goes to nova-api before ${node}`);
        }
      }
    },
  }),
};

/** Healthy computes that should carry an alias and do not. */
function lacking(alias: string, product: string, scene: Scene): readonly string[] {
  const seen = scene.round()?.seen;
  if (seen === undefined) return [];
  return seen.nodes
    .filter((node) => {
      const record = scene.truth.state()?.nodes[node.name];
      const pod = seen.pods.find(
        (one) => one.node === node.name && one.service === "compute" && !one.deleting,
      );
      if (!scene.truth.isUp(node.name) || pod?.ready !== true) return false;
      if (record?.phase === "skipped" || record?.phase === "halted") return false;
      const text = scene.truth.process(node.name)?.text;
      const wanted = seen.objects.whitelists.some((one) => {
        // A refused edit leaves the last accepted content in force.
        const spec = scene.intent.acceptedOf("PciWhitelist", one.metadata.name, one.spec);
        return (
          spec !== undefined &&
          selectsPool(spec, node.labels.pool) &&
          productsOf({ kind: "PciWhitelist", spec }).includes(product) &&
          !isQuarantined(product, scene)
        );
      });
      const serves = offered(text).has(product) || wanted;
      return (
        serves && aliasesIn(text).get(alias) !== product && !isQuarantined(`"${alias}"`, scene)
      );
    })
    .map((one) => one.name);
}

/** Something of this product or alias is quarantined: it may be absent for that reason. */
function isQuarantined(word: string, scene: Scene): boolean {
  const state = scene.truth.state();
  return Object.values(state?.quarantined ?? {}).some((one) => one.line.includes(word));
}

export const apiBeforeComputes: Invariant = {
  name: "api-before-computes",
  sentence: "a compute loses an alias that it can still serve only after nova-api lost it",
  watch: (scene) => ({
    before: (effect) => {
      if (effect.do !== "patch-assignment") return;
      const old = scene.cluster.store.get("ConfigMap", assignmentName)?.data ?? {};
      const state = scene.truth.state();
      const api = aliasesIn(scene.truth.textOf(state?.services.api?.good));
      for (const [node, name] of Object.entries(effect.data)) {
        if (name === null || old[node] === undefined) continue;
        if (state?.nodes[node]?.phase === "rolling-back") continue;
        const before = aliasesIn(scene.truth.textOf(old[node]));
        const next = scene.truth.textOf(name);
        const after = aliasesIn(next);
        for (const [alias, product] of before) {
          if (after.get(alias) === product || api.get(alias) !== product) continue;
          if (!offered(next).has(product) || isQuarantined(`"${alias}"`, scene)) continue;
          scene.violated("api-before-computes", `${node} loses alias ${alias} before nova-api`);
        }
      }
    },
  }),
};

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
            (one) => one.assigned === effect.value && one.phase !== "idle",
          ) ||
          Object.values(written).some(
            (one) => one.assigned === effect.value && one.phase === "rolling-back",
          );
        if (!rolling) scene.violated("paused", `${effect.name} is rolled while paused`);
      }
    },
  }),
};

export type { Of };
