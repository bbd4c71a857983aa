// Many names in few words, for people: gpu-[01-40], nic-1.

type Run = { readonly names: readonly string[]; readonly text: string };

/** So many pieces are read at a glance. */
const piecesShown = 4;

/**
 * Names that are numbered one after the other are one piece, whose brackets hold the first and the
 * last number; pieces beyond the fourth are counted. `what` is false where the text before says how
 * many there are.
 */
export function foldedNames(names: readonly string[], what: string | false = "node"): string {
  const runs = runsOf([...new Set(names)]);
  const shown = runs.slice(0, piecesShown);
  const more = runs.slice(piecesShown).reduce((sum, run) => sum + run.names.length, 0);
  const text = shown.map((run) => run.text).join(", ");
  const rest = more === 0 ? text : `${text} and ${more} more`;
  const countless = what === false || (runs.length === names.length && more === 0);
  return countless ? rest : `${rest} (${names.length} ${what}s)`;
}

function runsOf(names: readonly string[]): readonly Run[] {
  const sorted = [...names].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const groups: string[][] = [];
  for (const name of sorted) {
    const last = groups.at(-1);
    if (last !== undefined && follows(last.at(-1)!, name)) last.push(name);
    else groups.push([name]);
  }
  // Two are shorter as they are.
  return groups.flatMap((group) =>
    group.length > 2
      ? [{ names: group, text: folded(group[0]!, group.at(-1)!) }]
      : group.map((name) => ({ names: [name], text: name })),
  );
}

type Numbered = { readonly head: string; readonly digits: string; readonly tail: string };

/** The last number of the first label: that of a host name with its domain, too. */
function numbered(name: string): Numbered | undefined {
  const found = /^([^.]*?)(\d{1,15})(\D*?(?:\..*)?)$/s.exec(name);
  return found === null ? undefined : { head: found[1]!, digits: found[2]!, tail: found[3]! };
}

function follows(before: string, name: string): boolean {
  const [a, b] = [numbered(before), numbered(name)];
  if (a === undefined || b === undefined) return false;
  if (a.head !== b.head || a.tail !== b.tail || Number(b.digits) !== Number(a.digits) + 1)
    return false;
  const padded = a.digits.startsWith("0") || b.digits.startsWith("0");
  return !padded || a.digits.length === b.digits.length;
}

function folded(first: string, last: string): string {
  const { head, digits, tail } = numbered(first)!;
  return `${head}[${digits}-${numbered(last)!.digits}]${tail}`;
}
