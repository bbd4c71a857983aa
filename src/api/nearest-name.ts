// The known name that somebody meant: for "did you mean" wherever a person types a name.

/** Undefined when nothing is near enough to be meant. */
export function nearestName(typed: string, known: Iterable<string>): string | undefined {
  let best: { readonly name: string; readonly far: number } | undefined;
  const wanted = plain(typed);
  for (const name of known) {
    const far = distance(wanted, plain(name));
    if (best === undefined || far < best.far) best = { name, far };
  }
  if (best === undefined) return undefined;
  const allowed = Math.max(1, Math.floor(Math.min(wanted.length, best.name.length) / 3));
  return best.far <= allowed ? best.name : undefined;
}

/** ", did you mean X?" or nothing. */
export function didYouMean(typed: string, known: Iterable<string>): string {
  const near = nearestName(typed, known);
  return near === undefined ? "" : `, did you mean ${near}?`;
}

/** Case and separators are what people get wrong. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[\s_.-]/g, "");
}

/** Letters added, dropped, changed, or two of them swapped (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + change);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}
