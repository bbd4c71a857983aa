// Which field of which object a line of nova.conf comes from.

import type { FileObject } from "../../api/read-yaml.ts";
import type { ModelContext } from "../../nova/terms/declare.ts";
import { aliasDeclaration, type WhitelistSpec } from "../../plan/wanted/accept.ts";
import { inForce } from "../../plan/wanted/exclusions.ts";
import { aliasLines, isDevice } from "../../plan/wanted/lines.ts";
import { deviceEntries } from "../../plan/wanted/resolve.ts";
import type { Line } from "../../plan/terms/state.ts";

export type Cause = { readonly object: string; readonly field: string; readonly place: string };

export type Causes = (line: string) => Cause | undefined;

/** Later objects win: the new ones say why a line is there, the old ones why it was. */
export function causesOf(objects: readonly FileObject[], context: ModelContext): Causes {
  const found = new Map<string, Cause>();
  for (const object of objects) {
    for (const [line, field] of linesOf(object, context)) {
      const { line: at } = object.at(field);
      const place = object.file === "" ? "" : `${object.file}:${at}`;
      found.set(written(line), { object: `${object.kind}/${object.name}`, field, place });
    }
  }
  return (text) => found.get(text) ?? optionCause(text, objects);
}

function written(line: Line): string {
  return `${line.option} = ${line.value}`;
}

function linesOf(object: FileObject, context: ModelContext): readonly (readonly [Line, string])[] {
  const spec = object.value.spec as never;
  if (object.kind === "PciAlias") {
    const lines = aliasLines(aliasDeclaration(object.name, spec), context);
    return lines
      .filter((line) => line.option === "alias")
      .map((line, index) => [line, lines.length === 1 ? "spec" : `spec.match[${index}]`]);
  }
  return object.kind === "PciWhitelist" ? whitelistLines(object.name, spec, context) : [];
}

/** As it counts when each of its exclusions ended; and, which wins, as it is written. */
function whitelistLines(
  object: string,
  spec: WhitelistSpec,
  context: ModelContext,
): readonly (readonly [Line, string])[] {
  const exclude = spec.exclude ?? [];
  const ended = exclude.flatMap(({ until }, index) => {
    if (until === undefined) return [];
    const later = inForce(spec, Date.parse(until));
    return deviceLines(object, later, context).map(
      ([line]) => [line, `spec.exclude[${index}].until`] as const,
    );
  });
  return [...ended, ...deviceLines(object, spec, context)];
}

function deviceLines(
  object: string,
  spec: WhitelistSpec,
  context: ModelContext,
): readonly (readonly [Line, string])[] {
  const nodes = [undefined, ...(spec.exclude ?? []).flatMap((device) => device.nodeName ?? [])];
  return spec.devices.flatMap((device, index) =>
    nodes.flatMap((node) => {
      const own = { object, created: "", live: false, spec: { ...spec, devices: [device] } };
      return deviceEntries(own, node, context)
        .filter((deviceEntry) => isDevice(deviceEntry.line))
        .map((deviceEntry) => [deviceEntry.line, `spec.devices[${index}]`] as const);
    }),
  );
}

const optionFields: Readonly<Record<string, string>> = {
  report_in_placement: "spec.placement.reportInPlacement",
  pci_in_placement: "spec.placement.pciInPlacement",
  enabled_filters: "spec.scheduler.filters",
};

function optionCause(text: string, objects: readonly FileObject[]): Cause | undefined {
  const field = optionFields[text.split(" = ", 1)[0]!];
  const owner = objects.findLast((object) => object.kind === "PciPassthrough");
  if (field === undefined || owner === undefined) return undefined;
  const place = owner.file === "" ? "" : `${owner.file}:${owner.at(field).line}`;
  return { object: `PciPassthrough/${owner.name}`, field, place };
}
