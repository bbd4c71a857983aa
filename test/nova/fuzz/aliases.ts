// Arbitrary [pci]alias values.
import fc from "fast-check";
import { product, vendor } from "./hardware.ts";
import { fields, jsonLiteral, jsonNested, jsonNumber, objectText, quoted } from "./json-text.ts";
import {
  anyText,
  aroundLength,
  booleanWord,
  disturbed,
  mostly,
  oddCase,
  otherCase,
  padded,
  type Text,
} from "./text.ts";

const aliasName: Text = mostly(
  fc.constantFrom("a", "a", "b", "gpu"),
  fc.oneof(
    padded(fc.constantFrom("a", "gpu")),
    anyText,
    aroundLength(256),
    fc.constantFrom("A", "my gpu", ""),
  ),
);

const id = (usual: Text): Text =>
  mostly(
    usual,
    fc.oneof(
      otherCase(usual),
      disturbed(usual),
      usual.map((text) => text.slice(1)),
      fc.constantFrom("*", "0x10de", "८०८६", "𝟎𝟎𝟎𝟎", "8086\n", "\n8086"),
    ),
    9,
  );

export const resourceClass: Text = mostly(
  fc.constantFrom(
    "CUSTOM_GPU",
    "gpu",
    "my gpu",
    "VGPU",
    "pgpu",
    "CUSTOM_a b",
    "custom-foo",
    "SRIOV_NET_VF",
  ),
  fc.oneof(
    anyText,
    disturbed(fc.constantFrom("gpu", "CUSTOM_GPU", "vgpu")),
    oddCase,
    fc.constant(""),
    aroundLength(255),
  ),
  3,
);

export const traitList: Text = mostly(
  fc
    .array(
      fc.constantFrom(
        "CUSTOM_A",
        "blue",
        " big",
        "HW_GPU_API_VULKAN",
        "hw_gpu_api_vulkan",
        "COMPUTE_NODE",
        "b-c",
        "",
      ),
      {
        maxLength: 3,
      },
    )
    .map((all) => all.join(",")),
  fc.oneof(anyText, disturbed(fc.constantFrom("blue,big", "CUSTOM_A")), oddCase),
  3,
);

const aliasFields = fields(
  {
    name: quoted(aliasName),
    vendor_id: quoted(id(vendor)),
    product_id: quoted(id(product)),
    device_type: quoted(
      mostly(
        fc.constantFrom("type-PCI", "type-PF", "type-VF"),
        fc.constantFrom("vdpa", "type-pf", "", "type-VF ", "PF"),
        15,
      ),
    ),
    numa_policy: quoted(
      mostly(
        fc.constantFrom("legacy", "preferred", "required", "socket"),
        fc.constantFrom("", "Legacy", "socket ", "strict"),
        12,
      ),
    ),
    capability_type: quoted(mostly(fc.constant("pci"), fc.constantFrom("usb", "PCI", ""), 3)),
    resource_class: quoted(resourceClass),
    traits: quoted(traitList),
    live_migratable: quoted(booleanWord),
  },
  ["name"],
);

/** Both ids, as most aliases have them. */
const pinned = fc
  .tuple(aliasFields, quoted(vendor), quoted(product))
  .map(([all, vendorId, productId]) => [
    ["vendor_id", vendorId] as const,
    ["product_id", productId] as const,
    ...all.filter(([key]) => key !== "vendor_id" && key !== "product_id"),
  ]);

const aliasObject: Text = objectText(
  fc.oneof({ weight: 1, arbitrary: aliasFields }, { weight: 2, arbitrary: pinned }),
);

const aliasText: Text = mostly(
  aliasObject,
  fc.oneof(jsonNested, jsonNumber, jsonLiteral, anyText, fc.constant(""), quoted(anyText)),
  25,
);

export const aliasTexts: fc.Arbitrary<readonly string[]> = fc.array(aliasText, {
  minLength: 0,
  maxLength: 3,
});

/** Aliases that Nova takes, so that what comes after them is reached. */
function plainAlias(name: string): Text {
  const rare = fc.record(
    {
      numa_policy: fc.constantFrom("legacy", "preferred", "required"),
      resource_class: resourceClass,
      traits: traitList,
      live_migratable: fc.constantFrom("yes", "no", "true"),
      capability_type: fc.constant("pci"),
    },
    { requiredKeys: [] },
  );
  const ordinary = fc.record(
    {
      vendor_id: fc.constantFrom("8086", "8086", "10de", "10DE"),
      product_id: fc.constantFrom("154d", "154d", "25b6", "25B6"),
      device_type: fc.constantFrom("type-PCI", "type-PF", "type-VF"),
    },
    { requiredKeys: ["vendor_id", "product_id"] },
  );
  const without = fc.constant<Record<string, never>>({});
  return fc
    .tuple(mostly<object>(ordinary, rare, 15), fc.oneof(without, without, rare))
    .map(([some, more]) => JSON.stringify({ name, ...some, ...more }));
}

/** One for each name; sometimes another for the first, of the same type or not. */
export const plainAliases: fc.Arbitrary<readonly string[]> = fc
  .tuple(
    fc.tuple(plainAlias("a"), plainAlias("b"), plainAlias("my gpu"), plainAlias("É")),
    mostly(fc.constant<readonly string[]>([]), fc.array(plainAlias("a"), { maxLength: 2 }), 3),
  )
  .map(([all, again]) => [...all, ...again]);
