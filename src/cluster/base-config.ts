// Answers "what does the nova.conf under ours say?": the files that the workloads mount below /etc/nova,
// or the keys that PciPassthrough names, in the order in which the process parses them. Needs rights
// of its own (deploy/namespace/base-config). Text only: what it means is the core's business.

import { services, serviceTitle, type Service } from "../api/names.ts";
import { Failure } from "../api/failure.ts";
import type { BaseView, WorkloadView } from "../plan/snapshot.ts";
import { mountedTexts, parseOrder, sourcesOf, type Texts } from "./base-config-mounts.ts";
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
    const unread: string[] = [];
    for (const service of services) {
      const workload = workloads.find((one) => one.service === service);
      const mounted =
        wish.fromWorkloads === true
          ? await filesOf(service, where.labels[service].container, workload, read)
          : undefined;
      files[service] = [...(mounted ?? []), ...named.flat()];
      if (files[service].length === 0 && mounted !== undefined) {
        unread.push(`${workload!.kind}/${workload!.name}`);
      }
    }
    return { is: "read", files: files satisfies Files, ...(unread.length === 0 ? {} : { unread }) };
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

/** Undefined without such a workload or container. */
async function filesOf(
  service: Service,
  containerName: string,
  workload: WorkloadView | undefined,
  read: Reader,
): Promise<readonly File[] | undefined> {
  const container = workload?.containers.find((one) => one.name === containerName);
  if (container === undefined) return undefined;
  const found = new Map<string, Texts>();
  for (const { kind, name } of sourcesOf(container.mounts)) {
    found.set(`${kind}/${name}`, await read(kind, name));
  }
  const texts = mountedTexts(container.mounts, ({ kind, name }) => found.get(`${kind}/${name}`)!);
  return parseOrder(container, serviceTitle[service], [...texts.keys()]).map((name) => ({
    name,
    text: texts.get(name)!,
  }));
}
