export function emitFlavorValue(
  aliases: readonly { readonly name: string; readonly count: number }[],
): string {
  return aliases.map((one) => `${one.name}:${one.count}`).join(",");
}
