// A forecast for people: first the sum, then what happens and why, last what never gets there.

import { conditionOf } from "../../api/statuses.ts";
import { plurals, type Kind } from "../../api/names.ts";
import type { Cluster } from "../../embedded/cluster.ts";
import { foldedNames } from "../../api/folded-names.ts";
import { duration, summaryText, type Row, type Summary } from "./summary.ts";

type Told = { readonly object: string; readonly reason: string; readonly message: string };

export type Forecast = {
  readonly namespace: string;
  readonly summary: Summary;
  /** False: time ran out while something was still under way. */
  readonly ended: boolean;
  /** Objects that are not Ready in the end. */
  readonly pending: readonly Told[];
  readonly refused: readonly Told[];
};

/** The installation waits for its objects: it is named when nothing else is. */
export function pendingIn({ store }: Cluster): readonly Told[] {
  const all = (Object.keys(plurals) as Kind[]).flatMap((kind) =>
    store.list(kind).flatMap((custom) => {
      const ready = conditionOf(custom.status, "Ready");
      if (ready === undefined || ready.status === "True") return [];
      if (conditionOf(custom.status, "Accepted")?.status === "False" && kind !== "PciFlavor")
        return [];
      const { reason, message } = ready;
      return [{ object: `${kind}/${custom.metadata.name}`, reason, message }];
    }),
  );
  const whole = all.filter((item) => item.object.startsWith("PciPassthrough/"));
  const same = whole.find((item) => all.every((each) => each.message === item.message));
  return same === undefined ? all : [same];
}

export function forecastText({ namespace, summary, ended, pending, refused }: Forecast): string {
  return [
    `Namespace ${namespace}\n`,
    summaryText(summary),
    ...summary.rows.map(rowText),
    ...refused.map((told) => `\nRefused: ${told.object}: ${told.reason}: ${told.message}\n`),
    ...pending.map((told) => `\nNever Ready: ${told.object}: ${told.reason}: ${told.message}\n`),
    ...(ended
      ? []
      : ["\nNot finished: after 7 days of virtual time something was still under way.\n"]),
  ].join("");
}

function rowText(row: Row): string {
  const where = row.nodes.length === 0 ? "" : ` on ${foldedNames(row.nodes)}`;
  const because = row.because.map(({ object, field, place }) => {
    const at = place === "" ? "" : ` (${place})`;
    return `    because of ${object} ${field}${at}\n`;
  });
  return [
    `\n+${duration(Math.round(row.after / 1000))}  ${row.what}${where}\n`,
    ...row.removed.map((text) => `    - ${text}\n`),
    ...row.added.map((text) => `    + ${text}\n`),
    ...because,
  ].join("");
}
