// The spec of a pod or a pod template, as far as the core looks at it: containers and what they
// mount. Pure. Equal specs are one value, because thousands of pods share a template.

import { configDirectory } from "../../api/names.ts";
import type {
  ContainerSpec,
  Labels,
  MountView,
  ScriptSource,
  VolumeSource,
} from "../../plan/terms/snapshot.ts";

type RawContainer = {
  readonly name: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly subPath?: string;
    readonly readOnly?: boolean;
  }[];
};

type Items = readonly { readonly key: string; readonly path: string }[];

type Source = {
  readonly configMap?: {
    readonly name?: string;
    readonly items?: Items;
    readonly optional?: boolean;
  };
  readonly secret?: {
    readonly name?: string;
    readonly secretName?: string;
    readonly items?: Items;
    readonly optional?: boolean;
  };
};

type RawVolume = Source & {
  readonly name: string;
  readonly emptyDir?: unknown;
  readonly projected?: { readonly sources?: readonly Source[] };
};

export type RawPodSpec = {
  readonly nodeName?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly nodeSelector?: Labels;
  readonly containers?: readonly RawContainer[];
  readonly volumes?: readonly RawVolume[];
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: {
        readonly nodeSelectorTerms?: readonly RawTerm[];
      };
    };
  };
};

export type RawTerm = {
  readonly matchExpressions?: readonly RawRequirement[];
  readonly matchFields?: readonly RawRequirement[];
};
type RawRequirement = {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
};

const novaFolder = configDirectory.slice(0, configDirectory.lastIndexOf("/"));

export function containerSpecs(spec: RawPodSpec): readonly ContainerSpec[] {
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume] as const));
  return shared((spec.containers ?? []).map((container) => containerSpec(container, volumes)));
}

function containerSpec(
  container: RawContainer,
  volumes: ReadonlyMap<string, RawVolume>,
): ContainerSpec {
  return {
    name: container.name,
    command: container.command ?? [],
    args: container.args ?? [],
    mounts: (container.volumeMounts ?? [])
      .filter((mount) => isBelow(mount.mountPath))
      .map((mount) => mountView(mount, volumes.get(mount.name))),
    ...scriptOf(container, volumes),
  };
}

/** openstack-helm starts nova-compute by a script of a ConfigMap, which hides its arguments. */
function scriptOf(
  { command = [], args = [], volumeMounts = [] }: RawContainer,
  volumes: ReadonlyMap<string, RawVolume>,
): { readonly script?: ScriptSource } {
  const scripts = [...command, ...args]
    .filter((word) => word.startsWith("/") && !/\s/.test(word))
    .flatMap((word) => volumeMounts.flatMap((mount) => keyAt(word, mount, volumes) ?? []));
  return scripts[0] === undefined ? {} : { script: scripts[0] };
}

function keyAt(
  path: string,
  { name, mountPath, subPath }: NonNullable<RawContainer["volumeMounts"]>[number],
  volumes: ReadonlyMap<string, RawVolume>,
): ScriptSource | undefined {
  const at = mountPath.replace(/\/+$/, "");
  const inside = path === at ? subPath : path.startsWith(`${at}/`) ? path.slice(at.length + 1) : "";
  if (inside === undefined || inside === "") return undefined;
  const [source] = sourcesOf(volumes.get(name));
  if (source === undefined) return undefined;
  const key = source.items?.find((item) => item.path === inside)?.key ?? inside;
  return { kind: source.kind, name: source.name, key };
}

/** A mount at /etc covers /etc/nova too. */
function isBelow(path: string): boolean {
  const plain = path.replace(/\/+$/, "");
  return plain === novaFolder || plain.startsWith(`${novaFolder}/`) || plain === "/etc";
}

function mountView(
  mount: NonNullable<RawContainer["volumeMounts"]>[number],
  volume: RawVolume | undefined,
): MountView {
  return {
    path: mount.mountPath,
    ...(mount.subPath === undefined ? {} : { subPath: mount.subPath }),
    readOnly: mount.readOnly === true,
    volume: volumeType(volume),
    configMaps: configMapsOf(volume),
    sources: sourcesOf(volume),
  };
}

function volumeType(volume: RawVolume | undefined): MountView["volume"] {
  if (volume?.configMap !== undefined) return "configMap";
  if (volume?.secret !== undefined) return "secret";
  if (volume?.projected !== undefined) return "projected";
  return volume?.emptyDir !== undefined ? "emptyDir" : "other";
}

export function configMapsOf(volume: RawVolume | undefined): readonly string[] {
  return sourcesOf(volume).flatMap((source) => (source.kind === "ConfigMap" ? source.name : []));
}

/** In the order in which they fill it. */
function sourcesOf(volume: RawVolume | undefined): readonly VolumeSource[] {
  const all = volume === undefined ? [] : [volume, ...(volume.projected?.sources ?? [])];
  return all.flatMap(({ configMap, secret }) => [
    ...sourceOf("ConfigMap", configMap?.name, configMap),
    ...sourceOf("Secret", secret?.secretName ?? secret?.name, secret),
  ]);
}

/** An item has a mode too, which says nothing about the text. */
function sourceOf(
  kind: VolumeSource["kind"],
  name: string | undefined,
  said: { readonly items?: Items; readonly optional?: boolean } | undefined,
): readonly VolumeSource[] {
  if (name === undefined) return [];
  const items = said?.items?.map(({ key, path }) => ({ key, path }));
  const optional = said?.optional === true ? ({ optional: true } as const) : {};
  return [{ kind, name, ...(items === undefined ? {} : { items }), ...optional }];
}

const known = new Map<string, unknown>();

/** The first value with this meaning stands for all. */
export function shared<T>(value: T): T {
  const text = JSON.stringify(value);
  const found = known.get(text);
  if (found !== undefined) return found as T;
  if (known.size >= 20_000) known.clear();
  known.set(text, value);
  return value;
}
