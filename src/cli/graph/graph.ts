// The chain of `explain --graph`: for an alias from the card to the server as the page shows it,
// for everything else one check after the other.

import type { Explained, Subject } from "../../plan/explain.ts";
import { plan } from "../../plan/plan.ts";
import type { Snapshot } from "../../plan/terms/snapshot.ts";
import { chainView } from "../../ui/chain.ts";
import type { ChainBox, Tone } from "../../ui/model.ts";
import { dot, mermaid, type Graph } from "./graph-text.ts";
import { svg } from "./graph-svg.ts";

const writers = { mermaid, dot, svg } as const;

type GraphForm = keyof typeof writers;

export function graphText(
  form: GraphForm,
  seen: Snapshot,
  told: Explained,
  subject: Subject,
): string {
  return writers[form](graphOf(seen, told, subject));
}

function graphOf(seen: Snapshot, told: Explained, { kind, name }: Subject): Graph {
  if (kind !== "alias") return checksOf(told);
  const { aliases } = seen.objects;
  const object =
    aliases.find((alias) => alias.metadata.name === name) ??
    aliases.find((alias) => alias.spec?.name === name);
  const { chosen } = chainView({ seen, plan: plan(seen) }, object?.metadata.name);
  return chosen === undefined ? checksOf(told) : { ...chosen, title: told.about };
}

function checksOf({ about, links }: Explained): Graph {
  const boxes = links.map(({ link, holds, message, passes }, column): ChainBox => {
    const [word, tone]: readonly [string, Tone] =
      holds === undefined
        ? ["unknown", "unknown"]
        : holds
          ? ["OK", "good"]
          : passes === true
            ? ["not yet", "moving"]
            : ["FAILED", "bad"];
    return { id: `check ${column}`, column, title: link, detail: message, word, tone };
  });
  const edges = boxes.slice(1).map((box, index) => {
    return { from: boxes[index]!.id, to: box.id, tone: box.tone };
  });
  return { title: about, boxes, edges };
}
