// Whose flavor is it? Ids decide: a flavor, and an object, of the same name is another one. Whatever
// is done by hand in Nova or in Kubernetes, nothing of others is overwritten or deleted.
import { beforeEach, describe, expect, test } from "@jest/globals";
import { stateName } from "../../../src/api/names.ts";
import { packState, stateKey } from "../../../src/cluster/views/state-codec.ts";
import type { CloudEffect } from "../../../src/plan/terms/effects.ts";
import type { FlavorView } from "../../../src/plan/terms/snapshot.ts";
import { emptyState, type FlavorRecord, type State } from "../../../src/plan/terms/state.ts";
import { stageWithGpus, type Stage } from "../../support/stage.ts";

const alias = "pci_passthrough:alias";
const sizes = "create: { vcpus: 4, ramMiB: 8192, diskGiB: 20 }";
const ours = `{ flavor: { name: g1 }, aliases: [{ name: gpu, count: 1 }], ${sizes} }`;

let stage: Stage;
let writes: { readonly at: number; readonly effect: CloudEffect }[] = [];

beforeEach(async () => {
  stage = await stageWithGpus();
  writes = [];
  const { cloud, clock } = stage.cluster;
  const perform = cloud.perform;
  Object.assign(cloud, {
    perform: (effect: CloudEffect) => {
      writes.push({ at: clock.now(), effect });
      perform(effect);
    },
  });
});

let nudges = 0;

/** By an administrator, not by us. Nova tells nobody; the next look is near. */
function byHand(effect: CloudEffect): void {
  stage.cluster.cloud.perform(effect);
  writes = writes.filter((write) => write.effect !== effect);
  nudges += 1;
  stage.label("c1", { nudge: String(nudges) });
}

function addFlavor(flavor: Partial<FlavorView> & { readonly name: string }): void {
  stage.cluster.cloud.addFlavor({ vcpus: 4, ramMiB: 8192, diskGiB: 20, ...flavor });
}

function flavors(): Record<string, Readonly<Record<string, string>>> {
  const all = stage.cluster.cloud.flavors();
  return Object.fromEntries(all.map((flavor) => [flavor.id, flavor.extraSpecs]));
}

function uid(name: string): string {
  return stage.cluster.store.get("PciFlavor", name)!.metadata.uid;
}

function message(name: string): string {
  const { conditions } = stage.status("PciFlavor", name) as {
    readonly conditions: readonly { readonly type: string; readonly message: string }[];
  };
  return conditions.find((condition) => condition.type === "Ready")!.message;
}

function state(): State {
  const seen = stage.last().seen.state;
  return seen.is === "read" ? seen.state : emptyState;
}

function editState(edit: (state: State) => State): void {
  stage.cluster.store.edit("ConfigMap", "nova-pci-state", (old) => ({
    ...old,
    binaryData: { [stateKey]: packState(edit(state())).base64 },
  }));
}

describe("a flavor that we made, deleted in Nova and made again by hand", () => {
  beforeEach(async () => {
    stage.apply("PciFlavor", "g1", ours);
    await stage.pass(300);
    byHand({ do: "delete-flavor", flavorId: uid("g1") });
  });

  test("is another flavor: what it says is a conflict, and it outlives our object", async () => {
    addFlavor({
      name: "g1",
      id: "by-hand",
      extraSpecs: { [alias]: "gpu:8", "hw:numa_nodes": "2" },
    });
    const left = { "by-hand": { [alias]: "gpu:8", "hw:numa_nodes": "2" } };
    await stage.pass(300);
    expect(stage.ready("PciFlavor", "g1")).toBe("False Conflict");
    expect(message("g1")).toContain("flavor g1 (id by-hand) already has");
    expect(flavors()).toEqual(left);
    stage.remove("PciFlavor", "g1");
    await stage.pass(300);
    expect(flavors()).toEqual(left);
  });

  test("is adopted when it says the same, and left as it is", async () => {
    addFlavor({ name: "g1", id: "by-hand", extraSpecs: { [alias]: "gpu:1" } });
    await stage.pass(300);
    expect(stage.ready("PciFlavor", "g1")).toBe("True Live");
    stage.remove("PciFlavor", "g1");
    await stage.pass(300);
    expect(flavors()).toEqual({ "by-hand": { [alias]: "gpu:1" } });
  });

  test("is made again by us when nobody else does, and only once within ten minutes", async () => {
    await stage.pass(300);
    expect(flavors()).toEqual({ [uid("g1")]: { [alias]: "gpu:1" } });
    byHand({ do: "delete-flavor", flavorId: uid("g1") });
    await stage.pass(300);
    expect(flavors()).toEqual({});
    expect(stage.ready("PciFlavor", "g1")).toBe("False Conflict");
    expect(message("g1")).toContain("somebody else changed flavor g1 twice within ten minutes");
  });
});

