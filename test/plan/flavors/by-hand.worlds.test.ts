// What people do to flavors and their objects by hand, one step beside what they should: nothing of
// others is taken, nothing of ours is left behind, and whoever is to act is told.
import { beforeEach, expect, test } from "@jest/globals";
import type { CloudEffect } from "../../../src/plan/terms/effects.ts";
import type { FlavorView } from "../../../src/plan/terms/snapshot.ts";
import { answering, stageWithGpus, unreachable, type Stage } from "../../support/stage.ts";

const alias = "pci_passthrough:alias";
const wish = "flavor: { name: g1 }, aliases: [{ name: gpu, count: 1 }]";
const sizes = "vcpus: 4, ramMiB: 8192, diskGiB: 20";
const made = `{ ${wish}, create: { ${sizes} } }`;
const guest = `{ ${wish}, deletionPolicy: Detach }`;
const closed = `create: { ${sizes}, isPublic: false, projects: [ours] }`;

let stage: Stage;
let nudges = 0;

beforeEach(async () => {
  stage = await stageWithGpus();
});

function uid(name: string): string {
  return stage.cluster.store.get("PciFlavor", name)!.metadata.uid;
}

type Hand = {
  readonly does: (effect: CloudEffect) => void;
  readonly adds: (flavor: Partial<FlavorView> & { readonly name: string }) => void;
  readonly applies: (name: string, spec: string) => void;
  readonly removes: (name: string) => void;
  /** kubectl patch: the finalizer goes, and the object with it. */
  readonly tearsOut: (name: string) => void;
  readonly waits: (seconds?: number) => Promise<void>;
};

const hand: Hand = {
  does: (effect) => stage.cluster.cloud.perform(effect),
  adds: (flavor) =>
    stage.cluster.cloud.addFlavor({ vcpus: 4, ramMiB: 8192, diskGiB: 20, ...flavor }),
  applies: (name, spec) => stage.apply("PciFlavor", name, spec),
  removes: (name) => stage.remove("PciFlavor", name),
  tearsOut: (name) => {
    stage.cluster.store.edit("PciFlavor", name, (old) => ({
      ...old,
      metadata: { ...old.metadata, finalizers: [] },
    }));
    stage.cluster.store.remove("PciFlavor", name);
  },
  waits: async (seconds = 300) => {
    nudges += 1;
    stage.label("c1", { nudge: String(nudges) });
    await stage.pass(seconds);
  },
};

type Left = {
  /** Extra specs by the id of the flavor; "of NAME" = the uid of that object. */
  readonly flavors: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly ready?: Readonly<Record<string, string>>;
  readonly projects?: Readonly<Record<string, readonly string[]>>;
};

const ours = { [alias]: "gpu:1" };
const theirs = { id: "42", name: "g1" };

