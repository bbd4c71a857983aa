// The CRD before a real API server: every shape, with the words that a user sees.
import { aliasShapes } from "../shapes/pci-alias.ts";
import { readyCondition } from "./server.ts";
import { testsOf } from "./verdicts.ts";

testsOf(aliasShapes, {
  shortName: "pcia",
  refused: {
    spec: { name: "a:b" },
    prints: [
      'The PciAlias "some-name" is invalid: ',
      "* spec: Invalid value: give spec.match (vendorId and productId of the devices) or spec.resourceClass",
      `* spec.name: Invalid value: "a:b": spec.name must hold no ':' and no ',': a flavor could not refer to it`,
    ],
  },
  columns: {
    spec: {
      match: [{ vendorId: "8086", productId: "154d" }],
      deviceType: "type-PF",
    },
    status: {
      observedGeneration: 1,
      conditions: [readyCondition("ComputesFirst", "2 computes are behind")],
      warnings: [{ name: "ClassIgnored", message: "no effect", path: "spec.resourceClass" }],
      live: { api: { ready: 0, total: 3 }, computes: { ready: 5, total: 7 } },
      flavors: ["m1.large"],
    },
    prints: {
      Ready: "False",
      Reason: "ComputesFirst",
      Type: "type-PF",
      API: 0,
      Computes: 5,
      Message: "2 computes are behind",
    },
  },
  explained: { field: "spec.deviceType", says: "type-VF: a virtual function" },
});
