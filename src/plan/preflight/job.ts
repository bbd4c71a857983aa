// The Job of a pre-flight: the image of nova-compute and its configuration files with the new
// fragment, on the node of the canary, and no right of any kind: no network of the host, no
// device, no token, nobody's user, nothing that can be written.

import {
  apiVersion,
  configDirectory,
  fragmentKey,
  managedBy,
  managedByLabel,
  passthroughName,
  preflightJobPrefix,
  preflightLabel,
} from "../../api/names.ts";
import { sha256 } from "../../nova/text/digest.ts";
import type { PodRecipe } from "../terms/views/preflight-view.ts";
import { canonical } from "../wanted/accept.ts";
import { preflightCommand } from "./program.ts";

type Json = Readonly<Record<string, unknown>>;

export type Trial = {
  readonly node: string;
  /** ConfigMap with the new fragment. */
  readonly fragment: string;
  readonly recipe: PodRecipe;
};

/** Of Kubernetes, and no condition of ours. */
const seccomp = "RuntimeDefault";

/** The kubelet of a node that pulls an image first takes minutes. */
export const preflightSeconds = 300;
const keptSeconds = 3600;
/** Nobody: as good as any user to read what every user may read. */
const nobody = 65534;
const volume = "nova-pci-new";
const at = "/nova-pci";
const folder = configDirectory.slice(0, configDirectory.lastIndexOf("/"));

/** One name for one question: a Job that is there is never made twice. */
export function preflightName(trial: Trial): string {
  return `${preflightJobPrefix}${sha256(canonical({ ...trial, program: command(trial) })).slice(0, 16)}`;
}

function command({ recipe }: Trial): readonly string[] {
  return preflightCommand({ folder, fragment: `${at}/${fragmentKey}`, words: recipe.words });
}

export function preflightJob(trial: Trial, owner: string): Json {
  const labels = { [managedByLabel]: managedBy, [preflightLabel]: "compute" };
  const kind = "PciPassthrough";
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: preflightName(trial),
      labels,
      ownerReferences: [{ apiVersion, kind, name: passthroughName, uid: owner }],
    },
    spec: {
      activeDeadlineSeconds: preflightSeconds,
      ttlSecondsAfterFinished: keptSeconds,
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      template: { metadata: { labels }, spec: podSpec(trial) },
    },
  };
}

function podSpec(trial: Trial): Json {
  const { recipe, node, fragment } = trial;
  const user = recipe.user ?? nobody;
  const items = [{ key: fragmentKey, path: fragmentKey }];
  const pulled = recipe.pullSecrets.map((name) => ({ name }));
  return {
    nodeName: node,
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 1,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(pulled.length === 0 ? {} : { imagePullSecrets: pulled }),
    ...(recipe.tolerations.length === 0 ? {} : { tolerations: recipe.tolerations }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      // Files of Secrets become readable for this group.
      fsGroup: user,
      seccompProfile: { type: seccomp },
    },
    containers: [container(trial)],
    volumes: [...recipe.volumes, { name: volume, configMap: { name: fragment, items } }],
  };
}

function container(trial: Trial): Json {
  const { image, env, mounts } = trial.recipe;
  return {
    name: "preflight",
    image,
    imagePullPolicy: "IfNotPresent",
    command: command(trial),
    env: [...env, { name: "PYTHONDONTWRITEBYTECODE", value: "1" }],
    terminationMessagePolicy: "FallbackToLogsOnError",
    securityContext: {
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    resources: {
      requests: { cpu: "50m", memory: "128Mi" },
      limits: { cpu: "1", memory: "1Gi" },
    },
    volumeMounts: [
      ...mounts.map((mount) => ({ ...mount, readOnly: true })),
      { name: volume, mountPath: at, readOnly: true },
    ],
  };
}
