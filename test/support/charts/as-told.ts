// A person who does to the chart what the message of Wired says, to the letter: the fragment is read out
// of the message, and laid over what the chart renders as the chart itself would.

import { load } from "js-yaml";
import { services, type Service } from "../../../src/api/names.ts";
import { serviceLabels, serviceOf } from "../../../src/cluster/views/service-labels.ts";
import { workloadKinds, type PodTemplate } from "../../../src/embedded/store/objects.ts";
import { wiringGate } from "../../../src/plan/gates/wiring.ts";
import { settingsOf } from "../../../src/plan/terms/settings.ts";
import type { Stage } from "../stage.ts";
import type { ChartShape } from "./shapes.ts";
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
function asTold(spec: Json, container: string, { value, fragment }: Told): Json {
  if (value.startsWith("pod.mounts.")) return withMounts(spec, container, fragment);
  const sources = value.startsWith("pod.etcSources.") ? fragment : [fragment];
  const at = value.startsWith("/") ? value : "/etc/nova/nova.conf.d/";
  const { name } = mountsOf(spec, container).find((one) => one.mountPath === at);
  const volumes = (spec.volumes as Json[]).map((one) =>
    one.name === name
      ? { name, projected: { sources: [...(one.projected?.sources ?? []), ...sources] } }
      : one,
  );
  return { ...spec, volumes };
}

function mountsOf(spec: Json, container: string): readonly Json[] {
  return (spec.containers as Json[]).find((one) => one.name === container).volumeMounts as Json[];
}

function withMounts(spec: Json, container: string, fragment: Json): Json {
  const containers = (spec.containers as Json[]).map((one) =>
    one.name === container
      ? { ...one, volumeMounts: [...one.volumeMounts, ...fragment.volumeMounts] }
      : one,
  );
  return { ...spec, containers, volumes: [...spec.volumes, ...fragment.volumes] };
}

/** What PciPassthrough says of each service, as `Wired` says it of the first. */
export function messages(stage: Stage): Readonly<Partial<Record<Service, string>>> {
  const { seen } = stage.last();
  return Object.fromEntries(
    services.flatMap((service) => {
      const gate = wiringGate(service, "Mounted", seen, settingsOf(seen));
      return gate?.gate === "NotWired" ? [[service, gate.why]] : [];
    }),
  );
}

/** helm upgrade with what the messages say. */
export function upgradeAsTold(
  stage: Stage,
  chart: ChartShape,
  said: ReturnType<typeof messages>,
): void {
  const { store } = stage.cluster;
  const known = serviceLabels(chart.services);
  for (const kind of workloadKinds) {
    for (const one of store.list(kind)) {
      const service = serviceOf(one.spec.template.metadata.labels, known);
      if (service === undefined) continue;
      const { container } = known[service];
      const spec = asTold(one.spec.template.spec, container, toldBy(said[service]!));
      const template: PodTemplate = { ...one.spec.template, spec };
      store.edit(kind, one.metadata.name, (old) => ({ ...old, spec: { ...old.spec, template } }));
    }
  }
}
