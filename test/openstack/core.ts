// What must hold on every release: identity and flavors, on a real Keystone and a real Nova. The
// tests look at the result with plain requests of an admin, never with the client under test.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Failure } from "../../src/api/failure.ts";
import { releasesOfMicroversion } from "../../src/nova/terms/release.ts";
import { openCloud, type Cloud } from "../../src/openstack/cloud.ts";
import { isSameCloud } from "../../src/openstack/view/identity.ts";
import { parseClouds } from "../../src/openstack/session/clouds-yaml.ts";
import type { Freshness } from "../../src/openstack/view/sources.ts";
import type { CloudEffect } from "../../src/plan/terms/effects.ts";
import type { CloudRead, FlavorView } from "../../src/plan/terms/snapshot.ts";
import { eventually } from "./admin.ts";
import { startFront, type Front } from "./front.ts";
import { urlOf } from "./layout.ts";
import type { Stack } from "./stack.ts";

export const nothing = { usageOf: [], aliasUse: [], inventories: false, placement: false } as const;

/** Nothing is kept: every observation asks. */
const always: Freshness = {
  flavorsSeconds: 0,
  servicesSeconds: 0,
  usageSeconds: 0,
  busySeconds: 0,
  inventoriesSeconds: 0,
  hypervisorsSeconds: 0,
};

export function cloudFrom(text: string, cacert?: string): Cloud {
  const parsed = parseClouds({ text, cacert });
  if (parsed.credentials === undefined) throw new Error(JSON.stringify(parsed.problems));
  return openCloud(parsed.credentials, { now: Date.now, freshness: always });
}

export async function read(cloud: Cloud, want: Parameters<Cloud["observe"]>[0] = nothing) {
  const view = await cloud.observe(want);
  if (view.is !== "read") throw new Error(JSON.stringify(view));
  return view;
}

