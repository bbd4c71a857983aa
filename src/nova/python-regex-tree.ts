// The tree that python-regex-parse.ts makes and python-regex-match.ts walks. Types only.

export type CharacterItem =
  | { readonly is: "range"; readonly low: number; readonly high: number }
  | { readonly is: "category"; readonly name: "d" | "D" | "s" | "S" | "w" | "W" };

export type Flags = {
  readonly ignoreCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
  readonly ascii: boolean;
};

export type Place = "begin" | "beginText" | "end" | "endText" | "boundary" | "notBoundary";

export type Node =
  | { readonly is: "set"; readonly items: readonly CharacterItem[]; readonly negated: boolean }
  | { readonly is: "any" }
  | { readonly is: "at"; readonly place: Place }
  | { readonly is: "sequence"; readonly items: readonly Node[] }
  | { readonly is: "choice"; readonly options: readonly Node[] }
  | {
      readonly is: "repeat";
      readonly min: number;
      readonly max: number;
      readonly mode: "greedy" | "lazy" | "possessive";
      readonly body: Node;
    }
  | {
      readonly is: "group";
      readonly index: number | undefined;
      readonly on: Partial<Flags>;
      readonly body: Node;
    }
  | { readonly is: "atomic"; readonly body: Node }
  | { readonly is: "reference"; readonly group: number }
  | {
      readonly is: "condition";
      readonly group: number;
      readonly yes: Node;
      readonly no: Node | undefined;
    }
  | {
      readonly is: "look";
      readonly ahead: boolean;
      readonly negated: boolean;
      readonly body: Node;
    };

/** Smallest and largest number of characters that a node can take; groups by index for references. */
export type Width = readonly [min: number, max: number];

export function widthOf(node: Node, groups: ReadonlyMap<number, Width>): Width {
  switch (node.is) {
    case "set":
    case "any":
      return [1, 1];
    case "at":
    case "look":
      return [0, 0];
    case "sequence":
      return node.items.reduce<Width>(
        ([min, max], item) => {
          const [low, high] = widthOf(item, groups);
          return [min + low, max + high];
        },
        [0, 0],
      );
    case "choice": {
      const widths = node.options.map((option) => widthOf(option, groups));
      return [Math.min(...widths.map(([min]) => min)), Math.max(...widths.map(([, max]) => max))];
    }
    case "repeat": {
      const [min, max] = widthOf(node.body, groups);
      return [min * node.min, max === 0 ? 0 : max * node.max];
    }
    case "group":
    case "atomic":
      return widthOf(node.body, groups);
    case "reference":
      return groups.get(node.group) ?? [0, 0];
    case "condition": {
      const [min, max] = widthOf(node.yes, groups);
      if (node.no === undefined) return [0, max];
      const [otherMin, otherMax] = widthOf(node.no, groups);
      return [Math.min(min, otherMin), Math.max(max, otherMax)];
    }
  }
}
