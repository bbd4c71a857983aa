// What a client of the API server may rely on, asked through the port that the operator uses: one
// table, answered by a real kube-apiserver and by the one in memory.
import { expect } from "@jest/globals";
import { apiVersion, fragmentAnnotation } from "../../src/api/names.ts";
import { ApiFailure } from "../../src/cluster/wire/failures.ts";
import {
  contentTypes,
  type Call,
  type Requests,
  type WatchEvent,
} from "../../src/cluster/wire/requests.ts";

type Case = {
  readonly says: string;
  readonly does: (site: Site) => Promise<unknown>;
  readonly shows: unknown;
};

type Site = {
  readonly api: Requests;
  readonly namespace: string;
  readonly maps: string;
  readonly flavors: string;
  readonly deployments: string;
};

export function siteOf(api: Requests, namespace: string): Site {
  return {
    api,
    namespace,
    maps: `/api/v1/namespaces/${namespace}/configmaps`,
    flavors: `/apis/${apiVersion}/namespaces/${namespace}/pciflavors`,
    deployments: `/apis/apps/v1/namespaces/${namespace}/deployments`,
  };
}

// --- requests -------------------------------------------------------------------------------------

// As JSON comes: what a case shows is compared whole.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Tree = Record<string, any>;

const get = async ({ api }: Site, path: string): Promise<Tree> =>
  (await api.ask({ method: "GET", path })) as Tree;
const post = async ({ api }: Site, path: string, body: object): Promise<Tree> =>
  (await api.ask({ method: "POST", path, body })) as Tree;
const put = async ({ api }: Site, path: string, body: object): Promise<Tree> =>
  (await api.ask({ method: "PUT", path, body })) as Tree;
const patch = async ({ api }: Site, path: string, body: object): Promise<Tree> =>
  (await api.ask({ method: "PATCH", path, body, contentType: contentTypes.merge })) as Tree;
const apply = async ({ api }: Site, path: string, body: object): Promise<Tree> =>
  (await api.ask({ method: "PATCH", path, body, contentType: contentTypes.apply })) as Tree;
const erase = async ({ api }: Site, path: string, preconditions: object = {}): Promise<Tree> =>
  (await api.ask({ method: "DELETE", path, body: { preconditions } })) as Tree;

const map = (name: string, more: object = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  ...more,
});
const flavor = (name: string, metadata: object = {}): object => ({
  apiVersion,
  kind: "PciFlavor",
  metadata: { name, ...metadata },
  spec: { flavor: { name }, aliases: [{ name: "a", count: 1 }] },
});
const stranger = "00000000-0000-0000-0000-000000000000";
const held = { finalizers: ["pci.openstack.org/test"] };

/** How it was refused: status, reason, causes, and whether the words hold what the operator reads. */
async function refused(work: Promise<unknown>, words: RegExp = /./): Promise<unknown> {
  try {
    return { done: await work };
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    const { status, reason, causes, message, kind } = error;
    const said = words.test(message) ? "as expected" : message;
    return { status, reason, kind, causes, said };
  }
}

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "d", labels: { application: "nova" } },
  spec: {
    paused: true,
    replicas: 0,
    selector: { matchLabels: { app: "d" } },
    template: {
      metadata: { labels: { app: "d" }, annotations: { other: "1" } },
      spec: { containers: [{ name: "c", image: "x" }] },
    },
  },
};

const annotated = (value?: string): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "d" },
  ...(value === undefined
    ? {}
    : { spec: { template: { metadata: { annotations: { [fragmentAnnotation]: value } } } } }),
});
const annotationOf = (object: Tree): unknown =>
  object["spec"].template.metadata.annotations?.[fragmentAnnotation];

