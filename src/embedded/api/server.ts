// The API server in memory: answers the requests of cluster/requests.ts from the store, with the
// versions, preconditions, ownership and refusals of kube-apiserver (test/embedded/api compares
// both). Schemas, defaults and rights are not its business.

import { apiVersion as ours } from "../../api/names.ts";
import {
  contentTypes,
  type Call,
  type Requests,
  type WatchCall,
} from "../../cluster/wire/requests.ts";
import { covers, disruptionOf } from "../controllers/budgets.ts";
import type { Clock } from "../store/clock.ts";
import { elsewhere } from "../controllers/kubelet.ts";
import type { AnyObject, ManagedFields, Metadata, ObjectKind } from "../store/objects.ts";
import { reportsReady } from "../controllers/pods.ts";
import type { Store } from "../store/store.ts";
import {
  afterUpdate,
  appliedBefore,
  fieldName,
  fieldsOf,
  isSame,
  isTree,
  ownersBeside,
  owning,
  valueAt,
  without,
  type Writer,
} from "./fields.ts";
import * as refuse from "./refusals.ts";
import { routeOf } from "./resources.ts";
import { selectorOf } from "./selectors.ts";
import { makeWatches, type Watches } from "./watches.ts";

export type ApiServer = {
  /** At once. Throws an ApiFailure. */
  readonly answer: (call: Call) => unknown;
  readonly requests: Requests;
  /** Forgets what happened until now, and half-read lists with it. */
  readonly compact: () => void;
};

type Tree = Readonly<Record<string, unknown>>;
type Held = Tree & { readonly metadata: Metadata };
type Asked = refuse.Asked & {
  readonly call: Call;
  readonly query: URLSearchParams;
  readonly body: Tree;
};

type Desk = {
  readonly store: Store;
  readonly watches: Watches;
  /** The rest of each list that was read in part. */
  readonly pages: Map<string, readonly AnyObject[]>;
};

export function serveApi(store: Store, clock: Clock): ApiServer {
  const desk: Desk = { store, watches: makeWatches(store, clock), pages: new Map() };
  const answer = (call: Call): unknown => answerTo(desk, call);
  return {
    answer,
    requests: {
      ask: async (call) => Promise.resolve(answer(call)),
      text: async (call) => Promise.resolve(String(answer(call))),
      watch: async (call) => Promise.resolve(watch(desk, call)),
    },
    compact: () => {
      desk.pages.clear();
      desk.watches.compact();
    },
  };
}

function answerTo(desk: Desk, call: Call): unknown {
  // Everything is allowed here, and nothing is installed that admits.
  if (call.path.endsWith("/selfsubjectaccessreviews")) return { status: { allowed: true } };
  if (/^\/apis\/admissionregistration\.k8s\.io\/[^/]+$/.test(call.path)) return { resources: [] };
  const asked = understood(desk, call);
  switch (call.method) {
    case "GET":
      if (asked.subresource === "log") return logOf(desk, asked);
      return asked.name === undefined ? list(desk, asked) : shown(asked, must(desk, asked));
    case "POST":
      return asked.subresource === "eviction" ? evict(desk, asked) : create(desk, asked);
    case "PUT":
      return put(desk, asked);
    case "PATCH":
      return call.contentType === contentTypes.apply ? apply(desk, asked) : merge(desk, asked);
    case "DELETE":
      return remove(desk, asked);
  }
}

function understood({ store }: Desk, call: Call): Asked {
  const [path = "", query = ""] = call.path.split("?");
  const route = routeOf(path);
  const body = isTree(call.body) ? call.body : {};
  if (route === undefined) throw refuse.notServed(call);
  const { kind, apiVersion } = route.resource;
  const isServed = apiVersion !== ours || store.get("CustomResourceDefinition", kind) !== undefined;
  if (!isServed) throw refuse.notServed(call);
  const name = route.name ?? (call.method === "POST" ? metadataOf(body).name : undefined);
  const named = name === undefined ? {} : { name };
  return { ...route, ...named, call, query: new URLSearchParams(query), body };
}

