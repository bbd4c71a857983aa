// A value seen otherwise, written as data: fields are laid over fields, and what has an `is` of its
// own or is a list replaces. A list is changed by { where, are }, { without } or { more }.

export type Patch = Readonly<Record<string, unknown>>;

export function over<T>(value: T, patch: Patch): T {
  return laid(value, patch) as T;
}

/** Only over what is there: an answer that was never given is not made up. */
export function overPresent<T extends object>(value: T, patch: Patch): T {
  const present = Object.entries(patch).filter(([key]) => Object.hasOwn(value, key));
  return over(value, Object.fromEntries(present));
}

function laid(value: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  if (Array.isArray(value)) return changed(value, patch);
  if (!isObject(value) || Object.hasOwn(patch, "is")) return patch;
  const fields = Object.entries(patch).map(([key, item]) => [key, laid(value[key], item)] as const);
  return { ...value, ...Object.fromEntries(fields) };
}

function changed(list: readonly unknown[], { where = {}, are, without, more }: Patch): unknown {
  if (without !== undefined) return list.filter((item) => !fits(item, without));
  if (are !== undefined) return list.map((item) => (fits(item, where) ? laid(item, are) : item));
  const { count, ...rest } = more as { readonly count: number };
  const added = Array.from({ length: count }, (_, index) => `n${index}`);
  return [...list, ...added.map((name) => ({ name, uid: name, ...rest }))];
}

function fits(value: unknown, where: unknown): boolean {
  return Object.entries(where as Patch).every(([key, item]) => (value as Patch)[key] === item);
}

function isObject(value: unknown): value is Patch {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
