// Values of case files to Python's values, and back. Case files are Python's JSON: NaN, floats
// apart from integers. Knows nothing of Nova.

import type { Value } from "../../src/nova/text/python-json.ts";
import { isRawNumber } from "./case.ts";
import { loadJson } from "../../src/nova/text/python-json.ts";

/** A JavaScript value as Python would have it; numbers that JavaScript bends come as RawNumber. */
export function valueOf(plain: unknown): Value {
  if (plain === null || typeof plain === "string" || typeof plain === "boolean") return plain;
  if (isRawNumber(plain)) {
    const loaded = loadJson(plain.rawJSON);
    if (loaded.ok) return loaded.value;
  }
  if (typeof plain === "number") {
    return Number.isInteger(plain)
      ? { type: "int", value: BigInt(plain) }
      : { type: "float", value: plain };
  }
  if (Array.isArray(plain)) return { type: "list", items: plain.map(valueOf) };
  if (typeof plain === "object") {
    return {
      type: "dict",
      entries: new Map(Object.entries(plain).map(([key, value]) => [key, valueOf(value)])),
    };
  }
  throw new Error(`no JSON value: ${typeof plain}`);
}

/** As JavaScript's own JSON would have it: for comparing, numbers lose their type. */
export function plainOf(value: Value): unknown {
  if (value === null || typeof value !== "object") return value;
  switch (value.type) {
    case "int":
      return Number(value.value);
    case "float":
      return value.value;
    case "list":
      return value.items.map(plainOf);
    case "dict":
      return Object.fromEntries([...value.entries].map(([key, item]) => [key, plainOf(item)]));
  }
}
