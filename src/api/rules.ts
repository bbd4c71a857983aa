// The CRDs' CEL rules offline: the twin of each x-kubernetes-validations rule, with the same
// message. Rules that compare with the object before (oldSelf) are in transitions.ts.

import type { Kind } from "./names.ts";

export type RuleProblem = { readonly path: string; readonly message: string };

type Any = Readonly<Record<string, unknown>>;

type Rule = {
  readonly message: string;
  /** Paths at which the rule is broken. */
  readonly broken: (object: Any) => readonly string[];
};

function at(value: unknown, key: string): unknown {
  return value !== null && typeof value === "object" ? (value as Any)[key] : undefined;
}

function list(value: unknown): readonly Any[] {
  return Array.isArray(value) ? (value as Any[]) : [];
}

function spec(object: Any): Any {
  return (at(object, "spec") as Any | undefined) ?? {};
}

function has(value: unknown, key: string): boolean {
  return at(value, key) !== undefined;
}

function when(broken: boolean, path: string): readonly string[] {
  return broken ? [path] : [];
}

function separators(name: unknown): boolean {
  return typeof name === "string" && (name.includes(":") || name.includes(","));
}

function untrimmed(name: unknown): boolean {
  // CEL's trim() takes Unicode White_Space, which String.trim() does not quite.
  return typeof name === "string" && /^\p{White_Space}|\p{White_Space}$/u.test(name);
}

function eachDevice(object: Any, broken: (device: Any) => boolean): readonly string[] {
  return list(spec(object).devices).flatMap((item, index) =>
    when(broken(item), `spec.devices[${index}]`),
  );
}

function valuesFitOperator(selectorOf: (object: Any) => unknown, path: string): Rule {
  return {
    message: "In and NotIn need values; Exists and DoesNotExist must have none",
    broken: (object) =>
      list(at(selectorOf(object), "matchExpressions")).flatMap((item, index) => {
        const needs = item.operator === "In" || item.operator === "NotIn";
        const fits = needs === list(item.values).length > 0;
        return when(!fits, `${path}.matchExpressions[${index}]`);
      }),
  };
}

/** The plain wildcard; what other expressions reach is for the model of Nova to tell. */
function narrows(addressRegex: unknown): boolean {
  return ["domain", "bus", "slot", "function"].some(
    (part) => has(addressRegex, part) && at(addressRegex, part) !== ".*",
  );
}

function matchesEveryDevice(device: Any): boolean {
  const { address } = device;
  const partOfAddress = typeof address === "string" && /[0-9a-fA-F]/.test(address);
  const idOrName = has(device, "vendorId") || has(device, "devname");
  return !idOrName && !partOfAddress && !narrows(device.addressRegex);
}

const aliasRules: readonly Rule[] = [
  {
    message: "give spec.match (vendorId and productId of the devices) or spec.resourceClass",
    broken: (object) =>
      when(!has(spec(object), "match") && !has(spec(object), "resourceClass"), "spec"),
  },
  {
    message: "spec.name must hold no ':' and no ',': a flavor could not refer to it",
    broken: (object) => when(separators(spec(object).name), "spec.name"),
  },
  {
    message: "spec.name must not begin or end with a blank: Nova strips it",
    broken: (object) => when(untrimmed(spec(object).name), "spec.name"),
  },
];

const whitelistRules: readonly Rule[] = [
  valuesFitOperator((object) => spec(object).nodeSelector, "spec.nodeSelector"),
  {
    message:
      "this entry would make every PCI device of the host assignable: give vendorId, a part of the address, or devname",
    broken: (object) => eachDevice(object, matchesEveryDevice),
  },
  {
    message: "productId without vendorId would match devices of other makers: give vendorId too",
    broken: (object) =>
      eachDevice(object, (item) => has(item, "productId") && !has(item, "vendorId")),
  },
  {
    message: "give one of address, addressRegex and devname",
    broken: (object) =>
      eachDevice(
        object,
        (item) => ["address", "addressRegex", "devname"].filter((key) => has(item, key)).length > 1,
      ),
  },
  {
    message: "cleaning is for devices with oneTimeUse: true",
    broken: (object) =>
      eachDevice(object, (item) => has(item, "cleaning") && item.oneTimeUse !== true),
  },
  {
    message: "give jobTemplate, or disabled: true",
    broken: (object) =>
      list(spec(object).devices).flatMap((item, index) => {
        const { cleaning } = item;
        const wrong = has(cleaning, "jobTemplate") === (at(cleaning, "disabled") === true);
        return when(has(item, "cleaning") && wrong, `spec.devices[${index}].cleaning`);
      }),
  },
];