test("another object of the same name has nothing to do with what was before it", async () => {
  addFlavor({ name: "other", id: "77" });
  stage.apply("PciFlavor", "g1", ours);
  await stage.pass(300);
  const first = uid("g1");
  stage.cluster.store.edit("PciFlavor", "g1", (old) => ({
    ...old,
    metadata: { ...old.metadata, finalizers: [] },
  }));
  stage.cluster.store.remove("PciFlavor", "g1");
  stage.apply("PciFlavor", "g1", "{ flavor: { name: other }, aliases: [{ name: gpu, count: 1 }] }");
  await stage.pass(600);
  expect(stage.ready("PciFlavor", "g1")).toBe("True Live");
  expect(stage.status("PciFlavor", "g1")).toMatchObject({ flavorId: "77" });
  expect(flavors()).toEqual({ [first]: { [alias]: "gpu:1" }, "77": { [alias]: "gpu:1" } });
  stage.remove("PciFlavor", "g1");
  await stage.pass(300);
  expect(flavors()).toEqual({ [first]: { [alias]: "gpu:1" }, "77": {} });
});

describe("a lost state", () => {
  test("does not make our own flavor somebody else's", async () => {
    stage.apply("PciFlavor", "g1", ours);
    await stage.pass(300);
    stage.cluster.store.remove("ConfigMap", "nova-pci-state");
    await stage.pass(600);
    expect(state().flavors["g1"]).toMatchObject({
      uid: uid("g1"),
      created: true,
      keys: { [alias]: { value: "gpu:1" } },
    });
    stage.remove("PciFlavor", "g1");
    await stage.pass(300);
    expect(flavors()).toEqual({});
  });

  test("and the object deleted before anybody looked: the flavor still goes", async () => {
    stage.apply("PciFlavor", "g1", ours);
    await stage.pass(300);
    stage.cluster.store.remove("ConfigMap", "nova-pci-state");
    stage.remove("PciFlavor", "g1");
    await stage.pass(300);
    expect(flavors()).toEqual({});
    expect(stage.cluster.store.get("PciFlavor", "g1")).toBeUndefined();
  });
});

describe("a record of an operator that went by names", () => {
  const legacy = (record: FlavorRecord): FlavorRecord => {
    const { id, created, keys, projects } = record;
    return { id, created, keys, projects };
  };
  const asBefore = (edit: (record: FlavorRecord) => FlavorRecord): void =>
    editState((old) => ({
      ...old,
      flavors: { g1: edit(legacy(old.flavors["g1"]!)) },
    }));

  test("is taken over where the flavor proves it", async () => {
    stage.apply("PciFlavor", "g1", ours);
    await stage.pass(300);
    asBefore((record) => record);
    await stage.pass(300);
    expect(state().flavors["g1"]).toMatchObject({ uid: uid("g1"), created: true });
    stage.remove("PciFlavor", "g1");
    await stage.pass(300);
    expect(flavors()).toEqual({});
  });

  test("deletes nothing where it was inherited from another object", async () => {
    addFlavor({ name: "g1", id: "foreign", extraSpecs: { [alias]: "gpu:1" } });
    stage.apply("PciFlavor", "g1", ours);
    await stage.pass(300);
    asBefore((record) => ({ ...record, created: true }));
    stage.remove("PciFlavor", "g1");
    await stage.pass(300);
    expect(flavors()).toEqual({ foreign: { [alias]: "gpu:1" } });
  });
});

