// Equality of two JSON values, whatever the order of keys, without writing either down: it is asked
// for every record and status in every round.

/** A key whose value is undefined counts as absent, and so does `but` at any depth. */
export function sameJson(a: unknown, b: unknown, but?: string): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index += 1) {
      if (!sameJson(a[index], b[index], but)) return false;
    }
    return true;
  }
  return sameFields(a as Fields, b as Fields, but);
}

type Fields = Readonly<Record<string, unknown>>;

function sameFields(a: Fields, b: Fields, but: string | undefined): boolean {
  let present = 0;
  for (const key in a) {
    if (a[key] === undefined || key === but) continue;
    present += 1;
    if (!sameJson(a[key], b[key], but)) return false;
  }
  for (const key in b) if (b[key] !== undefined && key !== but) present -= 1;
  return present === 0;
}
