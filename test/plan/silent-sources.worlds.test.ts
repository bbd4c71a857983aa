// Not knowing changes nothing: what the nova.conf under ours, a node's own inventory or Placement said
// last counts while they are silent. The cloud itself is in not-knowing.test.ts.
import { describe, expect, test } from "@jest/globals";
import type { Kind } from "../../src/api/names.ts";
import type { CloudView, Snapshot } from "../../src/plan/terms/snapshot.ts";
import type { State } from "../../src/plan/terms/state.ts";
import { gpuAlias, gpuDevices, setStage, unreachable, type Stage } from "../support/stage.ts";

type Shown = {
  readonly conditions?: readonly Readonly<Record<"type" | "status" | "reason", string>>[];
};

/** nova.conf as a chart has it: one alias as ours, one that is another, devices, a list of filters. */
const chart = `[DEFAULT]
transport_url = rabbit://nova:hunter2@rabbit
[database]
connection = mysql://nova:hunter2@db
[pci]
alias = {"name": "gpu", "vendor_id": "10de", "product_id": "2330", "device_type": "type-PCI"}
alias = {"name": "nic", "vendor_id": "8086",
  "product_id": "1592"}
device_spec = [{"vendor_id": "15b3", "product_id": "101e"}]
[filter_scheduler]
enabled_filters = ComputeFilter
`;
const files = [{ name: "/etc/nova/nova.conf", text: chart }];
const readable: NonNullable<Snapshot["base"]> = {
  is: "read",
  files: { api: files, scheduler: files, conductor: files, compute: files },
  places: { scheduler: "first" },
};

const silentBases: Readonly<Record<string, Snapshot["base"]>> = {
  "the right is taken away": { is: "denied", command: "kubectl apply" },
  "its Secret is gone": { is: "missing", object: "Secret/nova-etc" },
};

const basing =
  (found: Snapshot["base"]) =>
  ({ base: _base, ...seen }: Snapshot): Snapshot => ({
    ...seen,
    ...(found === undefined ? {} : { base: found }),
  });

async function onAChart(): Promise<Stage> {
  const stage = await setStage({ microversion: "2.100" });
  stage.see(basing(readable));
  stage.apply(
    "PciPassthrough",
    "nova",
    "{ baseConfig: { fromWorkloads: true }, scheduler: { filters: Manage } }",
  );
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciAlias", "nic", "{ match: [{ vendorId: '8086', productId: '1593' }] }");
  stage.apply("PciAlias", "dpu", "{ match: [{ vendorId: '15b3', productId: '101e' }] }");
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(900);
  stage.restarts();
  return stage;
}

function conditionsOf(stage: Stage, kind: Kind, name: string): readonly string[] | undefined {
  return (stage.status(kind, name) as Shown | undefined)?.conditions?.map(
    ({ type, status, reason }) => `${type} ${status} ${reason}`,
  );
}

/** What is said of every object, without the sentence of the gate that says what cannot be read. */
function said(stage: Stage): unknown {
  const of = (kind: Kind, name: string) => conditionsOf(stage, kind, name);
  return {
    texts: ["c1", "c2", "c3"].map((node) => stage.text(node)),
    objects: ["gpu", "nic", "dpu"].map((name) => of("PciAlias", name)),
    devices: of("PciWhitelist", "gpus"),
    installation: of("PciPassthrough", "nova"),
    accepted: Object.keys(stateOf(stage).accepted),
    filters: stage.waits().includes("BaseWins"),
  };
}

function stateOf(stage: Stage): State {
  const { state } = stage.last().seen;
  if (state.is !== "read") throw new Error("no state");
  return state.state;
}

describe.each(Object.entries(silentBases))("the nova.conf under ours: %s", (_name, silent) => {
  test("what was found in it counts, and nothing starts", async () => {
    const stage = await onAChart();
    const before = said(stage);
    expect(before).toMatchObject({
      objects: [
        expect.arrayContaining(["Ready True Live"]),
        expect.arrayContaining(["Accepted False BaseConflict"]),
        expect.arrayContaining(["Ready True Live"]),
      ],
      filters: true,
    });
    for (const seconds of [1, 1800]) {
      stage.see(basing(silent));
      stage.label("c1", { seen: String(seconds) });
      await stage.pass(seconds);
      expect(said(stage)).toEqual(before);
      expect(stage.waits()).toContain("AdoptionUnconfirmed");
      stage.see(basing(readable));
      stage.label("c1", { seen: `${seconds} and back` });
      await stage.pass(300);
    }
    expect(said(stage)).toEqual(before);
    expect(stage.restarts()).toEqual([]);
  });

  test("a change that is wanted meanwhile waits", async () => {
    const stage = await onAChart();
    stage.see(basing(silent));
    stage.apply("PciWhitelist", "more", "{ devices: [{ vendorId: '8086', productId: '1592' }] }");
    await stage.pass(1800);
    expect(stage.restarts()).toEqual([]);
    stage.see(basing(readable));
    stage.label("c1", { seen: "1" });
    await stage.pass(900);
    expect(stage.ready("PciWhitelist", "more")).toBe("True Live");
  });
});

test("of the nova.conf under ours only PCI options are remembered, and only while it is asked for", async () => {
  const stage = await onAChart();
  expect(JSON.stringify(stateOf(stage).base)).toMatch(/101e.*ComputeFilter/s);
  expect(JSON.stringify(stateOf(stage))).not.toContain("hunter2");
  stage.see(basing(undefined));
  stage.apply("PciPassthrough", "nova", "{ adopt: true }");
  await stage.pass(60);
  expect(stateOf(stage).base).toBeUndefined();
});

