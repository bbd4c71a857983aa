export function aliasMeaning(value: string): string {
  return value;
}
