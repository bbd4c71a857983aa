// The objects of all scenarios with what they say in the end, and what tools that wait make of them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { group, version, type Kind } from "../../src/api/names.ts";
import { readGiven, scenarioNames, scenarios, tell } from "../support/scenario-world.ts";

export type Told = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly generation?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

/** Every object of ours that has a status when its scenario ends. */
export async function toldInScenarios(): Promise<readonly { name: string; object: Told }[]> {
  const all: { name: string; object: Told }[] = [];
  for (const name of scenarioNames()) {
    const given = readGiven(readFileSync(join(scenarios, name, "given.yaml"), "utf8"));
    const { aliases, whitelists, flavors, passthrough } = (await tell(given.setting, given.objects))
      .last.seen.objects;
    const kinds: readonly (readonly [Kind, readonly object[]])[] = [
      ["PciAlias", aliases],
      ["PciWhitelist", whitelists],
      ["PciFlavor", flavors],
      ["PciPassthrough", passthrough === undefined ? [] : [passthrough]],
    ];
    for (const [kind, objects] of kinds)
      for (const seen of objects) {
        const object = { ...seen, apiVersion: `${group}/${version}`, kind } as Told;
        if (object.status?.conditions !== undefined) all.push({ name, object });
      }
  }
  return all;
}

export type Kstatus = "Failed" | "InProgress" | "Current";

/** A stand-in for the library kstatus where no Go is at hand; compared with it in real/kstatus. */
export function kstatus({ metadata, status }: Told): Kstatus {
  const { observedGeneration, conditions = [] } = status ?? {};
  if (observedGeneration !== undefined && observedGeneration !== metadata.generation)
    return "InProgress";
  const found = (type: string): string | undefined =>
    conditions.find((condition) => condition.type === type)?.status;
  if (found("Reconciling") === "True") return "InProgress";
  if (found("Stalled") === "True") return "Failed";
  const ready = found("Ready");
  return ready === undefined || ready === "True" ? "Current" : "InProgress";
}
