// The judging of a PciFlavor: which content counts, and that an object that goes can always go.

import type { PciFlavor } from "../../api/generated/pci-flavor.ts";
import { judgeFlavor } from "../../nova/flavor/judge-flavor.ts";
import type { ModelContext } from "../../nova/terms/declare.ts";
import { onceFor } from "../terms/recent.ts";
import type { Settings } from "../terms/settings.ts";
import type { Stored } from "../terms/snapshot.ts";
import type { State } from "../terms/state.ts";
import { structural, verdictOf, type Considered, type Judgement } from "../terms/verdict.ts";

export type FlavorSpec = NonNullable<PciFlavor["spec"]>;
export type FlavorContent = {
  readonly object: string;
  readonly uid: string;
  readonly created: string;
  readonly generation: number;
  readonly deleting: boolean;
  readonly spec: FlavorSpec;
};

const flavorFindings = onceFor<FlavorSpec, readonly Judgement[]>();

export function considerFlavor(
  object: Stored<PciFlavor>,
  settings: Settings,
  context: ModelContext,
  state: State,
): Considered<FlavorContent> {
  const { metadata, spec } = object;
  const findings =
    structural("PciFlavor", object) ??
    flavorFindings(context, spec, () => judgeFlavor(spec, context));
  const verdict = verdictOf("PciFlavor", object, findings, settings);
  const rejected = verdict.rejections.length > 0;
  const deleting = metadata.deletionTimestamp !== undefined;
  // Only of this very object: another one of its name may have described another flavor.
  const accepted = state.accepted[`PciFlavor/${metadata.name}`];
  const earlier = accepted?.uid === metadata.uid ? (accepted.spec as FlavorSpec) : undefined;
  // Whatever it says, an object that goes must be able to go.
  const chosen = rejected ? (earlier ?? (deleting ? object.spec : undefined)) : object.spec;
  if (chosen === undefined) return { verdict };
  return {
    verdict: { ...verdict, keepsEarlier: rejected && earlier !== undefined },
    content: {
      object: metadata.name,
      uid: metadata.uid,
      created: metadata.creationTimestamp ?? "",
      generation: metadata.generation ?? 0,
      deleting,
      spec: chosen,
    },
  };
}
