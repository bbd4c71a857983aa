// The tests that every kind has, before a real API server: each shape of its table, and the words,
// columns and explanations that a user sees.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { group } from "../../../src/api/names.ts";
import type { ControlPlane } from "../../control-plane/attach.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { sharedControlPlane } from "../../control-plane/plane-of-the-run.ts";
import { notLookedAt, objectOf, type Shapes } from "../shapes/shape.ts";
import {
  columns,
  differences,
  installCrds,
  pathOf,
  strict,
  verdictOf,
  withStatus,
} from "./server.ts";

type Server = { readonly plane: ControlPlane; readonly namespace: string };
type Fields = Readonly<Record<string, unknown>>;

type Told = {
  readonly shortName: string;
  /** A spec that is refused, and every line of it that kubectl prints. */
  readonly refused: { readonly spec: Fields; readonly prints: readonly string[] };
  /** What kubectl get prints of an object with this status. */
  readonly columns: { readonly spec: Fields; readonly status: Fields; readonly prints: Fields };
  readonly explained: { readonly field: string; readonly says: string };
};

export function testsOf(shapes: Shapes, told: Told): void {
  const { kind } = shapes;
  controlPlaneLane(kind, () => {
    let plane: ControlPlane;
    let namespace: string;
    beforeAll(async () => {
      plane = await sharedControlPlane();
      await installCrds(plane);
      namespace = await plane.namespace();
    });
    afterAll(() => plane.stop());

    verdicts(shapes, () => ({ plane, namespace }));

    test("kubectl prints what is wrong", async () => {
      const object = JSON.stringify(objectOf(kind, told.refused.spec));
      const { code, stderr } = await plane.kubectl(["apply", "-n", namespace, "-f", "-"], object);
      expect(code).toBe(1);
      expect(stderr.trim()).toBe(told.refused.prints.join("\n"));
    });

    test("kubectl get prints its columns", async () => {
      const { spec, status, prints } = told.columns;
      const object = objectOf(kind, spec);
      const named = await withStatus(plane, pathOf(kind, namespace), object, status);
      expect(await columns(plane, named)).toMatchObject(prints);
      const get = (resource: string) =>
        plane.kubectl(["get", resource, "-n", namespace, "-o", "name"]);
      const { stdout } = await get(told.shortName);
      expect(stdout.trim()).toBe(`${kind.toLowerCase()}.${group}/${named.split("/").at(-1)!}`);
      expect((await get("pci")).stdout).toContain(stdout.trim());
      await plane.remove(named);
    });

    test("kubectl explain tells what Nova does with it", async () => {
      const { field, says } = told.explained;
      const { stdout, code } = await plane.kubectl(["explain", `${told.shortName}.${field}`]);
      expect(code).toBe(0);
      expect(stdout.replaceAll(/\s+/g, " ")).toContain(says);
    });
  });
}

function verdicts({ kind, created, changed, defaults }: Shapes, server: () => Server): void {
  describe("created", () => {
    test.each(created)("$it", async ({ spec, name, refused }) => {
      const { plane, namespace } = server();
      const path = pathOf(kind, namespace) + strict;
      const answer = await plane.request("POST", path, objectOf(kind, spec, name));
      expect(differences(verdictOf(answer), refused)).toEqual([]);
      expect(answer.status < 300).toBe(refused === undefined);
    });
  });

  describe("changed", () => {
    test.each(changed)("$it", async ({ before, after, refused }) => {
      const { plane, namespace } = server();
      const path = pathOf(kind, namespace);
      const old = await plane.create(path, objectOf(kind, before));
      const named = `${path}/${old.metadata.name}`;
      try {
        const young = { ...objectOf(kind, after), metadata: old.metadata };
        const answer = await plane.request("PUT", named + strict, young);
        expect(differences(verdictOf(answer), refused)).toEqual([]);
        expect(answer.status < 300).toBe(refused === undefined);
      } finally {
        await plane.remove(named);
      }
    });
  });

  describe("defaults", () => {
    test.each(defaults)("$it", async ({ spec, stored }) => {
      const { plane, namespace } = server();
      const path = pathOf(kind, namespace) + strict;
      const answer = await plane.request("POST", path, objectOf(kind, spec));
      expect(answer.body.spec).toEqual(stored);
      expect(answer.body.status).toEqual(notLookedAt);
    });
  });
}
