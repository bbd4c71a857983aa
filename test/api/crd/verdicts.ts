// The tests that every kind has: each shape of its table before a real API server.
import { describe, expect, test } from "@jest/globals";
import type { ControlPlane } from "../../control-plane/attach.ts";
import { notLookedAt, objectOf, type Shapes } from "../shapes/shape.ts";
import { differences, pathOf, strict, verdictOf } from "./server.ts";

type Server = { readonly plane: ControlPlane; readonly namespace: string };

export function verdicts({ kind, created, changed, defaults }: Shapes, server: () => Server): void {
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
