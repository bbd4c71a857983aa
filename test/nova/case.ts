// A case, and when two verdicts on it agree. The form is that of the measured cases in
// cases/nova-cases.json. It must not know who answered.

export type Case = {
  readonly id?: string;
  readonly kind: string;
  readonly input?: unknown;
  readonly ini?: string | readonly string[];
  readonly conf?: Readonly<Record<string, unknown>>;
  readonly host?: Readonly<Record<string, unknown>>;
};

export type Answer = {
  readonly verdict: string;
  readonly clean?: boolean;
  readonly parsed?: unknown;
  readonly matches?: unknown;
  readonly error?: string;
  readonly protocol_error?: string;
};

/** Error texts differ with Python and its libraries; these fields do not. */
const compared = ["verdict", "clean", "parsed", "matches"] as const;

/** The fields in which two answers differ. */
export function differences(answer: Answer, other: Answer): readonly string[] {
  return compared.filter((field) => canonical(answer[field]) !== canonical(other[field]));
}

export function agree(answer: Answer, other: Answer): boolean {
  return differences(answer, other).length === 0;
}

/** The order of keys has no meaning, that of lists has. */
function canonical(value: unknown): string {
  return JSON.stringify(value, sorted) ?? "absent";
}

function sorted(_key: string, value: unknown): unknown {
  if (isRawNumber(value)) return plainNumber(Number(value.rawJSON));
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return plainNumber(value);
  const entries = Object.entries(value);
  return Object.fromEntries(entries.sort(([text], [other]) => (text < other ? -1 : 1)));
}

/** A number that JSON cannot write is compared by its name. */
function plainNumber(value: unknown): unknown {
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

/** A number as it was written, where that matters: JSON.stringify writes it the same way. */
type RawNumber = { readonly rawJSON: string };

export function isRawNumber(value: unknown): value is RawNumber {
  return json.isRawJSON(value);
}

export function rawNumber(text: string): RawNumber {
  return json.rawJSON(text);
}

/**
 * Reads cases without losing what Python sees and JavaScript does not: `2.0` is no integer to Nova
 * before 30, and an integer has no largest value. Such numbers arrive as RawNumber.
 */
export function readCases(text: string): unknown {
  return json.parse(text, (_key, value, { source }) => {
    if (typeof value !== "number" || source === undefined) return value;
    return String(value) === source ? value : json.rawJSON(source);
  });
}

/** The parts of JSON that the library's types do not know yet. */
const json = JSON as unknown as {
  readonly isRawJSON: (value: unknown) => boolean;
  readonly rawJSON: (text: string) => RawNumber;
  readonly parse: (
    text: string,
    revive: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ) => unknown;
};
