// From object to Nova: what its API would refuse is refused here, and what it refuses although its
// driver reads it is written where the API does not look.
import { beforeEach, expect, test } from "@jest/globals";
import type { CloudEffect } from "../../../src/plan/terms/effects.ts";
import { stageWithGpus, type Stage } from "../../support/stage.ts";

let stage: Stage;
let sent: CloudEffect[] = [];

beforeEach(async () => {
  stage = await stageWithGpus();
  stage.cluster.cloud.addFlavor({ name: "m1", id: "42" });
  sent = [];
  const { cloud } = stage.cluster;
  const { perform } = cloud;
  Object.assign(cloud, {
    perform: (effect: CloudEffect) => {
      sent.push(effect);
      perform(effect);
    },
  });
});

const withSpecs = (specs: string): string =>
  `{ flavor: { id: '42' }, aliases: [{ name: gpu, count: 1 }], extraSpecs: { ${specs} } }`;

test("an extra spec that Nova would refuse rejects the object, and what was before it stays", async () => {
  stage.apply("PciFlavor", "f", withSpecs("'hw:numa_nodes': '1'"));
  await stage.pass(120);
  const before = stage.cluster.cloud.flavors()[0]!.extraSpecs;
  expect(before).toEqual({ "hw:numa_nodes": "1", "pci_passthrough:alias": "gpu:1" });
  sent = [];
  stage.apply("PciFlavor", "f", withSpecs("'hw:numa_nodes': '0', 'hw:pci_typo': x"));
  await stage.pass(120);
  expect(stage.ready("PciFlavor", "f")).toBe("False NovaRefuses");
  expect([stage.cluster.cloud.flavors()[0]!.extraSpecs, sent]).toEqual([before, []]);
});

test("maxphysaddr is written by a request that Nova does not check, the rest by one that it does", async () => {
  stage.apply("PciFlavor", "f", withSpecs("'hw:maxphysaddr_mode': passthrough"));
  await stage.pass(120);
  expect(stage.ready("PciFlavor", "f")).toBe("True Live");
  expect(sent).toEqual([
    { do: "set-extra-specs", flavorId: "42", set: { "pci_passthrough:alias": "gpu:1" } },
    {
      do: "set-extra-specs",
      flavorId: "42",
      set: { "hw:maxphysaddr_mode": "passthrough" },
      unchecked: true,
    },
  ]);
});

test("the embedded cloud answers 400 as Nova does", () => {
  const set = { "hw:maxphysaddr_mode": "passthrough" };
  const write = (effect: CloudEffect) => () => stage.cluster.cloud.perform(effect);
  expect(write({ do: "set-extra-specs", flavorId: "42", set })).toThrow(
    "400 Bad Request: Validation failed; 'hw:maxphysaddr_mode' does not appear to be a valid extra spec.",
  );
  expect(write({ do: "set-extra-specs", flavorId: "42", set, unchecked: true })).not.toThrow();
});
