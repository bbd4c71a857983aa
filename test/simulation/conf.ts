// Reads a fragment as the simulation needs it: an own small reader, so that the invariants do not
// rest on the code they judge.

type Entry = { readonly option: string; readonly value: string };

const cache = new Map<string, readonly Entry[]>();

export function entriesOf(text: string | undefined): readonly Entry[] {
  if (text === undefined || text === "") return [];
  const known = cache.get(text);
  if (known !== undefined) return known;
  const entries = text.split("\n").flatMap((row): readonly Entry[] => {
    const found = /^([a-z_]+)\s*=\s*(.*)$/.exec(row.trim());
    return found === null ? [] : [{ option: found[1]!, value: found[2]! }];
  });
  if (cache.size > 5000) cache.clear();
  cache.set(text, entries);
  return entries;
}

export function linesOf(text: string | undefined): readonly string[] {
  return entriesOf(text).map((entry) => `${entry.option}=${entry.value}`);
}

type Parsed = { readonly product?: string; readonly name?: string; readonly address?: string };

export function parsed(value: string): Parsed {
  try {
    const raw = JSON.parse(value) as Readonly<Record<string, unknown>>;
    return {
      ...(typeof raw.product_id === "string" ? { product: raw.product_id } : {}),
      ...(typeof raw.name === "string" ? { name: raw.name } : {}),
      ...(typeof raw.address === "string" ? { address: raw.address } : {}),
    };
  } catch {
    return {};
  }
}

export function isDevice(option: string): boolean {
  return option === "device_spec" || option === "passthrough_whitelist";
}

/** Products that the device specs of a fragment offer. */
export function offered(text: string | undefined): ReadonlySet<string> {
  const found = entriesOf(text).filter((entry) => isDevice(entry.option));
  return new Set(found.flatMap((entry) => parsed(entry.value).product ?? []));
}

/** Product by alias name. */
export function aliasesIn(text: string | undefined): ReadonlyMap<string, string> {
  const found = entriesOf(text).filter((entry) => entry.option === "alias");
  return new Map(
    found.flatMap((entry) => {
      const { name, product } = parsed(entry.value);
      return name === undefined || product === undefined ? [] : [[name, product] as const];
    }),
  );
}
