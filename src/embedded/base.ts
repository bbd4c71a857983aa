// The chart's own nova.conf, read from the ConfigMaps and Secrets that files hold, as the operator
// reads it in a cluster. What the files do not hold is taken as without PCI options: nobody can see
// it.

import { readBase, type BaseWish } from "../cluster/reads/base-config.ts";
import { corePath } from "../cluster/wire/paths.ts";
import type { Snapshot } from "../plan/terms/snapshot.ts";
import { labelsIn, type Cluster } from "./cluster.ts";
import { passthroughName } from "../api/names.ts";

export async function withBase(observed: Snapshot, cluster: Cluster): Promise<Snapshot> {
  const { texts } = cluster.options;
  const { base: _asRead, ...seen } = observed;
  const wish = seen.objects.passthrough?.spec?.baseConfig as BaseWish | undefined;
  if (texts === undefined || wish === undefined) return seen;
  const { namespace } = seen;
  const objects = new Map(
    [...texts].map(([key, data]) => {
      const [kind, name] = key.split("/") as [string, string];
      const isSecret = kind === "Secret";
      const path = corePath(namespace, isSecret ? "secrets" : "configmaps", name);
      return [path, { data: isSecret ? toBase64(data) : data }] as const;
    }),
  );
  const ask = ({ path }: { readonly path: string }): Promise<unknown> =>
    Promise.resolve(objects.get(path) ?? { data: {} });
  const keys = (wish.keys ?? []).filter(
    (key) => texts.get(`${key.kind}/${key.name}`)?.[key.key] !== undefined,
  );
  const labels = labelsIn(cluster.store.get("PciPassthrough", passthroughName));
  const where = { namespace, rest: { ask }, labels };
  const base = await readBase({ ...wish, keys }, where, seen.workloads);
  // A file that is not given is no file that could not be found.
  if (base.is !== "read") return seen;
  const { unread: _unread, ...read } = base;
  return { ...seen, base: read };
}

function toBase64(data: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "utf8").toString("base64")]),
  );
}
