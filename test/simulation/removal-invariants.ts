// Invariants of what goes: lost kinds, the grace that makes a revert free, devices in use.

import { type Kind, assignmentName, assignmentNone } from "../../src/api/names.ts";
import type { ConfigMap } from "../../src/embedded/store/objects.ts";
import type { Millis } from "../../src/plan/terms/time.ts";
import { offered } from "./conf.ts";
import { productsOf, selectsPool } from "./intent.ts";
import { takesDown } from "./budget-invariants.ts";
import { type Invariant, type Scene, slackMillis } from "./scene.ts";
import { named } from "./truth.ts";

export const lostKinds: Invariant = {
  name: "lost-kind-removes-nothing",
  sentence: "no removal is believed while the definition of a kind is going, gone or another one",
  watch: (scene) => {
    let before: Readonly<Record<string, string>> = {};
    return {
      changed: ({ kind, object }) => {
        if (kind !== "ConfigMap" || object.metadata.name !== assignmentName) return;
        const now = (object as ConfigMap).data ?? {};
        if (scene.intent.lost.has("PciWhitelist")) {
          for (const [node, name] of Object.entries(now))
            checkNode(node, before[node], name, scene);
        }
        before = now;
      },
    };
  },
};

function checkNode(node: string, from: string | undefined, to: string, scene: Scene): void {
  if (from === undefined || from === to || !scene.truth.computeNodes().includes(node)) return;
  // What failed there is put back: nothing is believed removed.
  if (scene.truth.state()?.nodes[node]?.phase === "rolling-back") return;
  const pool = scene.cluster.store.get("Node", node)?.metadata.labels?.pool;
  const after = offered(scene.truth.textOf(to));
  const runs = scene.truth.process(node);
  for (const product of offered(scene.truth.textOf(from))) {
    if (after.has(product) || wasQuarantined(product, scene)) continue;
    // Given, and given up because its pod came up without: nothing that runs loses it.
    if (runs !== undefined && !offered(runs.text).has(product)) continue;
    if (isReleased(product, scene)) continue;
    const wanted = scene.intent
      .wishes()
      .some(
        (wish) =>
          wish.kind === "PciWhitelist" &&
          selectsPool(wish.spec, pool) &&
          scene.intent.isWanted(`PciWhitelist/${wish.name}/${product}`),
      );
    if (wanted) scene.violated("lost-kind-removes-nothing", `${node} loses ${product}`);
  }
}

function wasQuarantined(word: string, scene: Scene): boolean {
  const state = scene.truth.state();
  return Object.values(state?.quarantined ?? {}).some((quarantine) =>
    quarantine.line.includes(word),
  );
}

export const grace: Invariant = {
  name: "removal-grace",
  sentence: "what nobody asks for stays for removalGraceSeconds, so that a revert costs nothing",
  watch: (scene) => {
    /** node/product -> since and until when some whitelist wanted it there. */
    const wanted = new Map<string, { readonly since: Millis; readonly until: Millis }>();
    let before: Readonly<Record<string, string>> = {};
    let last = 0;
    return {
      happened: () => {
        // Cheap enough after every event: a handful of nodes and whitelists.
        const now = scene.cluster.clock.now();
        for (const node of scene.cluster.store.list("Node")) {
          const pool = node.metadata.labels?.pool;
          for (const wish of scene.intent.wishes()) {
            if (wish.kind !== "PciWhitelist" || !selectsPool(wish.spec, pool)) continue;
            for (const product of productsOf(wish)) {
              const key = `${node.metadata.name}/${product}`;
              const known = wanted.get(key);
              const since = known !== undefined && known.until === last ? known.since : now;
              wanted.set(key, { since, until: now });
            }
          }
        }
        last = now;
      },
      changed: ({ kind, object }) => {
        if (kind !== "ConfigMap" || object.metadata.name !== assignmentName) return;
        const now = (object as ConfigMap).data ?? {};
        for (const [node, name] of Object.entries(now)) {
          const from = before[node];
          if (from === undefined || from === name) continue;
          const after = offered(scene.truth.textOf(name));
          const runs = scene.truth.process(node);
          for (const product of offered(scene.truth.textOf(from))) {
            if (after.has(product)) continue;
            // Given and taken back before any nova-compute ran with it.
            if (runs !== undefined && !offered(runs.text).has(product)) continue;
            const span = wanted.get(`${node}/${product}`);
            const record = scene.truth.state()?.nodes[node];
            if (span === undefined || isReleased(product, scene)) continue;
            if (wasQuarantined(product, scene)) continue;
            if (record?.phase === "rolling-back" || record?.phase === "halted") continue;
            // Wanted again after the step was decided and written down: the next step gives it back.
            if (record !== undefined && span.since >= record.assignedAt) continue;
            if (isUnseen(node, product, scene)) continue;
            const waited = scene.cluster.clock.now() - span.until;
            if (waited < graceMillis - 1000) {
              scene.violated("removal-grace", `${node} loses ${product} after ${waited} ms`);
            }
          }
        }
        before = now;
      },
    };
  },
};

