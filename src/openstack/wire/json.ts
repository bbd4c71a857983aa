// Readers of somebody's JSON. Nothing that a service answers is trusted to have a shape; what is
// absent or of another type reads as empty.

export type Json = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function recordAt(value: unknown, key: string): Json {
  const inner = isRecord(value) ? value[key] : undefined;
  return isRecord(inner) ? inner : {};
}

export function recordsAt(value: unknown, key: string): readonly Json[] {
  const inner = isRecord(value) ? value[key] : undefined;
  return Array.isArray(inner) ? inner.filter(isRecord) : [];
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? `${value}` : "";
}

/** Nova writes some numbers as text, and no swap as "". */
export function numberOf(value: unknown): number {
  const number = typeof value === "string" && value.trim() === "" ? 0 : Number(value);
  return Number.isFinite(number) ? number : 0;
}

export function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, textOf(one)]));
}
