// A question to the model, and its early ends, for judge.ts and judge-devices.ts.

import { unknownHost, type Host } from "../../src/nova/terms/host.ts";
import type { Machine } from "../../src/nova/conf/conf-interpolate.ts";
import type { Conf } from "../../src/nova/conf/oslo-conf.ts";
import { isDict, isList, truthy, type Dict, type Value } from "../../src/nova/text/python-json.ts";
import type { Release } from "../../src/nova/terms/release.ts";
import type { Refusal } from "../../src/nova/device/spec-address.ts";
import type { Answer } from "./case.ts";

export type Verdict = Answer & {
  readonly verdict: "accept" | "reject" | "n/a" | "undecided";
  readonly extra_spec_validation?: string;
  readonly server_create?: string;
};

/** What is the measuring machine's and not Nova's. */
export type Environment = { readonly machine: Machine };

/** A verdict that ends the case early. */
export class Ended extends Error {
  readonly verdict: Verdict;
  constructor(verdict: Verdict) {
    super(verdict.verdict);
    this.verdict = verdict;
  }
}

export type Question = {
  readonly asked: Dict;
  readonly release: Release;
  readonly environment: Environment;
  /** Files of the case, once loaded. */
  readonly conf: Conf | undefined;
};

function end(verdict: Verdict): never {
  throw new Ended(verdict);
}
export function refuse(refusal: Refusal): never {
  return end({ verdict: "reject", clean: refusal.clean, error: refusal.refused });
}
export function crash(why: string): never {
  return refuse({ refused: why, clean: false });
}
export function undecided(why: string): never {
  return end({ verdict: "undecided", error: why });
}
export function absent(why: string): never {
  return end({ verdict: "n/a", error: why });
}

export function part(question: Question, key: string): Value | undefined {
  return question.asked.entries.get(key);
}

export function input(question: Question, key: string): Value | undefined {
  const value = part(question, "input");
  return isDict(value) ? value.entries.get(key) : undefined;
}

export function hostOf(question: Question): Host {
  const host = part(question, "host");
  if (!isDict(host)) return unknownHost;
  const list = (key: string): readonly Value[] => {
    const value = host.entries.get(key);
    return isList(value) ? value.items : [];
  };
  const dict = (key: string): readonly (readonly [string, Value])[] => {
    const value = host.entries.get(key);
    return isDict(value) ? [...value.entries] : [];
  };
  const text = (value: Value | undefined): string => (typeof value === "string" ? value : "");
  return {
    physicalFunctions: new Set(list("pfs").map(text)),
    interfaces: new Map(
      dict("ifnames").map(([name, pair]) => {
        const [address, isPf] = isList(pair) ? pair.items : [];
        return [name, { address: text(address), isPf: truthy(isPf) }];
      }),
    ),
    ids: new Map(
      dict("pf_ids").map(([address, ids]) => {
        const of = (key: string): string => text(isDict(ids) ? ids.entries.get(key) : undefined);
        return [
          address,
          {
            vendorId: of("vendor_id"),
            productId: of("product_id"),
            vfProductId: of("vf_product_id"),
          },
        ];
      }),
    ),
  };
}
