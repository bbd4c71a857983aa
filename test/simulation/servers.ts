// Guests: where Nova would put a server, and what keeps a host busy.

import { fragmentAnnotation } from "../../src/api/names.ts";
import { reportsReady } from "../../src/embedded/controllers/pods.ts";
import { aliasesIn, offered } from "./conf.ts";
import type { Run } from "./one-run.ts";

/** A server can only be scheduled to a host that is up, enabled and offers the device. */
export function bootServer(run: Run, node: string): void {
  const { cloud } = run.cluster;
  if (!run.truth.isUp(node) || cloud.reasonOf(node) !== undefined) return;
  buildServer(node, run);
  const text = run.truth.process(node)?.text;
  const product = [...offered(text)][0];
  if (product === undefined) return;
  const alias = [...aliasesIn(text)].find(([, serves]) => serves === product)?.[0];
  if (alias === undefined || !meansOnApi(alias, product, run)) return;
  run.servers += 1;
  cloud.addServer({ id: `server-${run.servers}`, host: node, aliases: [alias], address: product });
}

/** Somebody's server without a device is being built there: quiescing waits for it, or gives up. */
function buildServer(node: string, run: Run): void {
  const { cloud, clock } = run.cluster;
  run.servers += 1;
  const id = `building-${run.servers}`;
  cloud.addServer({ id, host: node, aliases: [], busy: true });
  clock.after(20_000 + (run.servers % 7) * 9000, () => cloud.removeServer(id));
}

/**
 * nova-api puts what the name means to it into the request. A request in the very moment in which
 * nova-api learns another meaning is the race that no guard can see (src/plan/removal.ts).
 */
function meansOnApi(alias: string, product: string, run: Run): boolean {
  const { store, kubelets } = run.cluster;
  const template = store.get(run.schedule.setting.api, "nova-api-osapi")?.spec.template;
  const next = run.truth.textOf(template?.metadata.annotations?.[fragmentAnnotation]);
  const pods = store
    .list("Pod")
    .filter((pod) => run.cluster.serviceOf(pod.metadata.labels) === "api" && reportsReady(pod));
  const texts = [next, ...pods.map((pod) => kubelets.runs(pod)?.text)];
  return pods.length > 0 && texts.every((text) => aliasesIn(text).get(alias) === product);
}
