// The word that somebody probably meant: at most two letters away, blanks, case and separators
// aside.

export function nearestWord(found: string, words: readonly string[]): string | undefined {
  const plain = bare(found);
  if (plain === "") return undefined;
  const near = words
    .map((word) => ({ word, away: distance(plain, bare(word)) }))
    .filter(({ word, away }) => away <= Math.min(2, Math.floor(bare(word).length / 3)))
    .sort((a, b) => a.away - b.away);
  return near[0]?.word ?? words.find((word) => isPartOf(plain, bare(word)));
}

/** "vendor" for vendor_id. */
function isPartOf(found: string, word: string): boolean {
  return found.length >= 5 && word.startsWith(found);
}

function bare(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** Letters to add, remove, replace, or to swap with their neighbour. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let k = 1; k <= b.length; k += 1) {
      const same = a[i - 1] === b[k - 1] ? 0 : 1;
      const swapped = i > 1 && k > 1 && a[i - 1] === b[k - 2] && a[i - 2] === b[k - 1];
      row.push(
        Math.min(
          rows[i - 1]![k]! + 1,
          row[k - 1]! + 1,
          rows[i - 1]![k - 1]! + same,
          swapped ? rows[i - 2]![k - 2]! + 1 : Infinity,
        ),
      );
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
