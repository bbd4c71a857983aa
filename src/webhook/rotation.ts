// What is to be done about the webhook's certificates now: a decision from what stands in the
// Secret and in the caBundle. An authority is known to the API servers before a leaf of it is
// served, and stays known until every replica serves another's: a replica that cannot read the
// Secret, which it does every 15 seconds, is not ready and so is not asked.

import {
  certificatesIn,
  fits,
  isDue,
  isOver,
  keyBelongs,
  madeAt,
  makeAuthority,
  makeLeaf,
} from "./certificates.ts";

/**
 * Keys of Secret nova-pci-webhook: authorities, newest first; key of the newest; what is served.
 */
export type Kept = {
  readonly "ca.crt": string;
  readonly "ca.key": string;
  readonly "tls.crt": string;
  readonly "tls.key": string;
};

const settleMillis = 24 * 60 * 60 * 1000;

/** The certificates that should be kept; the very same value when nothing is to be done. */
export async function nextKept(
  kept: Kept | undefined,
  caBundle: string,
  names: readonly string[],
  now: number,
): Promise<Kept> {
  if (kept === undefined || !isWhole(kept)) return anew(kept, caBundle, names, now);
  const authorities = certificatesIn(kept["ca.crt"]);
  const newest = authorities[0]!;
  if (isDue(newest, now)) return withNewAuthority(kept, now);
  const leaf = { cert: kept["tls.crt"], key: kept["tls.key"] };
  const isOurs = fits(leaf, newest, names);
  if (isOurs && !isDue(leaf.cert, now)) return withoutOld(kept, now);
  // The API servers must know the authority first, or they refuse every pod. A leaf that is over or
  // for another name serves nobody: nothing is lost by a new one.
  const isKnown = certificatesIn(caBundle).some(
    (certificate) => certificate.trim() === newest.trim(),
  );
  const isUseless = isOver(leaf.cert, now) || !fitsAny(leaf, authorities, names);
  if (!isKnown && !isUseless) return kept;
  const made = await makeLeaf({ cert: newest, key: kept["ca.key"] }, names, now);
  return { ...kept, "tls.crt": made.cert, "tls.key": made.key };
}

function fitsAny(
  leaf: { readonly cert: string; readonly key: string },
  authorities: readonly string[],
  names: readonly string[],
): boolean {
  return authorities.some((authority) => fits(leaf, authority, names));
}

function isWhole(kept: Kept): boolean {
  const newest = certificatesIn(kept["ca.crt"])[0];
  return newest !== undefined && keyBelongs({ cert: newest, key: kept["ca.key"] });
}

/** Nothing usable is kept: authorities that the API servers know already stay known. */
async function anew(
  kept: Kept | undefined,
  caBundle: string,
  names: readonly string[],
  now: number,
): Promise<Kept> {
  const authority = await makeAuthority(now);
  const known = [...certificatesIn(kept?.["ca.crt"] ?? ""), ...certificatesIn(caBundle)];
  const leaf = await makeLeaf(authority, names, now);
  return {
    "ca.crt": bundleOf([authority.cert, ...known], now),
    "ca.key": authority.key,
    "tls.crt": leaf.cert,
    "tls.key": leaf.key,
  };
}

async function withNewAuthority(kept: Kept, now: number): Promise<Kept> {
  const authority = await makeAuthority(now);
  const bundle = bundleOf([authority.cert, ...certificatesIn(kept["ca.crt"])], now);
  return { ...kept, "ca.crt": bundle, "ca.key": authority.key };
}

function withoutOld(kept: Kept, now: number): Kept {
  const authorities = certificatesIn(kept["ca.crt"]);
  if (authorities.length < 2 || now - madeAt(kept["tls.crt"]) < settleMillis) return kept;
  return { ...kept, "ca.crt": authorities[0]! };
}

const mostAuthorities = 4;

function bundleOf(certificates: readonly string[], now: number): string {
  const valid = [...new Set(certificates.map((certificate) => `${certificate.trim()}\n`))].filter(
    (text) => !isOver(text, now),
  );
  return valid.slice(0, mostAuthorities).join("");
}
