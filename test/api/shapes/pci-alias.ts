// Shapes of PciAlias.
import { bySchema, notHexId, notText, required, unknownField, type Shapes } from "./shape.ts";

const match = [{ vendorId: "8086", productId: "154d" }];
const immutable =
  "the name of the alias is immutable: flavors and servers refer to it; create another PciAlias";

export const aliasShapes: Shapes = {
  kind: "PciAlias",
  created: [
    { it: "vendor, product and type", spec: { match, deviceType: "type-PF" } },
    { it: "no type, as old configurations have it", spec: { match } },
    { it: "a resource class instead of ids", spec: { resourceClass: "GPU", traits: ["BLUE"] } },
    {
      it: "two kinds of device that serve one alias",
      spec: {
        match: [...match, { vendorId: "10DE", productId: "2330" }],
        deviceType: "type-PCI",
        numaPolicy: "socket",
        resourceClass: "CUSTOM_GPU",
        liveMigratable: true,
      },
    },
    { it: "a name in Nova that no object can have", spec: { name: "Big GPU_1", match } },
    { it: "null where a template left a value out", spec: { match, numaPolicy: null } },
    {
      it: "nothing that a device could be known by",
      spec: {},
      refused: [
        {
          path: "spec",
          message: "give spec.match (vendorId and productId of the devices) or spec.resourceClass",
        },
      ],
    },
    { it: "no spec", refused: [required("spec")] },
    {
      it: "a name with a colon",
      spec: { name: "gpu:1", match },
      refused: [
        {
          path: "spec.name",
          message: "spec.name must hold no ':' and no ',': a flavor could not refer to it",
        },
      ],
    },
    {
      it: "a name with a comma",
      spec: { name: "a,b", match },
      refused: [
        {
          path: "spec.name",
          message: "spec.name must hold no ':' and no ',': a flavor could not refer to it",
        },
      ],
    },
    {
      it: "a name that ends with a blank that is none of ASCII",
      spec: { name: "gpu\u00a0", match },
      refused: [
        {
          path: "spec.name",
          message: "spec.name must not begin or end with a blank: Nova strips it",
        },
      ],
    },
    {
      it: "an empty name",
      spec: { name: "", match },
      refused: [bySchema("spec.name", "found , write some text", "at least 1 chars long")],
    },
    {
      it: "a name that is a number",
      spec: { name: 42, match },
      refused: [notText("spec.name", 42)],
    },
    {
      it: "a vendor that YAML took for a number",
      spec: { match: [{ vendorId: 8086, productId: "154d" }] },
      refused: [notText("spec.match[0].vendorId", 8086)],
    },
    {
      it: "an id with 0x",
      spec: { match: [{ vendorId: "0x8086", productId: "154d" }] },
      refused: [
        bySchema(
          "spec.match[0].vendorId",
          'found 0x8086, write four hex digits in quotes, such as "10de"',
          "may not be more than 4",
        ),
      ],
    },
    {
      it: "an id of three digits",
      spec: { match: [{ vendorId: "8086", productId: "54d" }] },
      refused: [notHexId("spec.match[0].productId", "54d")],
    },
    {
      it: "a match without product",
      spec: { match: [{ vendorId: "8086" }] },
      refused: [required("spec.match[0].productId")],
    },
    {
      it: "an empty list of devices",
      spec: { match: [] },
      refused: [bySchema("spec.match", "found [], give at least 1", "at least 1 items")],
    },
    {
      it: "Nova's own spelling",
      spec: { match, device_type: "type-PF" },
      refused: [unknownField("spec.device_type", "deviceType")],
    },
    {
      it: "capability_type, which Nova takes for a property that no device has",
      spec: { match, capability_type: "pci" },
      refused: [unknownField("spec.capability_type")],
    },
    {
      it: "a device type that Nova does not know",
      spec: { match, deviceType: "PF" },
      refused: [
        bySchema(
          "spec.deviceType",
          "found PF, write one of type-PCI, type-PF, type-VF",
          'supported values: "type-PCI", "type-PF", "type-VF"',
        ),
      ],
    },
    {
      it: "a NUMA policy that Nova does not know",
      spec: { match, numaPolicy: "strict" },
      refused: [
        bySchema(
          "spec.numaPolicy",
          "found strict, write one of legacy, preferred, required, socket",
          'supported values: "legacy", "preferred", "required", "socket"',
        ),
      ],
    },
    {
      it: "the same trait twice",
      spec: { match, traits: ["A", "A"] },
      refused: [
        bySchema("spec.traits", 'found ["A","A"], write each only once', 'Duplicate value: "A"'),
      ],
    },
    {
      it: "an object name with capitals",
      name: "A1",
      spec: { match },
      refused: [
        bySchema(
          "metadata.name",
          "found A1, write lower case letters, digits, '-' and '.' (a name in Nova goes into spec.name or spec.flavor.name)",
          "a lowercase RFC 1123 subdomain",
        ),
      ],
    },
  ],
  changed: [
    { it: "another type", before: { match }, after: { match, deviceType: "type-VF" } },
    {
      it: "the name spelt out that it has by default",
      before: { match },
      after: { name: "some-name", match },
    },
    {
      it: "another name",
      before: { name: "a", match },
      after: { name: "b", match },
      refused: [{ path: "spec.name", message: immutable }],
    },
    {
      it: "a name given later",
      before: { match },
      after: { name: "b", match },
      refused: [{ path: "spec.name", message: immutable }],
    },
    {
      it: "a name taken away",
      before: { name: "b", match },
      after: { match },
      refused: [{ path: "spec.name", message: immutable }],
    },
  ],
  defaults: [{ it: "nothing is added", spec: { match }, stored: { match } }],
};
