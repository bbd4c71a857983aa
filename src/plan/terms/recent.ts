// Memoized answers to pure questions that are asked again in every round. Holds at most twice its
// limit; what was not asked for lately is forgotten. Never changes an answer, only its cost.

type Recent<V> = (key: string, make: () => V) => V;

export function recent<V>(limit: number): Recent<V> {
  let young = new Map<string, { readonly value: V }>();
  let old = new Map<string, { readonly value: V }>();
  return (key, make) => {
    const known = young.get(key);
    if (known !== undefined) return known.value;
    const found = old.get(key) ?? { value: make() };
    if (young.size >= limit) {
      old = young;
      young = new Map();
    }
    young.set(key, found);
    return found.value;
  };
}

type OnceFor<T extends object, V> = (context: object, subject: T, make: () => V) => V;

/** The answer for one value in one context, as long as both live. */
export function onceFor<T extends object, V>(): OnceFor<T, V> {
  const known = new WeakMap<object, WeakMap<T, { readonly value: V }>>();
  return (context, subject, make) => {
    const own = known.get(context) ?? new WeakMap<T, { readonly value: V }>();
    known.set(context, own);
    const found = own.get(subject) ?? { value: make() };
    own.set(subject, found);
    return found.value;
  };
}

type OnceForAll<T extends object, V> = (subjects: readonly T[], make: () => V) => V;

type Branch<V> = { readonly next: WeakMap<object, Branch<V>>; held?: { readonly value: V } };

/** The answer for these very values in this order. */
export function onceForAll<T extends object, V>(): OnceForAll<T, V> {
  const root: Branch<V> = { next: new WeakMap() };
  return (subjects, make) => {
    let at = root;
    for (const subject of subjects) {
      const further: Branch<V> = at.next.get(subject) ?? { next: new WeakMap() };
      at.next.set(subject, further);
      at = further;
    }
    at.held ??= { value: make() };
    return at.held.value;
  };
}
