// What may happen to the world of a run, one function for each word of a schedule.

import {
  type Kind,
  aliasExtraSpec,
  fragmentAnnotation,
  injectionLabel,
  passthroughName,
} from "../../src/api/names.ts";
import { defineKind } from "../../src/embedded/cluster.ts";
import { workloadPath } from "../../src/cluster/wire/paths.ts";
import { contentTypes } from "../../src/cluster/wire/requests.ts";
import { addNode } from "./furnish.ts";
import { lead } from "./lead.ts";
import { type Run, connectionOf, forget, later, seconds } from "./one-run.ts";
import type { Happening } from "./schedule.ts";
import { bootServer } from "./servers.ts";

type Having<One, Name> = One extends { readonly do: infer Names }
  ? Name extends Names
    ? One
    : never
  : never;

type Doing = {
  readonly [Name in Happening["do"]]: (effect: Having<Happening, Name>, run: Run) => void;
};

const doings: Doing = {
  apply: (one, run) => {
    // The API server knows no such kind: whoever applies it tries again.
    if (run.intent.lost.has(one.kind)) {
      return void run.cluster.clock.after(20_000, () => doings.apply(one, run));
    }
    run.intent.apply(one);
    put(run, one.kind, one.name, one.spec);
  },
  delete: (one, run) => {
    const { store } = run.cluster;
    run.intent.remove(one.kind, one.name);
    if (store.get(one.kind, one.name) !== undefined && !run.intent.lost.has(one.kind)) {
      store.remove(one.kind, one.name);
    }
  },
  "wipe-status": (one, run) => {
    if (run.cluster.store.get(one.kind, one.name) === undefined) return;
    run.cluster.store.edit(one.kind, one.name, ({ metadata, spec }) => ({ metadata, spec }));
  },
  "lose-kind": (one, run) => loseKind(run, one.kind, one.backAfter),
  pause: (one, run) =>
    editPassthrough(run, (spec) => ({
      ...spec,
      rollout: { ...(spec.rollout as object), paused: one.paused },
    })),
  release: (one, run) =>
    editPassthrough(run, (spec) => ({
      ...spec,
      removals: [{ kind: one.kind, name: one.name, force: one.force }],
    })),
  "kill-node": (one, run) => run.cluster.kubelets.kill(one.node),
  "revive-node": (one, run) => run.cluster.kubelets.revive(one.node),
  "add-node": (one, run) => addNode(run, one.node, one.pool),
  "remove-node": (one, run) => {
    const { store } = run.cluster;
    if (store.list("Node").length <= 2 || store.get("Node", one.node) === undefined) return;
    store.remove("Node", one.node);
  },
  "label-node": (one, run) => {
    if (run.cluster.store.get("Node", one.node) === undefined) return;
    run.cluster.store.edit("Node", one.node, (old) => ({
      ...old,
      metadata: { ...old.metadata, labels: { ...old.metadata.labels, pool: one.pool } },
    }));
  },
  "slow-node": (one, run) => {
    run.slow.set(one.node, one.factor);
    run.cluster.clock.after(180_000, () => void run.slow.delete(one.node));
  },
  "no-image": (one, run) => void run.noImage.set(one.node, later(run, one.seconds)),
  "replace-node": (one, run) => replaceNode(run, one.node, one.after),
  "tamper-flavor": (one, run) => tamper(run, one.times, one.every),
  "delete-pod": (one, run) => withPod(run, one.node, (pod) => run.cluster.store.remove("Pod", pod)),
  "crash-pod": (one, run) => withPod(run, one.node, (pod) => run.cluster.kubelets.crash(pod)),
  "crash-api": (_one, run) => withApiPod(run, (pod) => run.cluster.kubelets.crash(pod)),
  "delete-api-pod": (_one, run) => withApiPod(run, (pod) => run.cluster.store.remove("Pod", pod)),
  stall: (one, run) => connectionOf(run)?.stall(one.kind, later(run, one.seconds)),
  lose: (one, run) => connectionOf(run)?.lose(one.kind, later(run, one.seconds)),
  repeat: (one, run) => connectionOf(run)?.repeat(one.kind),
  fault: (one, run) => void run.faults.push(one.fault),
  "crash-each-write": (one, run) => {
    run.crashes += one.writes;
  },
  "restart-operator": (_one, run) => run.leader?.world.kill(),
  "hand-over": (one, run) => handOver(run, one.thawAfter, one.inFlight),
  "cloud-down": (one, run) => {
    run.cloudDownUntil = later(run, one.seconds);
  },
  outage: (one, run) => {
    run.outages.set(one.of, later(run, one.seconds));
  },
  "boot-server": (one, run) => bootServer(run, one.node),
  "delete-servers": (one, run) => {
    const { cloud } = run.cluster;
    for (const server of cloud.servers()) {
      if (server.host === one.node) cloud.removeServer(server.id);
    }
  },
  "disable-service": (one, run) => run.cluster.cloud.setDisabled(one.node, "maintenance"),
  "enable-service": (one, run) => {
    const { cloud } = run.cluster;
    if (cloud.reasonOf(one.node) === "maintenance") cloud.setDisabled(one.node, undefined);
  },
  "policy-away": (one, run) => {
    run.policyAwayUntil = later(run, one.seconds);
  },
  "freeze-admission": (one, run) => {
    run.frozen = { since: run.cluster.clock.now(), until: later(run, one.seconds) };
  },
  unlabelled: (one, run) => {
    labelNamespace(run, false);
    run.cluster.clock.after(one.seconds * 1000, () => labelNamespace(run, true));
  },
  "undo-api": (_one, run) => undoApi(run),
  "strip-api": (_one, run) => annotateApi(run, null),
};

