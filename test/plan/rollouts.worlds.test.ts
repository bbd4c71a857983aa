// How a change reaches the computes and the services, and what happens when it fails.
import { describe, expect, test } from "@jest/globals";
import { fragmentAnnotation } from "../../src/api/names.ts";
import { workloadPath } from "../../src/cluster/wire/paths.ts";
import { contentTypes } from "../../src/cluster/wire/requests.ts";
import { calmKnobs } from "../../src/embedded/cluster.ts";
import type { Trouble } from "../../src/embedded/controllers/kubelet.ts";
import { gpuAlias, gpuDevices, installation, setStage, type Stage } from "../support/stage.ts";

/** What `kubectl rollout undo` does to our annotation of nova-api. */
function undo({ cluster }: Stage, name: string): void {
  const path = workloadPath(cluster.namespace, "Deployment", "nova-api-osapi");
  cluster.api.answer({
    method: "PATCH",
    path: `${path}?fieldManager=kubectl-rollout`,
    contentType: contentTypes.merge,
    body: { spec: { template: { metadata: { annotations: { [fragmentAnnotation]: name } } } } },
  });
}

const crash: Trouble = {
  is: "exits",
  code: 1,
  message:
    "ERROR nova nova.exception.PciConfigInvalidSpec: Invalid [pci]device_spec config: no such thing",
};

describe("a change that nova-compute does not survive", () => {
  test("stops at the canary, is put back there, quarantined, and told with Nova's own words", async () => {
    let broken = "";
    const stage = await setStage({
      knobs: {
        startMillis: () => 1500,
        readyMillis: () => 4000,
        stopMillis: () => 1000,
        trouble: ({ text }) => (broken !== "" && (text ?? "").includes(broken) ? crash : undefined),
      },
    });
    stage.apply("PciPassthrough", "nova", installation);
    stage.apply("PciWhitelist", "gpus", gpuDevices);
    await stage.pass(900);
    const good = stage.reads("c1");
    stage.restarts();
    broken = "20b0";
    stage.apply(
      "PciWhitelist",
      "gpus",
      "{ devices: [{ vendorId: '10de', productId: '2330' }, { vendorId: '10de', productId: '20b0' }] }",
    );
    await stage.pass(900);
    // One node there and back; the others never knew.
    expect(new Set(stage.restarts())).toEqual(new Set(["nova-compute on c1"]));
    for (const node of ["c1", "c2", "c3"]) expect(stage.reads(node)).toBe(good);
    const status = stage.cluster.store.get("PciPassthrough", "nova")?.status as {
      quarantined: { entry: string; message: string }[];
      novaError: string;
    };
    expect(status.novaError).toContain("PciConfigInvalidSpec: Invalid [pci]device_spec config");
    expect(status.quarantined).toMatchObject([{ entry: expect.stringContaining("20b0") }]);
    expect(stage.ready("PciWhitelist", "gpus")).toBe("False Quarantined");
    // Another object changes: the bad entry is not tried again.
    stage.apply("PciWhitelist", "more", "{ devices: [{ vendorId: '8086', productId: '1592' }] }");
    await stage.pass(900);
    expect(stage.reads("c1")).not.toBe(good);
    expect(stage.ready("PciWhitelist", "more")).toBe("True Live");
    stage.restarts();
    // Its own object changes: it is.
    broken = "";
    stage.apply(
      "PciWhitelist",
      "gpus",
      "{ devices: [{ vendorId: '10de', productId: '2330' }, { vendorId: '10de', productId: '20b0' }], priority: 1 }",
    );
    await stage.pass(900);
    expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
  });
});

