// The webhook's certificates: an authority of our own and the leaf that it signs, as PEM, and when
// either is due. Keeps nothing and asks nobody.

import { createPrivateKey, randomBytes, type webcrypto, X509Certificate } from "node:crypto";

export type Authority = { readonly cert: string; readonly key: string };
export type Leaf = Authority;

const day = 24 * 60 * 60 * 1000;
const authorityMillis = 3650 * day;
const leafMillis = 365 * day;
/** Clocks of API servers may be behind ours. */
const earlier = 5 * 60 * 1000;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** Loaded when a certificate is made, once in years: it is a tenth of our start-up else. */
async function library() {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

export async function makeAuthority(now: number): Promise<Authority> {
  const x509 = await library();
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    // A name of its own: two authorities of one name confuse those that look issuers up by name.
    name: `CN=nova-pci-webhook ${randomBytes(4).toString("hex")}`,
    notBefore: new Date(now - earlier),
    notAfter: new Date(now + authorityMillis),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: pem(certificate.toString("pem")), key: await keyText(keys.privateKey) };
}

export async function makeLeaf(
  authority: Authority,
  names: readonly string[],
  now: number,
): Promise<Leaf> {
  const x509 = await library();
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const issuer = new x509.X509Certificate(authority.cert);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${names[0] ?? "nova-pci-webhook"}`,
    issuer: issuer.subject,
    notBefore: new Date(now - earlier),
    notAfter: new Date(now + leafMillis),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await signingKey(authority.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: "dns" as const, value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { cert: pem(certificate.toString("pem")), key: await keyText(keys.privateKey) };
}

function serial(): string {
  // Positive, and never of zero length when leading zeros are cut.
  return `4${randomBytes(15).toString("hex").slice(0, 31)}`;
}

function pem(text: string): string {
  return `${text.trim()}\n`;
}

type Key = webcrypto.CryptoKey;

async function keyText(key: Key): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", key)).toString("base64");
  const lines = der.match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
}

function signingKey(text: string): Promise<Key> {
  const der = Buffer.from(text.replace(/-----[^-]+-----|\s/g, ""), "base64");
  return crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
}

/** The certificates of a bundle; what is none is left out. */
export function certificatesIn(bundle: string): readonly string[] {
  const found = bundle.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return found.map((text) => `${text}\n`).filter((text) => read(text) !== undefined);
}

/** Two thirds of its life are over, or it cannot be read at all. */
export function isDue(cert: string, now: number): boolean {
  const certificate = read(cert);
  if (certificate === undefined) return true;
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  return now < from - day || now >= from + ((to - from) * 2) / 3;
}

export function isOver(cert: string, now: number): boolean {
  const certificate = read(cert);
  return certificate === undefined || now >= Date.parse(certificate.validTo);
}

export function madeAt(cert: string): number {
  const certificate = read(cert);
  return certificate === undefined ? 0 : Date.parse(certificate.validFrom);
}

/** The leaf is of this authority, for all these names, and its key is the one beside it. */
export function fits(leaf: Leaf, authority: string, names: readonly string[]): boolean {
  const [certificate, issuer] = [read(leaf.cert), read(authority)];
  if (certificate === undefined || issuer === undefined) return false;
  try {
    return (
      certificate.verify(issuer.publicKey) &&
      names.every((name) => certificate.checkHost(name) !== undefined) &&
      keyBelongs(leaf)
    );
  } catch {
    return false;
  }
}

export function keyBelongs({ cert, key }: Leaf): boolean {
  try {
    return read(cert)?.checkPrivateKey(createPrivateKey(key)) === true;
  } catch {
    return false;
  }
}

function read(cert: string): X509Certificate | undefined {
  try {
    return new X509Certificate(cert);
  } catch {
    return undefined;
  }
}
