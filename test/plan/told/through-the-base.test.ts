// What the chart's own nova.conf holds is in no fragment, and is as live as what is.
import { expect, test } from "@jest/globals";
import type { Snapshot } from "../../../src/plan/terms/snapshot.ts";
import { gpuAlias, gpuDevices, setStage } from "../../support/stage.ts";

const chart = `[pci]
alias = {"name": "gpu", "vendor_id": "10de", "product_id": "2330", "device_type": "type-PCI"}
device_spec = {"vendor_id": "10de", "product_id": "2330"}
[filter_scheduler]
enabled_filters = ComputeFilter,PciPassthroughFilter
`;
const files = [{ name: "/etc/nova/nova.conf", text: chart }];
const base: NonNullable<Snapshot["base"]> = {
  is: "read",
  files: { api: files, scheduler: files, conductor: files, compute: files },
};

test("objects that say what the chart says are Ready, and nothing restarts", async () => {
  const stage = await setStage();
  stage.see((seen) => ({ ...seen, base }));
  stage.restarts();
  stage.apply("PciPassthrough", "nova", "{ baseConfig: { fromWorkloads: true } }");
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(900);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
  expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
  expect(stage.restarts()).toEqual([]);
});

test("an alias of the chart's is not live before a compute offers its devices", async () => {
  const lacking = files.map((file) => ({ ...file, text: chart.replace(/^device_spec.*$/m, "") }));
  const stage = await setStage();
  stage.see((seen) => ({
    ...seen,
    base: {
      is: "read",
      files: { api: lacking, scheduler: lacking, conductor: lacking, compute: lacking },
    },
  }));
  const settings = (paused: boolean): string =>
    `{ baseConfig: { fromWorkloads: true }, rollout: { paused: ${String(paused)} } }`;
  stage.apply("PciPassthrough", "nova", settings(true));
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(900);
  expect(stage.ready("PciAlias", "gpu")).toBe("False Paused");
  expect(stage.status("PciAlias", "gpu")).toMatchObject({
    live: { computes: { ready: 0, total: 3 } },
  });
  stage.apply("PciPassthrough", "nova", settings(false));
  await stage.pass(1800);
  expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
});
