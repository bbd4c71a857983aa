// The chart's own nova.conf of a generated installation: devices, an alias and report_in_placement that
// every process reads beside our file.

import type { Chance } from "../../src/embedded/store/chance.ts";
import { type Base, type Setting, names, products } from "./schedule.ts";

/** One in eight installations has one. */
export function makeBase(chance: Chance): Pick<Setting, "base"> {
  if (!chance.yes(0.125)) return {};
  const product = chance.pick(products.good);
  // Under a name of ours, with what we mean by it or with something else; or under one of its own.
  const name = chance.pick([...names, "chart"]);
  const alias = { name, product: chance.pick(products.good) };
  return {
    base: { product, ...(chance.yes(0.6) ? { alias } : {}), reports: chance.yes(0.3) },
  };
}

const secret = "nova-etc";

/** Where PciPassthrough finds it. */
export const baseConfig = { keys: [{ kind: "Secret", name: secret, key: "nova.conf" }] };

/** As an embedded cluster is given it. */
export function baseTexts({ base }: Setting) {
  if (base === undefined) return undefined;
  return new Map([[`Secret/${secret}`, { "nova.conf": baseText(base) }]]);
}

/** What a process reads in all: the chart's file, then ours. */
export function wholeText({ base }: Setting, ours: string | undefined): string {
  return base === undefined ? (ours ?? "") : `${baseText(base)}${ours ?? ""}`;
}

function baseText({ product, alias, reports }: Base): string {
  const ids = (id: string) => ({ vendor_id: "8086", product_id: id });
  return [
    "[pci]",
    `device_spec = ${JSON.stringify(ids(product))}`,
    ...(alias === undefined
      ? []
      : [
          `alias = ${JSON.stringify({ ...ids(alias.product), device_type: "type-PCI", name: alias.name })}`,
        ]),
    ...(reports ? ["report_in_placement = true"] : []),
    "",
  ].join("\n");
}