describe.each([false, true])("nova-api with a bad alias (StatefulSet: %s)", (statefulApi) => {
  test("goes back to last-good by itself", async () => {
    let broken = "";
    const stage = await setStage({
      statefulApi,
      knobs: {
        startMillis: () => 1500,
        readyMillis: () => 4000,
        stopMillis: () => 1000,
        trouble: ({ pod, text }) =>
          broken !== "" &&
          pod.metadata.labels?.component === "os-api" &&
          (text ?? "").includes(broken)
            ? crash
            : undefined,
      },
    });
    stage.apply("PciPassthrough", "nova", installation);
    stage.apply("PciAlias", "gpu", gpuAlias);
    stage.apply("PciWhitelist", "gpus", gpuDevices);
    await stage.pass(1200);
    broken = "worse";
    stage.apply(
      "PciAlias",
      "worse",
      "{ match: [{ vendorId: '10de', productId: '2330' }], deviceType: type-PCI }",
    );
    await stage.pass(2400);
    expect(stage.ready("PciAlias", "worse")).toBe("False Quarantined");
    expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
    const api = stage.last().seen.pods.filter((pod) => pod.service === "api" && !pod.deleting);
    expect(api.map((pod) => pod.ready)).toEqual([true, true]);
    expect(stage.last().plan.effects).toEqual([]);
  });

  test("rolls on to the mended alias before its time is up", async () => {
    const stage = await setStage({
      statefulApi,
      knobs: {
        startMillis: () => 1500,
        readyMillis: () => 4000,
        stopMillis: () => 1000,
        trouble: ({ pod, text }) =>
          pod.metadata.labels?.component === "os-api" && (text ?? "").includes("2330")
            ? { is: "never-ready" }
            : undefined,
      },
    });
    const alias = (productId: string) =>
      stage.apply(
        "PciAlias",
        "gpu",
        `{ match: [{ vendorId: '10de', productId: '${productId}' }], deviceType: type-PCI }`,
      );
    stage.apply("PciPassthrough", "nova", installation);
    stage.apply("PciWhitelist", "gpus", "{ devices: [{ vendorId: '10de', productId: '2331' }] }");
    alias("2330");
    await stage.pass(60);
    expect(stage.ready("PciAlias", "gpu")).not.toBe("True Live");
    alias("2331");
    await stage.pass(1200);
    expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
    const api = stage.last().seen.pods.filter((pod) => pod.service === "api" && !pod.deleting);
    expect(api.map((pod) => pod.ready)).toEqual([true, true]);
    const { rollouts } = stage.cluster.store.get("PciPassthrough", "nova")?.status as {
      rollouts: { service: string; result: string }[];
    };
    expect(
      rollouts.filter((rollout) => rollout.service === "nova-api").map((rollout) => rollout.result),
    ).toEqual(["Superseded", "Complete"]);
  });
});

test("an alias is not live before every pod reads it, also when kubectl rolled them back to it", async () => {
  const stage = await setStage({
    knobs: { ...calmKnobs, readyMillis: () => 30_000 },
  });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(1200);
  const { store } = stage.cluster;
  const fragment = (): string | undefined =>
    store.get("Deployment", "nova-api-osapi")?.spec.template.metadata.annotations?.[
      fragmentAnnotation
    ];
  const withAlias = fragment()!;
  // A second alias, so that there is an older fragment to go back to.
  stage.apply("PciAlias", "gpu2", gpuAlias);
  await stage.pass(1200);
  const withBoth = fragment()!;
  undo(stage, withAlias);
  await stage.pass(600);
  expect(stage.ready("PciAlias", "gpu2")).toBe("False Quarantined");
  undo(stage, withBoth);
  await stage.pass(5);
  expect(stage.ready("PciAlias", "gpu2")).not.toMatch(/^True/);
  await stage.pass(600);
  expect(stage.ready("PciAlias", "gpu2")).toMatch(/^True/);
});

test("an alias is Ready only where a nova-compute was proved to serve it", async () => {
  const stage = await setStage();
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(1200);
  expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
  // All devices move to another set of nodes, which has none so far.
  stage.remove("PciWhitelist", "gpus");
  await stage.pass(1200);
  expect(stage.ready("PciAlias", "gpu")).toMatch(/^False/);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(20);
  expect(stage.ready("PciAlias", "gpu")).toMatch(/^False/);
  await stage.pass(1200);
  expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
});

