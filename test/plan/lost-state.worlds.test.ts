// The state is lost, as after a restore without it: what is live stays, the status lists it with the
// words that release it, and both ways out work.
import { expect, test } from "@jest/globals";
import { stateName } from "../../src/api/names.ts";
import { gpuAlias, gpuDevices, installation, setStage, type Stage } from "../support/stage.ts";

type Row = Readonly<Record<"kind" | "name" | "reason" | "message", string>>;

const nics = "{ devices: [{ vendorId: '8086', productId: '1592' }] }";
const nodes = ["c1", "c2", "c3"];

function retained(stage: Stage): readonly Row[] {
  return (stage.status("PciPassthrough", "nova")?.retained ?? []) as readonly Row[];
}

/** All objects but the installation go while the operator knows nothing any more. */
async function lost(): Promise<Stage> {
  const stage = await setStage({ credentials: false });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  stage.apply("PciWhitelist", "nics", nics);
  await stage.pass(1800);
  stage.restarts();
  for (const [kind, name] of [
    ["PciAlias", "gpu"],
    ["PciWhitelist", "gpus"],
    ["PciWhitelist", "nics"],
  ] as const) {
    stage.remove(kind, name);
  }
  stage.cluster.store.remove("ConfigMap", stateName);
  stage.label("c1", { seen: "1" });
  await stage.pass(1800);
  return stage;
}

test("what is live stays and is listed, with its number, its nodes and what releases it", async () => {
  const stage = await lost();
  expect(stage.restarts()).toEqual([]);
  const rows = retained(stage);
  expect(rows.map(({ kind, name, reason }) => `${kind}/${name} ${reason}`)).toEqual([
    "PciWhitelist/- OwnerUnknown",
    "PciAlias/gpu OwnerUnknown",
  ]);
  expect(rows[0]!.message).toMatch(/^2 device specs without an object on c1, c2, c3/);
  expect(rows[0]!.message).toContain('{kind: PciWhitelist, name: "-"}');
  expect(rows[0]!.message).toContain("10de");
  expect(rows[1]!.message).toMatch(/^alias "gpu" on c1, c2, c3, nova-api/);
  expect(rows[1]!.message).toContain('{kind: PciAlias, name: "gpu"}');
});

test("applied again it is what it was, without a restart", async () => {
  const stage = await lost();
  stage.apply("PciAlias", "gpu", gpuAlias);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(600);
  expect(retained(stage).map((item) => item.name)).toEqual(["-"]);
  expect(retained(stage)[0]!.message).toMatch(/^1 device specs/);
  stage.apply("PciWhitelist", "under-another-name", nics);
  await stage.pass(600);
  expect(retained(stage)).toEqual([]);
  expect(stage.restarts()).toEqual([]);
  expect(stage.ready("PciWhitelist", "gpus")).toBe("True Live");
});

test("what the row says to write releases it", async () => {
  const stage = await lost();
  const removals = retained(stage).map(({ message }) => /\{kind: [^}]*\}/.exec(message)![0]);
  stage.apply(
    "PciPassthrough",
    "nova",
    `{ adopt: true, release: '2025.1', removals: [${removals.join(", ")}] }`,
  );
  await stage.pass(1800);
  expect(retained(stage)).toEqual([]);
  for (const node of nodes) expect(stage.text(node)).not.toMatch(/alias|device_spec/);
  expect(stage.last().plan.gates).toEqual([]);
});

test("the metric counts what the status lists, also what belongs to nobody", async () => {
  const stage = await lost();
  const counted = (): number | undefined =>
    stage.last().plan.gauges.find((gauge) => gauge.name === "nova_pci_retained_objects")?.value;
  expect(counted()).toBe(2);
  stage.apply("PciAlias", "gpu", gpuAlias);
  await stage.pass(600);
  expect(counted()).toBe(1);
});
