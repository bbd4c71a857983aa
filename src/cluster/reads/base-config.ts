// The chart's own nova.conf: the files that the workloads mount below /etc/nova, or the keys that
// PciPassthrough names, in the order in which the process parses them. Needs rights of its own
// (deploy/namespace/base-config). Text only: what it means is the core's business.

import { configDirectory, services, serviceTitle, type Service } from "../../api/names.ts";
import { Failure } from "../../api/failure.ts";
import type { BaseFile, BaseView, FragmentPlace, WorkloadView } from "../../plan/terms/snapshot.ts";
import { mountedTexts, sourcesOf, type Texts } from "./base-config-mounts.ts";
import type { Raw } from "../views/kube-object.ts";
import { corePath } from "../wire/paths.ts";
import { fragmentPlace, readingOrder, startOf } from "./reading-order.ts";
import type { Requests } from "../wire/requests.ts";
import type { ServiceLabels } from "../views/service-labels.ts";

export type BaseWish = {
  readonly fromWorkloads?: boolean;
  readonly keys?: readonly {
    readonly kind: "ConfigMap" | "Secret";
    readonly name: string;
    readonly key: string;
  }[];
};

type Files = Readonly<Partial<Record<Service, readonly BaseFile[]>>>;

export async function readBase(
  wish: BaseWish,
  where: {
    readonly namespace: string;
    readonly rest: Pick<Requests, "ask">;
    readonly labels: ServiceLabels;
  },
  workloads: readonly WorkloadView[],
): Promise<BaseView> {
  const { namespace, rest } = where;
  const read = makeReader(namespace, rest);
  try {
    const named = await Promise.all(
      (wish.keys ?? []).map(async (key): Promise<readonly BaseFile[]> => {
        const name = `${key.kind}/${key.name}/${key.key}`;
        const text = (await read(key.kind, key.name))?.[key.key];
        if (text === undefined) throw new Missing(name);
        return [{ name, text }];
      }),
    );
    const looked = wish.fromWorkloads === true ? workloads : [];
    const mounted = await Promise.all(
      looked.map((workload) => readMounted(workload, where.labels, read)),
    );
    return baseOf(mounted.flat(), named.flat());
  } catch (error) {
    if (error instanceof Missing) return { is: "missing", object: error.message };
    if (!(error instanceof Failure) || error.kind !== "denied") throw error;
    return {
      is: "denied",
      command: `kubectl apply -n ${namespace} -k deploy/namespace/base-config`,
    };
  }
}

type Mounted = {
  readonly workload: WorkloadView;
  readonly files: readonly BaseFile[];
  readonly place: FragmentPlace;
};

/** What is named by key is read by every process, after what it mounts. */
function baseOf(mounted: readonly Mounted[], named: readonly BaseFile[]): BaseView {
  const pairs = services.map((service) => {
    const first = mounted.find((item) => item.workload.service === service);
    return [service, [...(first?.files ?? []), ...named]] as const;
  });
  const computes = mounted.filter(
    ({ workload }) => workload.service === "compute" && workload.kind === "DaemonSet",
  );
  // Only these two hold what could be there twice.
  const unread = mounted
    .filter(({ workload }) => workload.service === "api" || workload.service === "compute")
    .filter(({ files }) => files.length + named.length === 0)
    .map(({ workload }) => `${workload.kind}/${workload.name}`);
  const places = services.flatMap((service) => {
    const found = mounted.filter((item) => item.workload.service === service);
    const worst = worstFirst.find((place) => found.some((item) => item.place === place));
    return worst === undefined || worst === "last" ? [] : [[service, worst] as const];
  });
  return {
    is: "read",
    files: Object.fromEntries(pairs) satisfies Files,
    ...(places.length === 0 ? {} : { places: Object.fromEntries(places) }),
    ...(computes.length < 2
      ? {}
      : {
          computes: Object.fromEntries(
            computes.map(({ workload, files }) => [workload.name, [...files, ...named]]),
          ),
        }),
    ...(unread.length === 0 ? {} : { unread }),
  };
}

const worstFirst: readonly FragmentPlace[] = ["first", "unseen", "last"];

/** Its message is the object. Pods wait for it too, so it may be on its way. */
class Missing extends Error {}

type Reader = (kind: "ConfigMap" | "Secret", name: string) => Promise<Texts | undefined>;

/** Each object once; undefined = it is not there. */
function makeReader(namespace: string, rest: Pick<Requests, "ask">): Reader {
  const known = new Map<string, Promise<Texts | undefined>>();
  return (kind, name) => {
    const path = corePath(namespace, kind === "Secret" ? "secrets" : "configmaps", name);
    const found = known.get(path);
    if (found !== undefined) return found;
    const reading = rest.ask({ method: "GET", path }).then(
      (object) => textsOf(kind, object as Raw & { readonly data?: Texts }),
      (error: unknown) => {
        if (error instanceof Failure && error.kind === "missing") return undefined;
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

/** Nothing without the container: then it is not wired, which is said elsewhere. */
async function readMounted(
  workload: WorkloadView,
  labels: ServiceLabels,
  read: Reader,
): Promise<readonly Mounted[]> {
  const { service } = workload;
  const container = workload.containers.find(
    (containerSpec) => containerSpec.name === labels[service].container,
  );
  if (container === undefined) return [];
  const found = new Map<string, Texts>();
  for (const { kind, name, optional } of sourcesOf(container.mounts)) {
    const texts = await read(kind, name);
    if (texts === undefined && optional !== true) throw new Missing(`${kind}/${name}`);
    found.set(`${kind}/${name}`, texts ?? {});
  }
  const texts = mountedTexts(container.mounts, ({ kind, name }) => found.get(`${kind}/${name}`)!);
  const { script } = container;
  // A pod that starts has it; who may not read it sees a command that hides its arguments.
  const said = script === undefined ? undefined : await read(script.kind, script.name);
  const start = startOf(container, serviceTitle[service], {
    texts,
    ...(script === undefined || said?.[script.key] === undefined
      ? {}
      : { script: said[script.key]! }),
  });
  const paths = readingOrder(start, [...texts.keys()]);
  const files = paths.map((name) => ({ name, text: texts.get(name)! }));
  return [
    {
      workload,
      files,
      place: fragmentPlace(
        start,
        paths.filter((path) => decides(path, texts.get(path) ?? "")),
      ),
    },
  ];
}

/** A snippet beside ours, such as passwords of Keystone, takes nothing from it by coming later. */
function decides(path: string, text: string): boolean {
  if (!path.startsWith(`${configDirectory}/`)) return true;
  return /^\s*(enabled_filters|pci_in_placement|report_in_placement)\s*[=:]/m.test(text);
}