test("an alias that no longer means what the nova-computes offer is not Ready for a moment", async () => {
  const stage = await setStage();
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(1200);
  stage.apply("PciAlias", "gpu", "{ match: [{ vendorId: '8086', productId: '1572' }] }");
  const seen: string[] = [];
  for (let second = 0; second < 600; second += 1) {
    await stage.pass(1);
    seen.push(stage.ready("PciAlias", "gpu"));
  }
  expect(seen.filter((text) => text.startsWith("True"))).toEqual([]);
});

test("kubectl rollout undo of nova-api is respected", async () => {
  const stage = await setStage();
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  stage.apply("PciAlias", "gpu", gpuAlias);
  await stage.pass(1200);
  const before = stage
    .last()
    .seen.workloads.find((workload) => workload.service === "api")!.fragment!;
  stage.apply(
    "PciAlias",
    "second",
    "{ match: [{ vendorId: '10de', productId: '2330' }], deviceType: type-PCI }",
  );
  await stage.pass(1200);
  stage.restarts();
  undo(stage, before);
  await stage.pass(900);
  expect(stage.last().seen.workloads.find((workload) => workload.service === "api")!.fragment).toBe(
    before,
  );
  expect(stage.restarts().filter((restart) => restart.startsWith("Deployment"))).toEqual([]);
  expect(stage.ready("PciAlias", "second")).toBe("False Quarantined");
  // The user's next wish is the way forward: the field is taken from kubectl once, and neither
  // nova-api nor the computes wait for the other.
  stage.apply(
    "PciAlias",
    "second",
    "{ match: [{ vendorId: '10de', productId: '2330' }], deviceType: type-PCI, numaPolicy: preferred }",
  );
  await stage.pass(1200);
  const api = stage.last().seen.workloads.find((workload) => workload.service === "api")!;
  expect(api.fragment).not.toBe(before);
  expect(stage.ready("PciAlias", "second")).toBe("True Live");
  expect(stage.last().plan.gates).toEqual([]);
});

test("a node that is dead before its turn is skipped and served when it returns", async () => {
  const stage = await setStage();
  stage.cluster.kubelets.kill("c2");
  await stage.pass(120);
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(1500);
  expect(stage.ready("PciAlias", "gpu")).toBe("True Live");
  const status = stage.cluster.store.get("PciPassthrough", "nova")?.status as {
    skipped: unknown[];
  };
  expect(status.skipped).toMatchObject([{ node: "c2" }]);
  stage.cluster.kubelets.revive("c2");
  await stage.pass(1500);
  expect(stage.reads("c2")).toBe(stage.reads("c1"));
  expect(stage.last().plan.gates).toEqual([]);
});

test("paused, nothing new restarts; a joining node is served all the same", async () => {
  // The pod of the joining node is made before the API servers see what it is assigned.
  const stage = await setStage({ admissionLagMillis: () => 50 });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(900);
  stage.restarts();
  stage.apply(
    "PciPassthrough",
    "nova",
    "{ adopt: true, release: '2025.1', rollout: { paused: true } }",
  );
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.cluster.addNode("c4", { "openstack-compute-node": "enabled" });
  await stage.pass(900);
  expect(stage.restarts()).toEqual(["nova-compute on c4"]);
  expect(stage.waits()).toContain("Paused");
  expect(stage.reads("c4")).toBeDefined();
});

test("a host that is opened while it is quiesced is closed again", async () => {
  const stage = await setStage();
  const { cloud } = stage.cluster;
  cloud.addServer({ id: "resizing", host: "c1", aliases: [], busy: true });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  // The canary may be any host, so each of them has to wait.
  for (const host of ["c2", "c3"])
    cloud.addServer({ id: `resizing-${host}`, host, aliases: [], busy: true });
  await stage.pass(60);
  const closed = ["c1", "c2", "c3"].find((host) => cloud.reasonOf(host) !== undefined)!;
  cloud.setDisabled(closed, undefined);
  for (const { id } of cloud.servers()) cloud.removeServer(id);
  // Much less than quiesceSeconds, after which it would be given up and begun again.
  await stage.pass(60);
  expect(stage.restarts()).toContain(`nova-compute on ${closed}`);
});