/** The node's own inventory, and what becomes of it. */
const inventory = (devices: NonNullable<Snapshot["hardware"]>[string]["devices"]) => ({
  bare: (seen: Snapshot): Snapshot => ({
    ...seen,
    hardware: Object.fromEntries(seen.nodes.map((node) => [node.name, { devices }])),
  }),
});
const { bare } = inventory([]);
const silences: Readonly<Record<string, (seen: Snapshot) => Snapshot>> = {
  "the kind of NFD is gone": ({ hardware: _gone, ...seen }) => seen,
  "the nodes have no NodeFeature any more": (seen) => ({ ...seen, hardware: {} }),
};

describe.each(Object.entries(silences))("%s", (_name, silence) => {
  test("what the inventory kept out stays out until its object changes", async () => {
    const stage = await setStage({ microversion: "2.100" });
    stage.see(bare);
    stage.apply("PciPassthrough", "nova", "{ adopt: true, hardwareCheck: Enforce }");
    stage.apply("PciWhitelist", "gpus", gpuDevices);
    await stage.pass(600);
    const before = conditionsOf(stage, "PciWhitelist", "gpus");
    const held = stateOf(stage).holds;
    expect(stage.waits()).toContain("HardwareContradicts");
    stage.see(silence);
    stage.label("c1", { seen: "1" });
    await stage.pass(24 * 3600);
    expect(conditionsOf(stage, "PciWhitelist", "gpus")).toEqual(before);
    expect(stateOf(stage).holds).toEqual(held);
    expect(stage.restarts()).toEqual([]);
    stage.apply("PciWhitelist", "gpus", gpuDevices.replace("2330", "2331"));
    await stage.pass(600);
    expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
    expect(stateOf(stage).holds).toBeUndefined();
  });

  test("and until the inventory shows it", async () => {
    const stage = await setStage({ microversion: "2.100" });
    stage.see(bare);
    stage.apply("PciPassthrough", "nova", "{ adopt: true, hardwareCheck: Enforce }");
    stage.apply("PciWhitelist", "gpus", gpuDevices);
    await stage.pass(600);
    stage.see(silence);
    stage.label("c1", { seen: "1" });
    await stage.pass(600);
    expect(stage.restarts()).toEqual([]);
    const gpu = { vendor: "10de", product: "2330", class: "0302", iommuGroup: true };
    stage.see(inventory([gpu]).bare);
    stage.label("c1", { seen: "2" });
    await stage.pass(900);
    expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
  });
});

describe("a flavor that no host can serve", () => {
  const two =
    "{ flavor: { name: gpu }, aliases: [{ name: gpu, count: 2 }], create: { vcpus: 1, ramMiB: 1024, diskGiB: 1 } }";
  /** Placement shows one device for each host. */
  const counted = (view: CloudView): CloudView =>
    view.is !== "read"
      ? view
      : {
          ...view,
          inventories: Object.fromEntries(
            view.services.map(({ host }) => [
              host,
              [
                {
                  uuid: `u-${host}`,
                  name: `${host}_0000:81:00.0`,
                  address: "0000:81:00.0",
                  resourceClass: "CUSTOM_PCI_10DE_2330",
                  total: 1,
                  reserved: 0,
                  used: 0,
                  traits: [],
                },
              ],
            ]),
          ),
        };
  const uncounted = (view: CloudView): CloudView => {
    if (view.is !== "read") return view;
    const { inventories: _silent, ...rest } = view;
    return rest;
  };
  const created = (stage: Stage): boolean => stage.cluster.cloud.flavors().length > 0;

  async function held(): Promise<Stage> {
    const stage = await setStage({ microversion: "2.100" });
    stage.outage(counted);
    stage.apply(
      "PciPassthrough",
      "nova",
      "{ adopt: true, placement: { reportInPlacement: true } }",
    );
    stage.apply("PciAlias", "gpu", gpuAlias);
    stage.apply("PciWhitelist", "gpus", gpuDevices);
    await stage.pass(1200);
    stage.apply("PciFlavor", "gpu", two);
    await stage.pass(60);
    expect(stage.waits()).toEqual(["NoHostCanServe"]);
    return stage;
  }

  test.each([
    ["Placement does not answer", uncounted],
    ["nobody answers", unreachable],
  ])("stays held while %s", async (_silence, silent) => {
    const stage = await held();
    for (const view of [silent, uncounted]) {
      stage.outage(view);
      stage.label("c1", { seen: view.name });
      await stage.pass(3600);
      expect(stage.waits()).toEqual(["NoHostCanServe"]);
      expect(created(stage)).toBe(false);
    }
  });

  test("is let go when it asks for less, although nobody counts", async () => {
    const stage = await held();
    stage.outage(uncounted);
    stage.apply("PciFlavor", "gpu", two.replace("count: 2", "count: 1"));
    await stage.pass(60);
    expect(stage.ready("PciFlavor", "gpu")).toBe("True Live");
  });

  test("is let go when another entry could serve it, although nobody counts", async () => {
    const stage = await held();
    stage.outage(uncounted);
    stage.apply(
      "PciWhitelist",
      "more",
      "{ devices: [{ vendorId: '10de', productId: '2330', address: '0000:82:00.*' }], priority: 1 }",
    );
    await stage.pass(1200);
    expect(stage.ready("PciFlavor", "gpu")).toBe("True Live");
  });
});
