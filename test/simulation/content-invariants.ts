// Invariants of what is written: fragments, names, state, other people's services.

import {
  assignmentName,
  fragmentAnnotation,
  fragmentKey,
  fragmentNamePattern,
  stateName,
} from "../../src/api/names.ts";
import { fragmentsOf } from "../../src/admission/mounting.ts";
import type { ConfigMap, Pod, Workload } from "../../src/embedded/store/objects.ts";
import type { Effect } from "../../src/plan/terms/effects.ts";
import { entriesOf, isDevice, parsed } from "./conf.ts";
import type { Invariant, Scene } from "./scene.ts";

export const namesHaveFragments: Invariant = {
  name: "no-name-without-fragment",
  sentence: "no name is written anywhere without its fragment, and none is deleted while named",
  watch: (scene) => {
    const { store } = scene.cluster;
    function check(name: string | undefined, where: string): void {
      if (name === undefined || !fragmentNamePattern.test(name)) return;
      // Mounted: the annotation is a fingerprint that restarts, not a name that anything reads.
      if (scene.schedule.setting.delivery === "Mounted") return;
      if (store.get("ConfigMap", name) !== undefined) return;
      scene.violated("no-name-without-fragment", `${where} names ${name}, which is not there`);
    }
    function users(name: string): readonly string[] {
      const assignment = store.get("ConfigMap", assignmentName)?.data ?? {};
      return [
        ...Object.entries(assignment).flatMap(([node, value]) => (value === name ? [node] : [])),
        ...store
          .list("Pod")
          .flatMap((pod) => (fragmentsOf(pod.spec).includes(name) ? [pod.metadata.name] : [])),
        ...(["Deployment", "StatefulSet"] as const).flatMap((kind) =>
          store
            .list(kind)
            .flatMap((workload) =>
              annotationOf(workload) === name ? [workload.metadata.name] : [],
            ),
        ),
      ];
    }
    return {
      changed: ({ kind, type, object }) => {
        const { name } = object.metadata;
        if (kind === "ConfigMap" && type === "deleted" && fragmentNamePattern.test(name)) {
          const left = users(name);
          if (left.length > 0) {
            scene.violated(
              "no-name-without-fragment",
              `${name} is deleted, used by ${left.join()}`,
            );
          }
        }
        if (kind === "ConfigMap" && name === assignmentName && type !== "deleted") {
          for (const [node, value] of Object.entries((object as ConfigMap).data ?? {})) {
            check(value, `the assignment of ${node}`);
          }
        }
        if (kind === "Deployment" || kind === "StatefulSet")
          check(annotationOf(object as Workload), name);
      },
    };
  },
};

function annotationOf(workload: Workload): string | undefined {
  return workload.spec.template.metadata.annotations?.[fragmentAnnotation];
}

export const unchangedPods: Invariant = {
  name: "unchanged-pod-stays",
  sentence: "a pod whose fragment did not change is never restarted",
  watch: (scene) => ({
    before: (effect) => {
      if (effect.do !== "remove-pod" || scene.schedule.setting.delivery === "Mounted") return;
      const pod = scene.cluster.store.get("Pod", effect.name);
      if (pod?.metadata.uid !== effect.uid) return;
      const service = scene.cluster.serviceOf(pod.metadata.labels);
      const node = scene.truth.nodeOfPod(effect.name);
      const reads = fragmentsOf(pod.spec)[0] ?? "none";
      const wanted =
        service === "compute"
          ? scene.cluster.store.get("ConfigMap", assignmentName)?.data?.[node ?? ""]
          : templateOf(pod, scene);
      if (reads === (wanted ?? "none")) {
        scene.violated("unchanged-pod-stays", `${effect.name} reads ${reads}, as it should`);
      }
    },
  }),
};

function templateOf(pod: Pod, scene: Scene): string | undefined {
  const owner = pod.metadata.ownerReferences?.[0];
  const set = owner === undefined ? undefined : scene.cluster.store.get("StatefulSet", owner.name);
  return set === undefined ? undefined : annotationOf(set);
}

export const stateFirst: Invariant = {
  name: "state-before-effect",
  sentence: "the state names an effect before the effect happens",
  watch: (scene) => ({
    before: (effect) => {
      const problem = aheadOfState(effect, scene);
      if (problem !== undefined) scene.violated("state-before-effect", problem);
    },
  }),
};

