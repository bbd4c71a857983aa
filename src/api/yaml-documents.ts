// The documents of a YAML text one by one: where one of them cannot be read, the others can. Each
// keeps its place, by empty lines before it.

/** Three dashes in the first column begin a document wherever they stand (YAML 1.2, 9.1.2). */
const marker = /^---(?=\s|$)/;

export function documentTexts(text: string): readonly string[] {
  const lines = text.split("\n");
  const starts = [
    0,
    ...lines.flatMap((line, index) => (index > 0 && marker.test(line) ? [index] : [])),
  ];
  return starts.map((start, index) => {
    const own = lines.slice(start, starts[index + 1]);
    return "\n".repeat(start) + own.join("\n");
  });
}
