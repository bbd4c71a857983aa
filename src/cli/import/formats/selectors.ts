// Node selectors that stand beside a configuration, as in the configTemplates of Yaook's
// NovaDeployment: each names nodes, and what is beside it is theirs alone.

import type { NodeSelector } from "../../../plan/terms/settings.ts";
import type { Pool } from "./given.ts";
import { isMap, type Raw } from "./place.ts";

type Chosen = {
  readonly pools: readonly Pool[];
  /** What is beside the selectors. */
  readonly rest: Raw;
};

/** Of several selectors each node needs to match one. Undefined = there is none. */
export function chosenNodes(raw: Raw): Chosen | undefined {
  const { nodeSelectors, nodeSelector, ...rest } = raw;
  const given = [nodeSelectors, nodeSelector].flat().filter(isMap);
  const pools = given.map(poolOf);
  return pools.length === 0 ? undefined : { pools, rest };
}

type Expression = NonNullable<NodeSelector["matchExpressions"]>[number];

/** Labels by themselves are a selector, too. */
function poolOf(selector: Raw): Pool {
  const { matchLabels, matchExpressions } = selector;
  const isBare = matchLabels === undefined && matchExpressions === undefined;
  const labels = Object.entries(isBare ? selector : isMap(matchLabels) ? matchLabels : {}).map(
    ([key, value]) => [key, String(value)] as const,
  );
  const expressions = (Array.isArray(matchExpressions) ? matchExpressions : []) as Expression[];
  if (labels.length + expressions.length === 0) return { name: "all-nodes", comments: [] };
  const words = [...labels.flat(), ...expressions.flatMap(wordsOf)];
  return {
    name: words
      .map((word) => word.replace(/^.*\//, ""))
      .filter(Boolean)
      .join("-"),
    nodeSelector: {
      ...(labels.length === 0 ? {} : { matchLabels: Object.fromEntries(labels) }),
      ...(expressions.length === 0 ? {} : { matchExpressions: expressions }),
    },
    comments: [],
  };
}

function wordsOf({ key, operator, values = [] }: Expression): readonly string[] {
  return [key, operator.toLowerCase(), ...values];
}
