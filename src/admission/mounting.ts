// How a fragment gets to /etc/nova/nova.conf.d of one container, and what a pod reads already.

import {
  configDirectory,
  fragmentKey,
  fragmentNamePattern,
  mountedName,
  unassignedName,
  type Service,
} from "../api/names.ts";
import type { Container, Items, MapSource, PodSpec, Source, Volume, VolumeMount } from "./pod.ts";

type Injection = {
  /** Of the container that runs the service. */
  readonly index: number;
  readonly service: Service;
  readonly fragment: string;
};

const ourVolume = "nova-pci";
const ourFile = `${configDirectory}/${fragmentKey}`;
/** Below a volume that stands at /etc/nova. */
const nestedPath = `${configDirectory.split("/").at(-1)!}/${fragmentKey}`;

/** As kubelet understands a mount path: doubled and trailing slashes mean nothing. */
function plain(path: string): string {
  return `/${path.split("/").filter(Boolean).join("/")}`;
}

/**
 * What stands there decides how our file gets to nova.conf.d:
 *   nothing, or a writable emptyDir   one file by subPath
 *   a projected volume                our source after its own
 *   a projected volume at /etc/nova   our source after its own, below nova.conf.d
 *   an emptyDir read-only everywhere  a projected volume in its place
 *   anything else, or our file        undefined: leave alone (a file below a directory that cannot
 *                                     take a mount point does not start)
 */
export function mounted(spec: PodSpec, injection: Injection): PodSpec | undefined {
  const mounts = mountsOf(spec, injection.index);
  if (mounts.some((mount) => plain(mount.mountPath) === ourFile)) return undefined;
  if ((spec.volumes ?? []).some((item) => item.name === ourVolume)) return undefined;
  const directory = mounts.find((mount) => plain(mount.mountPath) === configDirectory);
  if (directory !== undefined) return inDirectory(spec, directory, injection);
  const nova = mounts.find(
    (mount) =>
      plain(mount.mountPath) === "/etc/nova" && volumeOf(spec, mount)?.projected !== undefined,
  );
  const volume = volumeOf(spec, nova);
  if (volume?.projected !== undefined)
    return withSource(spec, { mount: nova!, volume, path: nestedPath }, injection);
  const parents = mounts.filter((mount) => ["/etc", "/etc/nova"].includes(plain(mount.mountPath)));
  if (parents.some((parent) => takesNoMountPoint(parent, volumeOf(spec, parent)))) return undefined;
  return withFile(spec, injection);
}

function inDirectory(spec: PodSpec, mount: VolumeMount, injection: Injection): PodSpec | undefined {
  const volume = volumeOf(spec, mount);
  if (volume?.projected !== undefined)
    return withSource(spec, { mount, volume, path: fragmentKey }, injection);
  if (volume?.emptyDir === undefined) return undefined;
  if (mount.readOnly !== true) return withFile(spec, injection);
  if (isPart(mount) || !readOnlyEverywhere(spec, volume.name)) return undefined;
  const sources = [sourceOf(injection.fragment, fragmentKey)];
  return withVolume(spec, { name: volume.name, projected: { sources } });
}

function mountsOf(spec: PodSpec, index: number): readonly VolumeMount[] {
  return spec.containers?.[index]?.volumeMounts ?? [];
}

function volumeOf(spec: PodSpec, mount: VolumeMount | undefined): Volume | undefined {
  return (spec.volumes ?? []).find((volume) => volume.name === mount?.name);
}

/** Only a part of the volume stands there, and nobody knows which. */
function isPart(mount: VolumeMount): boolean {
  return (mount.subPath ?? "") !== "" || (mount.subPathExpr ?? "") !== "";
}

function takesNoMountPoint(mount: VolumeMount, volume: Volume | undefined): boolean {
  const { configMap, secret, projected, downwardAPI, image } = volume ?? {};
  const readOnlyKind = [configMap, secret, projected, downwardAPI, image];
  return mount.readOnly === true || readOnlyKind.some((item) => item !== undefined);
}

function readOnlyEverywhere(spec: PodSpec, volume: string): boolean {
  return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].every((container) =>
    (container.volumeMounts ?? []).every(
      (mount) => mount.name !== volume || mount.readOnly === true,
    ),
  );
}

type Place = { readonly mount: VolumeMount; readonly volume: Volume; readonly path: string };

function withSource(spec: PodSpec, place: Place, injection: Injection): PodSpec | undefined {
  const { mount, volume, path } = place;
  const sources = volume.projected?.sources ?? [];
  if (isPart(mount) || sources.some((source) => takesPath(source, path, injection.service)))
    return undefined;
  const all = [...sources, sourceOf(injection.fragment, path)];
  return withVolume(spec, { ...volume, projected: { ...volume.projected, sources: all } });
}

/** Two of one path are refused by the API server, and so is a file where we need a directory. */
function takesPath(source: Source, path: string, service: Service): boolean {
  if (source.configMap?.name === mountedName(service)) return true;
  const items = (of: { readonly items?: Items } | undefined) =>
    (of?.items ?? []).map((item) => item.path);
  return [
    ...items(source.configMap),
    ...items(source.secret),
    ...items(source.downwardAPI),
    source.serviceAccountToken?.path,
    source.clusterTrustBundle?.path,
  ].some((text) => text === path || (text !== undefined && path.startsWith(`${text}/`)));
}

/** Exactly one key becomes a file: other keys of a ConfigMap must never land in nova.conf.d. */
function sourceOf(fragment: string, path: string): { readonly configMap: MapSource } {
  return { configMap: { name: fragment, items: [{ key: fragmentKey, path }] } };
}

function withVolume(spec: PodSpec, volume: Volume): PodSpec {
  const volumes = (spec.volumes ?? []).map((other) =>
    other.name === volume.name ? volume : other,
  );
  return { ...spec, volumes };
}

function withFile(spec: PodSpec, { index, fragment }: Injection): PodSpec {
  const volume: Volume = { name: ourVolume, ...sourceOf(fragment, fragmentKey) };
  const mount = { name: ourVolume, mountPath: ourFile, subPath: fragmentKey, readOnly: true };
  const containers = (spec.containers ?? []).map((container, at): Container =>
    at === index
      ? { ...container, volumeMounts: [...(container.volumeMounts ?? []), mount] }
      : container,
  );
  return { ...spec, containers, volumes: [...(spec.volumes ?? []), volume] };
}

// --- what a pod names already -------------------------------------------------------------------

/** Names of ConfigMaps of ours in the pod's own volumes, the one that never exists included. */
export function fragmentsOf(spec: Pick<PodSpec, "volumes">): readonly string[] {
  return (spec.volumes ?? []).flatMap(fragmentsIn);
}

function fragmentsIn(volume: Volume): readonly string[] {
  const names = [
    volume.configMap?.name,
    ...(volume.projected?.sources ?? []).map((source) => source.configMap?.name),
  ];
  return names.filter(
    (name): name is string =>
      name !== undefined && (fragmentNamePattern.test(name) || name === unassignedName),
  );
}

/**
 * The pod was served already, by the other of two ways that are installed together: it names this
 * fragment and no other, and the container mounts it where we would.
 */
export function readsOnly(spec: PodSpec, index: number, fragment: string): boolean {
  if (fragmentsOf(spec).some((other) => other !== fragment)) return false;
  return mountsOf(spec, index).some((mount) => {
    const volume = volumeOf(spec, mount);
    const there = [ourFile, configDirectory, "/etc/nova"].includes(plain(mount.mountPath));
    return there && volume !== undefined && fragmentsIn(volume).length > 0;
  });
}
