// The files of nova.conf that a container finds, with their texts and in their order, from its
// mounts and the data of the ConfigMaps and Secrets that they name. Pure.

import { fragmentKey, fragmentNamePattern, mountedName, services } from "../../api/names.ts";
import type { MountView, VolumeSource } from "../../plan/terms/snapshot.ts";

export type Texts = Readonly<Record<string, string>>;
/** Data of an object; one that is not there holds nothing. */
type Lookup = (source: VolumeSource) => Texts;

/** What must be read; our own fragments are not the base. */
export function sourcesOf(mounts: readonly MountView[]): readonly VolumeSource[] {
  return mounts.flatMap((mount) => mount.sources.filter((source) => !isOurs(source.name)));
}

/**
 * By path in the container. A mount hides what lies below it in another one, wherever it stands in
 * the list: the runtime mounts the shorter paths first.
 */
export function mountedTexts(
  mounts: readonly MountView[],
  lookup: Lookup,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const depth = (mount: MountView): number => trimmed(mount.path).split("/").length;
  for (const mount of mounts.toSorted((file, other) => depth(file) - depth(other))) {
    const at = trimmed(mount.path);
    for (const path of texts.keys()) if (isAtOrBelow(path, at)) texts.delete(path);
    for (const [path, text] of filesOf(mount, at, lookup)) {
      if (!path.endsWith(`/${fragmentKey}`)) texts.set(path, text);
    }
  }
  return texts;
}

function filesOf(mount: MountView, at: string, lookup: Lookup): readonly [string, string][] {
  const volume = new Map(mount.sources.flatMap((source) => [...contentOf(source, lookup)]));
  const inside = mount.subPath === undefined ? "" : trimmed(mount.subPath);
  return [...volume].flatMap(([path, text]): [string, string][] => {
    if (inside === "") return [[`${at}/${path}`, text]];
    if (path === inside) return [[at, text]];
    return path.startsWith(`${inside}/`) ? [[`${at}${path.slice(inside.length)}`, text]] : [];
  });
}

/** Path in the volume -> text. A key that is not there is one that is optional. */
function contentOf(source: VolumeSource, lookup: Lookup): ReadonlyMap<string, string> {
  if (isOurs(source.name)) return new Map();
  const data = lookup(source);
  if (source.items === undefined) return new Map(Object.entries(data));
  return new Map(
    source.items.flatMap(({ key, path }) => (data[key] === undefined ? [] : [[path, data[key]]])),
  );
}

function isOurs(name: string): boolean {
  return (
    fragmentNamePattern.test(name) || services.some((service) => mountedName(service) === name)
  );
}

function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, "");
}
