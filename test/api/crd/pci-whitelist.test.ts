// The CRD before a real API server: every shape, with the words that a user sees.
import { whitelistShapes } from "../shapes/pci-whitelist.ts";
import { readyCondition } from "./server.ts";
import { testsOf } from "./verdicts.ts";

testsOf(whitelistShapes, {
  shortName: "pciw",
  refused: {
    spec: { devices: [{ trusted: true }] },
    prints: [
      'The PciWhitelist "some-name" is invalid: spec.devices[0]: Invalid value: this entry would make every PCI device of the host assignable: give vendorId, a part of the address, or devname',
    ],
  },
  columns: {
    spec: { devices: [{ vendorId: "8086" }], priority: 7 },
    status: {
      observedGeneration: 1,
      conditions: [readyCondition("BudgetSpent", "1 node is down")],
      warnings: [{ name: "UnpinnedAddress", message: "give ids", path: "spec.devices[0]" }],
      nodes: { selected: 12, names: ["node-1", "node-2"] },
      devices: { matched: 24, inUse: 3 },
    },
    prints: {
      Ready: "False",
      Reason: "BudgetSpent",
      Nodes: 12,
      Devices: 24,
      Priority: 7,
      Message: "1 node is down",
    },
  },
  explained: {
    field: "spec.devices.address",
    says: "The same address may be another device on another node",
  },
});
