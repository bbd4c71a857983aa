// How the pods of a workload start their Nova, as far as a pod without rights may do the same: the
// image, the command, and of its volumes those that hold configuration or the scripts that the
// command names. Pure. What is not listed here is left out: paths of the host, devices, tokens,
// claims, init containers, and environment that is none of oslo.config's.

import type { PodRecipe } from "../../plan/terms/views/preflight-view.ts";
import { given } from "./pod-view.ts";
import { shared, type RawPodSpec } from "./pod-spec.ts";

type Json = Readonly<Record<string, unknown>>;
type User = { readonly runAsUser?: number };
type Container = NonNullable<RawPodSpec["containers"]>[number] & {
  readonly image?: string;
  readonly securityContext?: User;
};
type Volume = Json & { readonly name: string };
type Template = {
  readonly containers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly tolerations?: readonly Json[];
  readonly securityContext?: User;
};

export function podRecipe(spec: RawPodSpec, container: string): PodRecipe | undefined {
  const template: Template = spec;
  const found = template.containers?.find((other) => other.name === container);
  if (found?.image === undefined) return undefined;
  const words = [...(found.command ?? []), ...(found.args ?? [])];
  const user = found.securityContext?.runAsUser ?? template.securityContext?.runAsUser ?? 0;
  return shared({
    image: found.image,
    pullSecrets: (template.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []),
    words,
    env: (found.env ?? []).flatMap(({ name, value }) =>
      value !== undefined && isOfOslo(name) ? [{ name, value }] : [],
    ),
    ...mounted(found, template, words),
    tolerations: template.tolerations ?? [],
    ...(user > 0 ? { user } : {}),
  });
}

function mounted(
  { volumeMounts = [] }: Container,
  { volumes = [] }: Template,
  words: readonly string[],
): Pick<PodRecipe, "mounts" | "volumes"> {
  const safe = new Map(
    volumes.flatMap((other) => {
      const volume = safeVolume(other);
      return volume === undefined ? [] : [[other.name, volume] as const];
    }),
  );
  const mounts = volumeMounts
    .filter(({ name, mountPath }) => safe.has(name) && isNeeded(mountPath, words))
    .map(({ name, mountPath, subPath }) => ({ name, mountPath, ...given("subPath", subPath) }));
  const used = new Set(mounts.map((mount) => mount.name));
  return { mounts, volumes: [...used].map((name) => safe.get(name)!) };
}

/** Where Python and oslo.config look; oslo.config takes OS_GROUP__OPTION for an option. */
function isOfOslo(name: string): boolean {
  return /^(PATH|LANG|PYTHONPATH|VIRTUAL_ENV|OS_NOVA_CONFIG\w*|OS_PCI__\w+)$/.test(name);
}

/** Nova's configuration, and what the command names: scripts, further files. */
function isNeeded(path: string, words: readonly string[]): boolean {
  const at = path.replace(/\/+$/, "");
  if (at === "/etc" || at === "/etc/nova" || at.startsWith("/etc/nova/")) return true;
  const named = words.flatMap((word) => word.split(/[\s"'=;]+/));
  return named.some((text) => at !== "" && (text === at || text.startsWith(`${at}/`)));
}

function safeVolume(volume: Volume): Json | undefined {
  const { name, configMap, secret, projected, emptyDir } = volume;
  if (configMap !== undefined) return { name, configMap };
  if (secret !== undefined) return { name, secret };
  if (emptyDir !== undefined) return { name, emptyDir: { sizeLimit: "16Mi" } };
  if (projected === undefined) return undefined;
  const { sources = [], ...rest } = projected as { readonly sources?: readonly Json[] };
  const kept = sources
    .filter((source) => source["configMap"] !== undefined || source["secret"] !== undefined)
    .map(({ configMap: map, secret: key }) =>
      map === undefined ? { secret: key } : { configMap: map },
    );
  return { name, projected: { ...rest, sources: kept } };
}