function metadataOf(body: Tree): Partial<Metadata> {
  return isTree(body["metadata"]) ? body["metadata"] : {};
}

// --- reads --------------------------------------------------------------------------------------

function find({ store }: Desk, { resource, name = "" }: Asked): Held | undefined {
  return store.get(resource.kind, name);
}

function must(desk: Desk, asked: Asked): Held {
  const found = find(desk, asked);
  if (found === undefined) throw refuse.notFound(asked);
  return found;
}

function shown({ resource, call }: Asked, object: object): object {
  const { kind, apiVersion } = resource;
  if (!isPartial(call.accept)) return { apiVersion, kind, ...object };
  return { kind: "PartialObjectMetadata", metadata: (object as Held).metadata };
}

function isPartial(accept = ""): boolean {
  return accept.includes("as=PartialObjectMetadata");
}

/** Pods that run elsewhere name a node that has a kubelet, and no object (see kubelet.ts). */
const nodeElsewhere = {
  metadata: { name: elsewhere },
  status: { conditions: [{ type: "Ready", status: "True" }] },
} as unknown as AnyObject;

function list(desk: Desk, asked: Asked): object {
  const { query, resource } = asked;
  const limit = Number(query.get("limit") ?? "0");
  const after = query.get("continue");
  const left = after === null ? matching(desk, asked) : desk.pages.get(after);
  if (left === undefined) throw refuse.expired(asked);
  const page = limit > 0 ? left.slice(0, limit) : left;
  const resourceVersion = after === null ? desk.store.version() : after.split("/", 1)[0]!;
  const more: { continue?: string } = {};
  if (page.length < left.length) {
    more.continue = `${resourceVersion}/${resource.plural}/${page.at(-1)!.metadata.name}`;
    desk.pages.set(more.continue, left.slice(page.length));
  }
  return {
    kind: `${resource.kind}List`,
    apiVersion: resource.apiVersion,
    metadata: { resourceVersion, ...more },
    items: isPartial(asked.call.accept) ? page.map(({ metadata }) => ({ metadata })) : page,
  };
}

function matching({ store }: Desk, asked: Asked): readonly AnyObject[] {
  const selects = selectorOf(asked);
  const found = store.list(asked.resource.kind).filter(selects);
  if (asked.resource.kind === "Node" && asked.query.has("fieldSelector") && selects(nodeElsewhere))
    return [nodeElsewhere];
  return [...found].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

function watch(desk: Desk, call: WatchCall) {
  const asked = understood(desk, { method: "GET", path: call.path, accept: call.accept });
  const since = asked.query.get("resourceVersion");
  return desk.watches.open(call, {
    kind: asked.resource.kind,
    selects: selectorOf(asked),
    shown: (object) => shown(asked, object),
    seconds: Number(asked.query.get("timeoutSeconds") ?? "1800"),
    ...(since === null ? {} : { since }),
  });
}

function logOf(desk: Desk, asked: Asked): string {
  const { status } = must(desk, asked) as unknown as AnyObject & { readonly status?: Tree };
  const shown = status?.["containerStatuses"] as
    | readonly { readonly lastState?: { readonly terminated: { readonly message?: string } } }[]
    | undefined;
  const ended = shown?.[0]?.lastState?.terminated;
  if (asked.query.get("previous") !== "true") return "";
  if (ended === undefined)
    throw refuse.badRequest(
      asked,
      `previous terminated container in pod "${asked.name!}" not found`,
    );
  return ended.message ?? "";
}

// --- writes -------------------------------------------------------------------------------------

function writerOf({ query, subresource }: Asked, operation: Writer["operation"]): Writer {
  const manager = query.get("fieldManager") ?? "unknown";
  return { manager, operation, ...(subresource === undefined ? {} : { subresource }) };
}

function create(desk: Desk, asked: Asked): object {
  if (find(desk, asked) !== undefined) throw refuse.alreadyExists(asked);
  return written(desk, asked, undefined, { next: asked.body, by: writerOf(asked, "Update") });
}

function put(desk: Desk, asked: Asked): object {
  const live = must(desk, asked);
  const { uid } = metadataOf(asked.body);
  if (uid !== undefined && uid !== live.metadata.uid)
    throw refuse.otherUid(asked, uid, live.metadata.uid);
  return written(desk, asked, live, { next: asked.body, by: writerOf(asked, "Update") });
}

function merge(desk: Desk, asked: Asked): object {
  const live = must(desk, asked);
  const next = merged(live, asked.body) as Tree;
  return written(desk, asked, live, { next, by: writerOf(asked, "Update") });
}

/** RFC 7386. */
function merged(live: unknown, patch: unknown): unknown {
  if (!isTree(patch)) return patch;
  const next: Record<string, unknown> = isTree(live) ? { ...live } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete next[key];
    else next[key] = merged(next[key], value);
  }
  return next;
}

