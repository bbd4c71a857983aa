// Objects that users of these tests apply: small ones of our kinds. Vendor and product are made up;
// a product names what the device is for.
import { apiVersion, passthroughName, plurals, type Kind } from "../../../src/api/names.ts";
import type { Json } from "../../control-plane/client.ts";

const vendorId = "10de";

/** Waits that a test can afford; each is a field of spec.rollout. */
export const shortTimes = {
  settleSeconds: 1,
  minReadySeconds: 0,
  verifyTimeoutSeconds: 20,
  removalGraceSeconds: 2,
  maxUnavailable: 3,
  canary: { count: 1, bakeSeconds: 1 },
} as const;

export function passthrough(rollout: Json = {}, more: Json = {}): Json {
  const spec = { release: "2025.1", adopt: true, rollout: { ...shortTimes, ...rollout }, ...more };
  return object("PciPassthrough", passthroughName, spec);
}

export function alias(name: string, productId: string): Json {
  return object("PciAlias", name, { match: [{ vendorId, productId }], deviceType: "type-PCI" });
}

/** On the nodes of one pool. */
export function whitelist(pool: string, ...products: readonly string[]): Json {
  return object("PciWhitelist", pool, {
    nodeSelector: { matchLabels: { pool } },
    devices: products.map((productId) => ({ vendorId, productId })),
  });
}

export function flavor(name: string, aliasName: string): Json {
  return object("PciFlavor", name, {
    flavor: { name },
    aliases: [{ name: aliasName, count: 1 }],
  });
}

function object(kind: Kind, name: string, spec: Json): Json {
  return { apiVersion, kind, metadata: { name }, spec };
}

export function pathOf(of: Json, namespace: string): string {
  const plural = plurals[of.kind as Kind];
  return `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${of.metadata.name}`;
}