describe("one flavor that two objects describe", () => {
  const overwrite = "adopt: Overwrite";
  const byName = `{ flavor: { name: m1 }, aliases: [{ name: gpu, count: 1 }], ${overwrite} }`;
  const byId = `{ flavor: { id: '42' }, aliases: [{ name: gpu, count: 2 }], ${overwrite} }`;

  test.each([
    ["by its name first", { a: byName, b: byId }, "gpu:1"],
    ["by its id first", { b: byId, a: byName }, "gpu:2"],
  ])("%s belongs to the older one", async (_title, objects, value) => {
    addFlavor({ name: "m1", id: "42" });
    for (const [name, spec] of Object.entries(objects)) {
      stage.apply("PciFlavor", name, spec);
      await stage.pass(5);
    }
    const [older, younger] = Object.keys(objects) as [string, string];
    await stage.pass(60);
    const after = writes.length;
    await stage.pass(600);
    expect(flavors()).toEqual({ "42": { [alias]: value } });
    expect([stage.ready("PciFlavor", older), stage.ready("PciFlavor", younger)]).toEqual([
      "True Live",
      "False DuplicateFlavor",
    ]);
    expect(message(younger)).toContain(
      `flavor m1 (id 42) is already described by PciFlavor ${older}`,
    );
    expect([after, writes.length]).toEqual([1, 1]);
    // The younger one goes and leaves it alone; then the older one, and takes its key along.
    stage.remove("PciFlavor", younger);
    await stage.pass(300);
    expect(flavors()).toEqual({ "42": { [alias]: value } });
    stage.remove("PciFlavor", older);
    await stage.pass(300);
    expect(flavors()).toEqual({ "42": {} });
  });

  test("goes over to the younger one when the older one has left it", async () => {
    addFlavor({ name: "m1", id: "42" });
    stage.apply("PciFlavor", "a", byName);
    await stage.pass(5);
    stage.apply("PciFlavor", "b", byId);
    await stage.pass(60);
    stage.remove("PciFlavor", "a");
    await stage.pass(60);
    expect(stage.ready("PciFlavor", "b")).toBe("True Live");
    expect(flavors()).toEqual({ "42": { [alias]: "gpu:2" } });
  });
});

