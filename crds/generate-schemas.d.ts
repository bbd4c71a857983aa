// The shape of generate-schemas.js.
export function allSchemas(): ReadonlyMap<string, string>;
