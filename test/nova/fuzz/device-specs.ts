// Arbitrary [pci]device_spec values.
import fc from "fast-check";
import { resourceClass, traitList } from "./aliases.ts";
import { address, interfaceName, physicalFunctions, product, vendor } from "./hardware.ts";
import {
  fields,
  jsonLiteral,
  jsonNested,
  jsonNumber,
  objectText,
  oddValue,
  quoted,
} from "./json-text.ts";
import { expression } from "./regexes.ts";
import {
  anyText,
  booleanWord,
  disturbed,
  hexNumber,
  mostly,
  oddCharacter,
  otherCase,
  padded,
  type Text,
} from "./text.ts";

const id = (usual: Text): Text =>
  mostly(
    fc.oneof(usual, otherCase(usual), fc.constantFrom("*", "0x8086", "86", "008086")),
    fc.oneof(hexNumber, disturbed(usual), padded(fc.constantFrom("*", "8086", ""))),
    9,
  );

const globField = (usual: Text): Text =>
  mostly(
    usual,
    fc.oneof(hexNumber, padded(usual), fc.constantFrom("", "*", "0*", "**"), oddCharacter),
    9,
  );

const glob: Text = fc
  .tuple(
    fc.array(globField(fc.constantFrom("*", "0000", "0a", "00", "81", "1f", "", "1F", "a")), {
      maxLength: 4,
    }),
    fc.constantFrom(".", ".", ".", "", ".."),
    globField(fc.constantFrom("*", "0", "1", "7", "")),
  )
  .map(([all, dot, part]) => all.join(":") + dot + part);

const addressText: Text = mostly(
  fc.oneof(
    address,
    fc.constantFrom(...physicalFunctions),
    fc.constantFrom("*:0a:00.*", "*:*:*.*", "0a:00.1", ".5", "0000:0a:"),
  ),
  fc.oneof(glob, disturbed(address), otherCase(address)),
  1,
);

const addressObject: Text = objectText(
  fields(
    {
      domain: quoted(expression),
      bus: quoted(expression),
      slot: quoted(expression),
      function: quoted(expression),
      func: quoted(expression),
    },
    [],
  ),
);

const addressValue: Text = fc.oneof(
  { weight: 6, arbitrary: quoted(addressText) },
  { weight: 4, arbitrary: addressObject },
  { weight: 1, arbitrary: oddValue },
);

const tagValue = (usual: Text): Text => mostly(usual, oddValue, 9);
const booleanValue: Text = fc.oneof(
  quoted(booleanWord),
  fc.constantFrom("true", "false", "0", "1", "2", "null", "1.0", "0.0", "-1", "[]", "NaN"),
);

const placementTags = {
  resource_class: tagValue(quoted(resourceClass)),
  traits: tagValue(quoted(traitList)),
};

const specFields = fields(
  {
    vendor_id: quoted(id(vendor)),
    product_id: quoted(id(product)),
    address: addressValue,
    devname: quoted(interfaceName),
    physical_network: tagValue(
      mostly(quoted(fc.constantFrom("physnet1", "physnet2", "")), fc.constant("null"), 5),
    ),
    trusted: booleanValue,
    remote_managed: booleanValue,
    managed: booleanValue,
    live_migratable: booleanValue,
    one_time_use: booleanValue,
    ...placementTags,
    vendor: quoted(vendor),
    dev_type: quoted(fc.constantFrom("type-PCI", "type-PF")),
  },
  [],
);

const specObject: Text = objectText(specFields);

const specList: Text = fc
  .tuple(fc.array(mostly(specObject, fc.oneof(jsonNested, oddValue), 15), { maxLength: 3 }))
  .map(([all]) => `[${all.join(",")}]`);

const specText: Text = fc.oneof(
  { weight: 20, arbitrary: specObject },
  { weight: 3, arbitrary: specList },
  {
    weight: 1,
    arbitrary: fc.oneof(
      jsonNested,
      jsonNumber,
      jsonLiteral,
      anyText,
      fc.constant(""),
      quoted(anyText),
    ),
  },
);

export const specTexts: fc.Arbitrary<readonly string[]> = fc.array(specText, { maxLength: 3 });

/** Address and ids as they are mostly written, for what comes after the reading. */
const plainAddressValue: Text = fc.oneof(
  quoted(addressOfHost()),
  fc.constantFrom(
    '"*:0a:00.*"',
    '"*:81:*.*"',
    '".0"',
    '"*:*:*.1"',
    '{"bus":"0a"}',
    '{"bus":"0[0a]","function":"[0-3]"}',
    '{"function":"[^0]"}',
    '{"slot":"0","bus":"8."}',
  ),
);

function addressOfHost(): Text {
  return fc.constantFrom(
    ...physicalFunctions,
    "0000:0a:00.2",
    "0000:81:00.1",
    "0001:ff:1f.7",
    "0000:00:01.0",
  );
}

/** Specs that Nova takes; `odd` is how often a tag is not a plain one, one in so many. */
export function plainSpec(odd: number): Text {
  const tag = (usual: Text): Text => mostly(usual, oddValue, odd);
  const known: Readonly<Record<string, Text>> = {
    vendor_id: quoted(mostly(vendor, fc.constantFrom("10DE", "*", "0x8086"), 9)),
    product_id: quoted(mostly(product, fc.constantFrom("25B6", "*", "1"), 9)),
    address: plainAddressValue,
    devname: quoted(interfaceName),
    physical_network: tag(fc.constantFrom('"physnet1"', "null", '""')),
    trusted: tag(fc.constantFrom('"true"', '"false"', "true")),
    remote_managed: tag(fc.constantFrom('"true"', '"false"', '"banana"', "true", "null")),
    managed: tag(fc.constantFrom('"yes"', '"no"', "true", "null")),
    live_migratable: tag(fc.constantFrom('"yes"', '"no"', '"true"', "false", "null", "1")),
    one_time_use: tag(fc.constantFrom('"yes"', '"no"', "true", "null")),
    resource_class: tag(quoted(resourceClass)),
    traits: tag(quoted(traitList)),
    dev_type: fc.constantFrom('"type-PCI"', '"type-PF"', '"type-VF"'),
    numa_node: fc.constantFrom("0", "1", "null", '"0"'),
    other: quoted(anyText),
    parent_ifname: fc.constantFrom('"eth0"', "null"),
    count: fc.constantFrom('"1"', "2"),
    label: fc.constantFrom("true", "1", "1.5", '"x"'),
  };
  const ordinary = [
    "vendor_id",
    "product_id",
    "address",
    "physical_network",
    "resource_class",
    "traits",
    "live_migratable",
    "one_time_use",
  ];
  return fc
    .tuple(
      fc.subarray(ordinary, { maxLength: 4 }),
      mostly(fc.constant<string[]>([]), fc.subarray(Object.keys(known), { maxLength: 2 }), 2),
    )
    .chain(([some, more]) =>
      fc.record(Object.fromEntries([...some, ...more].map((name) => [name, known[name]!]))),
    )
    .map(
      (all) =>
        `{${Object.entries(all)
          .map(([key, value]) => `${JSON.stringify(key)}:${value}`)
          .join(",")}}`,
    );
}
