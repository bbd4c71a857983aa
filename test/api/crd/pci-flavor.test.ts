// The CRD before a real API server: every shape, with the words that a user sees.
import { flavorShapes } from "../shapes/pci-flavor.ts";
import { readyCondition } from "./server.ts";
import { testsOf } from "./verdicts.ts";

testsOf(flavorShapes, {
  shortName: "pcif",
  refused: {
    spec: { flavor: {}, aliases: [{ name: "a1", count: 1 }] },
    prints: [
      'The PciFlavor "some-name" is invalid: spec.flavor: Invalid value: give spec.flavor.name or spec.flavor.id, and only one of them',
    ],
  },
  columns: {
    spec: {
      flavor: { name: "m1.large" },
      aliases: [{ name: "a1", count: 2 }],
    },
    status: {
      observedGeneration: 1,
      conditions: [readyCondition("AliasNotLive", "alias a1 is not live")],
      warnings: [],
      flavorId: "42",
      hosts: { count: 2, names: ["node-1", "node-2"] },
      instancesFit: { bound: "UpperBound", value: 4 },
    },
    prints: {
      Ready: "False",
      Reason: "AliasNotLive",
      Flavor: "m1.large",
      Hosts: 2,
      Fit: 4,
      Id: "42",
      Message: "alias a1 is not live",
    },
  },
  explained: { field: "spec.deletionPolicy", says: "Detach: our keys are removed" },
});
