// Readers of somebody's JSON. Nothing that a service answers is trusted to have a shape: a field
// that is absent or of another type reads as empty, but a list or a map that was asked for must be
// there. The page of a proxy, half an answer or {} is no empty cloud.

import { Failure } from "../../api/failure.ts";

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

/** The list that was asked for; without it nobody knows what there is. */
export function listIn(value: unknown, key: string): readonly Json[] {
  const inner = isRecord(value) ? value[key] : undefined;
  if (!Array.isArray(inner) || !inner.every(isRecord)) throw noAnswer(key);
  return inner;
}

export function textsIn(value: unknown, key: string): readonly string[] {
  const inner = isRecord(value) ? value[key] : undefined;
  if (!Array.isArray(inner)) throw noAnswer(key);
  return inner.map(textOf);
}

/** The map that was asked for. */
export function mapIn(value: unknown, key: string): Json {
  const inner = isRecord(value) ? value[key] : undefined;
  if (!isRecord(inner)) throw noAnswer(key);
  return inner;
}

function noAnswer(key: string): Failure {
  return new Failure("unreachable", `the answer of a service has no "${key}": it is not its own`);
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
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, textOf(item)]));
}
