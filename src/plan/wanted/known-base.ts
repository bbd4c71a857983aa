// The nova.conf under ours as far as it is known: as it was read now or, while it cannot be read,
// what was found in it last. Of that only the options that anybody here asks for are kept: the rest
// of a nova.conf is full of passwords.

import { readConf, type ConfValue } from "../../nova/conf/oslo-conf.ts";
import { sameJson } from "../../nova/text/same-json.ts";
import type { BaseFile, BaseRead, Snapshot } from "../terms/snapshot.ts";
import type { State } from "../terms/state.ts";

/** Undefined where nobody asked for it, or it was never read. */
export function knownBase({ base, state }: Snapshot): BaseRead | undefined {
  if (base === undefined) return undefined;
  if (base.is === "read") return base;
  return state.is === "read" ? state.state.base?.read : undefined;
}

/**
 * What the next state holds of it; who asks for it no longer (spec.baseConfig) has it forgotten.
 */
export function rememberedBase({ base, now }: Snapshot, before: State): State["base"] {
  if (base === undefined) return undefined;
  if (base.is !== "read") return before.base;
  const read = essence(base);
  return before.base !== undefined && sameJson(before.base.read, read)
    ? before.base
    : { since: now, read };
}

/** A base is read once a minute and looked at in every round. */
const essences = new WeakMap<BaseRead, BaseRead>();

function essence(base: BaseRead): BaseRead {
  const known = essences.get(base);
  if (known !== undefined) return known;
  const { files, computes, ...rest } = base;
  const made: BaseRead = {
    ...rest,
    files: shortened(files),
    ...(computes === undefined ? {} : { computes: shortened(computes) }),
  };
  essences.set(base, made);
  return made;
}

function shortened(
  files: Readonly<Record<string, readonly BaseFile[]>>,
): Readonly<Record<string, readonly BaseFile[]>> {
  return Object.fromEntries(Object.entries(files).map(([name, all]) => [name, all.map(shortFile)]));
}

function shortFile(file: BaseFile): BaseFile {
  const values = readConf([file]).values.filter(isAskedFor);
  // That there is a file at all says that the service has been looked at.
  const text = values.map(
    ({ section, option, value }) => `[${section}]\n${option} = ${written(value)}\n`,
  );
  return { name: file.name, text: text.join("") };
}

/** Groups without any secret, and the names that their options had in DEFAULT. */
function isAskedFor({ section, option }: ConfValue): boolean {
  if (section === "pci" || section === "filter_scheduler") return true;
  return section === "DEFAULT" && /^(?:pci_|scheduler_\w+_filters$)/.test(option);
}

/** As oslo.config reads it back: it removes one pair of quotes, and continues on indented lines. */
function written(value: string): string {
  const [first = "", ...rest] = value.split("\n");
  const quoted = /^(["'])/.test(first) && rest.length === 0 ? `'${first}'` : first;
  return [quoted, ...rest.map((text) => `  ${text}`)].join("\n");
}
