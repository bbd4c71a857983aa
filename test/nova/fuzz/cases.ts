// Arbitrary cases, of each kind of question that Nova is asked.
import fc from "fast-check";
import type { Case } from "../case.ts";
import { aliasTexts, plainAliases } from "./aliases.ts";
import { plainSpec, specTexts } from "./device-specs.ts";
import { fileTexts, fileWith } from "./files.ts";
import { extraSpec, flavorRequest, flavorText, plainFlavor } from "./flavors.ts";
import { devices, host, seenDevice, type Host } from "./hardware.ts";
import { mostly } from "./text.ts";

const pciInPlacement = mostly(
  fc.constant<Case["conf"]>(undefined),
  fc.constantFrom<Case["conf"]>({ pci_in_placement: true }, { pci_in_placement: false }),
  1,
);

const reportInPlacement = mostly(
  fc.constant<Case["conf"]>(undefined),
  fc.constant<Case["conf"]>({ report_in_placement: true }),
  3,
);

type Parts = {
  readonly input?: unknown;
  readonly ini?: Case["ini"] | undefined;
  readonly conf?: Case["conf"] | undefined;
  readonly host?: Host | undefined;
};

function ofKind(kind: string, parts: fc.Arbitrary<Parts>): fc.Arbitrary<Case> {
  return parts.map((given) => {
    const there = Object.entries(given).filter(([, value]) => value !== undefined);
    return { kind, ...Object.fromEntries(there) };
  });
}

const specs = (odd: number) => fc.array(plainSpec(odd), { minLength: 1, maxLength: 3 });
const flavor = mostly(plainFlavor, flavorText);

const allKinds = {
  alias: ofKind(
    "alias",
    mostly<Parts>(
      fc.record({ input: aliasTexts, conf: pciInPlacement }),
      fc.record({ ini: fileWith(["alias", "pci_alias"], plainAliases) }),
    ),
  ),
  device_spec: ofKind(
    "device_spec",
    mostly<Parts>(
      fc.record({ input: specTexts, host, conf: reportInPlacement }),
      fc.record({ ini: fileWith(["device_spec", "passthrough_whitelist"], specs(12)) }),
    ),
  ),
  device_match: ofKind(
    "device_match",
    fc.record({
      input: fc.record({
        specs: fc.oneof(specTexts, specs(9)),
        devices: fc.array(seenDevice, { minLength: 1, maxLength: 4 }),
      }),
      host,
      conf: reportInPlacement,
    }),
  ),
  flavor_alias: ofKind(
    "flavor_alias",
    fc.record({
      input: flavorText,
      conf: fc.record({
        aliases: mostly<readonly string[]>(
          fc.constant([
            '{"name":"a","vendor_id":"8086","product_id":"154d"}',
            '{"name":"b","vendor_id":"8086","product_id":"1520","device_type":"type-PF","numa_policy":"required"}',
            '{"name":"my gpu","vendor_id":"10de","product_id":"25b6"}',
            '{"name":"É","vendor_id":"10de","product_id":"25b6"}',
          ]),
          plainAliases,
          3,
        ),
      }),
    }),
  ),
  extra_spec: ofKind("extra_spec", fc.record({ input: extraSpec })),
  flavor: ofKind("flavor", fc.record({ input: flavorRequest })),
  placement: ofKind(
    "placement",
    fc.record({ input: fc.record({ specs: specs(12), devices }), host }),
  ),
  schedule: ofKind(
    "schedule",
    fc.record({
      input: fc.record(
        { specs: specs(25), devices, aliases: plainAliases, flavor },
        { requiredKeys: ["specs", "devices", "aliases"] },
      ),
      host,
      conf: mostly<Case["conf"]>(
        fc.constant(undefined),
        fc.constantFrom<Case["conf"]>(
          { report_in_placement: true },
          { pci_in_placement: true },
          { report_in_placement: true, pci_in_placement: true },
        ),
        3,
      ),
    }),
  ),
  ini: ofKind("ini", fc.record({ input: fileTexts })),
  request: ofKind(
    "request",
    fc.record({
      input: fc.record({ aliases: plainAliases, flavor: plainFlavor }),
      conf: mostly<Case["conf"]>(
        fc.constant({ pci_in_placement: true }),
        fc.constant(undefined),
        20,
      ),
    }),
  ),
} as const;

export type Kind = keyof typeof allKinds;
export const kinds = Object.keys(allKinds) as readonly Kind[];

export function caseOf(kind: Kind): fc.Arbitrary<Case> {
  return allKinds[kind];
}
