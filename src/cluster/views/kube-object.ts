// An object of the API server, of any kind, on the wire. Only what we read of it; everything is
// optional that an old or foreign server may leave out.

export type RawMeta = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly {
    readonly apiVersion?: string;
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
    readonly controller?: boolean;
  }[];
  readonly managedFields?: readonly {
    readonly manager?: string;
    readonly operation?: string;
    readonly subresource?: string;
    readonly fieldsV1?: unknown;
  }[];
};

export type Raw = { readonly kind?: string; readonly metadata: RawMeta };

export type RawList = {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly Raw[];
};

export function isRaw(value: unknown): value is Raw {
  if (typeof value !== "object" || value === null || !("metadata" in value)) return false;
  const { metadata } = value;
  return typeof metadata === "object" && metadata !== null && "name" in metadata;
}

/** Key of an object within its kind. */
export function keyOf(object: Raw): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/**
 * Compares two resourceVersions of one resource. They are decimal numbers that may be longer than a
 * double holds (comparable since Kubernetes 1.35, KEP-5504); anything else counts as newer.
 */
export function isNewer(a: string, b: string): boolean {
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return a !== b;
  return a.length === b.length ? a > b : a.length > b.length;
}

/** RFC 3339 with microseconds: the API server refuses a MicroTime with three digits. */
export function microTime(at: number): string {
  return new Date(at).toISOString().replace("Z", "000Z");
}
