// What identifies an effect in the log; never a text of a fragment or a whole state.

import type { ForEach } from "../plan/terms/effect-table.ts";

export const fieldsOf: ForEach<Readonly<Record<string, unknown>>> = {
  "write-state": () => ({}),
  "create-passthrough": () => ({}),
  "create-fragment": (effect) => ({
    fragment: effect.name,
    service: effect.service,
    digest: effect.digest,
  }),
  "write-mounted": (effect) => ({
    fragment: effect.name,
    service: effect.service,
    digest: effect.digest,
  }),
  "delete-fragment": (effect) => ({ fragment: effect.name }),
  "create-assignment": (effect) => ({
    nodes: Object.keys(effect.data).filter((key) => !key.startsWith("_")).length,
  }),
  "patch-assignment": (effect) => ({
    changes: Object.fromEntries(Object.entries(effect.data).slice(0, 20)),
  }),
  "annotate-workload": (effect) => ({
    workload: `${effect.kind}/${effect.name}`,
    fragment: effect.value,
  }),
  "remove-pod": (effect) => ({ pod: effect.name, by: effect.by, why: effect.why }),
  "set-finalizers": (effect) => ({ flavor: effect.name, finalizers: effect.finalizers }),
  status: (effect) => ({ object: `${effect.kind}/${effect.name}` }),
  event: (effect) => ({
    object: `${effect.about.kind}/${effect.about.name}`,
    reason: effect.reason,
  }),
  "create-flavor": (effect) => ({ flavor: effect.flavor.name }),
  "set-extra-specs": (effect) => ({ flavorId: effect.flavorId, keys: Object.keys(effect.set) }),
  "delete-extra-spec": (effect) => ({ flavorId: effect.flavorId, key: effect.key }),
  "set-flavor-description": (effect) => ({ flavorId: effect.flavorId }),
  "delete-flavor": (effect) => ({ flavorId: effect.flavorId }),
  "add-flavor-access": (effect) => ({ flavorId: effect.flavorId, project: effect.project }),
  "remove-flavor-access": (effect) => ({ flavorId: effect.flavorId, project: effect.project }),
  "create-job": (effect) => ({ job: effect.name, node: effect.node, device: effect.address }),
  "create-preflight": ({ name, node, fragment }) => ({ job: name, node, fragment }),
  "delete-job": (effect) => ({ job: effect.name }),
  "return-device": (effect) => ({
    node: effect.node,
    device: effect.address,
    generation: effect.generation,
  }),
  "disable-compute": (effect) => ({ host: effect.host }),
  "enable-compute": (effect) => ({ host: effect.host }),
};
