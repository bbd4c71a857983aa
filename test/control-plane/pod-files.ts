// Files of a container as a kubelet and a runtime would lay them out: from ConfigMap, Secret,
// projected and emptyDir volumes, whole or by subPath. Pure. What does not start on a real node
// (measured with containerd and runc) does not start here either.
import type { Json } from "./client.ts";

/** Absolute path -> text. */
export type Files = Readonly<Record<string, string>>;

export type Laid =
  | { readonly is: "laid"; readonly files: Readonly<Record<string, Files>> }
  /** The kubelet waits and tries again: FailedMount. */
  | { readonly is: "held"; readonly why: string }
  /** The runtime cannot start a container: RunContainerError. */
  | { readonly is: "refused"; readonly container: string; readonly why: string };

/** Data of a ConfigMap or Secret of the pod's namespace; undefined when it is not there. */
type Lookup = (kind: "configmaps" | "secrets", name: string) => Files | undefined;

/** ConfigMaps and Secrets that the pod's volumes name. */
export function needsOf(pod: Json): readonly (readonly ["configmaps" | "secrets", string])[] {
  const needs = volumesOf(pod).flatMap((volume) => sourcesOf(volume).flatMap(needOf));
  return needs;
}

type Need = readonly ["configmaps" | "secrets", string];

function needOf(source: Json): readonly Need[] {
  if (source.configMap !== undefined) return [["configmaps", source.configMap.name as string]];
  if (source.secret !== undefined) return [["secrets", nameOfSecret(source.secret)]];
  return [];
}

function nameOfSecret(secret: Json): string {
  return (secret.secretName ?? secret.name) as string;
}

function volumesOf(pod: Json): readonly Json[] {
  return (pod.spec.volumes ?? []) as Json[];
}

/** The sources of a volume, in their order: the later one wins. */
function sourcesOf(volume: Json): readonly Json[] {
  if (volume.projected !== undefined) return (volume.projected.sources ?? []) as Json[];
  return [volume];
}

export function layFiles(pod: Json, lookup: Lookup): Laid {
  const volumes = new Map<string, Files>();
  for (const volume of volumesOf(pod)) {
    const content = contentOf(volume, lookup);
    if (typeof content === "string") return { is: "held", why: content };
    volumes.set(volume.name as string, content);
  }
  const files: Record<string, Files> = {};
  for (const container of pod.spec.containers as Json[]) {
    const why = nestedRefusal(pod, container);
    if (why !== undefined) return { is: "refused", container: container.name as string, why };
    files[container.name as string] = filesOf(container, volumes);
  }
  return { is: "laid", files };
}

/** A string says why the kubelet holds the pod. */
function contentOf(volume: Json, lookup: Lookup): Files | string {
  let content: Files = {};
  for (const source of sourcesOf(volume)) {
    const need = needOf(source)[0];
    if (need === undefined) continue;
    const [kind, name] = need;
    const wanted = source.configMap ?? source.secret;
    const data = lookup(kind, name);
    if (data === undefined) {
      if (wanted.optional === true) continue;
      return `MountVolume.SetUp failed for volume "${volume.name}" : ${kind.slice(0, -1)} "${name}" not found`;
    }
    const picked = pick(data, wanted);
    if (picked === undefined) return `${kind.slice(0, -1)} "${name}" lacks a key that items name`;
    content = { ...content, ...picked };
  }
  return content;
}

function pick(data: Files, wanted: Json): Files | undefined {
  if (wanted.items === undefined) return data;
  const picked: Record<string, string> = {};
  for (const { key, path } of wanted.items as { key: string; path: string }[]) {
    const text = data[key];
    if (text !== undefined) picked[path] = text;
    else if (wanted.optional !== true) return undefined;
  }
  return picked;
}

function filesOf(container: Json, volumes: ReadonlyMap<string, Files>): Files {
  const files: Record<string, string> = {};
  for (const mount of (container.volumeMounts ?? []) as Json[]) {
    // The ServiceAccount's own files stand in every pod and are nobody's question.
    if ((mount.mountPath as string).startsWith("/var/run/secrets/")) continue;
    const content = volumes.get(mount.name as string) ?? {};
    const at = trimmed(mount.mountPath as string);
    if (mount.subPath !== undefined) {
      // A key that is not there becomes an empty directory of that name: a trap, shown as such.
      files[at] = content[mount.subPath as string] ?? "<a directory>";
    } else {
      for (const [name, text] of Object.entries(content)) files[`${at}/${name}`] = text;
    }
  }
  return files;
}

/** A subPath file below a directory that cannot take a mount point. */
function nestedRefusal(pod: Json, container: Json): string | undefined {
  const mounts = (container.volumeMounts ?? []) as Json[];
  for (const inner of mounts.filter((mount) => mount.subPath !== undefined)) {
    for (const outer of mounts.filter((mount) => mount !== inner && mount.subPath === undefined)) {
      if (!(inner.mountPath as string).startsWith(`${trimmed(outer.mountPath as string)}/`))
        continue;
      const volume = volumesOf(pod).find((value) => value.name === outer.name);
      const fixed = ["projected", "configMap", "secret"].some(
        (kind) => volume?.[kind] !== undefined,
      );
      const readOnly = volume?.emptyDir !== undefined && outer.readOnly === true;
      if (fixed) return `mount src=..., dst=${inner.mountPath}: not a directory: unknown`;
      if (readOnly) return `make mountpoint "${inner.mountPath}": read-only file system: unknown`;
    }
  }
  return undefined;
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, "");
}