export function happen(happening: Happening, run: Run): void {
  run.trace(`${seconds(run).toFixed(1).padStart(7)}  >> ${JSON.stringify(happening)}`);
  for (const each of run.watchers) each.intervened?.(happening);
  const act = doings[happening.do] as (effect: Happening, run: Run) => void;
  act(happening, run);
}

function put(run: Run, kind: Kind, name: string, spec: Readonly<Record<string, unknown>>): void {
  const { store } = run.cluster;
  if (run.intent.lost.has(kind)) return;
  const found = store.get(kind, name);
  if (found === undefined) {
    store.create(kind, { metadata: { name }, spec });
    return;
  }
  if (JSON.stringify(found.spec) === JSON.stringify(spec)) return;
  store.edit(kind, name, (old) => ({ ...old, spec }));
}

function editPassthrough(
  run: Run,
  edit: (spec: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
): void {
  run.cluster.store.edit("PciPassthrough", passthroughName, (old) => ({
    ...old,
    spec: edit(old.spec),
  }));
}

function withPod(run: Run, node: string, act: (pod: string) => void): void {
  const pod = run.truth.pod(node);
  if (pod !== undefined) act(pod.metadata.name);
}

function withApiPod({ cluster }: Run, act: (pod: string) => void): void {
  const pods = cluster.store.list("Pod");
  const found = pods.find((pod) => cluster.serviceOf(pod.metadata.labels) === "api");
  if (found !== undefined) act(found.metadata.name);
}

/** Terminating, then the objects go one after another, then the definition; later all comes back. */
function loseKind(run: Run, kind: Kind, backAfter: number): void {
  const { store, clock } = run.cluster;
  if (run.intent.lost.has(kind)) return;
  run.intent.lost.add(kind);
  store.edit("CustomResourceDefinition", kind, (old) => ({
    ...old,
    metadata: { ...old.metadata, finalizers: ["cleanup"], deletionTimestamp: "now" },
  }));
  const objects = store.list(kind);
  objects.forEach((object, index) => {
    clock.after(200 + index * 300, () => {
      if (store.get(kind, object.metadata.name) !== undefined)
        store.remove(kind, object.metadata.name);
    });
  });
  const gone = (): void => {
    // Objects that a finalizer still holds keep their definition.
    if (store.list(kind).length > 0) return void clock.after(1000, gone);
    store.erase("CustomResourceDefinition", kind);
    clock.after(backAfter * 1000, () => {
      defineKind(store, kind);
      // Whoever applies the definition applies the objects a while later.
      clock.after((backAfter % 8) * 15_000, () => {
        run.intent.lost.delete(kind);
        for (const wish of run.intent.written()) {
          if (wish.kind === kind) put(run, kind, wish.name, wish.spec);
        }
      });
    });
  };
  clock.after(500 + objects.length * 300, gone);
}

/** The machine goes with its Node; another one of the name joins, and runs what is bound to the name. */
function replaceNode(run: Run, node: string, after: number): void {
  const { store, clock, kubelets, cloud } = run.cluster;
  const pool = store.get("Node", node)?.metadata.labels?.pool;
  if (pool === undefined) return;
  kubelets.kill(node);
  for (const server of cloud.servers()) if (server.host === node) cloud.removeServer(server.id);
  store.remove("Node", node);
  clock.after(after * 1000, () => {
    addNode(run, node, pool);
    kubelets.revive(node);
  });
}

function labelNamespace({ cluster: { store, namespace } }: Run, injects: boolean): void {
  const { [injectionLabel]: _, ...others } =
    store.get("Namespace", namespace)?.metadata.labels ?? {};
  const labels = injects ? { ...others, [injectionLabel]: "enabled" } : others;
  store.edit("Namespace", namespace, (old) => ({ ...old, metadata: { ...old.metadata, labels } }));
}

/** Somebody with the rights of an admin writes the alias key of every flavor, again and again. */
function tamper(run: Run, times: number, every: number): void {
  const { cloud, clock } = run.cluster;
  if (times === 0 || run.calm) return;
  for (const { id } of cloud.flavors())
    cloud.perform({ do: "set-extra-specs", flavorId: id, set: { [aliasExtraSpec]: "one:7" } });
  clock.after(every * 1000, () => tamper(run, times - 1, every));
}

function handOver(run: Run, thawAfter: number, inFlight: number): void {
  const old = run.leader;
  if (old === undefined) return;
  old.world.freeze();
  run.leader = undefined;
  run.cluster.clock.after(3000, () => lead(run));
  run.cluster.clock.after(3000 + thawAfter * 1000, () => {
    old.world.thaw(inFlight);
    run.cluster.clock.after(500, () => {
      old.world.kill();
      forget(run, old);
    });
  });
}

/** As kubectl does it; null takes the annotation away. */
function annotateApi(run: Run, value: string | null): void {
  const { api, namespace } = run.cluster;
  const path = workloadPath(namespace, run.schedule.setting.api, "nova-api-osapi");
  api.answer({
    method: "PATCH",
    path: `${path}?fieldManager=kubectl`,
    contentType: contentTypes.merge,
    body: { spec: { template: { metadata: { annotations: { [fragmentAnnotation]: value } } } } },
  });
}

/** `kubectl rollout undo`: the template names the fragment before the current one again. */
function undoApi(run: Run): void {
  const { store } = run.cluster;
  const current = store.get(run.schedule.setting.api, "nova-api-osapi");
  const now = current?.spec.template.metadata.annotations?.[fragmentAnnotation];
  const older = store
    .list("ConfigMap")
    .map((configMap) => configMap.metadata.name)
    .filter((name) => name.startsWith("nova-pci-api-") && name !== now)
    .at(-1);
  if (older !== undefined && now !== undefined) {
    annotateApi(run, older);
  }
}
