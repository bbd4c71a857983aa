// Answers "what does the nova.conf under ours say?": the files that the workloads mount below /etc/nova,
// or the keys that PciPassthrough names, in the order in which the process parses them. Needs rights
// of its own (deploy/namespace/base-config). Text only: what it means is the core's business.

import { configDirectory, fragmentKey, fragmentNamePattern, services } from "../api/names.ts";
import { mountedName, serviceTitle, type Service } from "../api/names.ts";
import { Failure } from "../api/failure.ts";
import type { BaseView, ContainerSpec, MountView, WorkloadView } from "../plan/snapshot.ts";
import type { Raw } from "./kube-object.ts";
import { corePath } from "./paths.ts";
import type { Rest } from "./rest.ts";
import type { ServiceLabels } from "./service-labels.ts";

export type BaseWish = {
  readonly fromWorkloads?: boolean;
  readonly keys?: readonly {
    readonly kind: "ConfigMap" | "Secret";
    readonly name: string;
    readonly key: string;
  }[];
};

type File = { readonly name: string; readonly text: string };
type Files = Readonly<Partial<Record<Service, readonly File[]>>>;
type Texts = Readonly<Record<string, string>>;

export async function readBase(
  wish: BaseWish,
  where: { readonly namespace: string; readonly rest: Rest; readonly labels: ServiceLabels },
  workloads: readonly WorkloadView[],
): Promise<BaseView> {
  const { namespace, rest } = where;
  const read = makeReader(namespace, rest);
  try {
    const named = await Promise.all(
      (wish.keys ?? []).map(async (one): Promise<readonly File[]> => {
        const text = (await read(one.kind, one.name))[one.key];
        return text === undefined ? [] : [{ name: `${one.kind}/${one.name}/${one.key}`, text }];
      }),
    );
    const files: Partial<Record<Service, readonly File[]>> = {};
    for (const service of services) {
      const mounted =
        wish.fromWorkloads === true
          ? await filesOf(service, where.labels[service].container, workloads, read)
          : [];
      files[service] = [...mounted, ...named.flat()];
    }
    return { is: "read", files: files satisfies Files };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== "denied") throw error;
    return {
      is: "denied",
      command: `kubectl apply -n ${namespace} -k deploy/namespace/base-config`,
    };
  }
}

type Reader = (kind: "ConfigMap" | "Secret", name: string) => Promise<Texts>;

/** Each object once; one that is not there holds nothing. */
function makeReader(namespace: string, rest: Rest): Reader {
  const known = new Map<string, Promise<Texts>>();
  return (kind, name) => {
    const path = corePath(namespace, kind === "Secret" ? "secrets" : "configmaps", name);
    const found = known.get(path);
    if (found !== undefined) return found;
    const reading = rest.ask({ method: "GET", path }).then(
      (object) => textsOf(kind, object as Raw & { readonly data?: Texts }),
      (error: unknown) => {
        if (error instanceof Failure && error.kind === "missing") return {};
        throw error;
      },
    );
    known.set(path, reading);
    return reading;
  };
}

function textsOf(kind: "ConfigMap" | "Secret", object: { readonly data?: Texts }): Texts {
  const data = object.data ?? {};
  if (kind === "ConfigMap") return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      Buffer.from(value, "base64").toString("utf8"),
    ]),
  );
}

async function filesOf(
  service: Service,
  containerName: string,
  workloads: readonly WorkloadView[],
  read: Reader,
): Promise<readonly File[]> {
  const workload = workloads.find((one) => one.service === service);
  const container = workload?.containers.find((one) => one.name === containerName);
  if (container === undefined) return [];
  const texts = await mountedTexts(container.mounts, read);
  return parseOrder(container, serviceTitle[service], [...texts.keys()]).map((name) => ({
    name,
    text: texts.get(name)!,
  }));
}

/** By path in the container. A subPath names one key; else every key is a file of the folder. */
async function mountedTexts(
  mounts: readonly MountView[],
  read: Reader,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const mount of mounts) {
    const objects = [
      ...mount.configMaps.map((name) => ["ConfigMap", name] as const),
      ...mount.secrets.map((name) => ["Secret", name] as const),
    ];
    for (const [kind, name] of objects) {
      if (isOurs(name)) continue;
      const data = await read(kind, name);
      if (mount.subPath !== undefined) {
        const text = data[mount.subPath];
        if (text !== undefined) texts.set(mount.path, text);
        continue;
      }
      for (const [key, text] of Object.entries(data)) {
        if (key !== fragmentKey) texts.set(`${mount.path.replace(/\/+$/, "")}/${key}`, text);
      }
    }
  }
  return texts;
}

function isOurs(name: string): boolean {
  return fragmentNamePattern.test(name) || services.some((one) => mountedName(one) === name);
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
