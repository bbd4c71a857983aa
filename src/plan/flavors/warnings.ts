// Warnings about a PciFlavor that Nova accepts and that will not do what its author thinks.

import type { FlavorSpec, Notice } from "../wanted/accept.ts";
import { notice, type FlavorsInput } from "./draft.ts";

const numaKeys = ["hw:numa_nodes", "hw:cpu_policy", "hw:mem_page_size"];

export function warningsOf(spec: FlavorSpec, input: FlavorsInput): readonly Notice[] {
  const warnings: Notice[] = [];
  const extra = spec.extraSpecs ?? {};
  const aliases = spec.aliases.flatMap((alias) => input.aliases.get(alias.name) ?? []);
  const policies = aliases.filter(
    (alias) => alias.numaPolicy !== undefined && alias.numaPolicy !== "legacy",
  );
  const wantsNuma = spec.numaAffinityPolicy !== undefined || policies.length > 0;
  if (wantsNuma && !numaKeys.some((key) => extra[key] !== undefined)) {
    warnings.push(
      notice(
        "NumaPolicyIneffective",
        `a NUMA policy acts only on a guest with a NUMA topology: add ${numaKeys.join(", ")} to spec.extraSpecs`,
        "spec.extraSpecs",
      ),
    );
  }
  const bare = aliases.filter((alias) => alias.numaPolicy === undefined);
  if (spec.numaAffinityPolicy !== undefined && bare.length > 0) {
    warnings.push(
      notice(
        "NumaPolicyNotOnAlias",
        `Nova uses the alias's own numa_policy on resize and migration: set spec.numaPolicy on ${bare.map((aliasDeclaration) => aliasDeclaration.name).join(", ")} too`,
        "spec.numaAffinityPolicy",
      ),
    );
  }
  const many = spec.aliases.filter((alias) => alias.count > 8).map((alias) => alias.name);
  if (many.length > 0) {
    warnings.push(
      notice(
        "PlacementTuningNeeded",
        `more than 8 devices of one alias (${many.join(", ")}) need tuned allocation candidates in Placement (Launchpad 2070257, 2126751)`,
        "spec.aliases",
      ),
    );
  }
  return warnings;
}
