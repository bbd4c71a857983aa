// An alias that stops nova-api, as a Deployment and as a StatefulSet: one pod keeps serving throughout,
// last-good comes back, and the alias is kept out until it changes.
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import { fragmentAnnotation } from "../../../src/api/names.ts";
import type { Json } from "../../control-plane/client.ts";
import { controlPlaneLane } from "../../control-plane/lane.ts";
import { until } from "../../control-plane/processes.ts";
import { aliasesIn, configure, makeSite, threePools, type Site } from "./cloud-site.ts";
import { alias } from "./objects.ts";
import { operatorOfTheFile } from "./operator-of-the-file.ts";

const novaSays = "nova.exception.PciInvalidAlias: Invalid PCI alias definition: bad";

/** The Deployment of nova-api as a StatefulSet, as some charts have it. */
function asStatefulSet(object: Json): Json {
  if (object.metadata.name !== "nova-api-osapi") return object;
  const spec = { ...object.spec, strategy: undefined, serviceName: "nova-api" };
  return { ...object, kind: "StatefulSet", spec };
}

const shapes = [
  { kind: "Deployment", plural: "deployments", change: (object: Json): Json => object },
  { kind: "StatefulSet", plural: "statefulsets", change: asStatefulSet },
];

controlPlaneLane("a bad alias", () => {
  const plane = operatorOfTheFile("alias");
  let site: Site;
  afterEach(() => site.stop());

  describe.each(shapes)("nova-api as $kind", ({ plural, change }) => {
    test("keeps serving, goes back, and waits for another alias", async () => {
      site = await makeSite(plane(), { pools: threePools, change });
      await configure(site);
      const path = `/apis/apps/v1/namespaces/${site.namespace}/${plural}/nova-api-osapi`;
      const annotation = async () =>
        (await plane().get(path)).spec.template.metadata.annotations[fragmentAnnotation] as string;
      const good = await annotation();
      site.kubelets.behaviour.fails = (_, files) =>
        Object.values(files["nova-osapi"] ?? {}).some((text) => aliasesIn(text).includes("bad"))
          ? { container: "nova-osapi", exitCode: 1, message: novaSays }
          : undefined;
      const mark = site.ledger.mark();
      const serving = lowestReady(site);

      await site.apply(alias("bad", "1eb8"));
      const [first] = await until("the quarantine", async () => {
        const found = ((await site.status())?.quarantined ?? []) as readonly Json[];
        return found.length > 0 ? found : undefined;
      });
      await until("last-good", async () => {
        const texts = await site.reads("os-api");
        const pods = site.ledger.present().filter((record) => record.component === "os-api");
        return (
          texts.length === 2 &&
          texts.every((text) => !aliasesIn(text).includes("bad")) &&
          pods.every((pod) => pod.ready)
        );
      });
      expect(await serving.stop()).toBeGreaterThanOrEqual(1);
      expect(await annotation()).toBe(good);
      expect(first).toMatchObject({ kind: "PciAlias", name: "bad", service: "nova-api" });
      expect(first.message).toContain("PciInvalidAlias");
      // Computes of one pool could serve it and had it first; nobody else was touched.
      const computes = mark.pods("compute");
      expect(computes.every((compute) => site.nodesOf("gpu").includes(compute.node!))).toBe(true);

      await wait(2500);
      const failed = mark.made();
      await wait(2500);
      expect(mark.made()).toEqual(failed);

      site.kubelets.behaviour.fails = () => undefined;
      await site.remove(alias("bad", "1eb8"));
      await site.apply(alias("fixed", "154d"));
      await until("the next alias", async () => {
        const texts = await site.reads("os-api");
        return texts.length === 2 && texts.every((text) => aliasesIn(text).includes("fixed"));
      });
    });
  });
});

/** The fewest Ready pods of nova-api at any moment that was looked at. */
function lowestReady(site: Site): { readonly stop: () => Promise<number> } {
  let lowest = Number.POSITIVE_INFINITY;
  const timer = setInterval(() => {
    const ready = site.ledger.all().filter((record) => {
      const there = record.goneAt === undefined && !record.leaving;
      return record.component === "os-api" && there && record.ready;
    });
    lowest = Math.min(lowest, ready.length);
  }, 10);
  return {
    stop: () => {
      clearInterval(timer);
      return Promise.resolve(lowest);
    },
  };
}