export const graceMillis = 60_000;

/** What wants it is in the API server, and the operator's watch lost the news of it. */
function isUnseen(node: string, product: string, scene: Scene): boolean {
  const pool = scene.cluster.store.get("Node", node)?.metadata.labels?.pool;
  const seen = scene.round()?.seen.objects.whitelists ?? [];
  const wanting = scene.cluster.store
    .list("PciWhitelist")
    .filter((custom) => selectsPool(custom.spec, pool))
    .filter((custom) => productsOf({ kind: "PciWhitelist", spec: custom.spec }).includes(product));
  return (
    wanting.length > 0 &&
    wanting.every(
      ({ metadata }) =>
        !seen.some(
          (stored) =>
            stored.metadata.uid === metadata.uid &&
            stored.metadata.generation === metadata.generation,
        ),
    )
  );
}

/** Its object stands in spec.removals. */
function isReleased(product: string, scene: Scene): boolean {
  const spec = scene.cluster.store.get("PciPassthrough", "nova")?.spec;
  const removals = (spec?.removals ?? []) as readonly { kind: Kind; name: string }[];
  return product !== "" && removals.some((removal) => removal.kind === "PciWhitelist");
}

export const devicesInUse: Invariant = {
  name: "allocated-device-stays",
  sentence: "no allocated device is taken away",
  watch: (scene) => {
    const last = new Map<string, string | undefined>();
    const assignedAt = new Map<string, Millis>();
    let before: Readonly<Record<string, string>> = {};
    /** Nodes whose pod we took, until the next one starts there. */
    const ours = new Set<string>();
    let taken: string | undefined;
    return {
      before: (effect) => {
        taken = takesDown(effect, scene);
      },
      after: (_effect, done) => {
        if (done && taken !== undefined) ours.add(taken);
      },
      changed: ({ kind, object }) => {
        if (kind !== "ConfigMap" || object.metadata.name !== assignmentName) return;
        const now = (object as ConfigMap).data ?? {};
        for (const [node, name] of Object.entries(now)) {
          if (before[node] !== name) assignedAt.set(node, scene.cluster.clock.now());
        }
        before = now;
      },
      started: ({ pod, node, text }) => {
        if (scene.cluster.serviceOf(pod.metadata.labels) !== "compute") return;
        const had = offered(last.get(node));
        const has = offered(text);
        last.set(node, text);
        // A pod that others made while nothing injected reads nothing of what it is assigned.
        const assigned = (before[node] ?? assignmentNone) !== assignmentNone;
        if (!ours.delete(node) && assigned && named(pod) === undefined) return;
        const at = assignedAt.get(node) ?? 0;
        for (const server of scene.cluster.cloud.servers()) {
          if (server.host !== node || server.address === undefined) continue;
          if (!had.has(server.address) || has.has(server.address)) continue;
          if (server.since > at - slackMillis || isForced(scene)) continue;
          scene.violated(
            "allocated-device-stays",
            `${node} loses ${server.address} of ${server.id}`,
          );
        }
      },
    };
  },
};

/** Without credentials, or with force, the line in spec.removals is the user's own word. */
function isForced(scene: Scene): boolean {
  const spec = scene.cluster.store.get("PciPassthrough", "nova")?.spec;
  const removals = (spec?.removals ?? []) as readonly { force?: boolean }[];
  if (removals.some((removal) => removal.force === true)) return true;
  return !scene.schedule.setting.credentials && removals.length > 0;
}
