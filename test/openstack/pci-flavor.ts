// PciFlavor objects against a real Nova: the plan's own decisions about flavors, carried out by the
// real executor, round after round until nothing is left to do. Kubernetes is played by a map of
// objects here; it has its own tests.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { flavorFinalizer, forceDeleteAnnotation } from "../../src/api/names.ts";
import type { Cloud } from "../../src/openstack/cloud.ts";
import type { FlavorContent } from "../../src/plan/wanted/accept.ts";
import type { CloudEffect, Effect } from "../../src/plan/terms/effects.ts";
import { planFlavors } from "../../src/plan/flavors/flavors.ts";
import type { CloudView, Snapshot } from "../../src/plan/terms/snapshot.ts";
import type { FlavorRecord } from "../../src/plan/terms/state.ts";
import { eventually } from "./admin.ts";
import { cloudFrom, newFlavor, nothing } from "./core.ts";
import type { Stack } from "./stack.ts";

type Spec = FlavorContent["spec"];
type FlavorOutcome = ReturnType<typeof planFlavors>["outcomes"][number];
type StoredFlavor = Snapshot["objects"]["flavors"][number];

type Installation = {
  readonly apply: (name: string, spec: Spec, liveAliases?: readonly string[]) => void;
  readonly annotate: (name: string, key: string, value: string) => void;
  readonly remove: (name: string) => void;
  readonly exists: (name: string) => boolean;
  /** Rounds until a plan is empty; returns the last outcome of each object. */
  readonly converge: () => Promise<Readonly<Record<string, FlavorOutcome>>>;
  /** What the next round will see of the cloud: each part of a view is held back by itself. */
  readonly look: () => Promise<CloudView>;
  /** One round, and what it did. */
  readonly round: () => Promise<readonly Effect[]>;
  readonly pass: (millis: number) => void;
  /** Until this long before (or after) the moment the last plan asked to be made again. */
  readonly passUntilWake: (millisBefore: number) => void;
  readonly events: () => readonly string[];
};

function installation(cloud: Cloud): Installation {
  const objects = new Map<string, StoredFlavor>();
  const live = new Set<string>(["a1", "a2"]);
  let records: Readonly<Record<string, FlavorRecord>> = {};
  let outcomes: readonly FlavorOutcome[] = [];
  let wakes: readonly number[] = [];
  let accessTo: readonly string[] = [];
  let now = Date.now();
  const events: string[] = [];

  function perform(effect: Effect): Promise<void> | void {
    if (effect.do === "event") return void events.push(effect.reason);
    if (effect.do !== "set-finalizers") return cloud.perform(effect as CloudEffect);
    const object = objects.get(effect.name)!;
    const metadata = { ...object.metadata, finalizers: effect.finalizers };
    objects.set(effect.name, { ...object, metadata });
    const deleted = metadata.deletionTimestamp !== undefined;
    if (deleted && effect.finalizers.length === 0) objects.delete(effect.name);
  }

  const look = () => cloud.observe({ ...nothing, accessTo });

  async function round(): Promise<readonly Effect[]> {
    const view = await look();
    const all = [...objects.values()];
    const planned = planFlavors({
      // Only what flavors need of a snapshot.
      seen: {
        now,
        objects: { flavors: all, aliases: [...live, "late"].map(declaring) },
        crds: { PciFlavor: { is: "served", uid: "crd" } },
        cloud: view,
      } as unknown as Snapshot,
      flavors: all.map(({ metadata, spec }) => ({
        object: metadata.name,
        uid: metadata.uid,
        created: "",
        generation: metadata.generation ?? 1,
        deleting: metadata.deletionTimestamp !== undefined,
        spec,
      })),
      records,
      liveAliases: live,
      aliases: new Map(),
      offers: [{ node: "n1", devices: [] }],
    });
    const asksMore = planned.accessTo.some((text) => !accessTo.includes(text));
    ({ records, outcomes, wakes, accessTo } = planned);
    if (asksMore) return round();
    for (const effect of planned.effects) await perform(effect);
    return planned.effects;
  }

  return {
    apply: (name, spec, liveAliases) => {
      for (const alias of liveAliases ?? []) live.add(alias);
      const before = objects.get(name);
      const metadata = before?.metadata ?? {
        name,
        uid: `uid-of-${name}`,
        resourceVersion: "1",
      };
      objects.set(name, { metadata, spec });
    },
    annotate: (name, key, value) => {
      const object = objects.get(name)!;
      objects.set(name, {
        ...object,
        metadata: { ...object.metadata, annotations: { [key]: value } },
      });
    },
    remove: (name) => {
      const object = objects.get(name)!;
      if ((object.metadata.finalizers ?? []).length === 0) return void objects.delete(name);
      const deletionTimestamp = new Date(now).toISOString();
      objects.set(name, { ...object, metadata: { ...object.metadata, deletionTimestamp } });
    },
    exists: (name) => objects.has(name),
    look,
    round,
    converge: async () => {
      for (let rounds = 0; rounds < 20; rounds++) {
        const idle = (await round()).length === 0;
        // One flavor is not written twice within a second: the next step has its moment.
        const next = wakes.filter((wake) => wake - now < writePauses);
        if (idle && next.length === 0)
          return Object.fromEntries(outcomes.map((outcome) => [outcome.object, outcome]));
        now = Math.max(now, ...next);
      }
      throw new Error("it did not converge in twenty rounds");
    },
    pass: (millis) => {
      now += millis;
    },
    passUntilWake: (millisBefore) => {
      expect(wakes).toHaveLength(1);
      now = wakes[0]! - millisBefore;
    },
    events: () => events,
  };
}

