// The reflectors of one Nova namespace, started together and begun anew when the labels of the
// services change. Plans nothing.

import { managedBy, managedByLabel } from "../../api/names.ts";
import { Failure } from "../../api/failure.ts";
import type {
  DisruptionBudgetView,
  MissingRight,
  PodView,
  StrangerView,
  WorkloadKind,
  WorkloadView,
} from "../../plan/terms/snapshot.ts";
import { realClock, type Clock } from "../wire/clock.ts";
import { budgetView, keptMap, sameMeaning, type KeptMap } from "../views/object-views.ts";
import { corePath, groupPath, workloadKinds, workloadPath } from "../wire/paths.ts";
import { podView } from "../views/pod-view.ts";
import { startReflector, type Reflector, type Seen, type Timing } from "./reflector.ts";
import type { Requests } from "../wire/requests.ts";
import { commonSelector, type ServiceLabels } from "../views/service-labels.ts";
import { strangerView, workloadView } from "../views/workload-view.ts";

export type Installation = {
  readonly labels: ServiceLabels;
  readonly configMaps: Reflector<KeptMap>;
  readonly pods: Reflector<PodView>;
  readonly workloads: Readonly<Record<WorkloadKind, Reflector<WorkloadView | StrangerView>>>;
  readonly budgets: Reflector<DisruptionBudgetView>;
  readonly all: readonly Reflector<unknown>[];
  readonly stop: () => void;
};

type WatchOptions = {
  readonly rest: Requests;
  readonly timing?: Timing;
  /** Told of trouble, for the log. */
  readonly turned: (path: string, seen: Seen, error?: unknown) => void;
};

export function watchInstallation(
  namespace: string,
  labels: ServiceLabels,
  options: WatchOptions,
  changed: () => void,
): Installation {
  const { rest, timing } = options;
  const base = (path: string) => ({
    rest,
    path,
    changed,
    same: sameMeaning,
    ...(timing === undefined ? {} : { timing }),
    turned: (seen: Seen, error?: unknown) => {
      options.turned(path, seen, error);
      changed();
    },
  });
  const selector = commonSelector(labels);
  const pods = startReflector<PodView>({
    ...base(corePath(namespace, "pods")),
    ...(selector === undefined ? {} : { labelSelector: selector }),
    view: (object) => podView(object, labels),
  });
  const configMaps = startReflector<KeptMap>({
    ...base(corePath(namespace, "configmaps")),
    labelSelector: `${managedByLabel}=${managedBy}`,
    view: keptMap,
  });
  const budgets = startReflector<DisruptionBudgetView>({
    ...base(groupPath("policy/v1", namespace, "poddisruptionbudgets")),
    view: (object) => budgetView(object),
  });
  const workloads = Object.fromEntries(
    workloadKinds.map((kind) => [
      kind,
      startReflector<WorkloadView | StrangerView>({
        ...base(workloadPath(namespace, kind)),
        view: (object) => workloadView(kind, object, labels) ?? strangerView(kind, object),
      }),
    ]),
  ) as Readonly<Record<WorkloadKind, Reflector<WorkloadView | StrangerView>>>;
  const all: readonly Reflector<unknown>[] = [
    pods,
    configMaps,
    budgets,
    ...Object.values(workloads),
  ] as readonly Reflector<unknown>[];
  return {
    labels,
    configMaps,
    pods,
    workloads,
    budgets,
    all,
    stop: () => {
      for (const reflector of all) reflector.stop();
    },
  };
}

const settleMillis = 30_000;

/** Until each has a complete list or says why it has none. */
export async function settled(
  reflectors: readonly Reflector<unknown>[],
  clock: Clock = realClock,
): Promise<void> {
  let cancel = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(settleMillis, () =>
      reject(new Failure("unreachable", "the API server did not give a complete list yet")),
    );
  });
  try {
    await Promise.race([Promise.all(reflectors.map((reflector) => reflector.settled())), late]);
  } finally {
    cancel();
  }
}

export function missingRightsOf(
  reflectors: readonly Reflector<unknown>[],
): readonly MissingRight[] {
  return reflectors.flatMap((reflector) => {
    const seen = reflector.seen();
    return seen.is === "denied" && seen.right !== undefined ? [seen.right] : [];
  });
}
