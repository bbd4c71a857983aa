// The request of each effect of the core: exactly one change, guarded by a uid, a resourceVersion
// or server-side apply, so that a thawed leader or a second sending can at worst be refused. The
// answer goes into the stores at once: no round plans on an older view.

import {
  apiVersion,
  assignmentName,
  digestAnnotation,
  digestVersionAnnotation,
  fragmentAnnotation,
  fragmentKey,
  managedBy,
  managedByLabel,
  managers,
  passthroughName,
  stateName,
} from "../api/names.ts";
import { Failure } from "../api/failure.ts";
import { digestVersion } from "../nova/text/digest.ts";
import type { KubeEffect } from "../plan/plan.ts";
import type { Kind } from "../api/names.ts";
import type { PodView, StateView, WorkloadKind } from "../plan/terms/snapshot.ts";
import type { Recorder } from "./events.ts";
import { ApiFailure } from "./wire/failures.ts";
import { isOfJob, performJob, type Jobs } from "./jobs.ts";
import { isRaw, type Raw } from "./views/kube-object.ts";
import type { KeptMap, OwnObject, RawConfigMap } from "./views/object-views.ts";
import { corePath, ownPath, workloadPath } from "./wire/paths.ts";
import type { References } from "./reads/references.ts";
import { contentTypes, type Call, type Requests } from "./wire/requests.ts";
import { packState, stateKey } from "./views/state-codec.ts";
import type { Store } from "./watch/store.ts";

/** A ConfigMap beyond this is refused by the API server in words that help nobody. */
const mapLimitBytes = 1_000_000;

export type Stores = {
  readonly configMaps: Store<KeptMap>;
  readonly pods: Store<PodView>;
  readonly workloads: Readonly<Record<WorkloadKind, Pick<Store<unknown>, "learn">>>;
  readonly own: Readonly<Record<Kind, Store<OwnObject>>>;
};

type Hands = {
  readonly rest: Requests;
  readonly namespace: string;
  readonly stores: Stores;
  readonly recorder: Recorder;
  readonly references: References;
  readonly jobs: Jobs;
  /**
   * What was written need not be unpacked again, and what is remembered by its records stays true.
   */
  readonly stateWritten?: (view: StateView) => void;
};

type Of<Name extends KubeEffect["do"]> = Extract<KubeEffect, { readonly do: Name }>;

export async function performKube(effect: KubeEffect, hands: Hands): Promise<void> {
  if (isOfJob(effect)) return performJob(effect, hands.jobs);
  switch (effect.do) {
    case "write-state":
      return writeState(effect, hands);
    case "create-fragment":
      return createFragment(effect, hands);
    case "delete-fragment":
      return deleteFragment(effect, hands);
    case "write-mounted":
      return learnMap(hands, await hands.rest.ask(mountedCall(effect, hands.namespace)));
    case "create-assignment":
      return learnMap(hands, await hands.rest.ask(assignmentCall(effect, hands.namespace)));
    case "patch-assignment":
      return learnMap(hands, await hands.rest.ask(patchCall(effect, hands.namespace)));
    case "annotate-workload":
      return annotate(effect, hands);
    case "remove-pod":
      return removePod(effect, hands);
    case "create-passthrough":
      return createPassthrough(hands);
    case "set-finalizers":
      return setFinalizers(effect, hands);
    case "status":
      return writeStatus(effect, hands);
    case "event":
      return tell(effect, hands);
  }
}

// --- ConfigMaps ---------------------------------------------------------------------------------

const owned = { [managedByLabel]: managedBy };
const byConfig = `fieldManager=${encodeURIComponent(managers.config)}`;

function configMap(name: string, namespace: string, more: object): object {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace, labels: owned },
    ...more,
  };
}

function learnMap({ stores }: Hands, answer: unknown): void {
  if (isRaw(answer)) stores.configMaps.learn(answer);
}

async function writeState(effect: Of<"write-state">, hands: Hands): Promise<void> {
  const { namespace, rest } = hands;
  const { base64, bytes } = packState(effect.state);
  if (bytes > mapLimitBytes) {
    throw new Failure(
      "refused",
      `the state needs ${bytes} bytes and ConfigMap ${stateName} holds ${mapLimitBytes}`,
    );
  }
  const { resourceVersion } = effect;
  const version = resourceVersion === undefined ? {} : { resourceVersion };
  const body = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: stateName, namespace, labels: owned, ...version },
    binaryData: { [stateKey]: base64 },
  };
  const answer = await rest.ask(
    resourceVersion === undefined
      ? { method: "POST", path: `${corePath(namespace, "configmaps")}?${byConfig}`, body }
      : {
          method: "PUT",
          path: `${corePath(namespace, "configmaps", stateName)}?${byConfig}`,
          body,
          repeatable: true,
        },
  );
  learnMap(hands, answer);
  const { metadata, binaryData } = answer as RawConfigMap;
  if (binaryData?.[stateKey] === base64 && metadata.resourceVersion !== undefined) {
    const view = { is: "read", state: effect.state, bytes } as const;
    hands.stateWritten?.({ ...view, resourceVersion: metadata.resourceVersion });
  }
}