function declaring(name: string): Snapshot["objects"]["aliases"][number] {
  return { metadata: { name, uid: name, resourceVersion: "1" }, spec: {} };
}

/** Pauses between writes; what waits longer waits for the cloud. */
const writePauses = 60_000;

const create = { vcpus: 2, ramMiB: 256, diskGiB: 1 };

export function pciFlavorTests(stack: () => Stack): void {
  describe("PciFlavor", () => {
    let cloud: Cloud;
    let mine: Installation;
    beforeAll(() => {
      cloud = cloudFrom(stack().cloudsYaml);
      mine = installation(cloud);
    });
    afterAll(() => cloud?.close());

    const show = async (id: string) => {
      const { status, body } = await stack().admin.nova("GET", `/flavors/${id}`);
      return status === 404 ? undefined : (body as { flavor: Record<string, unknown> }).flavor;
    };
    /** The client holds back from a cloud that was down, however fast Nova starts. */
    const startAgain = async () => {
      await stack().startApi();
      await eventually(
        "Nova read again",
        () => mine.look(),
        ({ is }) => is === "read",
      );
    };
    const specsOf = async (id: string) => (await show(id))?.["extra_specs"];

    test("creates a flavor, repairs it, and deletes it with its object", async () => {
      mine.apply("made", {
        flavor: { name: "made" },
        aliases: [
          { name: "a1", count: 2 },
          { name: "a2", count: 1 },
        ],
        numaAffinityPolicy: "preferred",
        create: { ...create, description: "two and one" },
      });
      const { made } = await mine.converge();
      expect(made).toMatchObject({ live: true, conflicts: [], flavorId: "uid-of-made" });
      expect(await show("uid-of-made")).toMatchObject({
        name: "made",
        vcpus: 2,
        description: "two and one",
        extra_specs: {
          "pci_passthrough:alias": "a1:2,a2:1",
          "hw:pci_numa_affinity_policy": "preferred",
        },
      });
      await stack().admin.nova(
        "DELETE",
        "/flavors/uid-of-made/os-extra_specs/pci_passthrough:alias",
      );
      mine.pass(2000);
      expect((await mine.round()).map((effect) => effect.do)).toEqual(["set-extra-specs"]);
      await mine.converge();
      expect(await specsOf("uid-of-made")).toMatchObject({ "pci_passthrough:alias": "a1:2,a2:1" });
      mine.remove("made");
      await mine.converge();
      expect([mine.exists("made"), await show("uid-of-made")]).toEqual([false, undefined]);
    });

    test("writes nothing before its alias is live", async () => {
      const { id } = await newFlavor(cloud, "waits");
      mine.apply("waits", { flavor: { name: "waits" }, aliases: [{ name: "late", count: 1 }] });
      const { waits } = await mine.converge();
      expect(waits).toMatchObject({
        live: false,
        gate: { gate: "AliasNotLive", aliases: ["late"] },
      });
      expect(await specsOf(id)).toEqual({});
      mine.apply("waits", { flavor: { name: "waits" }, aliases: [{ name: "late", count: 1 }] }, [
        "late",
      ]);
      expect((await mine.converge())["waits"]).toMatchObject({ live: true });
      expect(await specsOf(id)).toEqual({ "pci_passthrough:alias": "late:1" });
      mine.remove("waits");
      await mine.converge();
      expect(await specsOf(id)).toEqual({});
    });

    test("adopts a key that is equal, and leaves it where it was found", async () => {
      const { id } = await newFlavor(cloud, "adopted");
      await stack().admin.nova("POST", `/flavors/${id}/os-extra_specs`, {
        extra_specs: { "pci_passthrough:alias": "a1:1", "hw:cpu_policy": "dedicated" },
      });
      mine.apply("adopted", { flavor: { id }, aliases: [{ name: "a1", count: 1 }] });
      expect((await mine.converge())["adopted"]).toMatchObject({ live: true, conflicts: [] });
      mine.remove("adopted");
      await mine.converge();
      expect(await specsOf(id)).toEqual({
        "pci_passthrough:alias": "a1:1",
        "hw:cpu_policy": "dedicated",
      });
    });

    test("leaves a key that differs alone until told to overwrite, and puts it back", async () => {
      const { id } = await newFlavor(cloud, "differs");
      await stack().admin.nova("POST", `/flavors/${id}/os-extra_specs`, {
        extra_specs: { "pci_passthrough:alias": "theirs:4" },
      });
      const spec: Spec = { flavor: { name: "differs" }, aliases: [{ name: "a1", count: 1 }] };
      mine.apply("differs", spec);
      const { differs } = await mine.converge();
      expect(differs?.conflicts).toMatchObject([{ reason: "Conflict", path: "spec.aliases" }]);
      expect(await specsOf(id)).toEqual({ "pci_passthrough:alias": "theirs:4" });
      mine.apply("differs", { ...spec, adopt: "Overwrite" });
      expect((await mine.converge())["differs"]).toMatchObject({ live: true, conflicts: [] });
      expect(await specsOf(id)).toEqual({ "pci_passthrough:alias": "a1:1" });
      mine.remove("differs");
      await mine.converge();
      expect(await specsOf(id)).toEqual({ "pci_passthrough:alias": "theirs:4" });
    });

    test("writes what Nova reads and its checks refuse", async () => {
      const { id } = await newFlavor(cloud, "wide");
      const extraSpecs = { "hw:maxphysaddr_mode": "passthrough", "hw:numa_nodes": "1" };
      mine.apply("wide", { flavor: { id }, aliases: [{ name: "a1", count: 1 }], extraSpecs });
      expect((await mine.converge())["wide"]).toMatchObject({ live: true, conflicts: [] });
      expect(await specsOf(id)).toEqual({ ...extraSpecs, "pci_passthrough:alias": "a1:1" });
      mine.remove("wide");
      await mine.converge();
      expect(await specsOf(id)).toEqual({});
    });

    test("takes back the access to a flavor of others that it gave, and no other", async () => {
      const { admin } = stack();
      const [before, given] = await Promise.all(
        ["pf-before", "pf-given"].map((name) =>
          admin.create("projects", { name, domain_id: "default" }),
        ),
      );
      const flavor = { name: "theirs", vcpus: 2, ram: 256, disk: 1 };
      const made = await admin.nova("POST", "/flavors", {
        flavor: { ...flavor, "os-flavor-access:is_public": false },
      });
      const { id } = (made.body as { flavor: { id: string } }).flavor;
      await admin.nova("POST", `/flavors/${id}/action`, { addTenantAccess: { tenant: before } });
      mine.apply("theirs", {
        flavor: { name: "theirs" },
        aliases: [{ name: "a1", count: 1 }],
        create: { ...create, isPublic: false, projects: [before!, given!] },
      });
      const access = async () => {
        const { body } = await admin.nova("GET", `/flavors/${id}/os-flavor-access`);
        const { flavor_access } = body as { flavor_access: { tenant_id: string }[] };
        return flavor_access.map(({ tenant_id }) => tenant_id).sort();
      };
      expect((await mine.converge())["theirs"]).toMatchObject({ live: true, flavorId: id });
      expect(await access()).toEqual([before, given].sort());
      mine.remove("theirs");
      await mine.converge();
      expect(await access()).toEqual([before]);
      expect(await specsOf(id)).toEqual({});
      await admin.nova("DELETE", `/flavors/${id}`);
    });

    test("never replaces a flavor whose size differs", async () => {
      const { id } = await newFlavor(cloud, "sized");
      mine.apply("sized", {
        flavor: { name: "sized" },
        aliases: [{ name: "a1", count: 1 }],
        create,
      });
      const { sized } = await mine.converge();
      expect(sized?.conflicts.map(({ reason, path }) => `${reason} ${path}`)).toEqual([
        "Immutable spec.create.vcpus",
        "Immutable spec.create.ramMiB",
      ]);
      expect(await show(id)).toMatchObject({ vcpus: 1, extra_specs: {} });
      mine.remove("sized");
      await mine.converge();
      expect(await show(id)).toBeDefined();
    });

    test("keeps a private flavor's projects", async () => {
      const { admin } = stack();
      const [text, two] = await Promise.all(
        ["pf-one", "pf-two"].map((name) =>
          admin.create("projects", { name, domain_id: "default" }),
        ),
      );
      const spec = (projects: string[]): Spec => ({
        flavor: { name: "hidden" },
        aliases: [{ name: "a1", count: 1 }],
        create: { ...create, isPublic: false, projects },
      });
      const access = async () => {
        const { body } = await admin.nova("GET", "/flavors/uid-of-hidden/os-flavor-access");
        const { flavor_access } = body as { flavor_access: { tenant_id: string }[] };
        return flavor_access.map(({ tenant_id }) => tenant_id).sort();
      };
      mine.apply("hidden", spec([text!, two!]));
      expect((await mine.converge())["hidden"]).toMatchObject({ live: true });
      expect(await access()).toEqual([text, two].sort());
      mine.apply("hidden", spec([two!]));
      await mine.converge();
      expect(await access()).toEqual([two]);
      mine.remove("hidden");
      await mine.converge();
      expect(await show("uid-of-hidden")).toBeUndefined();
    });

    test("that is deleted while the cloud is down waits, and not for ever", async () => {
      const spec = (name: string): Spec => ({
        flavor: { name },
        aliases: [{ name: "a1", count: 1 }],
        create,
      });
      for (const name of ["down-waits", "down-forced", "down-late"]) mine.apply(name, spec(name));
      await mine.converge();
      const toldBefore = mine.events().length;
      await stack().stopApi();
      for (const name of ["down-waits", "down-forced", "down-late"]) mine.remove(name);
      const seen = await mine.converge();
      expect(seen["down-waits"]).toMatchObject({ gate: { gate: "CloudUnreachable" } });
      mine.annotate("down-forced", forceDeleteAnnotation, "true");
      await mine.converge();
      expect([mine.exists("down-forced"), mine.exists("down-waits")]).toEqual([false, true]);
      await startAgain();
      await mine.converge();
      expect(mine.exists("down-waits")).toBe(false);
      expect(await show("uid-of-down-waits")).toBeUndefined();
      expect(await show("uid-of-down-forced")).toBeDefined();
      expect(mine.events().slice(toldBefore)).toEqual([]);
    });

    test("that is deleted while the cloud stays down is let go after a stated time", async () => {
      mine.apply("down-long", {
        flavor: { name: "down-long" },
        aliases: [{ name: "a1", count: 1 }],
        create,
      });
      await mine.converge();
      await stack().stopApi();
      mine.remove("down-long");
      await mine.converge();
      mine.passUntilWake(1000);
      await mine.round();
      expect(mine.exists("down-long")).toBe(true);
      mine.passUntilWake(-1000);
      await mine.round();
      expect(mine.exists("down-long")).toBe(false);
      expect(mine.events()).toEqual(["LeftInNova"]);
      await startAgain();
      await stack().admin.nova("DELETE", "/flavors/uid-of-down-long");
    });

    test("has its finalizer before Nova is touched", async () => {
      mine.apply("ordered", {
        flavor: { name: "ordered" },
        aliases: [{ name: "a1", count: 1 }],
        create,
      });
      const [first] = await mine.round();
      expect(first).toMatchObject({ do: "set-finalizers", finalizers: [flavorFinalizer] });
      expect(await show("uid-of-ordered")).toBeUndefined();
      await mine.converge();
      mine.remove("ordered");
      await mine.converge();
    });
  });
}
