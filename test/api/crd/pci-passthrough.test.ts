// The CRD before a real API server: every shape, with the words that a user sees.
import { passthroughShapes } from "../shapes/pci-passthrough.ts";
import { readyCondition } from "./server.ts";
import { testsOf } from "./verdicts.ts";

testsOf(passthroughShapes, {
  shortName: "pcip",
  refused: {
    spec: { rollout: { maxUnavailable: 0 } },
    prints: [
      'The PciPassthrough "nova" is invalid: spec.rollout.maxUnavailable: Invalid value: 0: maxUnavailable is a number from 1, or a percentage such as "10%"; to stop, set paused: true',
    ],
  },
  columns: {
    spec: {},
    status: {
      observedGeneration: 1,
      conditions: [
        readyCondition("Verifying", "node-1 is being proved"),
        { ...readyCondition("Wired", "pods name their fragments"), type: "Wired", status: "True" },
      ],
      warnings: [{ name: "FilterMissing", message: "add it", path: "spec.scheduler.filters" }],
      release: "31.3.1",
      delivery: "Injected",
      novaError: "PciConfigInvalidSpec: ...",
      services: [
        {
          service: "nova-compute",
          phase: "Canary",
          digest: "none",
          wantedDigest: "nova-pci-compute-0123456789abcdef",
          updated: 1,
          total: 12,
          gate: "Verifying",
          message: "node-1 is being proved",
        },
      ],
      retained: [
        {
          kind: "PciAlias",
          name: "a1",
          reason: "InUse",
          message: "m1.large asks for it",
          since: "2026-01-01T00:00:00Z",
        },
      ],
      quarantined: [
        {
          kind: "PciWhitelist",
          name: "w",
          entry: "device_spec = {}",
          service: "nova-compute",
          reason: "FailedRollout",
          message: "did not become Ready",
        },
      ],
      skipped: [{ node: "node-9", reason: "NotReady" }],
      rollouts: [
        {
          id: "7",
          service: "nova-api",
          result: "Complete",
          from: "none",
          to: "nova-pci-api-0123456789abcdef",
          startedAt: "2026-01-01T00:00:00Z",
          finishedAt: "2026-01-01T00:01:00Z",
          message: "",
        },
      ],
    },
    prints: {
      Ready: "False",
      Reason: "Verifying",
      Wired: "True",
      Release: "31.3.1",
      Delivery: "Injected",
      Message: "node-1 is being proved",
    },
  },
  explained: {
    field: "spec.rollout.maxUnavailable",
    says: "nova-computes that may be down at once",
  },
});
