// JSON that neither INI nor oslo.config nor Python can read differently: ASCII only, `$` escaped,
// no blanks, keys in the order given.

export type Plain =
  string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

/**
 * oslo.config would replace "$name" inside a value; "\u0024" passes it untouched and Python's json
 * decodes it (measured on oslo.config 8.3 to 10.7).
 */
export function canonicalJson(value: Plain): string {
  return JSON.stringify(value).replace(/[$\u007f-\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