/**
 * Server-side apply. What the writer applied before and leaves out now goes, if nobody else owns
 * it.
 */
function apply(desk: Desk, asked: Asked): object {
  const live = find(desk, asked);
  const by = writerOf(asked, "Apply");
  const body = asked.subresource === undefined ? asked.body : only(asked.body, asked.subresource);
  if (live === undefined) {
    if (asked.subresource !== undefined) throw refuse.notFound(asked);
    return written(desk, asked, undefined, { next: body, by });
  }
  const all = live.metadata.managedFields ?? [];
  const fields = fieldsOf(body);
  const taken = contested(asked, live, { body, by });
  const others = ownersBeside(all, by);
  const left = [...appliedBefore(all, by)].filter(
    (path) => !fields.has(path) && !others.some(([, owned]) => owned.has(path)),
  );
  const next = left.reduce(without, merged(live, body) as Tree);
  const managedFields = owning(all, by, fields, taken);
  return written(desk, asked, live, { next, managedFields });
}

function only(body: Tree, field: string): Tree {
  return { [field]: body[field] };
}

/** Fields that others own and that would change: with force they are taken, without it refused. */
function contested(
  asked: Asked,
  live: Held,
  { body, by }: { readonly body: Tree; readonly by: Writer },
): ReadonlySet<string> {
  const changing = [...fieldsOf(body)].filter(
    (path) => !isSame(valueAt(live, path), valueAt(body, path)),
  );
  const conflicts = ownersBeside(live.metadata.managedFields ?? [], by).flatMap(
    ([manager, owned]) =>
      changing.filter((path) => owned.has(path)).map((path) => ({ manager, path })),
  );
  if (conflicts.length === 0) return new Set();
  if (asked.query.get("force") === "true")
    return new Set(conflicts.map((conflict) => conflict.path));
  throw refuse.ownedByOthers(
    asked,
    conflicts.map(({ manager, path }) => ({ manager, field: fieldName(path) })),
  );
}

type Writing = { readonly next: Tree } & (
  { readonly by: Writer } | { readonly managedFields: readonly ManagedFields[] }
);

/**
 * Checks, keeps what the server owns, and stores; a dry run stores nothing, and so does no change.
 */
function written(desk: Desk, asked: Asked, live: Held | undefined, writing: Writing): object {
  const { resource, query, name = "" } = asked;
  const kind: ObjectKind = resource.kind;
  if (live !== undefined) check(asked, live, metadataOf(writing.next));
  const content = live === undefined ? fresh(asked, writing.next) : kept(asked, live, writing.next);
  const managedFields =
    "by" in writing
      ? afterUpdate(live?.metadata.managedFields ?? [], writing.by, [live ?? {}, content])
      : writing.managedFields;
  const metadata = { ...content.metadata, managedFields };
  const next = { ...content, metadata } as unknown as AnyObject;
  if (query.get("dryRun") === "All") return shown(asked, next);
  if (live === undefined) return shown(asked, desk.store.create(kind, next));
  if (isSame(live, next)) return shown(asked, live);
  desk.store.edit(kind, name, () => next);
  return shown(asked, desk.store.get(kind, name) ?? next);
}