/** The first so many events of a stream, in short; the stream is closed then. */
export async function events(
  site: Site,
  query: string,
  count: number,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<readonly string[]> {
  const ended = new AbortController();
  const call: Parameters<Requests["watch"]>[0] = {
    path: `${site.maps}?watch=1&allowWatchBookmarks=true&timeoutSeconds=60&${query}`,
    accept: contentTypes.json,
    signal: ended.signal,
    silenceMillis: 30_000,
    silent: () => ended.abort(),
  };
  const stream = await site.api.watch(call);
  const work = between();
  const told: string[] = [];
  for await (const event of stream) {
    told.push(inShort(event));
    if (told.length >= count) break;
  }
  ended.abort();
  await work;
  return told;
}

function inShort({ type, object }: WatchEvent): string {
  const { metadata = {}, data, code } = object as Tree;
  if (type === "ERROR") return `ERROR ${code}`;
  if (type === "BOOKMARK") {
    const isEnd = metadata.annotations?.["k8s.io/initial-events-end"] === "true";
    return isEnd ? "BOOKMARK, the list is complete" : "BOOKMARK";
  }
  return `${type} ${metadata.name} ${data?.k ?? ""}`;
}

// --- the table ------------------------------------------------------------------------------------

const conflict = { status: 409, reason: "Conflict", kind: "conflict", causes: [] };
const asExpected = { said: "as expected" };

export const cases: readonly Case[] = [
  {
    says: "what is not there is not found, by name and by words",
    does: (site) => refused(get(site, `${site.maps}/nobody`), /configmaps "nobody" not found/),
    shows: { status: 404, reason: "NotFound", kind: "missing", causes: [], ...asExpected },
  },
  {
    says: "a kind that nobody serves is not found either",
    does: (site) =>
      refused(
        site.api.ask({ method: "GET", path: "/apis/nfd.k8s-sigs.io/v1alpha1/nodefeatures" }),
        /./,
      ),
    shows: { status: 404, kind: "missing", causes: [], reason: expect.any(String), ...asExpected },
  },
  {
    says: "what is created has a uid and a version, and cannot be created again",
    does: async (site) => {
      const made = await post(site, site.maps, map("once", { data: { k: "1" } }));
      const again = await refused(
        post(site, site.maps, map("once")),
        /configmaps "once" already exists/,
      );
      const { uid, resourceVersion, namespace } = made["metadata"];
      return [uid !== "", Number(resourceVersion) > 0, namespace === site.namespace, again];
    },
    shows: [
      true,
      true,
      true,
      { status: 409, reason: "AlreadyExists", kind: "conflict", causes: [], ...asExpected },
    ],
  },
  {
    says: "a dry run answers with the object and writes nothing",
    does: async (site) => {
      const made = await post(site, `${site.maps}?dryRun=All`, map("dry", { data: { k: "1" } }));
      await post(site, site.maps, map("wet", { data: { k: "1" } }));
      const patched = await patch(site, `${site.maps}/wet?dryRun=All`, { data: { k: "2" } });
      return [
        made["data"],
        await refused(get(site, `${site.maps}/dry`), /not found/),
        patched["data"],
        (await get(site, `${site.maps}/wet`))["data"],
      ];
    },
    shows: [
      { k: "1" },
      { status: 404, reason: "NotFound", kind: "missing", causes: [], ...asExpected },
      { k: "2" },
      { k: "1" },
    ],
  },
  {
    says: "a write on an old version is a conflict, whole or as a patch",
    does: async (site) => {
      const made = await post(site, site.maps, map("versions", { data: { k: "1" } }));
      const { resourceVersion } = made["metadata"];
      const path = `${site.maps}/versions`;
      const body = { ...map("versions", { data: { k: "2" } }), metadata: made["metadata"] };
      const next = await put(site, path, body);
      return [
        next["metadata"].resourceVersion !== resourceVersion,
        await refused(put(site, path, body), /the object has been modified/),
        await refused(
          patch(site, path, { metadata: { resourceVersion }, data: { k: "3" } }),
          /the object has been modified/,
        ),
        (await get(site, path))["data"],
      ];
    },
    shows: [true, { ...conflict, ...asExpected }, { ...conflict, ...asExpected }, { k: "2" }],
  },
  {
    says: "a merge patch sets, leaves alone, and takes away with null",
    does: async (site) => {
      await post(site, site.maps, map("merge", { data: { a: "1", b: "1", c: "1" } }));
      const next = await patch(site, `${site.maps}/merge`, { data: { a: "2", b: null, x: null } });
      return next["data"];
    },
    shows: { a: "2", c: "1" },
  },
  {
    says: "a patch that changes nothing is no new version",
    does: async (site) => {
      const made = await post(site, site.maps, map("same", { data: { k: "1" } }));
      const next = await patch(site, `${site.maps}/same`, { data: { k: "1" } });
      return next["metadata"].resourceVersion === made["metadata"].resourceVersion;
    },
    shows: true,
  },
  {
    says: "an immutable ConfigMap keeps its data",
    does: async (site) => {
      await post(site, site.maps, map("fixed", { data: { k: "1" }, immutable: true }));
      const work = patch(site, `${site.maps}/fixed`, { data: { k: "2" } });
      return refused(work, /field is immutable when `immutable` is set/);
    },
    shows: {
      status: 422,
      reason: "Invalid",
      kind: "refused",
      causes: expect.any(Array),
      ...asExpected,
    },
  },
  {
    says: "another uid is a conflict for a delete and for an update, and invalid for a patch",
    does: async (site) => {
      await post(site, site.maps, map("who", { data: { k: "1" } }));
      const path = `${site.maps}/who`;
      return [
        await refused(erase(site, path, { uid: stranger }), /the UID in the precondition/),
        await refused(
          put(site, path, { ...map("who"), metadata: { name: "who", uid: stranger } }),
          /UID in precondition/,
        ),
        await refused(
          patch(site, path, { metadata: { uid: stranger }, data: { k: "2" } }),
          /metadata\.uid/,
        ),
        (await get(site, path))["data"],
      ];
    },
    shows: [
      { ...conflict, ...asExpected },
      { ...conflict, ...asExpected },
      {
        status: 422,
        reason: "Invalid",
        kind: "refused",
        causes: expect.any(Array),
        ...asExpected,
      },
      { k: "1" },
    ],
  },
  {
    says: "the right uid and version delete, and what is gone is not found",
    does: async (site) => {
      const made = await post(site, site.maps, map("gone"));
      const { uid, resourceVersion } = made["metadata"];
      await erase(site, `${site.maps}/gone`, { uid, resourceVersion });
      return refused(erase(site, `${site.maps}/gone`, { uid }), /not found/);
    },
    shows: { status: 404, reason: "NotFound", kind: "missing", causes: [], ...asExpected },
  },
  {
    says: "generation grows with the spec, and not with labels or a status",
    does: async (site) => {
      const path = `${site.flavors}/generations`;
      const made = await post(site, site.flavors, flavor("generations"));
      const labelled = await patch(site, path, { metadata: { labels: { a: "b" } } });
      const reported = await apply(site, `${path}/status?fieldManager=s&force=true`, {
        ...flavor("generations"),
        status: { observedGeneration: 1 },
      });
      const changed = await patch(site, path, { spec: { aliases: [{ name: "b", count: 1 }] } });
      return [made, labelled, reported, changed].map((tree) => tree["metadata"].generation);
    },
    shows: [1, 1, 1, 2],
  },
  {
    says: "a status is written by itself: it leaves the spec alone, and the object leaves it alone",
    does: async (site) => {
      const path = `${site.flavors}/status`;
      const status = { observedGeneration: 7 };
      const made = await post(site, site.flavors, { ...flavor("status"), status });
      const body = { ...flavor("status", { uid: stranger }), spec: { aliases: [] }, status };
      const reported = await apply(site, `${path}/status?fieldManager=s&force=true`, body);
      const patched = await patch(site, path, { status: { observedGeneration: 9 } });
      return [
        made["status"]?.observedGeneration === 7,
        reported["status"],
        reported["spec"].aliases,
        patched["status"],
      ];
    },
    shows: [false, { observedGeneration: 7 }, [{ name: "a", count: 1 }], { observedGeneration: 7 }],
  },
  {
    says: "an applied status is all of the writer's: what it leaves out is gone",
    does: async (site) => {
      await post(site, site.flavors, flavor("told"));
      const path = `${site.flavors}/told/status?fieldManager=s&force=true`;
      const tell = (status: object) => apply(site, path, { ...flavor("told"), status });
      const first = await tell({ observedGeneration: 1, flavorId: "x" });
      const same = await tell({ observedGeneration: 1, flavorId: "x" });
      const next = await tell({ observedGeneration: 2 });
      return [
        first["metadata"].resourceVersion === same["metadata"].resourceVersion,
        first["status"],
        next["status"],
      ];
    },
    shows: [true, { observedGeneration: 1, flavorId: "x" }, { observedGeneration: 2 }],
  },
  {
    says: "an object with finalizers waits for them, and changes nothing but them",
    does: async (site) => {
      const path = `${site.flavors}/held`;
      await post(site, site.flavors, flavor("held", held));
      await erase(site, path);
      const going = await get(site, path);
      await erase(site, path);
      const still = await get(site, path);
      const last = await patch(site, path, { metadata: { finalizers: [] } });
      return [
        going["metadata"].deletionTimestamp !== undefined,
        going["metadata"].generation,
        still["metadata"].deletionTimestamp === going["metadata"].deletionTimestamp,
        last["metadata"].finalizers ?? [],
        await refused(get(site, path), /not found/),
      ];
    },
    shows: [
      true,
      2,
      true,
      [],
      { status: 404, reason: "NotFound", kind: "missing", causes: [], ...asExpected },
    ],
  },
  {
    says: "an apply owns what it says, and gives up what it leaves out",
    does: async (site) => {
      await post(site, `${site.deployments}?fieldManager=helm`, deployment);
      const path = `${site.deployments}/d?fieldManager=ours`;
      const first = await apply(site, path, annotated("one"));
      const again = await apply(site, path, annotated("one"));
      const entry = (first["metadata"].managedFields as readonly Tree[]).find(
        (managedField) => managedField["manager"] === "ours",
      );
      const gone = await apply(site, path, annotated());
      return [
        annotationOf(first),
        first["spec"].template.metadata.annotations.other,
        first["metadata"].generation,
        entry?.["operation"],
        entry?.["fieldsV1"],
        again["metadata"].generation === first["metadata"].generation,
        annotationOf(gone),
        gone["spec"].template.metadata.annotations,
        gone["metadata"].generation,
      ];
    },
    shows: [
      "one",
      "1",
      2,
      "Apply",
      {
        "f:spec": {
          "f:template": { "f:metadata": { "f:annotations": { [`f:${fragmentAnnotation}`]: {} } } },
        },
      },
      true,
      undefined,
      { other: "1" },
      3,
    ],
  },
  {
    says: "a field of another manager is a conflict, and taken with force; its value then is ours",
    does: async (site) => {
      const path = `${site.deployments}/d`;
      await post(site, `${site.deployments}?fieldManager=helm`, deployment);
      const theirs = {
        spec: { template: { metadata: { annotations: { [fragmentAnnotation]: "theirs" } } } },
      };
      await patch(site, `${path}?fieldManager=kubectl-rollout`, theirs);
      const ours = `${path}?fieldManager=ours`;
      const shared = await apply(site, ours, annotated("theirs"));
      await apply(site, ours, annotated());
      const left = await get(site, path);
      const refusal = await refused(apply(site, ours, annotated("one")), /kubectl-rollout/);
      const forced = await apply(site, `${ours}&force=true`, annotated("one"));
      const after = await apply(site, ours, annotated());
      return [
        annotationOf(shared),
        annotationOf(left),
        refusal,
        annotationOf(forced),
        annotationOf(after),
      ];
    },
    shows: [
      "theirs",
      "theirs",
      { ...conflict, causes: ["FieldManagerConflict"], ...asExpected },
      "one",
      undefined,
    ],
  },
  {
    says: "an update takes a field from whoever applied it",
    does: async (site) => {
      const path = `${site.deployments}/d`;
      await post(site, `${site.deployments}?fieldManager=helm`, deployment);
      await apply(site, `${path}?fieldManager=ours`, annotated("one"));
      const theirs = {
        spec: { template: { metadata: { annotations: { [fragmentAnnotation]: "two" } } } },
      };
      await patch(site, `${path}?fieldManager=kubectl`, theirs);
      const refusal = await refused(
        apply(site, `${path}?fieldManager=ours`, annotated("three")),
        /conflict with "kubectl"/,
      );
      return [annotationOf(await get(site, path)), refusal];
    },
    shows: ["two", { ...conflict, causes: ["FieldManagerConflict"], ...asExpected }],
  },
  {
    says: "an apply of what is not there creates it; another uid is a conflict or invalid",
    does: async (site) => {
      const path = `${site.maps}/applied?fieldManager=ours&force=true`;
      const made = await apply(site, path, map("applied", { data: { k: "1" } }));
      const work = apply(site, path, {
        ...map("applied", { data: { k: "2" } }),
        metadata: { name: "applied", uid: stranger },
      });
      const refusal = (await refused(work, /uid/i)) as Tree;
      return [made["data"], refusal["said"], [409, 422].includes(refusal["status"] as number)];
    },
    shows: [{ k: "1" }, "as expected", true],
  },
  {
    says: "a list comes in pages, by name, as it was when it began; an old token is expired",
    does: async (site) => {
      const labels = { page: "yes" };
      for (const name of ["p3", "p1", "p2", "p4"])
        await post(site, site.maps, { ...map(name), metadata: { name, labels } });
      const path = `${site.maps}?labelSelector=page%3Dyes&limit=2`;
      const first = await get(site, path);
      const token = encodeURIComponent(first["metadata"].continue as string);
      await post(site, site.maps, { ...map("p5"), metadata: { name: "p5", labels } });
      const second = await get(site, `${path}&continue=${token}`);
      const namesOf = (list: Tree) =>
        (list["items"] as readonly Tree[]).map((tree) => tree["metadata"].name as string);
      return [
        namesOf(first),
        namesOf(second),
        second["metadata"].continue ?? "",
        first["metadata"].resourceVersion === second["metadata"].resourceVersion,
      ];
    },
    shows: [["p1", "p2"], ["p3", "p4"], "", true],
  },
  {
    says: "labels select by equality and by membership, a field by its name",
    does: async (site) => {
      for (const [name, labels] of [
        ["l1", { a: "x", b: "1" }],
        ["l2", { a: "x", b: "2" }],
        ["l3", { a: "y", b: "1" }],
      ] as const)
        await post(site, site.maps, { ...map(name), metadata: { name, labels } });
      const names = async (query: Readonly<Record<string, string>>) => {
        const list = await get(site, `${site.maps}?${new URLSearchParams(query).toString()}`);
        return (list["items"] as readonly Tree[]).map((tree) => tree["metadata"].name as string);
      };
      return [
        await names({ labelSelector: "a=x,b in (1,3)" }),
        await names({ labelSelector: "a in (x,y),b=1" }),
        await names({ fieldSelector: "metadata.name=l2" }),
      ];
    },
    shows: [["l1"], ["l1", "l3"], ["l2"]],
  },
  {
    says: "only metadata crosses the wire when only that is asked for",
    does: async (site) => {
      await post(site, site.maps, { ...map("m", { data: { k: "1" } }) });
      const accept =
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
      const path = `${site.maps}?fieldSelector=metadata.name%3Dm`;
      const list = (await site.api.ask({ method: "GET", path, accept } satisfies Call)) as Tree;
      const [only] = list["items"] as readonly Tree[];
      return [only!["metadata"].name, only!["data"]];
    },
    shows: ["m", undefined],
  },
  {
    says: "a stream begins with the list, says when it is complete, and goes on with what happens",
    does: async (site) => {
      const labels = { stream: "one" };
      const made = { ...map("s1", { data: { k: "1" } }), metadata: { name: "s1", labels } };
      await post(site, site.maps, made);
      const query =
        "labelSelector=stream%3Done&sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
      return events(site, query, 6, async () => {
        await post(site, site.maps, { ...map("s2"), metadata: { name: "s2", labels } });
        await patch(site, `${site.maps}/s1`, { data: { k: "2" } });
        // Out of the selection is gone, into it is new.
        await patch(site, `${site.maps}/s2`, { metadata: { labels: { stream: "other" } } });
        await erase(site, `${site.maps}/s1`);
      });
    },
    shows: [
      "ADDED s1 1",
      "BOOKMARK, the list is complete",
      "ADDED s2 ",
      "MODIFIED s1 2",
      "DELETED s2 ",
      "DELETED s1 2",
    ],
  },
  {
    says: "a stream from a version tells everything after it, and what is gone has a newer version",
    does: async (site) => {
      const labels = { stream: "two" };
      const first = await post(site, site.maps, { ...map("t1"), metadata: { name: "t1", labels } });
      await patch(site, `${site.maps}/t1`, { data: { k: "2" } });
      await erase(site, `${site.maps}/t1`);
      const since = `resourceVersion=${first["metadata"].resourceVersion as string}`;
      return events(site, `labelSelector=stream%3Dtwo&${since}`, 2);
    },
    shows: ["MODIFIED t1 2", "DELETED t1 2"],
  },
];