/** Already there with the same text = done: the name is the content. */
async function createFragment(effect: Of<"create-fragment">, hands: Hands): Promise<void> {
  const { namespace, rest } = hands;
  const annotations = {
    [digestAnnotation]: effect.digest,
    [digestVersionAnnotation]: digestVersion,
  };
  const body = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: effect.name, namespace, labels: owned, annotations },
    immutable: true,
    data: { [fragmentKey]: effect.text },
  };
  try {
    learnMap(
      hands,
      await rest.ask({
        method: "POST",
        path: `${corePath(namespace, "configmaps")}?${byConfig}`,
        body,
        repeatable: true,
      }),
    );
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.reason !== "AlreadyExists") throw error;
    const path = corePath(namespace, "configmaps", effect.name);
    const found = (await rest.ask({ method: "GET", path })) as RawConfigMap;
    if (found.data?.[fragmentKey] !== effect.text || found.immutable !== true) {
      throw new Failure(
        "conflict",
        `ConfigMap ${effect.name} is there with another content: delete it, it is written again`,
      );
    }
    learnMap(hands, found);
  }
}

async function deleteFragment(effect: Of<"delete-fragment">, hands: Hands): Promise<void> {
  const { namespace, rest, stores } = hands;
  const by = await hands.references.namedBy(effect.name, namespace);
  if (by !== undefined)
    throw new Failure("conflict", `ConfigMap ${effect.name} stays: ${by} names it`);
  await goneIsFine(() =>
    rest.ask({
      method: "DELETE",
      path: corePath(namespace, "configmaps", effect.name),
      body: { preconditions: { uid: effect.uid } },
      repeatable: true,
    }),
  );
  stores.configMaps.removeKnown(`${namespace}/${effect.name}`, effect.uid);
}

function mountedCall(effect: Of<"write-mounted">, namespace: string): Call {
  const annotations = {
    [digestAnnotation]: effect.digest,
    [digestVersionAnnotation]: digestVersion,
  };
  return {
    method: "PATCH",
    path: `${corePath(namespace, "configmaps", effect.name)}?${byConfig}&force=true`,
    contentType: contentTypes.apply,
    body: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: effect.name, namespace, labels: owned, annotations },
      data: { [fragmentKey]: effect.text },
    },
    repeatable: true,
  };
}

function assignmentCall({ data }: Of<"create-assignment">, namespace: string): Call {
  return {
    method: "POST",
    path: `${corePath(namespace, "configmaps")}?${byConfig}`,
    body: configMap(assignmentName, namespace, { data }),
  };
}

/**
 * Not server-side apply: with thousands of nodes its managedFields outgrow the object (measured).
 */
function patchCall({ data, resourceVersion }: Of<"patch-assignment">, namespace: string): Call {
  return {
    method: "PATCH",
    path: `${corePath(namespace, "configmaps", assignmentName)}?${byConfig}`,
    contentType: contentTypes.merge,
    body: { metadata: { resourceVersion, labels: owned }, data },
    repeatable: true,
  };
}

// --- workloads and pods -------------------------------------------------------------------------

/**
 * Only the one annotation, so that nothing else becomes ours. A uid that does not fit is a
 * conflict; so is a value of another manager, unless it is to be taken over.
 */
async function annotate(effect: Of<"annotate-workload">, hands: Hands): Promise<void> {
  const { namespace, rest, stores } = hands;
  const { kind, name, uid, value, take } = effect;
  const manager = encodeURIComponent(managers.rollout);
  const annotations = { [fragmentAnnotation]: value };
  if (take && value === "none") return takeAway(effect, hands);
  const answer = await sameObject(uid, rest, {
    method: "PATCH",
    path: `${workloadPath(namespace, kind, name)}?fieldManager=${manager}&force=${String(take)}`,
    contentType: contentTypes.apply,
    body: {
      apiVersion: "apps/v1",
      kind,
      metadata: { name, uid },
      // Leaving a field out of an apply gives it up.
      ...(value === "none" ? {} : { spec: { template: { metadata: { annotations } } } }),
    },
    repeatable: true,
  });
  if (isRaw(answer)) stores.workloads[kind].learn(answer);
}