function aheadOfState(effect: Effect, scene: Scene): string | undefined {
  const state = scene.truth.state();
  switch (effect.do) {
    case "patch-assignment":
    case "create-assignment": {
      if (losesAnyway(effect, scene)) return undefined;
      const ahead = Object.entries(effect.data).find(
        ([node, name]) =>
          !node.startsWith("_") && name !== null && state?.nodes[node]?.assigned !== name,
      );
      return ahead === undefined
        ? undefined
        : `${ahead[0]} is assigned ${ahead[1] ?? ""} too early`;
    }
    case "annotate-workload": {
      const records = Object.values(state?.services ?? {});
      const known = records.some((record) => record.assigned === effect.value);
      return known ? undefined : `${effect.name} gets ${effect.value}, which no record names`;
    }
    case "remove-pod":
      return removalAhead(effect, scene);
    default:
      return undefined;
  }
}

/** A late write of an operator that lost its place loses on its resourceVersion. */
function losesAnyway(
  effect: Extract<Effect, { readonly do: "patch-assignment" | "create-assignment" }>,
  scene: Scene,
): boolean {
  const found = scene.cluster.store.get("ConfigMap", assignmentName)?.metadata.resourceVersion;
  if (effect.do === "create-assignment") return found !== undefined;
  return found !== effect.resourceVersion;
}

function removalAhead(
  effect: Extract<Effect, { readonly do: "remove-pod" }>,
  scene: Scene,
): string | undefined {
  const pod = scene.cluster.store.get("Pod", effect.name);
  if (pod?.metadata.uid !== effect.uid) return undefined;
  if (scene.cluster.serviceOf(pod.metadata.labels) !== "compute") return undefined;
  const node = scene.truth.nodeOfPod(effect.name) ?? "?";
  const phase = scene.truth.state()?.nodes[node]?.phase;
  if (phase !== undefined && phase !== "quiescing") return undefined;
  return `${effect.name} on ${node} goes in phase ${phase ?? "none"}`;
}

export const placement: Invariant = {
  name: "right-file",
  sentence: "a device spec stands only in nova-compute's files, and never matches every device",
  watch: (scene) => ({
    changed: ({ kind, type, object }) => {
      const { name } = object.metadata;
      if (kind !== "ConfigMap" || type === "deleted" || !name.startsWith("nova-pci-")) return;
      const text = (object as ConfigMap).data?.[fragmentKey];
      for (const { option, value } of entriesOf(text)) {
        if (isDevice(option) && !name.startsWith("nova-pci-compute")) {
          scene.violated("right-file", `${name} holds ${option}`);
        }
        const { product, address } = parsed(value);
        if (isDevice(option) && product === undefined && (address ?? "*").startsWith("*")) {
          scene.violated("right-file", `${name} matches every device: ${value}`);
        }
      }
    },
  }),
};

export const othersServices: Invariant = {
  name: "services-of-others",
  sentence: "a compute service that somebody else disabled is never enabled by us",
  watch: (scene) => ({
    before: (effect) => {
      if (effect.do !== "enable-compute") return;
      if (scene.cluster.cloud.reasonOf(effect.host) === "maintenance") {
        scene.violated("services-of-others", `${effect.host} is enabled`);
      }
    },
  }),
};

export const fragmentsAreStable: Invariant = {
  name: "content-is-the-name",
  sentence: "one name is one content for ever",
  watch: (scene) => {
    const texts = new Map<string, string>();
    return {
      changed: ({ kind, type, object }) => {
        const { name } = object.metadata;
        if (kind !== "ConfigMap" || type !== "added" || !fragmentNamePattern.test(name)) return;
        const text = (object as ConfigMap).data?.[fragmentKey] ?? "";
        if ((texts.get(name) ?? text) !== text) {
          scene.violated("content-is-the-name", `${name} has another content`);
        }
        texts.set(name, text);
      },
    };
  },
};

export const stateIsOne: Invariant = {
  name: "one-state",
  sentence: "the state is never overwritten by somebody who has not read it",
  watch: (scene) => ({
    before: (effect) => {
      if (effect.do !== "write-state") return;
      const found = scene.cluster.store.get("ConfigMap", stateName)?.metadata.resourceVersion;
      const based = scene.round()?.seen.state;
      const read = based?.is === "read" ? based.resourceVersion : undefined;
      if (found !== undefined && effect.resourceVersion === found && read !== found) {
        scene.violated(
          "one-state",
          `a state was written over ${found}, read was ${read ?? "none"}`,
        );
      }
    },
  }),
};
