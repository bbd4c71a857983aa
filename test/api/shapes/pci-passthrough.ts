// Shapes of PciPassthrough.
import { bySchema, notText, required, unknownField, type Shapes } from "./shape.ts";

const rollout = {
  paused: false,
  canary: { count: 1, bakeSeconds: 60 },
  maxUnavailable: 1,
  minReadySeconds: 30,
  restartLimit: 1,
  verifyTimeoutSeconds: 600,
  failureLimit: 1,
  autoRollback: true,
  settleSeconds: 5,
  removalGraceSeconds: 300,
  preflight: "Off",
  quiesceSeconds: 300,
};
const defaults = {
  delivery: "Auto",
  placement: { reportInPlacement: false, pciInPlacement: false },
  scheduler: { filters: "Check", assumeReleaseDefaults: false },
  rollout,
  hardwareCheck: "Warn",
  adopt: false,
};
const budget =
  'maxUnavailable is a number from 1, or a percentage such as "10%"; to stop, set paused: true';
const forEver = "reportInPlacement can never be turned off again: nova-compute would not start";
const labelKey =
  "a key of matchLabels is the name of a label, such as application or example.org/nova";
const reporting = { placement: { reportInPlacement: true } };

function unavailable(it: string, maxUnavailable: unknown): Shapes["created"][number] {
  return {
    it,
    spec: { rollout: { maxUnavailable } },
    refused: [{ path: "spec.rollout.maxUnavailable", message: budget }],
  };
}