describe("one flavor that an object of another namespace means, too, in the same Nova", () => {
  const far = (uid: string, flavor: { id?: string; name?: string } | undefined): void =>
    stage.outage((view) =>
      view.is !== "read" || flavor === undefined
        ? view
        : { ...view, elsewhere: [{ namespace: "other", object: "far", uid, flavor }] },
    );
  const plain = (flavor: string): string =>
    `{ flavor: ${flavor}, aliases: [{ name: gpu, count: 1 }], adopt: Overwrite }`;

  test.each([
    ["name and name", plain("{ name: m1 }"), "far", { name: "m1" }, true],
    ["name and id", plain("{ name: m1 }"), "far", { id: "42" }, true],
    ["id and name", plain("{ id: '42' }"), "far", { name: "m1" }, true],
    ["id and id", plain("{ id: '42' }"), "far", { id: "42" }, true],
    ["a flavor that both would make", ours, "far", { name: "g1" }, true],
    ["a flavor that the other one made", plain("{ name: m1 }"), "42", { name: "renamed" }, true],
    ["another flavor", plain("{ name: m1 }"), "far", { name: "m2" }, false],
    ["another id", plain("{ id: '42' }"), "far", { id: "43" }, false],
  ])("%s", async (_title, spec, uidFar, flavor, conflict) => {
    addFlavor({ name: "m1", id: "42" });
    far(uidFar, flavor);
    stage.apply("PciFlavor", "g", spec);
    await stage.pass(120);
    expect(stage.ready("PciFlavor", "g")).toBe(conflict ? "False DuplicateFlavor" : "True Live");
    expect(writes.length === 0).toBe(conflict);
    if (!conflict) return;
    expect(message("g")).toContain("PciFlavor far of namespace other");
    expect(message("g")).toContain("neither is written");
  });

  test("a flavor that was live is written by neither, and again when the other one is gone", async () => {
    addFlavor({ name: "m1", id: "42" });
    stage.apply("PciFlavor", "g", plain("{ name: m1 }"));
    await stage.pass(60);
    expect(stage.ready("PciFlavor", "g")).toBe("True Live");
    far("far", { id: "42" });
    byHand({ do: "set-extra-specs", flavorId: "42", set: { [alias]: "gpu:2" } });
    const before = writes.length;
    await stage.pass(600);
    expect(stage.ready("PciFlavor", "g")).toBe("False DuplicateFlavor");
    expect(writes.length).toBe(before);
    far("far", undefined);
    stage.label("c1", { again: "1" });
    await stage.pass(120);
    expect(stage.ready("PciFlavor", "g")).toBe("True Live");
    expect(flavors()).toEqual({ "42": { [alias]: "gpu:1" } });
  });
});

describe("a key that somebody else changes", () => {
  const change = (value: string): void =>
    byHand({ do: "set-extra-specs", flavorId: uid("g1"), set: { [alias]: value } });

  beforeEach(async () => {
    stage.apply("PciFlavor", "g1", ours);
    await stage.pass(300);
    change("gpu:8");
    await stage.pass(120);
  });

  test("is repaired the first time", () => {
    expect(flavors()).toEqual({ [uid("g1")]: { [alias]: "gpu:1" } });
    expect(stage.ready("PciFlavor", "g1")).toBe("True Live");
  });

  test("is left to a person the second time within ten minutes", async () => {
    change("gpu:4");
    const before = writes.length;
    await stage.pass(3600);
    expect(flavors()).toEqual({ [uid("g1")]: { [alias]: "gpu:4" } });
    expect(writes).toHaveLength(before);
    expect(stage.ready("PciFlavor", "g1")).toBe("False Conflict");
    expect(message("g1")).toContain('Nova has "gpu:4", the object asks for "gpu:1"');
    // The person edits the object: that is written.
    stage.apply("PciFlavor", "g1", ours.replace("count: 1", "count: 2"));
    await stage.pass(120);
    expect(flavors()).toEqual({ [uid("g1")]: { [alias]: "gpu:2" } });
    expect(stage.ready("PciFlavor", "g1")).toBe("True Live");
  });

  test("is forgotten after ten quiet minutes, and nothing is written later", async () => {
    await stage.pass(900);
    const { store } = stage.cluster;
    const version = (): string | undefined =>
      store.get("ConfigMap", stateName)?.metadata.resourceVersion;
    const before = version();
    stage.label("c1", { looked: "again" });
    await stage.pass(60);
    expect(version()).toBe(before);
  });

  test("is repaired again after ten quiet minutes", async () => {
    await stage.pass(700);
    change("gpu:4");
    await stage.pass(120);
    expect(flavors()).toEqual({ [uid("g1")]: { [alias]: "gpu:1" } });
  });

  test("at once, whenever we write it, is written ever more rarely, and that is said", async () => {
    stage.remove("PciFlavor", "g1");
    await stage.pass(60);
    stage.apply("PciFlavor", "g1", ours);
    const { cloud } = stage.cluster;
    const perform = cloud.perform;
    let sets = 0;
    Object.assign(cloud, {
      perform: (effect: CloudEffect) => {
        perform(effect);
        if (effect.do !== "set-extra-specs") return;
        sets += 1;
        byHand({ do: "delete-extra-spec", flavorId: effect.flavorId, key: alias });
      },
    });
    await stage.pass(3600);
    expect(sets).toBeLessThan(25);
    expect(stage.ready("PciFlavor", "g1")).toBe("False NotShownByNova");
  });
});