/** An apply cannot remove what another manager owns: a merge patch can. */
async function takeAway(effect: Of<"annotate-workload">, hands: Hands): Promise<void> {
  const { namespace, rest, stores } = hands;
  const { kind, name, uid } = effect;
  const manager = encodeURIComponent(managers.rollout);
  const annotations = { [fragmentAnnotation]: null };
  const answer = await sameObject(uid, rest, {
    method: "PATCH",
    path: `${workloadPath(namespace, kind, name)}?fieldManager=${manager}`,
    contentType: contentTypes.merge,
    body: { metadata: { uid }, spec: { template: { metadata: { annotations } } } },
    repeatable: true,
  });
  if (isRaw(answer)) stores.workloads[kind].learn(answer);
}

/** Another object of the same name is answered with 422: its uid cannot be changed (measured). */
async function sameObject(uid: string, rest: Requests, call: Call): Promise<unknown> {
  try {
    return await rest.ask(call);
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.status !== 422) throw error;
    if (!error.message.includes("metadata.uid")) throw error;
    throw new Failure("conflict", `${call.path.split("?", 1)[0]!} is not ${uid} any more`, {
      cause: error,
    });
  }
}

async function removePod(effect: Of<"remove-pod">, hands: Hands): Promise<void> {
  const { namespace, rest, stores } = hands;
  const { name, uid } = effect;
  const key = `${namespace}/${name}`;
  const path = corePath(namespace, "pods", name);
  const options = {
    preconditions: { uid },
    ...(effect.graceSeconds === undefined ? {} : { gracePeriodSeconds: effect.graceSeconds }),
  };
  const answer = await goneIsFine(() =>
    rest.ask(
      effect.by === "delete"
        ? { method: "DELETE", path, body: options, repeatable: true }
        : {
            method: "POST",
            path: `${path}/eviction`,
            body: {
              apiVersion: "policy/v1",
              kind: "Eviction",
              metadata: { name, namespace },
              deleteOptions: options,
            },
            // A budget's 429 is an answer: the next round asks again.
            once: true,
          },
    ),
  );
  if (answer === undefined) return stores.pods.removeKnown(key, uid);
  if (isRaw(answer) && answer.kind === "Pod") stores.pods.learn(answer);
  stores.pods.amend(key, uid, (pod) => ({ ...pod, deleting: true }));
}

/** What should go and is gone is done. */
async function goneIsFine(send: () => Promise<unknown>): Promise<unknown> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof Failure && error.kind === "missing") return undefined;
    throw error;
  }
}

// --- our own objects ----------------------------------------------------------------------------

async function createPassthrough({ rest, namespace, stores }: Hands): Promise<void> {
  const kind = "PciPassthrough";
  const metadata = { name: passthroughName, namespace };
  const answer = await rest.ask({
    method: "POST",
    path: `${ownPath(kind, namespace)}?${byConfig}`,
    body: { apiVersion, kind, metadata, spec: {} },
  });
  if (isRaw(answer)) stores.own[kind].learn(answer);
}

async function setFinalizers(effect: Of<"set-finalizers">, hands: Hands): Promise<void> {
  const { uid, resourceVersion, finalizers, name } = effect;
  const answer = await hands.rest.ask({
    method: "PATCH",
    path: `${ownPath("PciFlavor", hands.namespace, name)}?${byConfig}`,
    contentType: contentTypes.merge,
    body: { metadata: { uid, resourceVersion, finalizers } },
    repeatable: true,
  });
  learnOwn("PciFlavor", answer, hands);
}

async function writeStatus(effect: Of<"status">, hands: Hands): Promise<void> {
  const { kind, name, uid, status } = effect;
  const { namespace, rest, stores } = hands;
  // A uid in the body of a status is ignored (measured), so it is looked at here: what slips
  // through in between is a status that the next round corrects.
  const known = stores.own[kind].get(`${namespace}/${name}`);
  if (known?.metadata.uid !== uid)
    throw new Failure("conflict", `${kind} ${name} is not the one that was judged`);
  const manager = encodeURIComponent(managers.status);
  const answer = await rest.ask({
    method: "PATCH",
    path: `${ownPath(kind, namespace, name)}/status?fieldManager=${manager}&force=true`,
    contentType: contentTypes.apply,
    body: { apiVersion, kind, metadata: { name, namespace, uid }, status },
    repeatable: true,
  });
  learnOwn(kind, answer, hands);
}

/** The last finalizer of a deleted object takes the object with it. */
function learnOwn(kind: Kind, answer: unknown, { stores }: Hands): void {
  if (!isRaw(answer)) return;
  const { deletionTimestamp, finalizers, uid = "" } = answer.metadata;
  const store = stores.own[kind];
  if (deletionTimestamp !== undefined && (finalizers ?? []).length === 0)
    store.removeKnown(keyIn(answer), uid);
  else store.learn(answer);
}

function keyIn({ metadata }: Raw): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

async function tell(effect: Of<"event">, { rest, recorder, namespace }: Hands): Promise<void> {
  const call = recorder.request(namespace, effect);
  if (call !== undefined) await goneIsFine(() => rest.ask(call));
}
