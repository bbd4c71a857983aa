// What failed is not tried again before its own object changes, whichever service it failed in.
import { describe, expect, test } from "@jest/globals";
import type { Trouble } from "../../src/embedded/controllers/kubelet.ts";
import type { Kind } from "../../src/api/names.ts";
import { gpuAlias, gpuDevices, setStage } from "../support/stage.ts";

const crash: Trouble = { is: "exits", code: 1, message: "ERROR nova [pci] it does not start" };

const passthrough = (more: string): string =>
  `{ adopt: true, release: '2025.1', rollout: { verifyTimeoutSeconds: 120 }, ${more} }`;
const manage = "scheduler: { filters: Manage, baseFilters: [ComputeFilter] }";
const report = "placement: { reportInPlacement: true }";
const both = "placement: { reportInPlacement: true, pciInPlacement: true }";

type Wish = readonly [kind: Kind, name: string, spec: string];
const gpus: readonly Wish[] = [
  ["PciAlias", "gpu", gpuAlias],
  ["PciWhitelist", "gpus", gpuDevices],
];

type Case = {
  /** Component of the pods that do not survive the text. */
  readonly component: string;
  readonly breaks: (text: string) => boolean;
  readonly at: readonly Wish[];
  /** What is asked for next, and fails. */
  readonly bad: Wish;
  /** Restarts that the failure may cost: there, and back. */
  readonly restarts: readonly string[];
};

const cases: Readonly<Record<string, Case>> = {
  "filters of nova-scheduler": {
    component: "scheduler",
    breaks: (text) => text.includes("enabled_filters"),
    at: [["PciPassthrough", "nova", passthrough("")], ...gpus],
    bad: ["PciPassthrough", "nova", passthrough(manage)],
    restarts: ["Deployment/nova-scheduler", "Deployment/nova-scheduler"],
  },
  "filters that nova-scheduler cannot be without": {
    component: "scheduler",
    breaks: (text) => !text.includes("enabled_filters"),
    at: [["PciPassthrough", "nova", passthrough(manage)], ...gpus],
    bad: ["PciPassthrough", "nova", passthrough("scheduler: { filters: Ignore }")],
    restarts: ["Deployment/nova-scheduler", "Deployment/nova-scheduler"],
  },
  "pci_in_placement of nova-conductor": {
    component: "conductor",
    breaks: (text) => text.includes("pci_in_placement"),
    at: [["PciPassthrough", "nova", passthrough(report)], ...gpus],
    bad: ["PciPassthrough", "nova", passthrough(both)],
    restarts: [
      "Deployment/nova-api-osapi",
      "Deployment/nova-scheduler",
      "Deployment/nova-conductor",
      "Deployment/nova-conductor",
    ],
  },
  "pci_in_placement of nova-api": {
    component: "os-api",
    breaks: (text) => text.includes("pci_in_placement"),
    at: [["PciPassthrough", "nova", passthrough(report)], ...gpus],
    bad: ["PciPassthrough", "nova", passthrough(both)],
    restarts: [
      "Deployment/nova-api-osapi",
      "Deployment/nova-scheduler",
      "Deployment/nova-conductor",
      "Deployment/nova-api-osapi",
    ],
  },
  "report_in_placement of nova-compute": {
    component: "compute",
    breaks: (text) => text.includes("report_in_placement"),
    at: [["PciPassthrough", "nova", passthrough("")], ...gpus],
    bad: ["PciPassthrough", "nova", passthrough(report)],
    // Nova may have read it already: never put back.
    restarts: ["nova-compute on c1"],
  },
  "an alias that nova-compute cannot be without": {
    component: "compute",
    breaks: (text) => text.includes("device_spec") && !text.includes('"name":"gpu"'),
    at: [["PciPassthrough", "nova", passthrough("")], ...gpus],
    bad: ["PciAlias", "gpu", "gone"],
    restarts: ["Deployment/nova-api-osapi", "nova-compute on c1", "nova-compute on c1"],
  },
};

test.each(Object.entries(cases))("%s", async (_name, { component, breaks, at, bad, restarts }) => {
  let broken = false;
  let tries = 0;
  const stage = await setStage({
    knobs: {
      startMillis: () => 1500,
      readyMillis: () => 4000,
      stopMillis: () => 1000,
      trouble: ({ pod, text }) => {
        const fails = pod.metadata.labels?.component === component && breaks(text ?? "");
        if (!broken || !fails) return undefined;
        tries += 1;
        return crash;
      },
    },
  });
  for (const wish of at) stage.apply(...wish);
  await stage.pass(1800);
  stage.restarts();
  broken = true;
  if (bad[2] === "gone") stage.remove(bad[0], bad[1]);
  else stage.apply(...bad);
  await stage.pass(3600);
  expect([...stage.restarts()].sort()).toEqual([...restarts].sort());
  const once = tries;
  expect(once).toBeGreaterThan(0);
  await stage.pass(24 * 3600);
  // Another object changes meanwhile.
  stage.apply("PciAlias", "other", "{ match: [{ vendorId: '8086', productId: '1592' }] }");
  await stage.pass(3600);
  // What was halted and not put back goes on as it is.
  if (component !== "compute" || restarts.length > 1) expect(tries).toBe(once);
  expect(stage.restarts()).not.toContain("nova-compute on c2");
});

describe("the filters that another alias asks for", () => {
  test("are not tried either while the option is quarantined", async () => {
    const stage = await setStage({
      knobs: {
        startMillis: () => 1500,
        readyMillis: () => 4000,
        stopMillis: () => 1000,
        trouble: ({ pod, text }) =>
          pod.metadata.labels?.component === "scheduler" && (text ?? "").includes("enabled_filters")
            ? crash
            : undefined,
      },
    });
    stage.apply("PciPassthrough", "nova", passthrough(manage));
    for (const gpu of gpus) stage.apply(...gpu);
    await stage.pass(3600);
    stage.restarts();
    stage.apply(
      "PciAlias",
      "near",
      "{ match: [{ vendorId: '10de', productId: '2330' }], numaPolicy: required }",
    );
    await stage.pass(3600);
    expect(stage.restarts()).not.toContain("Deployment/nova-scheduler");
    expect(stage.ready("PciPassthrough", "nova")).toBe("False Quarantined");
    // Its own object changes: the option is tried again.
    stage.apply("PciPassthrough", "nova", passthrough(`${manage}, hardwareCheck: Off`));
    await stage.pass(600);
    expect(stage.restarts()).toContain("Deployment/nova-scheduler");
  });
});
