// The fragment that the message of Wired says, read out of it and laid over a pod spec as the chart
// itself would.

import { load } from "js-yaml";
import type { Json } from "./workloads.ts";

/** What the message says, for one workload. */
type Told = { readonly value: string; readonly fragment: Json };

/** "add VALUE: FRAGMENT in the values ..." or "add FRAGMENT to ...". */
function toldBy(message: string): Told {
  const helm = /add (pod\.[\w.]+): (.*) in the values of openstack-helm/.exec(message);
  if (helm !== null) return { value: helm[1]!, fragment: load(helm[2]!) };
  const source = /add (\{.*\}) to the sources of the projected volume at (\S+),/.exec(message);
  if (source === null) throw new Error(`no fragment in: ${message}`);
  return { value: source[2]!, fragment: load(source[1]!) };
}

/** The pod spec that the chart renders from then on. */
export function asTold(spec: Json, container: string, message: string): Json {
  return withTold(spec, container, toldBy(message));
}

function withTold(spec: Json, container: string, { value, fragment }: Told): Json {
  if (value.startsWith("pod.mounts.")) return withMounts(spec, container, fragment);
  const sources = value.startsWith("pod.etcSources.") ? fragment : [fragment];
  const at = value.startsWith("/") ? value : "/etc/nova/nova.conf.d/";
  const { name } = mountsOf(spec, container).find((mount) => mount.mountPath === at);
  const volumes = (spec.volumes as Json[]).map((volume) =>
    volume.name === name
      ? { name, projected: { sources: [...(volume.projected?.sources ?? []), ...sources] } }
      : volume,
  );
  return { ...spec, volumes };
}

function mountsOf(spec: Json, container: string): readonly Json[] {
  return (spec.containers as Json[]).find((other) => other.name === container)
    .volumeMounts as Json[];
}

function withMounts(spec: Json, container: string, fragment: Json): Json {
  const containers = (spec.containers as Json[]).map((other) =>
    other.name === container
      ? { ...other, volumeMounts: [...other.volumeMounts, ...fragment.volumeMounts] }
      : other,
  );
  return { ...spec, containers, volumes: [...spec.volumes, ...fragment.volumes] };
}
