// The webhook's certificates through their whole life: what a Go client will check, and that no step of
// a rotation leaves a moment at which a served leaf is unknown to the API servers.

import { describe, expect, test } from "@jest/globals";
import { X509Certificate } from "node:crypto";
import {
  certificatesIn,
  fits,
  isDue,
  isOver,
  makeAuthority,
  makeLeaf,
} from "../../src/webhook/certificates.ts";
import { nextKept, type Kept } from "../../src/webhook/rotation.ts";

const day = 24 * 60 * 60 * 1000;
const start = Date.parse("2026-11-27T00:00:00Z");
const names = ["nova-pci-webhook.nova-pci-system.svc"];

test("an authority signs leaves only, for ten years", async () => {
  const { cert } = await makeAuthority(start);
  const certificate = new X509Certificate(cert);
  expect(certificate.ca).toBe(true);
  expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  expect(Math.round((Date.parse(certificate.validTo) - start) / day)).toBe(3650);
});

test("a leaf is for its names, for a year, and of its authority", async () => {
  const authority = await makeAuthority(start);
  const leaf = await makeLeaf(authority, names, start);
  const certificate = new X509Certificate(leaf.cert);
  expect(certificate.ca).toBe(false);
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  expect(certificate.checkHost(names[0]!)).toBe(names[0]);
  expect(certificate.checkHost("elsewhere.svc")).toBeUndefined();
  expect(Math.round((Date.parse(certificate.validTo) - start) / day)).toBe(365);
  expect(fits(leaf, authority.cert, names)).toBe(true);
  expect(fits(leaf, (await makeAuthority(start)).cert, names)).toBe(false);
  expect(fits({ ...leaf, key: authority.key }, authority.cert, names)).toBe(false);
  expect(fits(leaf, authority.cert, ["elsewhere.svc"])).toBe(false);
});

test("it is due after two thirds of its life, and over after it", async () => {
  const authority = await makeAuthority(start);
  const { cert } = await makeLeaf(authority, names, start);
  expect([isDue(cert, start), isDue(cert, start + 243 * day)]).toEqual([false, false]);
  expect([isDue(cert, start + 244 * day), isOver(cert, start + 244 * day)]).toEqual([true, false]);
  expect(isOver(cert, start + 366 * day)).toBe(true);
  expect(isDue("no certificate", start)).toBe(true);
});

/** Ticks of one replica, of which each sees what the one before wrote. */
async function live(days: number, step: number, from?: Kept, bundle = "") {
  const history: { readonly at: number; readonly kept: Kept; readonly bundle: string }[] = [];
  let kept = from;
  for (let at = 0; at <= days; at += step) {
    for (let again = 0; again < 3; again++) {
      kept = await nextKept(kept, bundle, names, start + at * day);
      history.push({ at, kept, bundle });
      bundle = kept["ca.crt"];
    }
  }
  return history;
}

describe("in fourteen years", () => {
  let history: Awaited<ReturnType<typeof live>>;
  const made = live(5100, 50).then((item) => void (history = item));

  test("a served leaf is never over, and always of an authority that is known by then", async () => {
    await made;
    for (const [index, { at, kept, bundle }] of history.entries()) {
      expect(isOver(kept["tls.crt"], start + at * day)).toBe(false);
      // The first of all has nobody to be unknown to.
      if (index === 0) continue;
      const leaf = { cert: kept["tls.crt"], key: kept["tls.key"] };
      const known = certificatesIn(bundle);
      expect(known.some((text) => fits(leaf, text, names))).toBe(true);
    }
  });

  test("another replica may serve the leaf of the tick before", async () => {
    await made;
    for (const [index, { kept }] of history.entries()) {
      const before = history[index - 1]?.kept;
      if (before === undefined) continue;
      const leaf = { cert: before["tls.crt"], key: before["tls.key"] };
      expect(
        certificatesIn(kept["ca.crt"]).some((certificate) => fits(leaf, certificate, names)),
      ).toBe(true);
    }
  });

  test("authorities come and go, leaves more often, and most looks change nothing", async () => {
    await made;
    const authorities = new Set(history.flatMap(({ kept }) => certificatesIn(kept["ca.crt"])));
    const leaves = new Set(history.map(({ kept }) => kept["tls.crt"]));
    expect(authorities.size).toBe(3);
    expect(leaves.size).toBeGreaterThan(18);
    expect(certificatesIn(history.at(-1)!.kept["ca.crt"])).toHaveLength(1);
    expect(Math.max(...history.map(({ kept }) => certificatesIn(kept["ca.crt"]).length))).toBe(2);
  });
});

describe("what is kept is broken", () => {
  const whole = live(0, 1).then((history) => history[0]!.kept);
  const breaks: readonly (readonly [string, (kept: Kept) => Kept])[] = [
    ["without an authority", (kept) => ({ ...kept, "ca.crt": "" })],
    ["without the key of the authority", (kept) => ({ ...kept, "ca.key": "" })],
    ["with a key of something else", (kept) => ({ ...kept, "ca.key": kept["tls.key"] })],
    ["with nonsense as authority", (kept) => ({ ...kept, "ca.crt": "nonsense" })],
    ["with nonsense as leaf", (kept) => ({ ...kept, "tls.crt": "nonsense" })],
    ["with the key of another leaf", (kept) => ({ ...kept, "tls.key": kept["ca.key"] })],
  ];
  test.each(breaks)("%s: it is made anew at once", async (_name, broken) => {
    const kept = await whole;
    const next = await nextKept(broken(kept), "", names, start + day);
    const [newest] = certificatesIn(next["ca.crt"]);
    const leaf = { cert: next["tls.crt"], key: next["tls.key"] };
    expect(fits(leaf, newest!, names)).toBe(true);
  });

  test("authorities that the API servers know stay known", async () => {
    const kept = await whole;
    const next = await nextKept(undefined, kept["ca.crt"], names, start + day);
    expect(certificatesIn(next["ca.crt"])).toHaveLength(2);
  });

  test("another name of the Service gets another leaf of the same authority", async () => {
    const kept = await whole;
    const next = await nextKept(kept, kept["ca.crt"], ["other.svc"], start + day);
    expect(next["ca.crt"]).toBe(kept["ca.crt"]);
    expect(new X509Certificate(next["tls.crt"]).checkHost("other.svc")).toBe("other.svc");
  });
});
