// A link of the chain that explain walks, and those of hardware: what inventories say of
// the entries of a node.

import { foldedNames } from "../api/folded-names.ts";
import type { DeviceDeclaration } from "../nova/terms/declare.ts";
import type { ComputeView } from "./gates/compute-view.ts";
import { reasons } from "./terms/reasons.ts";
import type { Snapshot } from "./terms/snapshot.ts";
import { cardWarnings } from "./told/card-warnings.ts";
import { checkDevice } from "./wanted/hardware.ts";
import { declaredBy, isDevice } from "./wanted/lines.ts";

export type Link = {
  readonly link: string;
  /** Undefined = cannot be known. */
  readonly holds: boolean | undefined;
  readonly message: string;
  /** Does not hold yet, and will without anybody doing anything. */
  readonly passes?: true;
};

export function link(name: string, holds: boolean | undefined, message: string): Link {
  return { link: name, holds, message };
}

/** What inventories say of several nodes: nodes of which they say the same are one link. */
export function hardwareLinks(
  views: readonly ComputeView[],
  seen: Snapshot,
  isMeant: (entry: DeviceDeclaration) => boolean = () => true,
): readonly Link[] {
  const looks = views.map((view) => lookOf(view, seen, isMeant));
  const those = (is: Look["is"]): readonly string[] =>
    looks.flatMap((look) => (look.is === is ? [look.node] : []));
  const [fine, unknown] = [those("fine"), those("unknown")];
  const wrong = looks.flatMap((look) => look.wrong);
  const cards = [...new Set(looks.flatMap((look) => look.cards))];
  return [
    ...wrong.slice(0, findingsTold).map((text) => link("hardware", false, text)),
    ...(wrong.length > findingsTold
      ? [link("hardware", false, `${wrong.length - findingsTold} more like these`)]
      : []),
    ...(fine.length === 0
      ? []
      : [link("hardware", true, `as the entries ask for, on ${foldedNames(fine)}`)]),
    ...cards.slice(0, findingsTold).map((card) => link("card", undefined, card)),
    ...(unknown.length === 0
      ? []
      : [
          link(
            "hardware",
            undefined,
            `no inventory (NodeFeature of NFD) of ${foldedNames(unknown)}`,
          ),
        ]),
  ];
}

const findingsTold = 3;

type Look = {
  readonly node: string;
  readonly is: "fine" | "wrong" | "unknown";
  readonly wrong: readonly string[];
  readonly cards: readonly string[];
};

function lookOf(
  view: ComputeView,
  seen: Snapshot,
  isMeant: (entry: DeviceDeclaration) => boolean,
): Look {
  const { name: node } = view.node;
  const hardware = seen.hardware?.[node];
  if (hardware === undefined) return { node, is: "unknown", wrong: [], cards: [] };
  const entries = view.wanted.lines.filter(isDevice).map(declaredBy);
  const wrong = entries
    .flatMap((entry) => checkDevice(node, entry, hardware) ?? [])
    .map((finding) => `${finding.device} on ${node}: ${reasons[finding.reason]}`);
  if (wrong.length > 0) return { node, is: "wrong", wrong, cards: [] };
  const cards = cardWarnings(view, entries.filter(isMeant), hardware).map(
    (cardWarning) => cardWarning.message,
  );
  return { node, is: "fine", wrong, cards };
}
