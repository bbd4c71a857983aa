// Invariants of who learns of an alias first: nova-compute or nova-api.

import { assignmentName } from "../../src/api/names.ts";
import { aliasesIn, offered } from "./conf.ts";
import { productsOf, selectsPool } from "./intent.ts";
import type { Invariant, Scene } from "./scene.ts";

export const apiAfterComputes: Invariant = {
  name: "api-after-computes",
  sentence: "nova-api gets an alias only after every healthy compute that can serve it carries it",
  watch: (scene) => ({
    // Judged when it is decided: a late annotation of what was decided before a crash is no decision.
    before: (effect) => {
      if (effect.do !== "write-state") return;
      const before = scene.truth.state()?.services.api;
      const record = effect.state.services.api;
      if (record === undefined || record.assigned === before?.assigned) return;
      // Last-good is put back after a failure, or a user went back.
      if (record.phase !== "rolling" || record.good === record.assigned) return;
      const known = [before?.assigned, record.good].map((text) =>
        aliasesIn(scene.truth.textOf(text)),
      );
      for (const [alias, product] of aliasesIn(scene.truth.textOf(record.assigned))) {
        // A changed alias goes to nova-api first; only a new one comes last.
        if (known.some((item) => item.has(alias))) continue;
        for (const node of lacking(alias, product, scene)) {
          scene.violated("api-after-computes", `alias ${alias} goes to nova-api before ${node}`);
        }
      }
    },
  }),
};

/** Healthy computes that should carry an alias and do not. */
function lacking(alias: string, product: string, scene: Scene): readonly string[] {
  const seen = scene.round()?.seen;
  if (seen === undefined) return [];
  return seen.nodes
    .filter((node) => {
      const record = scene.truth.state()?.nodes[node.name];
      const pod = seen.pods.find(
        (row) => row.node === node.name && row.service === "compute" && !row.deleting,
      );
      if (!scene.truth.isUp(node.name) || pod?.ready !== true) return false;
      if (record?.phase === "skipped" || record?.phase === "halted") return false;
      const text = scene.truth.process(node.name)?.text;
      const wanted = seen.objects.whitelists.some((whitelist) => {
        // A refused edit leaves the last accepted content in force.
        const spec = scene.intent.acceptedOf(
          "PciWhitelist",
          whitelist.metadata.name,
          whitelist.spec,
        );
        return (
          spec !== undefined &&
          selectsPool(spec, node.labels.pool) &&
          productsOf({ kind: "PciWhitelist", spec }).includes(product) &&
          !isQuarantined(product, scene)
        );
      });
      // A node that is not proved to report yet is told that alone; its new devices come after it, and the
      // alias with them, so nothing can be sent there for it meanwhile. One-time use asks for it too.
      const once = seen.objects.whitelists.some(
        ({ spec }) =>
          selectsPool(spec, node.labels.pool) &&
          spec.devices.some((device) => device.oneTimeUse === true),
      );
      const reportsFirst =
        (once || seen.objects.passthrough?.spec?.placement?.reportInPlacement === true) &&
        (text?.includes("report_in_placement") !== true || record?.reports !== true);
      const serves = offered(text).has(product) || (wanted && !reportsFirst);
      return (
        serves && aliasesIn(text).get(alias) !== product && !isQuarantined(`"${alias}"`, scene)
      );
    })
    .map((node) => node.name);
}

/** Something of this product or alias is quarantined: it may be absent for that reason. */
function isQuarantined(word: string, scene: Scene): boolean {
  const state = scene.truth.state();
  return Object.values(state?.quarantined ?? {}).some((quarantine) =>
    quarantine.line.includes(word),
  );
}

export const apiBeforeComputes: Invariant = {
  name: "api-before-computes",
  sentence: "a compute loses an alias that it can still serve only after nova-api lost it",
  watch: (scene) => ({
    before: (effect) => {
      if (effect.do !== "patch-assignment") return;
      const old = scene.cluster.store.get("ConfigMap", assignmentName)?.data ?? {};
      const state = scene.truth.state();
      const api = aliasesIn(scene.truth.textOf(state?.services.api?.good));
      for (const [node, name] of Object.entries(effect.data)) {
        if (name === null || old[node] === undefined) continue;
        if (state?.nodes[node]?.phase === "rolling-back") continue;
        const before = aliasesIn(scene.truth.textOf(old[node]));
        const next = scene.truth.textOf(name);
        const after = aliasesIn(next);
        const process = scene.truth.process(node);
        const runs = process === undefined ? undefined : aliasesIn(process.text);
        for (const [alias, product] of before) {
          if (after.get(alias) === product || api.get(alias) !== product) continue;
          // Given, and given up while its old pod ran on: nothing that runs loses it.
          if (runs !== undefined && runs.get(alias) !== product) continue;
          if (!offered(next).has(product) || isQuarantined(`"${alias}"`, scene)) continue;
          scene.violated("api-before-computes", `${node} loses alias ${alias} before nova-api`);
        }
      }
    },
  }),
};