describe("the projects of a private flavor that others made", () => {
  const spec = (more: string): string =>
    `{ flavor: { name: priv }, aliases: [{ name: gpu, count: 1 }], create: { vcpus: 4, ramMiB: 8192, diskGiB: 20, isPublic: false${more} } }`;
  const projects = (): readonly string[] => stage.cluster.cloud.flavors()[0]!.projects!;

  beforeEach(async () => {
    addFlavor({ name: "priv", id: "42", isPublic: false, projects: ["victim", "tenant"] });
    stage.apply("PciFlavor", "p", spec(", projects: [tenant, guest]"));
    await stage.pass(300);
    expect(projects()).toEqual(["victim", "tenant", "guest"]);
  });

  test("that had access before keep it when the object no longer names them", async () => {
    stage.apply("PciFlavor", "p", spec(""));
    await stage.pass(300);
    expect(projects()).toEqual(["victim", "tenant"]);
  });

  test("lose what we gave when the object goes", async () => {
    stage.remove("PciFlavor", "p");
    await stage.pass(300);
    expect(projects()).toEqual(["victim", "tenant"]);
    expect(stage.cluster.store.get("PciFlavor", "p")).toBeUndefined();
  });
});

describe("deletionPolicy", () => {
  const theirs = (policy: string): string =>
    `{ flavor: { id: '42' }, aliases: [{ name: gpu, count: 1 }], deletionPolicy: ${policy} }`;

  test.each([
    ["Detach", { "42": {} }],
    ["Delete", { "42": {} }],
    ["DeleteAdopted", {}],
  ])("%s on a flavor that others made", async (policy, left) => {
    addFlavor({ name: "m1", id: "42" });
    stage.apply("PciFlavor", "g1", theirs(policy));
    await stage.pass(300);
    const { warnings } = stage.status("PciFlavor", "g1") as {
      readonly warnings: readonly { readonly name: string }[];
    };
    expect(warnings.some((warning) => warning.name === "DeleteNeedsDeleteAdopted")).toBe(
      policy === "Delete",
    );
    stage.remove("PciFlavor", "g1");
    await stage.pass(300);
    expect(flavors()).toEqual(left);
  });

  test.each([
    ["Detach", true],
    ["Delete", false],
    ["DeleteAdopted", false],
  ])("%s on a flavor that we made", async (policy, stays) => {
    stage.apply("PciFlavor", "g1", ours.replace("}]", `}], deletionPolicy: ${policy}`));
    await stage.pass(300);
    const made = uid("g1");
    stage.remove("PciFlavor", "g1");
    await stage.pass(300);
    expect(flavors()).toEqual(stays ? { [made]: {} } : {});
  });
});

test("no flavor is written twice within a second, but for what completes a new one", async () => {
  stage.apply(
    "PciFlavor",
    "g1",
    ours.replace("diskGiB: 20", "diskGiB: 20, isPublic: false, description: d, projects: [a, b]"),
  );
  await stage.pass(60);
  stage.apply(
    "PciFlavor",
    "g1",
    ours.replace("diskGiB: 20", "diskGiB: 20, isPublic: false, description: e, projects: [c]"),
  );
  await stage.pass(60);
  const sent = writes.map((write) => write.effect.do);
  expect(sent.filter((text) => text.endsWith("access"))).toHaveLength(5);
  expect(stage.ready("PciFlavor", "g1")).toBe("True Live");
  const gaps = writes.slice(2).map((write, index) => write.at - writes[index + 1]!.at);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000);
});