function check(asked: Asked, live: Held, { uid, resourceVersion }: Partial<Metadata>): void {
  if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion)
    throw refuse.wasModified(asked);
  // A status is written to the object of that name, whatever its uid (measured).
  if (asked.subresource === undefined && uid !== undefined && uid !== live.metadata.uid)
    throw refuse.invalid(asked, `metadata.uid: Invalid value: "${uid}": field is immutable`);
}

function fresh({ body, name, resource }: Asked, next: Tree): Held {
  const { status: _status, ...rest } = next;
  const metadata = { ...metadataOf(body), name } as Metadata;
  const { apiVersion: _version, kind: _kind, ...content } = resource.hasStatus ? rest : next;
  return { ...content, metadata };
}

const owned = [
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
] as const;

function kept(asked: Asked, live: Held, next: Tree): Held {
  const { resource, subresource } = asked;
  if (subresource !== undefined) return { ...live, [subresource]: next[subresource] };
  const { apiVersion: _version, kind: _kind, ...given } = next;
  const content = Object.fromEntries(
    // A value that is the same stays the same: a new spec is a new generation.
    Object.entries(given).map(([key, value]) => [
      key,
      isSame(live[key], value) ? live[key] : value,
    ]),
  );
  const ofServer = Object.fromEntries(
    owned.flatMap((key) => (live.metadata[key] === undefined ? [] : [[key, live.metadata[key]]])),
  );
  const metadata = { ...metadataOf(next), ...ofServer } as Metadata;
  const result: Held = { ...content, metadata };
  if (live["immutable"] === true && !isSame(live["data"], result["data"]))
    throw refuse.invalid(asked, "data: Forbidden: field is immutable when `immutable` is set");
  return resource.hasStatus ? withStatusOf(live, result) : result;
}

function withStatusOf(live: Held, next: Held): Held {
  const { status: _status, ...rest } = next;
  return live["status"] === undefined ? rest : { ...rest, status: live["status"] };
}

// --- ends ---------------------------------------------------------------------------------------

function remove(desk: Desk, asked: Asked): object {
  const live = must(desk, asked);
  const { uid, resourceVersion } = preconditionsIn(asked.body);
  if (uid !== undefined && uid !== live.metadata.uid)
    throw refuse.otherUid(asked, uid, live.metadata.uid);
  if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion)
    throw refuse.wasModified(asked);
  const { kind } = asked.resource;
  if (asked.query.get("dryRun") !== "All") desk.store.remove(kind, live.metadata.name);
  const going = find(desk, asked);
  return going === undefined ? { kind: "Status", status: "Success" } : shown(asked, going);
}

function preconditionsIn({ preconditions }: Tree): Partial<Metadata> {
  return isTree(preconditions) ? preconditions : {};
}

function evict(desk: Desk, asked: Asked): object {
  const pod = desk.store.get("Pod", asked.name ?? "");
  const budgets = desk.store.list("PodDisruptionBudget");
  const holds = budgets.some(
    (budget) =>
      pod !== undefined &&
      reportsReady(pod) &&
      covers(budget, pod.metadata.labels) &&
      disruptionOf(budget, desk.store.list("Pod")).disruptionsAllowed === 0,
  );
  const { deleteOptions } = asked.body;
  const body = isTree(deleteOptions) ? deleteOptions : {};
  const { uid } = preconditionsIn(body);
  const isThat = uid === undefined || uid === pod?.metadata.uid;
  if (holds && isThat) throw refuse.notEvicted(asked);
  return remove(desk, { ...asked, body });
}
