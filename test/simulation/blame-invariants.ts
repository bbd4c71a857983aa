// Invariants of blame: what failed must have been seen to fail.

import { stateName } from "../../src/api/names.ts";
import type { Pod } from "../../src/embedded/store/objects.ts";
import { linesOf } from "./conf.ts";
import type { Invariant } from "./scene.ts";
import { named } from "./truth.ts";

/** How long the API server shows a dead node as it was (src/embedded/controllers/kubelet.ts). */
const graceMillis = 60_000;

export const evidence: Invariant = {
  name: "blame-needs-evidence",
  sentence:
    "nothing is quarantined that no container was started with, on a node that is alive or where it ended",
  watch: (scene) => {
    /** Line -> nodes on which a nova-compute was started with it. */
    const started = new Map<string, Set<string>>();
    const aliveAt = new Map<string, number>();
    const judged = new Set<string>();
    /** Lines with which a container ended by itself, and not with its machine. */
    const ended = new Set<string>();
    const { clock } = scene.cluster;
    return {
      started: ({ pod, node, text }) => {
        if (scene.cluster.serviceOf(pod.metadata.labels) !== "compute") return;
        for (const line of linesOf(text)) {
          started.set(line, (started.get(line) ?? new Set()).add(node));
        }
      },
      happened: () => {
        for (const node of scene.truth.computeNodes()) {
          if (scene.cluster.kubelets.isAlive(node)) aliveAt.set(node, clock.now());
        }
      },
      changed: ({ kind, object }) => {
        if (kind === "Pod") {
          const pod = object as Pod;
          const exit = pod.status.containerStatuses?.[0]?.lastState?.terminated;
          if (exit === undefined || exit.reason === "Unknown") return;
          for (const line of linesOf(scene.truth.textOf(named(pod)))) ended.add(line);
        }
        if (kind !== "ConfigMap" || object.metadata.name !== stateName) return;
        for (const quarantine of Object.values(scene.truth.state()?.quarantined ?? {})) {
          const key = `${quarantine.service} ${quarantine.line} ${quarantine.at}`;
          const isOurs =
            quarantine.service === "compute" &&
            quarantine.change === "add" &&
            quarantine.byUser !== true;
          if (!isOurs || judged.has(key)) continue;
          judged.add(key);
          const line = quarantine.line.replace(/^\[[a-z_]+\]/, "");
          const nodes = [...(started.get(line) ?? [])];
          const lives = nodes.some((node) => clock.now() - (aliveAt.get(node) ?? 0) <= graceMillis);
          if (!lives && !ended.has(line)) {
            const where = nodes.length === 0 ? "nowhere" : `on ${nodes.join(", ")}, dead by then`;
            scene.violated(
              "blame-needs-evidence",
              `${quarantine.line} is blamed, started ${where}`,
            );
          }
        }
      },
    };
  },
};