async function failureOf(answer: Promise<unknown>): Promise<Failure> {
  const error: unknown = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

function named(view: CloudRead, name: string): FlavorView | undefined {
  return view.flavors.find((flavor) => flavor.name === name);
}

const small = {
  vcpus: 1,
  ramMiB: 128,
  diskGiB: 1,
  ephemeralGiB: 0,
  swapMiB: 0,
  isPublic: true,
} as const;

/** Makes a flavor and returns it as Nova shows it. */
export async function newFlavor(
  cloud: Cloud,
  name: string,
  more: Partial<Extract<CloudEffect, { do: "create-flavor" }>["flavor"]> = {},
): Promise<FlavorView> {
  await cloud.perform({ do: "create-flavor", object: name, flavor: { name, ...small, ...more } });
  return named(await read(cloud), name)!;
}

export function coreTests(release: string, stack: () => Stack): void {
  let cloud: Cloud;
  beforeAll(() => {
    cloud = cloudFrom(stack().cloudsYaml);
  });
  afterAll(() => cloud?.close());

  const specsOf = async (id: string) => {
    const { body } = await stack().admin.nova("GET", `/flavors/${id}/os-extra_specs`);
    return (body as { extra_specs: Readonly<Record<string, string>> }).extra_specs;
  };
  const specs = (flavorId: string, set: Readonly<Record<string, string>>) =>
    cloud.perform({ do: "set-extra-specs", flavorId, set });

  test("the release is told by the API's microversion", async () => {
    const { microversion } = await read(cloud);
    const names = releasesOfMicroversion(microversion).map(({ version }) => version.split(".")[0]);
    expect(names).toContain(release.split(".")[0]);
  });

  describe("flavor", () => {
    test("is created as asked, seen as it is, and deleted twice", async () => {
      const flavor = await newFlavor(cloud, "all-fields", {
        id: "all.fields-1",
        vcpus: 3,
        ramMiB: 512,
        diskGiB: 7,
        ephemeralGiB: 2,
        swapMiB: 64,
        description: "two cards",
      });
      expect(flavor).toEqual({
        id: "all.fields-1",
        name: "all-fields",
        vcpus: 3,
        ramMiB: 512,
        diskGiB: 7,
        ephemeralGiB: 2,
        swapMiB: 64,
        isPublic: true,
        description: "two cards",
        extraSpecs: {},
      });
      for (let twice = 0; twice < 2; twice++)
        await cloud.perform({ do: "delete-flavor", flavorId: flavor.id });
      expect(named(await read(cloud), "all-fields")).toBeUndefined();
    });

    test("of a name that is taken is a conflict, and the first one stays", async () => {
      const first = await newFlavor(cloud, "taken");
      expect((await failureOf(newFlavor(cloud, "taken", { vcpus: 9 }))).kind).toBe("conflict");
      expect(named(await read(cloud), "taken")).toEqual(first);
    });

    test("gets our keys, and the keys of others stay", async () => {
      const { id } = await newFlavor(cloud, "shared-keys");
      await stack().admin.nova("POST", `/flavors/${id}/os-extra_specs`, {
        extra_specs: { "hw:cpu_policy": "dedicated" },
      });
      await specs(id, {
        "pci_passthrough:alias": "a1:2",
        "hw:pci_numa_affinity_policy": "preferred",
      });
      expect(await specsOf(id)).toEqual({
        "hw:cpu_policy": "dedicated",
        "pci_passthrough:alias": "a1:2",
        "hw:pci_numa_affinity_policy": "preferred",
      });
      for (let twice = 0; twice < 2; twice++)
        await cloud.perform({
          do: "delete-extra-spec",
          flavorId: id,
          key: "hw:pci_numa_affinity_policy",
        });
      await cloud.perform({
        do: "delete-extra-spec",
        flavorId: id,
        key: "pci_passthrough:alias",
      });
      expect(await specsOf(id)).toEqual({ "hw:cpu_policy": "dedicated" });
    });

    test("that drifts is seen to, and repaired", async () => {
      const { id } = await newFlavor(cloud, "drifts");
      await specs(id, { "pci_passthrough:alias": "a1:1" });
      await stack().admin.nova("PUT", `/flavors/${id}/os-extra_specs/pci_passthrough:alias`, {
        "pci_passthrough:alias": "other:4",
      });
      expect(named(await read(cloud), "drifts")?.extraSpecs).toEqual({
        "pci_passthrough:alias": "other:4",
      });
      await specs(id, { "pci_passthrough:alias": "a1:1" });
      expect(await specsOf(id)).toEqual({ "pci_passthrough:alias": "a1:1" });
    });

    test("with two writers at once ends with the keys of both", async () => {
      const { id } = await newFlavor(cloud, "two-writers");
      const ours = { "pci_passthrough:alias": "a1:1" };
      const theirs = { "hw:cpu_policy": "dedicated", "hw:mem_page_size": "large" };
      // Nova reads all keys and writes all back, so one round may lose a key. Each writer looks
      // again, as the operator's poll does, until its own keys are there.
      const writer = async (keys: Readonly<Record<string, string>>) => {
        for (let round = 0; round < 20; round++) {
          const answer = await stack().admin.nova("POST", `/flavors/${id}/os-extra_specs`, {
            extra_specs: keys,
          });
          expect([200, 409]).toContain(answer.status);
        }
      };
      const operator = async () => {
        for (let round = 0; round < 20; round++)
          await specs(id, ours).catch((error: unknown) => {
            if (!(error instanceof Failure) || error.kind !== "conflict") throw error;
          });
      };
      await Promise.all([writer(theirs), operator()]);
      await specs(id, ours);
      expect(await specsOf(id)).toMatchObject(ours);
      await writer(theirs);
      expect(await specsOf(id)).toEqual({ ...theirs, ...ours });
    });

    test("refuses a value that Nova refuses, in Nova's words", async () => {
      const { id } = await newFlavor(cloud, "bad-value");
      const failure = await failureOf(specs(id, { "pci_passthrough:alias": "a1" }));
      expect(failure.kind).toBe("refused");
      expect(failure.message).toMatch(/answered 400: .*a1/);
    });

    test("that is gone is missing for a write", async () => {
      expect((await failureOf(specs("never-there", { "hw:cpu_policy": "shared" }))).kind).toBe(
        "missing",
      );
    });

    test("changes its description, and only that", async () => {
      const { id } = await newFlavor(cloud, "described", { description: "before" });
      await cloud.perform({ do: "set-flavor-description", flavorId: id, description: "after" });
      expect(named(await read(cloud), "described")?.description).toBe("after");
      await cloud.perform({ do: "set-flavor-description", flavorId: id, description: null });
      expect(named(await read(cloud), "described")?.description).toBeUndefined();
    });
  });

  describe("private flavor", () => {
    test("is seen, with the projects that may use it", async () => {
      const project = await stack().admin.create("projects", {
        name: "tenant-a",
        domain_id: "default",
      });
      const { id } = await newFlavor(cloud, "private", { isPublic: false });
      const access = (how: "add" | "remove") =>
        cloud.perform({ do: `${how}-flavor-access`, flavorId: id, project });
      const seen = async () =>
        named(await read(cloud, { ...nothing, accessTo: ["private"] }), "private");
      expect(await seen()).toMatchObject({ isPublic: false, projects: [] });
      for (let twice = 0; twice < 2; twice++) await access("add");
      expect(await seen()).toMatchObject({ projects: [project] });
      for (let twice = 0; twice < 2; twice++) await access("remove");
      expect(await seen()).toMatchObject({ projects: [] });
      expect(named(await read(cloud), "private")).not.toHaveProperty("projects");
    });

    test("for a project that does not exist is refused; a public one is a conflict", async () => {
      const hidden = await newFlavor(cloud, "private-2", { isPublic: false });
      const open = await newFlavor(cloud, "public-2");
      const access = (flavorId: string, project: string) =>
        failureOf(cloud.perform({ do: "add-flavor-access", flavorId, project }));
      expect((await access(hidden.id, "0".repeat(32))).kind).toBe("refused");
      expect((await access(open.id, stack().admin.projectId)).kind).toBe("conflict");
    });
  });

  describe("identity", () => {
    let front: Front;
    beforeAll(async () => (front = await startFront(urlOf(stack().layout, "keystone"))));
    afterAll(() => front?.close());

    /** A user of its own, so that it can be disabled; Keystone is reached through the front. */
    async function newUser(name: string, role: string) {
      const { admin, layout, cloudsYaml } = stack();
      const password = `pw-of-${name}`;
      const user = await admin.create("users", { name, password, domain_id: "default" });
      const roles = await admin.list("roles");
      const id = roles.find((other) => other.name === role)!.id;
      await admin.put(`/projects/${admin.projectId}/users/${user}/roles/${id}`);
      const text = cloudsYaml
        .replace(urlOf(layout, "keystone"), front.url)
        .replace("username: admin", `username: ${name}`)
        .replace(layout.adminPassword, password);
      return { user, text, password };
    }

    test("one token serves every request", async () => {
      const { text } = await newUser("reuse", "admin");
      const mine = cloudFrom(text);
      const before = front.count("POST", "/v3/auth/tokens");
      await Promise.all([read(mine), read(mine), read(mine)]);
      await read(mine);
      expect(front.count("POST", "/v3/auth/tokens") - before).toBe(1);
      await mine.close();
    });

    test("another user under another address has the same Nova", async () => {
      const { text } = await newUser("elsewhere", "admin");
      const { layout } = stack();
      const nova = await startFront(urlOf(layout, "nova"));
      const far = text.replace(
        /^( +)auth:/m,
        `$1compute_endpoint_override: ${nova.url}/v2.1\n$1auth:`,
      );
      const clouds = [cloud, cloudFrom(text), cloudFrom(far)] as const;
      const [own, mine, other] = await Promise.all(clouds.map((item) => item.identity()));
      expect(isSameCloud(own!, mine!)).toBe(true);
      expect(other!.root).not.toBe(own!.root);
      // A Nova that is an API alone has no service to be known by.
      expect(isSameCloud(own!, other!)).toBe(own!.services.length > 0);
      await Promise.all([...clouds.slice(1).map((item) => item.close()), nova.close()]);
    });

    test("a revoked token is replaced without anybody noticing", async () => {
      const { user, text } = await newUser("revoked", "admin");
      const mine = cloudFrom(text);
      await read(mine);
      const enabled = (value: boolean) =>
        stack().admin.keystone("PATCH", `/users/${user}`, { user: { enabled: value } });
      await enabled(false);
      expect(await mine.observe(nothing)).toMatchObject({
        is: "unreachable",
        message: expect.stringContaining("Keystone does not accept user revoked"),
      });
      await enabled(true);
      const before = front.count("POST", "/v3/auth/tokens", 201);
      await eventually(
        "the user is accepted",
        () => mine.observe(nothing),
        ({ is }) => is === "read",
      );
      await read(mine);
      expect(front.count("POST", "/v3/auth/tokens", 201) - before).toBe(1);
      await mine.close();
    });

    test("a wrong password is said, and not shown", async () => {
      const { text, password } = await newUser("mistyped", "admin");
      const mine = cloudFrom(text.replace(password, "not-the-one"));
      const view = await mine.observe(nothing);
      expect(view).toMatchObject({ is: "unreachable" });
      expect(JSON.stringify(view)).toContain("does not accept user mistyped");
      expect(JSON.stringify(view)).not.toContain("not-the-one");
      await mine.close();
    });

    test("a user without the admin role is denied", async () => {
      const { text } = await newUser("reader", "reader");
      const mine = cloudFrom(text);
      const failure = await failureOf(newFlavor(mine, "never"));
      expect(failure.kind).toBe("denied");
      expect(failure.message).toMatch(/POST compute \/flavors answered 403: /);
      await mine.close();
    });

    test("an application credential works, by id and by name, until it is deleted", async () => {
      const { admin, layout } = stack();
      const path = `/users/${admin.userId}/application_credentials`;
      const made = await admin.keystone("POST", path, {
        application_credential: { name: "operator", secret: "app-secret", unrestricted: false },
      });
      const { id } = (made.body as { application_credential: { id: string } })
        .application_credential;
      const by = (...who: readonly string[]) =>
        cloudFrom(`clouds:
  test:
    auth_type: v3applicationcredential
    auth:
      auth_url: ${urlOf(layout, "keystone")}/v3
      application_credential_secret: app-secret
${who.map((line) => `      ${line}\n`).join("")}`);
      const byId = by(`application_credential_id: ${id}`);
      const byName = by("application_credential_name: operator", "username: admin");
      await newFlavor(byId, "by-credential");
      expect(named(await read(byName), "by-credential")).toBeDefined();
      expect((await admin.keystone("DELETE", `${path}/${id}`)).status).toBe(204);
      const view = await byId.observe(nothing);
      expect(JSON.stringify(view)).toContain(`does not accept application credential ${id}`);
      await byId.close();
      await byName.close();
    });
  });
}