const cases: Readonly<Record<string, readonly [(hand: Hand) => Promise<void>, Left]>> = {
  "made by us, deleted and made again under the same id with other sizes": [
    async ({ applies, does, adds, waits }) => {
      applies("g1", made);
      await waits();
      const id = uid("g1");
      does({ do: "delete-flavor", flavorId: id });
      adds({ name: "g1", id, vcpus: 64 });
      await waits();
    },
    { flavors: { "of g1": {} }, ready: { g1: "False Immutable" } },
  ],
  "the object renamed: deleted and applied under another name at once": [
    async ({ applies, removes, waits }) => {
      applies("g1", made);
      await waits();
      removes("g1");
      applies("g2", made);
      await waits(600);
    },
    { flavors: { "of g2": ours }, ready: { g2: "True Live" } },
  ],
  "the object torn out, then one of another name for the flavor that it left": [
    async ({ applies, tearsOut, removes, waits }) => {
      applies("g1", made);
      await waits();
      tearsOut("g1");
      applies("g2", made);
      await waits();
      expect(stage.ready("PciFlavor", "g2")).toBe("True Live");
      removes("g2");
      await waits();
    },
    { flavors: { "*": ours } },
  ],
  "a flavor of others, deleted and made again with another id between two looks": [
    async ({ applies, adds, does, removes, waits }) => {
      adds(theirs);
      applies("g1", guest);
      await waits();
      does({ do: "delete-flavor", flavorId: "42" });
      adds({ ...theirs, id: "43", extraSpecs: { note: "mine" } });
      await waits();
      expect(stage.ready("PciFlavor", "g1")).toBe("True Live");
      removes("g1");
      await waits();
    },
    { flavors: { "43": { note: "mine" } } },
  ],
  "the flavor is exchanged in the moment in which the object goes": [
    async ({ applies, adds, does, removes, waits }) => {
      adds(theirs);
      applies("g1", guest);
      await waits();
      removes("g1");
      does({ do: "delete-flavor", flavorId: "42" });
      adds({ ...theirs, id: "43", extraSpecs: ours });
      await waits();
    },
    { flavors: { "43": ours } },
  ],
  "a project taken away by hand is given back once": [
    async ({ applies, does, waits }) => {
      applies("g1", `{ ${wish}, ${closed} }`);
      await waits();
      does({ do: "remove-flavor-access", flavorId: uid("g1"), project: "ours" });
      await waits();
    },
    { flavors: { "of g1": ours }, projects: { "of g1": ["ours"] }, ready: { g1: "True Live" } },
  ],
  "and the second time within ten minutes it stays away, and that is said": [
    async ({ applies, does, waits }) => {
      applies("g1", `{ ${wish}, ${closed} }`);
      await waits();
      for (let times = 0; times < 2; times += 1) {
        does({ do: "remove-flavor-access", flavorId: uid("g1"), project: "ours" });
        await waits(60);
      }
    },
    { flavors: { "of g1": ours }, projects: { "of g1": [] }, ready: { g1: "False Conflict" } },
  ],
  "a project that others gave access while we asked for it stays theirs on Detach": [
    async ({ applies, adds, removes, waits }) => {
      adds({ ...theirs, isPublic: false, projects: ["ours", "other"] });
      applies("g1", `{ ${wish}, ${closed}, deletionPolicy: Detach }`);
      await waits();
      removes("g1");
      await waits();
    },
    { flavors: { "42": {} }, projects: { "42": ["ours", "other"] } },
  ],
  "a project that others gave access later is theirs, ours goes": [
    async ({ applies, adds, does, removes, waits }) => {
      adds({ ...theirs, isPublic: false, projects: [] });
      applies("g1", `{ ${wish}, ${closed}, deletionPolicy: Detach }`);
      await waits();
      does({ do: "add-flavor-access", flavorId: "42", project: "late" });
      removes("g1");
      await waits();
    },
    { flavors: { "42": {} }, projects: { "42": ["late"] } },
  ],
  "deletionPolicy is changed to Detach while the object goes and the cloud is away": [
    async ({ applies, removes, waits }) => {
      applies("g1", made);
      await waits();
      stage.outage(unreachable);
      removes("g1");
      await waits(60);
      applies("g1", made.replace("}]", "}], deletionPolicy: Detach"));
      await waits(60);
      stage.outage(answering);
      await waits();
    },
    { flavors: { "*": {} } },
  ],
  "deletionPolicy is changed to DeleteAdopted while the object goes": [
    async ({ applies, adds, removes, waits }) => {
      adds(theirs);
      applies("g1", guest);
      await waits();
      stage.outage(unreachable);
      removes("g1");
      await waits(60);
      applies("g1", guest.replace("Detach", "DeleteAdopted"));
      stage.outage(answering);
      await waits();
    },
    { flavors: {} },
  ],
  "our value under another key is nobody's business of ours": [
    async ({ applies, adds, removes, waits }) => {
      adds({ ...theirs, extraSpecs: { "note:alias": "gpu:1" } });
      applies("g1", guest);
      await waits();
      removes("g1");
      await waits();
    },
    { flavors: { "42": { "note:alias": "gpu:1" } } },
  ],
  "our key in another case is another key": [
    async ({ applies, adds, removes, waits }) => {
      adds({ ...theirs, extraSpecs: { "PCI_passthrough:alias": "gpu:9" } });
      applies("g1", guest);
      await waits();
      removes("g1");
      await waits();
    },
    { flavors: { "42": { "PCI_passthrough:alias": "gpu:9" } } },
  ],
  "what was overwritten comes back, unless others wrote over it": [
    async ({ applies, adds, does, removes, waits }) => {
      adds({ ...theirs, extraSpecs: { [alias]: "old:1", "hw:numa_nodes": "2" } });
      const more = "adopt: Overwrite, extraSpecs: { 'hw:numa_nodes': '1' }";
      applies("g1", guest.replace("}]", `}], ${more}`));
      await waits();
      removes("g1");
      does({ do: "set-extra-specs", flavorId: "42", set: { "hw:numa_nodes": "4" } });
      await waits();
    },
    { flavors: { "42": { [alias]: "old:1", "hw:numa_nodes": "4" } } },
  ],
  "Overwrite taken back afterwards changes nothing more": [
    async ({ applies, adds, waits }) => {
      adds({ ...theirs, extraSpecs: { [alias]: "old:1" } });
      applies("g1", guest.replace("}]", "}], adopt: Overwrite"));
      await waits();
      applies("g1", guest);
      await waits();
    },
    { flavors: { "42": ours }, ready: { g1: "True Live" } },
  ],
  "all extra specs wiped by hand: ours come back, once": [
    async ({ applies, adds, does, waits }) => {
      adds({ ...theirs, extraSpecs: { note: "mine" } });
      applies("g1", guest);
      await waits();
      does({ do: "delete-extra-spec", flavorId: "42", key: alias });
      does({ do: "delete-extra-spec", flavorId: "42", key: "note" });
      await waits();
    },
    { flavors: { "42": ours }, ready: { g1: "True Live" } },
  ],
  "a public flavor where a private one is asked for": [
    async ({ applies, adds, waits }) => {
      adds(theirs);
      applies("g1", `{ ${wish}, ${closed} }`);
      await waits();
    },
    { flavors: { "42": {} }, ready: { g1: "False Immutable" } },
  ],
  "a flavor of others that we adopted is deleted by hand: ours is made, and goes with us": [
    async ({ applies, adds, does, removes, waits }) => {
      adds(theirs);
      applies("g1", made);
      await waits();
      does({ do: "delete-flavor", flavorId: "42" });
      await waits();
      expect(Object.keys(flavorsNow())).toEqual([uid("g1")]);
      removes("g1");
      await waits();
    },
    { flavors: {} },
  ],
  "an object by the id that is the uid of another one comes second": [
    async ({ applies, waits }) => {
      applies("g1", made);
      await waits();
      applies("g2", `{ flavor: { id: '${uid("g1")}' }, aliases: [{ name: gpu, count: 2 }] }`);
      await waits();
    },
    { flavors: { "of g1": ours }, ready: { g1: "True Live", g2: "False DuplicateFlavor" } },
  ],
  "two flavors of one name cannot be told apart by it, and the id decides": [
    async ({ applies, adds, waits }) => {
      adds(theirs);
      applies("g1", "{ flavor: { id: '42' }, aliases: [{ name: gpu, count: 1 }] }");
      await waits();
      applies("g2", guest);
      await waits();
    },
    { flavors: { "42": ours }, ready: { g1: "True Live", g2: "False DuplicateFlavor" } },
  ],
};

function flavorsNow(): Record<string, Readonly<Record<string, string>>> {
  return Object.fromEntries(
    stage.cluster.cloud.flavors().map((flavor) => [flavor.id, flavor.extraSpecs]),
  );
}

function idOf(text: string): string {
  if (text === "*") return stage.cluster.cloud.flavors()[0]?.id ?? "none";
  return text.startsWith("of ") ? uid(text.slice(3)) : text;
}

test.each(Object.entries(cases))("%s", async (_name, [does, left]) => {
  await does(hand);
  const specs = Object.entries(left.flavors).map(([id, value]) => [idOf(id), value] as const);
  expect(flavorsNow()).toEqual(Object.fromEntries(specs));
  for (const [name, ready] of Object.entries(left.ready ?? {})) {
    expect(stage.ready("PciFlavor", name)).toBe(ready);
  }
  for (const [id, projects] of Object.entries(left.projects ?? {})) {
    const found = stage.cluster.cloud.flavors().find((flavor) => flavor.id === idOf(id));
    expect(found?.projects).toEqual(projects);
  }
});