const flavorRules: readonly Rule[] = [
  {
    message:
      "keys of spec.extraSpecs hold letters, digits, blanks and - _ : . only, at most 255 of them: Nova refuses others",
    broken: (object) => {
      const keys = Object.keys((spec(object).extraSpecs as Any | undefined) ?? {});
      return when(!keys.every((key) => /^[a-zA-Z0-9_:. -]{1,255}$/.test(key)), "spec");
    },
  },
  {
    message: "spec.create needs spec.flavor.name: that is the name of the flavor to create",
    broken: (object) =>
      when(has(spec(object), "create") && !has(spec(object).flavor, "name"), "spec"),
  },
  {
    message: "pci_passthrough:alias is written from spec.aliases: remove it from spec.extraSpecs",
    broken: (object) => when(has(spec(object).extraSpecs, "pci_passthrough:alias"), "spec"),
  },
  {
    message:
      "hw:pci_numa_affinity_policy is written from spec.numaAffinityPolicy: remove it from spec.extraSpecs",
    broken: (object) =>
      when(
        has(spec(object), "numaAffinityPolicy") &&
          has(spec(object).extraSpecs, "hw:pci_numa_affinity_policy"),
        "spec",
      ),
  },
  {
    message: "give spec.flavor.name or spec.flavor.id, and only one of them",
    broken: (object) =>
      when(has(spec(object).flavor, "name") === has(spec(object).flavor, "id"), "spec.flavor"),
  },
  {
    message: "a flavor name must not begin or end with a blank: Nova refuses it",
    broken: (object) => when(untrimmed(at(spec(object).flavor, "name")), "spec.flavor.name"),
  },
  {
    message: "an alias name holds no ':', no ',' and no outer blanks",
    broken: (object) =>
      list(spec(object).aliases).flatMap((item, index) =>
        when(separators(item.name) || untrimmed(item.name), `spec.aliases[${index}].name`),
      ),
  },
  {
    message: "spec.create.projects needs isPublic: false - everybody may use a public flavor",
    broken: (object) => {
      const create = spec(object).create;
      return when(has(create, "projects") && at(create, "isPublic") !== false, "spec.create");
    },
  },
];

const labelName =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

const passthroughRules: readonly Rule[] = [
  {
    message: "a key of matchLabels is the name of a label, such as application or example.org/nova",
    broken: (object) => {
      const services = Object.values((spec(object).services as Any | undefined) ?? {});
      const keys = services.flatMap((service) =>
        Object.keys((at(service, "matchLabels") as Any) ?? {}),
      );
      const wrong = keys.some((key) => key.length > 317 || !labelName.test(key));
      return when(wrong, "spec.services");
    },
  },
  {
    message: "the one PciPassthrough of a namespace is named nova",
    broken: (object) => when(at(object.metadata, "name") !== "nova", "metadata.name"),
  },
  {
    message: "pciInPlacement needs reportInPlacement: true",
    broken: (object) => {
      const placement = spec(object).placement;
      return when(
        at(placement, "pciInPlacement") === true && at(placement, "reportInPlacement") !== true,
        "spec.placement",
      );
    },
  },
  {
    message:
      'maxUnavailable is a number from 1, or a percentage such as "10%"; to stop, set paused: true',
    broken: (object) => {
      const value = at(spec(object).rollout, "maxUnavailable");
      const wrong =
        typeof value === "number"
          ? value < 1
          : typeof value === "string" && !/^[1-9][0-9]?%$|^100%$/.test(value);
      return when(wrong, "spec.rollout.maxUnavailable");
    },
  },
  valuesFitOperator(
    (object) => at(at(spec(object).rollout, "canary"), "nodeSelector"),
    "spec.rollout.canary.nodeSelector",
  ),
  {
    message: "MatchesEveryDevice can never be set aside",
    broken: (object) =>
      list(spec(object).acceptInvalid).flatMap((item, index) =>
        when(item.policy === "MatchesEveryDevice", `spec.acceptInvalid[${index}].policy`),
      ),
  },
];

export const rules: Readonly<Record<Kind, readonly Rule[]>> = {
  PciAlias: aliasRules,
  PciWhitelist: whitelistRules,
  PciFlavor: flavorRules,
  PciPassthrough: passthroughRules,
};

export function brokenRules(kind: Kind, object: Any): readonly RuleProblem[] {
  return rules[kind].flatMap((rule) =>
    rule.broken(object).map((path) => ({ path, message: rule.message })),
  );
}
