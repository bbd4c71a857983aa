// A person who does to the chart what the message of Wired says, to the letter.

import { services, type Service } from "../../../src/api/names.ts";
import { serviceLabels, serviceOf } from "../../../src/cluster/views/service-labels.ts";
import { workloadKinds, type PodTemplate } from "../../../src/embedded/store/objects.ts";
import { wiringGate } from "../../../src/plan/gates/wiring.ts";
import { settingsOf } from "../../../src/plan/terms/settings.ts";
import type { Stage } from "../stage.ts";
import type { ChartShape } from "./shapes.ts";
import { asTold } from "./told.ts";

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
    for (const workload of store.list(kind)) {
      const service = serviceOf(workload.spec.template.metadata.labels, known);
      if (service === undefined) continue;
      const { container } = known[service];
      const spec = asTold(workload.spec.template.spec, container, said[service]!);
      const template: PodTemplate = { ...workload.spec.template, spec };
      store.edit(kind, workload.metadata.name, (old) => ({
        ...old,
        spec: { ...old.spec, template },
      }));
    }
  }
}
