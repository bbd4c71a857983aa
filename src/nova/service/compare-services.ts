// What the services of one Nova must say alike and do not: aliases of nova-api and nova-compute,
// and the switch for Placement.

import { interpolate } from "../conf/conf-interpolate.ts";
import { finding } from "../terms/findings.ts";
import { aliasMeaning } from "../device/meaning.ts";
import { readConf, type Conf, type ConfFile } from "../conf/oslo-conf.ts";
import { isDict, loadJson } from "../text/python-json.ts";
import { strip } from "../text/python-text.ts";
import type { Release } from "../terms/release.ts";
import type { NovaService, ServiceFinding } from "./serve.ts";

type ServiceFiles = { readonly service: NovaService; readonly files: readonly ConfFile[] };

type Known = { readonly meaning: string; readonly file: string; readonly line: number };
type Side = {
  readonly service: NovaService;
  readonly aliases: ReadonlyMap<string, Known>;
  readonly inPlacement: boolean;
};

export function compareServices(
  all: readonly ServiceFiles[],
  release: Release,
): readonly ServiceFinding[] {
  const sides = all.map((serviceFiles) => sideOf(serviceFiles, release));
  const api = sides.find((side) => side.service === "nova-api");
  const compute = sides.find((side) => side.service === "nova-compute");
  return [
    ...(api === undefined || compute === undefined ? [] : compareAliases(api, compute)),
    ...(release.pciInPlacement ? compareSwitch(sides) : []),
  ];
}

function sideOf({ service, files }: ServiceFiles, release: Release): Side {
  const conf = readConf(files);
  const aliases = new Map<string, Known>();
  for (const { value, file, line } of conf.multi(release.aliasNames)) {
    const read = interpolate(value, { conf, group: "pci", machine: {}, release });
    const name = "text" in read ? nameOf(read.text) : undefined;
    if (name === undefined || !("text" in read)) continue;
    const earlier = aliases.get(name)?.meaning.split("\n") ?? [];
    const meaning = [...new Set([...earlier, aliasMeaning(read.text)])].toSorted().join("\n");
    aliases.set(name, { meaning, file, line });
  }
  return { service, aliases, inPlacement: isOn(conf) };
}

function isOn(conf: Conf): boolean {
  const at = conf.single([{ section: "filter_scheduler", option: "pci_in_placement" }]);
  return /^(true|1|on|yes)$/i.test(at?.value ?? "");
}

function nameOf(value: string): string | undefined {
  const loaded = loadJson(value);
  const name = loaded.ok && isDict(loaded.value) ? loaded.value.entries.get("name") : undefined;
  return typeof name === "string" ? strip(name) : undefined;
}

function compareAliases(api: Side, compute: Side): readonly ServiceFinding[] {
  const names = [...new Set([...api.aliases.keys(), ...compute.aliases.keys()])];
  return names.flatMap((name) => {
    const [own, other] = [api.aliases.get(name), compute.aliases.get(name)];
    if (own?.meaning === other?.meaning) return [];
    const at = own ?? other!;
    const message =
      own === undefined
        ? `alias "${name}" stands in nova-compute only: nova-api refuses each server that asks for it; write the line into nova-api's file too`
        : other === undefined
          ? `alias "${name}" stands in nova-api only: no server with it can be resized, migrated or evacuated; write the line into nova-compute's file too`
          : `alias "${name}" says something else in nova-compute (${other.file}:${other.line}): a server is moved by other rules than it was made by; make the lines equal`;
    const { file, line } = at;
    return [{ ...finding("ServicesDiffer", "alias", message), file, line }];
  });
}

/** Requests are made by nova-api and nova-conductor and served by nova-scheduler. */
function compareSwitch(sides: readonly Side[]): readonly ServiceFinding[] {
  const asked = sides.filter((side) => side.service !== "nova-compute");
  const on = asked.filter((side) => side.inPlacement).map((side) => side.service);
  const off = asked.filter((side) => !side.inPlacement).map((side) => side.service);
  if (on.length === 0 || off.length === 0) return [];
  const message = `pci_in_placement is on in ${on.join(", ")} and off in ${off.join(", ")}: write the same in all of them`;
  return [finding("ServicesDiffer", "pci_in_placement", message)];
}
