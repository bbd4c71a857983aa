// What nova-api and nova-scheduler lose: aliases and options stay for the grace, as devices do.

import { fragmentAnnotation } from "../../src/api/names.ts";
import type { KubeEffect } from "../../src/plan/terms/effects.ts";
import type { Millis } from "../../src/plan/terms/time.ts";
import { aliasesIn, entriesOf } from "./conf.ts";
import { productsOf } from "./intent.ts";
import { graceMillis } from "./removal-invariants.ts";
import type { Invariant, Scene } from "./scene.ts";

const title = "removal-grace-of-services";
const filters = "enabled_filters";

type Annotation = Extract<KubeEffect, { readonly do: "annotate-workload" }>;

export const serviceGrace: Invariant = {
  name: title,
  sentence: "an alias and the filters that aliases need stay for the grace on every service",
  watch: (scene) => {
    /** When an alias was last wanted with this meaning; any at all, for the filters. */
    const last = new Map<string, Millis>();
    return {
      happened: () => {
        const now = scene.cluster.clock.now();
        for (const wish of scene.intent.wishes()) {
          if (wish.kind !== "PciAlias") continue;
          for (const product of productsOf(wish)) last.set(aliasKey(wish.name, product), now);
          last.set(filters, now);
        }
      },
      before: (effect) => {
        if (effect.do !== "annotate-workload") return;
        const { annotations } =
          scene.cluster.store.get(effect.kind, effect.name)?.spec.template.metadata ?? {};
        const had = contentOf(annotations?.[fragmentAnnotation], scene);
        const has = new Set(contentOf(effect.value, scene));
        for (const text of had) {
          const until = last.get(text);
          if (has.has(text) || until === undefined || isExcused(effect, text, scene)) continue;
          const waited = scene.cluster.clock.now() - until;
          if (waited < graceMillis - 1000)
            scene.violated(title, `${effect.name} loses ${text} after ${waited} ms`);
        }
      },
    };
  },
};

function contentOf(fragment: string | undefined, { truth }: Scene): readonly string[] {
  const text = truth.textOf(fragment);
  const managed = entriesOf(text).some(({ option }) => option === filters);
  const aliases = [...aliasesIn(text)].map(([name, product]) => aliasKey(name, product));
  return [...aliases, ...(managed ? [filters] : [])];
}

/** An edit takes the old meaning away: whoever reverts it within the grace finds that one. */
function aliasKey(name: string, product: string): string {
  return `${name}=${product}`;
}

/** Put back after a failure, released by a person, or wanted by an object of which no news came. */
function isExcused({ name, value }: Annotation, lost: string, scene: Scene): boolean {
  const state = scene.truth.state();
  const failed = Object.entries(state?.services ?? {}).some(
    ([service, record]) =>
      name.includes(service) && record.assigned === value && record.phase !== "rolling",
  );
  const word = lost.split("=")[0]!;
  const held = Object.values(state?.quarantined ?? {}).some((quarantine) =>
    quarantine.line.includes(word),
  );
  const spec = scene.cluster.store.get("PciPassthrough", "nova")?.spec;
  const released = ((spec?.removals ?? []) as readonly unknown[]).length > 0;
  const known = scene.round()?.seen.objects.aliases ?? [];
  const seen = new Set(known.map(({ metadata }) => `${metadata.uid}.${metadata.generation}`));
  const unseen = scene.cluster.store
    .list("PciAlias")
    .some(({ metadata }) => !seen.has(`${metadata.uid}.${metadata.generation}`));
  return failed || held || released || unseen;
}