export const passthroughShapes: Shapes = {
  kind: "PciPassthrough",
  created: [
    { it: "an empty spec", spec: {} },
    { it: "no spec" },
    {
      it: "everything",
      spec: {
        release: "2025.1",
        services: {
          api: { matchLabels: { app: "nova-api" }, container: "nova-api", restart: "External" },
          scheduler: { matchLabels: { app: "nova-scheduler" } },
          conductor: { container: "conductor" },
          compute: { matchLabels: { app: "nova-compute" }, restart: "Manual" },
        },
        delivery: "Mounted",
        placement: { reportInPlacement: true, pciInPlacement: true },
        scheduler: {
          filters: "Manage",
          baseFilters: ["ComputeFilter", "nova.scheduler.filters.all_filters"],
          assumeReleaseDefaults: true,
        },
        rollout: {
          ...rollout,
          canary: {
            count: 2,
            nodeSelector: {
              matchLabels: { "example.org/canary": "yes" },
              matchExpressions: [{ key: "example.org/broken", operator: "DoesNotExist" }],
            },
            bakeSeconds: 0,
          },
          maxUnavailable: "10%",
        },
        cloud: { credentialsSecret: "nova-pci-cloud", cloudName: "default" },
        hardwareCheck: "Enforce",
        baseConfig: {
          fromWorkloads: true,
          keys: [{ kind: "Secret", name: "nova-etc", key: "nova.conf" }],
        },
        adopt: true,
        removals: [{ kind: "PciAlias", name: "a1", force: true }],
        acceptInvalid: [{ kind: "PciWhitelist", name: "w", policy: "NovaRefuses" }],
      },
    },
    { it: "every compute at once", spec: { rollout: { maxUnavailable: "100%" } } },
    {
      it: "another name",
      name: "other",
      spec: {},
      refused: [
        { path: "metadata.name", message: "the one PciPassthrough of a namespace is named nova" },
      ],
    },
    unavailable("no compute at a time", 0),
    unavailable("no percentage", "0%"),
    unavailable("more than all", "101%"),
    unavailable("a number in quotes", "5"),
    {
      it: "a budget that is neither number nor text",
      spec: { rollout: { maxUnavailable: true } },
      refused: [
        bySchema(
          "spec.rollout.maxUnavailable",
          "must be a whole number or text, not true or false: found true",
          'must be of type integer,string: "boolean"',
        ),
      ],
    },
    {
      it: "scheduling by Placement without reporting to it",
      spec: { placement: { pciInPlacement: true } },
      refused: [
        { path: "spec.placement", message: "pciInPlacement needs reportInPlacement: true" },
      ],
    },
    {
      it: "a release that YAML took for a number",
      spec: { release: 2025.1 },
      refused: [
        {
          path: "spec.release",
          message: "must be text, not a number: found 2025.1, quote it",
          server: 'must be of type string: "number"',
        },
      ],
    },
    {
      it: "a canary by Exists with values",
      spec: {
        rollout: {
          canary: {
            nodeSelector: { matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] },
          },
        },
      },
      refused: [
        {
          path: "spec.rollout.canary.nodeSelector.matchExpressions[0]",
          message: "In and NotIn need values; Exists and DoesNotExist must have none",
        },
      ],
    },
    {
      it: "no canary",
      spec: { rollout: { canary: { count: 0 } } },
      refused: [
        bySchema(
          "spec.rollout.canary.count",
          "found 0, write at least 1",
          "greater than or equal to 1",
        ),
      ],
    },
    {
      it: "a time with a unit",
      spec: { rollout: { settleSeconds: "5s" } },
      refused: [
        bySchema(
          "spec.rollout.settleSeconds",
          "must be a whole number, not a string: found 5s",
          'must be of type integer: "string"',
        ),
      ],
    },
    {
      it: "a service of another name",
      spec: { services: { metadata: {} } },
      refused: [unknownField("spec.services.metadata")],
    },
    {
      it: "a service that is selected by nothing",
      spec: { services: { api: { matchLabels: {} } } },
      refused: [
        bySchema(
          "spec.services.api.matchLabels",
          "found {}, give at least 1",
          "at least 1 properties",
        ),
      ],
    },
    {
      it: "a label whose value is none",
      spec: { services: { compute: { matchLabels: { component: "-os" } } } },
      refused: [
        bySchema(
          "spec.services.compute.matchLabels.component",
          "found -os, write the value of a label, which is not empty here: letters, digits, '-', '_' and '.'",
          "should match '^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$'",
        ),
      ],
    },
    {
      it: "a container with a separator in its name",
      spec: { services: { compute: { container: "nova;compute,x=y" } } },
      refused: [
        bySchema(
          "spec.services.compute.container",
          "found nova;compute,x=y, write the name of a container: small letters, digits and '-', such as nova-compute",
          "should match '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'",
        ),
      ],
    },
    ...["app lication", "a,b", "a=b", "a;b", "-bad/key/", "example.org/", ".", "x".repeat(64)].map(
      (key) => ({
        it: `${key}, which is no key of a label`,
        spec: { services: { compute: { matchLabels: { [key]: "nova" } } } },
        refused: [{ path: "spec.services", message: labelKey }],
      }),
    ),
    {
      it: "a restart that is no choice",
      spec: { services: { compute: { restart: "Never" } } },
      refused: [
        bySchema(
          "spec.services.compute.restart",
          "found Never, write one of Auto, Manual, External",
          'supported values: "Auto", "Manual", "External"',
        ),
      ],
    },
    {
      it: "off, which YAML takes for false",
      spec: { hardwareCheck: false },
      refused: [notText("spec.hardwareCheck", false)],
    },
    {
      it: "a filter that is no name",
      spec: { scheduler: { baseFilters: ["ComputeFilter, PciPassthroughFilter"] } },
      refused: [
        bySchema(
          "spec.scheduler.baseFilters[0]",
          "found ComputeFilter, PciPassthroughFilter, write the name of a filter, such as PciPassthroughFilter",
          "should match",
        ),
      ],
    },
    {
      it: "a base file without key",
      spec: { baseConfig: { keys: [{ kind: "Secret", name: "nova-etc" }] } },
      refused: [required("spec.baseConfig.keys[0].key")],
    },
    {
      it: "the policy that can never be set aside",
      spec: {
        acceptInvalid: [{ kind: "PciWhitelist", name: "w", policy: "MatchesEveryDevice" }],
      },
      refused: [
        {
          path: "spec.acceptInvalid[0].policy",
          message: "MatchesEveryDevice can never be set aside",
        },
      ],
    },
    {
      it: "a removal of what is not rendered",
      spec: { removals: [{ kind: "PciFlavor", name: "m1.large" }] },
      refused: [
        bySchema(
          "spec.removals[0].kind",
          "found PciFlavor, write one of PciAlias, PciWhitelist, PciPassthrough",
          'supported values: "PciAlias", "PciWhitelist", "PciPassthrough"',
        ),
      ],
    },
    {
      it: "a cloud without name of its Secret",
      spec: { cloud: { credentialsSecret: "" } },
      refused: [
        bySchema(
          "spec.cloud.credentialsSecret",
          "found , write some text",
          "at least 1 chars long",
        ),
      ],
    },
  ],
  changed: [
    { it: "reporting to Placement turned on", before: {}, after: reporting },
    {
      it: "reporting to Placement turned off",
      before: reporting,
      after: { placement: { reportInPlacement: false } },
      refused: [{ path: "spec.placement", message: forEver }],
    },
    {
      it: "reporting to Placement left out",
      before: reporting,
      after: { placement: {} },
      refused: [{ path: "spec.placement", message: forEver }],
    },
    {
      it: "placement left out",
      before: reporting,
      after: {},
      refused: [{ path: "spec.placement", message: forEver }],
    },
    {
      it: "scheduling by Placement turned off",
      before: { placement: { reportInPlacement: true, pciInPlacement: true } },
      after: reporting,
    },
  ],
  defaults: [
    { it: "every number, from an empty spec", spec: {}, stored: defaults },
    { it: "every number, from no spec", stored: defaults },
    {
      it: "what is inside objects that were given",
      spec: { services: { api: { container: "x" } }, cloud: {}, rollout: { canary: { count: 3 } } },
      stored: {
        ...defaults,
        services: { api: { container: "x", restart: "Auto" } },
        cloud: { credentialsSecret: "nova-pci-cloud" },
        rollout: { ...rollout, canary: { count: 3, bakeSeconds: 60 } },
      },
    },
  ],
};
