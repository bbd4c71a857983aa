// Device specs as nova-compute would read them, from nova.conf files, or from PciWhitelist objects
// that are written as the operator would write them. Every spec knows where it was written.

import type { FileObject } from "../../api/read-yaml.ts";
import { interpolate } from "../../nova/conf/conf-interpolate.ts";
import { rankOf } from "../../nova/device/covers.ts";
import type { AliasDeclaration, DeviceDeclaration } from "../../nova/terms/declare.ts";
import { emitAlias } from "../../nova/alias/declare-alias.ts";
import { emitDevice } from "../../nova/device/declare-device.ts";
import { excludeAddresses, exclusionProblem } from "../../nova/device/exclude.ts";
import { readConf, type ConfFile } from "../../nova/conf/oslo-conf.ts";
import { boolOfText } from "../../nova/text/python-text.ts";
import type { Release } from "../../nova/terms/release.ts";

export type WrittenSpec = {
  /** The text that Nova parses. */
  readonly value: string;
  /** "nova.conf:12" or "PciWhitelist/gpus spec.devices[0]". */
  readonly origin: string;
  /** Expressions that exclusions made of the entry: exact, although they look open. */
  readonly isCompiled?: boolean;
};

type Written =
  | {
      readonly specs: readonly WrittenSpec[];
      /** Values of [pci]alias in the same files. */
      readonly aliases: readonly string[];
      readonly reportInPlacement: boolean;
      readonly pciInPlacement: boolean;
      /** Exclusions of other nodes, or of all while no node is named. */
      readonly otherNodes: readonly string[];
      readonly exclusions: Exclusions;
    }
  | { readonly problem: string };

/** What PciWhitelists leave out on the node that is asked about. */
export type Exclusions = {
  readonly addresses: readonly { readonly address: string; readonly origin: string }[];
  /** Entries for which it cannot be expressed. */
  readonly problems: readonly { readonly message: string; readonly origin: string }[];
};

const nothingExcluded: Exclusions = { addresses: [], problems: [] };

export function specsOfConf(files: readonly ConfFile[], release: Release): Written {
  const conf = readConf(files);
  const [wrong] = conf.problems;
  if (wrong !== undefined) return { problem: `${wrong.file}:${wrong.line}: ${wrong.message}` };
  const specs: WrittenSpec[] = [];
  for (const { value, file, line } of conf.multi(release.deviceSpecNames)) {
    const origin = `${file}:${line}`;
    const read = interpolate(value, { conf, group: "pci", machine: {}, release });
    if (!("text" in read)) {
      const why = "refused" in read ? read.refused : read.undecided;
      return { problem: `${origin}: ${why}; write $$ for a dollar sign` };
    }
    specs.push({ value: read.text, origin });
  }
  const reports = conf.single([{ section: "pci", option: "report_in_placement" }]);
  const placement = conf.single([{ section: "filter_scheduler", option: "pci_in_placement" }]);
  const aliases = conf.multi(release.aliasNames).flatMap((confValue) => {
    const read = interpolate(confValue.value, { conf, group: "pci", machine: {}, release });
    return "text" in read ? [read.text] : [];
  });
  return {
    specs,
    aliases,
    reportInPlacement: boolOfText(reports?.value ?? "") ?? false,
    pciInPlacement: boolOfText(placement?.value ?? "") ?? false,
    otherNodes: [],
    exclusions: nothingExcluded,
  };
}

type Whitelist = {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly priority?: number;
    readonly devices: readonly DeviceDeclaration[];
    readonly exclude?: readonly {
      readonly nodeName?: string;
      readonly address: string;
      readonly until?: string;
    }[];
  };
};
type Installation = {
  readonly spec?: {
    readonly placement?: {
      readonly reportInPlacement?: boolean;
      readonly pciInPlacement?: boolean;
    };
  };
};

/** In the order in which the operator writes them: priority, then the more specific. */
export function specsOfWhitelists(
  objects: readonly FileObject[],
  release: Release,
  node: string | undefined,
): Written {
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
  const whitelists = ofKind("PciWhitelist").map((object) => object.value as Whitelist);
  if (whitelists.length === 0) return { problem: "there is no PciWhitelist in these files" };
  const entries = whitelists.flatMap((whitelist) => entriesOf(whitelist, node)).sort(precedence);
  const specs = entries.map(({ declared, origin, isCompiled }) => ({
    value: emitDevice(declared, release),
    origin,
    isCompiled,
  }));
  const placement = ofKind("PciPassthrough").map(
    (object) => (object.value as Installation).spec?.placement,
  );
  const reportInPlacement = placement.some((item) => item?.reportInPlacement === true);
  const pciInPlacement = placement.some((item) => item?.pciInPlacement === true);
  const context = { releases: [release], reportInPlacement, pciInPlacement };
  const aliases = ofKind("PciAlias").flatMap((object) => {
    const spec = object.value["spec"] as Partial<AliasDeclaration>;
    return emitAlias({ ...spec, name: spec.name ?? object.name, match: spec.match ?? [] }, context);
  });
  const otherNodes = whitelists.flatMap(({ spec }) =>
    (spec.exclude ?? []).flatMap((device) => device.nodeName ?? []).filter((name) => name !== node),
  );
  const exclusions = {
    addresses: whitelists.flatMap((whitelist) => excludedBy(whitelist, node)),
    problems: whitelists.flatMap((whitelist) => problemsOf(whitelist, node)),
  };
  return { specs, aliases, reportInPlacement, pciInPlacement, otherNodes, exclusions };
}

function excludedBy(
  { metadata, spec }: Whitelist,
  node: string | undefined,
): Exclusions["addresses"] {
  return (spec.exclude ?? []).flatMap(({ nodeName, address, until }, index) => {
    if (nodeName !== undefined && nodeName !== node) return [];
    if (until !== undefined && Date.parse(until) <= Date.now()) return [];
    const origin = `PciWhitelist/${metadata.name} spec.exclude[${index}]`;
    return [{ address: address.toLowerCase(), origin }];
  });
}

function problemsOf(whitelist: Whitelist, node: string | undefined): Exclusions["problems"] {
  const excluded = excludedBy(whitelist, node).map((device) => device.address);
  const { metadata, spec } = whitelist;
  return spec.devices.flatMap((device, index) => {
    const message = exclusionProblem(device, excluded);
    const origin = `PciWhitelist/${metadata.name} spec.devices[${index}]`;
    return message === undefined ? [] : [{ message, origin }];
  });
}

type Entry = {
  readonly declared: DeviceDeclaration;
  readonly origin: string;
  readonly isCompiled: boolean;
  readonly priority: number;
  readonly rank: number;
};

function entriesOf({ metadata, spec }: Whitelist, node: string | undefined): readonly Entry[] {
  const excluded = excludedBy({ metadata, spec }, node).map((device) => device.address);
  return spec.devices.flatMap((device, index) =>
    excludeAddresses(device, excluded).map((declared) => ({
      declared,
      isCompiled: declared !== device,
      origin: `PciWhitelist/${metadata.name} spec.devices[${index}]`,
      priority: spec.priority ?? 0,
      rank: rankOf(device),
    })),
  );
}

function precedence(a: Entry, b: Entry): number {
  return a.priority === b.priority ? b.rank - a.rank : b.priority - a.priority;
}
