// What nova-api and nova-scheduler lose: aliases and options stay for the grace, as devices do.

import { fragmentAnnotation } from "../../src/api/names.ts";
import type { KubeEffect } from "../../src/plan/terms/effects.ts";
import type { Millis } from "../../src/plan/terms/time.ts";
import { aliasesIn, entriesOf } from "./conf.ts";
import { graceMillis } from "./removal-invariants.ts";
import type { Invariant, Scene } from "./scene.ts";

const title = "removal-grace-of-services";
const filters = "enabled_filters";

type Annotation = Extract<KubeEffect, { readonly do: "annotate-workload" }>;

export const serviceGrace: Invariant = {
  name: title,
  sentence: "an alias and the filters that aliases need stay for the grace on every service",
  watch: (scene) => {
    // Where nova-scheduler is given filters that it starts with: as yet in stories alone.
    if (scene.schedule.setting.goodFilters !== true) return {};
    /** When an alias was last wanted, by name; any at all, for the filters. */
    const last = new Map<string, Millis>();
    return {
      happened: () => {
        const now = scene.cluster.clock.now();
        for (const wish of scene.intent.wishes()) {
          if (wish.kind !== "PciAlias") continue;
          last.set(wish.name, now);
          last.set(filters, now);
        }
      },
      before: (effect) => {
        if (effect.do !== "annotate-workload") return;
        const { annotations } =
          scene.cluster.store.get(effect.kind, effect.name)?.spec.template.metadata ?? {};
        const had = contentOf(annotations?.[fragmentAnnotation], scene);
        const has = new Set(contentOf(effect.value, scene));
        for (const one of had) {
          const until = last.get(one);
          if (has.has(one) || until === undefined || isExcused(effect, one, scene)) continue;
          const waited = scene.cluster.clock.now() - until;
          if (waited < graceMillis - 1000)
            scene.violated(title, `${effect.name} loses ${one} after ${waited} ms`);
        }
      },
    };
  },
};

function contentOf(fragment: string | undefined, { truth }: Scene): readonly string[] {
  const text = truth.textOf(fragment);
  const managed = entriesOf(text).some(({ option }) => option === filters);
  return [...aliasesIn(text).keys(), ...(managed ? [filters] : [])];
}

/** Put back after a failure, released by a person, or wanted by an object of which no news came. */
function isExcused({ name, value }: Annotation, lost: string, scene: Scene): boolean {
  const state = scene.truth.state();
  const failed = Object.entries(state?.services ?? {}).some(
    ([service, one]) => name.includes(service) && one.assigned === value && one.phase !== "rolling",
  );
  const held = Object.values(state?.quarantined ?? {}).some((one) => one.line.includes(lost));
  const spec = scene.cluster.store.get("PciPassthrough", "nova")?.spec;
  const released = ((spec?.removals ?? []) as readonly unknown[]).length > 0;
  const seen = new Set((scene.round()?.seen.objects.aliases ?? []).map((one) => one.metadata.uid));
  const unseen = scene.cluster.store
    .list("PciAlias")
    .some(({ metadata }) => !seen.has(metadata.uid));
  return failed || held || released || unseen;
}
