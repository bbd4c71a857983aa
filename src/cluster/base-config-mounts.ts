// Answers "which files of nova.conf does a container find, with which text, in which order?" from its
// mounts and the data of the ConfigMaps and Secrets that they name. Pure.

import { configDirectory, fragmentKey, fragmentNamePattern, services } from "../api/names.ts";
import { mountedName } from "../api/names.ts";
import type { ContainerSpec, MountView, VolumeSource } from "../plan/terms/snapshot.ts";

export type Texts = Readonly<Record<string, string>>;
/** Data of an object; one that is not there holds nothing. */
export type Lookup = (source: VolumeSource) => Texts;

/** What must be read; our own fragments are not the base. */
export function sourcesOf(mounts: readonly MountView[]): readonly VolumeSource[] {
  return mounts.flatMap((mount) => mount.sources.filter((one) => !isOurs(one.name)));
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
  for (const mount of mounts.toSorted((one, other) => depth(one) - depth(other))) {
    const at = trimmed(mount.path);
    for (const path of texts.keys()) if (isAtOrBelow(path, at)) texts.delete(path);
    for (const [path, text] of filesOf(mount, at, lookup)) {
      if (!path.endsWith(`/${fragmentKey}`)) texts.set(path, text);
    }
  }
  return texts;
}

function filesOf(mount: MountView, at: string, lookup: Lookup): readonly [string, string][] {
  const volume = new Map(mount.sources.flatMap((one) => [...contentOf(one, lookup)]));
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
  return fragmentNamePattern.test(name) || services.some((one) => mountedName(one) === name);
}

function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, "");
}

/**
 * oslo.config: --config-file and --config-dir in the order of the command line; without one of the
 * kind the defaults of project and program (oslo_config.cfg, find_config_files and _dirs).
 */
export function parseOrder(
  container: Pick<ContainerSpec, "command" | "args">,
  program: string,
  paths: readonly string[],
): readonly string[] {
  const line = [...container.command, ...container.args].join(" ");
  const told = [...line.matchAll(/--config-(file|dir)[= ]+(\S+)/g)].map((one) => ({
    kind: one[1]!,
    path: one[2]!.replace(/["';]+$/, "").replace(/\/+$/, ""),
  }));
  const folder = configDirectory.slice(0, configDirectory.lastIndexOf("/"));
  const defaults = [
    ...(told.some((one) => one.kind === "file")
      ? []
      : ["nova.conf", `${program}.conf`].map((name) => ({
          kind: "file",
          path: `${folder}/${name}`,
        }))),
    ...(told.some((one) => one.kind === "dir")
      ? []
      : ["nova.conf.d", `${program}.conf.d`].map((name) => ({
          kind: "dir",
          path: `${folder}/${name}`,
        }))),
  ];
  const order = [...told, ...defaults].flatMap((one) =>
    one.kind === "file"
      ? paths.filter((path) => path === one.path)
      : paths.filter((path) => path.startsWith(`${one.path}/`) && isConfOf(path, one.path)).sort(),
  );
  return [...new Set(order)];
}

function isConfOf(path: string, folder: string): boolean {
  const name = path.slice(folder.length + 1);
  return name.endsWith(".conf") && !name.includes("/");
}
