// Shapes of PciWhitelist.
import { bySchema, notHexId, notText, required, unknownField, type Shapes } from "./shape.ts";

const byIds = { vendorId: "8086", productId: "154d" };
const devices = [byIds];
const everyDevice =
  "this entry would make every PCI device of the host assignable: give vendorId, a part of the address, or devname";
const oneAddress = "give one of address, addressRegex and devname";
const labelValue =
  "write the value of a label: letters, digits, '-', '_' and '.', beginning and ending with a letter or digit";

function everything(it: string, device: unknown): Shapes["created"][number] {
  return {
    it,
    spec: { devices: [byIds, device] },
    refused: [{ path: "spec.devices[1]", message: everyDevice }],
  };
}

const wipe = (pod: object, more: object = {}): object => ({
  spec: { ...more, template: { spec: { containers: [{ name: "wipe", image: "x" }], ...pod } } },
});

export const whitelistShapes: Shapes = {
  kind: "PciWhitelist",
  created: [
    { it: "vendor and product", spec: { devices } },
    { it: "vendor only", spec: { devices: [{ vendorId: "8086" }] } },
    {
      it: "a full address with both ids",
      spec: { devices: [{ ...byIds, address: "0000:41:00.0" }] },
    },
    { it: "an address with wildcards", spec: { devices: [{ address: "*:41:*.*" }] } },
    { it: "any address of one vendor", spec: { devices: [{ ...byIds, address: "*:*:*.*" }] } },
    {
      it: "expressions for parts of the address",
      spec: { devices: [{ addressRegex: { bus: "(41|42)$", function: "[1-7]$" } }] },
    },
    { it: "the name of an interface", spec: { devices: [{ devname: "eth1" }] } },
    {
      it: "a physical network, and none on purpose",
      spec: {
        devices: [
          { ...byIds, physicalNetwork: "physnet1", trusted: true },
          { ...byIds, address: "*:42:*.*", physicalNetwork: null },
        ],
      },
    },
    {
      it: "everything else that a device entry may say",
      spec: {
        nodeSelector: {
          matchLabels: { "example.org/pci": "yes", "rack.example.org/row": "" },
          matchExpressions: [
            { key: "example.org/pci", operator: "In", values: ["a", "b"] },
            { key: "example.org/broken", operator: "DoesNotExist" },
          ],
        },
        priority: -5,
        devices: [
          {
            ...byIds,
            remoteManaged: false,
            managed: false,
            liveMigratable: true,
            oneTimeUse: true,
            cleaning: { jobTemplate: wipe({ hostPID: true }) },
            resourceClass: "GPU",
            traits: ["BLUE"],
          },
        ],
        exclude: [
          {
            nodeName: "rack1-node7",
            address: "0000:41:00.1",
            until: "2026-12-24T18:00:00+01:00",
            reason: "ECC errors, ticket 4711",
          },
        ],
        removalPolicy: "Drain",
      },
    },
    { it: "null where a template left a value out", spec: { devices, nodeSelector: null } },
    everything("no criterion at all", {}),
    everything("only what is no criterion", { physicalNetwork: "physnet1", trusted: true }),
    everything("a vendor that a template left out", { vendorId: null }),
    everything("an address of wildcards", { address: "*:*:*.*" }),
    everything("one star", { address: "*" }),
    everything("expressions that take everything", { addressRegex: { bus: ".*", slot: ".*" } }),
    {
      it: "a product without vendor",
      spec: { devices: [{ productId: "154d", address: "0000:41:00.0" }] },
      refused: [
        {
          path: "spec.devices[0]",
          message:
            "productId without vendorId would match devices of other makers: give vendorId too",
        },
      ],
    },
    {
      it: "two kinds of address",
      spec: { devices: [{ ...byIds, address: "*:41:*.*", addressRegex: { bus: "41$" } }] },
      refused: [{ path: "spec.devices[0]", message: oneAddress }],
    },
    {
      it: "an address and an interface",
      spec: { devices: [{ address: "0000:41:00.0", devname: "eth1" }] },
      refused: [{ path: "spec.devices[0]", message: oneAddress }],
    },
    {
      it: "others that clean a device",
      spec: { devices: [{ ...byIds, oneTimeUse: true, cleaning: { disabled: true } }] },
    },
    {
      it: "a cleaning of a device that is handed out again and again",
      spec: { devices: [{ ...byIds, cleaning: { disabled: true } }] },
      refused: [
        { path: "spec.devices[0]", message: "cleaning is for devices with oneTimeUse: true" },
      ],
    },
    {
      it: "a cleaning without a word of how",
      spec: { devices: [{ ...byIds, oneTimeUse: true, cleaning: {} }] },
      refused: [
        { path: "spec.devices[0].cleaning", message: "give jobTemplate, or disabled: true" },
      ],
    },
    {
      it: "a Job of a kind that does not clean",
      spec: {
        devices: [
          { ...byIds, oneTimeUse: true, cleaning: { jobTemplate: wipe({}, { parallelism: 2 }) } },
        ],
      },
      refused: [unknownField("spec.devices[0].cleaning.jobTemplate.spec.parallelism")],
    },
    { it: "no devices", spec: {}, refused: [required("spec.devices")] },
    { it: "devices that are null", spec: { devices: null }, refused: [required("spec.devices")] },
    {
      it: "an empty list",
      spec: { devices: [] },
      refused: [bySchema("spec.devices", "found [], give at least 1", "at least 1 items")],
    },
    {
      it: "a vendor that YAML took for a number",
      spec: { devices: [{ vendorId: 4318 }] },
      refused: [notText("spec.devices[0].vendorId", 4318)],
    },
    {
      it: "an id that is no hex number",
      spec: { devices: [{ vendorId: "808g" }] },
      refused: [notHexId("spec.devices[0].vendorId", "808g")],
    },
    {
      it: "Nova's own spelling",
      spec: { devices: [{ vendorId: "8086", physical_network: "physnet1" }] },
      refused: [unknownField("spec.devices[0].physical_network", "physicalNetwork")],
    },
    {
      it: "an address that is a regular expression",
      spec: { devices: [{ address: "0000:4[12]:00.0" }] },
      refused: [
        bySchema(
          "spec.devices[0].address",
          'found 0000:4[12]:00.0, write domain:bus:slot.function in hex digits, * for any, such as "0000:41:00.*"',
          "should match '^[0-9a-fA-F*:.]+$'",
        ),
      ],
    },
    {
      it: "In without values",
      spec: { devices, nodeSelector: { matchExpressions: [{ key: "a", operator: "In" }] } },
      refused: [
        {
          path: "spec.nodeSelector.matchExpressions[0]",
          message: "In and NotIn need values; Exists and DoesNotExist must have none",
        },
      ],
    },
    {
      it: "Exists with values",
      spec: {
        devices,
        nodeSelector: {
          matchExpressions: [
            { key: "a", operator: "Exists" },
            { key: "b", operator: "Exists", values: ["c"] },
          ],
        },
      },
      refused: [
        {
          path: "spec.nodeSelector.matchExpressions[1]",
          message: "In and NotIn need values; Exists and DoesNotExist must have none",
        },
      ],
    },
    {
      it: "an operator that selectors of nodes do not have",
      spec: {
        devices,
        nodeSelector: { matchExpressions: [{ key: "a", operator: "Gt", values: ["1"] }] },
      },
      refused: [
        bySchema(
          "spec.nodeSelector.matchExpressions[0].operator",
          "found Gt, write one of In, NotIn, Exists, DoesNotExist",
          'supported values: "In", "NotIn", "Exists", "DoesNotExist"',
        ),
      ],
    },
    {
      it: "a label value that no node can have",
      spec: { devices, nodeSelector: { matchLabels: { pci: "by address" } } },
      refused: [
        bySchema(
          "spec.nodeSelector.matchLabels.pci",
          `found by address, ${labelValue}`,
          "should match",
        ),
      ],
    },
    {
      it: "a label value that YAML took for true",
      spec: { devices, nodeSelector: { matchLabels: { pci: true } } },
      refused: [notText("spec.nodeSelector.matchLabels.pci", true)],
    },
    {
      it: "an exclusion by a range",
      spec: { devices, exclude: [{ address: "0000:41:*.*" }] },
      refused: [
        bySchema(
          "spec.exclude[0].address",
          'found 0000:41:*.*, write a full address such as "0000:41:00.1"',
          "should match",
        ),
      ],
    },
    {
      it: "an exclusion that ends on a day, at no time",
      spec: { devices, exclude: [{ address: "0000:41:00.1", until: "2026-12-24" }] },
      refused: [
        bySchema(
          "spec.exclude[0].until",
          "found 2026-12-24, write a moment with its time zone, such as 2026-12-24T18:00:00Z",
          "should match",
        ),
      ],
    },
    ...["2026-13-01T10:00:00Z", "2026-02-30T10:00:00Z", "2026-12-24T25:00:00Z"].map((until) => ({
      it: `an exclusion that ends when there is no such day or hour: ${until}`,
      spec: { devices, exclude: [{ address: "0000:41:00.1", until }] },
      refused: [
        bySchema(
          "spec.exclude[0].until",
          `found ${until}, write a moment with its time zone, such as 2026-12-24T18:00:00Z: a day and an hour that there are`,
          "must be of type date-time",
        ),
      ],
    })),
    {
      it: "a priority out of range",
      spec: { devices, priority: 1001 },
      refused: [
        bySchema("spec.priority", "found 1001, write at most 1000", "less than or equal to 1000"),
      ],
    },
    {
      it: "a removal policy of another product",
      spec: { devices, removalPolicy: "Force" },
      refused: [
        bySchema(
          "spec.removalPolicy",
          "found Force, write one of Wait, Drain",
          'supported values: "Wait", "Drain"',
        ),
      ],
    },
  ],
  changed: [
    {
      it: "other devices on other nodes",
      before: { devices },
      after: {
        devices: [{ vendorId: "10de" }],
        nodeSelector: { matchLabels: { "example.org/pci": "yes" } },
      },
    },
  ],
  defaults: [
    {
      it: "priority and removal policy",
      spec: { devices },
      stored: { devices, priority: 0, removalPolicy: "Wait" },
    },
    {
      it: "null stays for a physical network, and is dropped elsewhere",
      spec: { devices: [{ ...byIds, physicalNetwork: null, trusted: null }], priority: null },
      stored: {
        devices: [{ ...byIds, physicalNetwork: null }],
        priority: 0,
        removalPolicy: "Wait",
      },
    },
  ],
};
