// Set-ups of the field before the code of a real Nova: the pools of nova-compute and what
// PciPassthroughFilter asks of them, and with PCI in Placement the class and traits of the request
// beside those of the providers. Whom we promise a device gets one, and nobody else.
import { afterAll, describe, expect, test } from "@jest/globals";
import { linesOf } from "../../cli/field/host-of-set-ups.ts";
import { setUps, type SetUp } from "../../cli/field/set-ups.ts";
import { pciDevices } from "../../openstack/devices.ts";
import { releasesThatRun, startOracle, type Oracle } from "../oracle.ts";

const started: Oracle[] = [];
afterAll(async () => {
  await Promise.all(started.map((oracle) => oracle.stop()));
}, 60_000);

describe.each(releasesThatRun(["31.3.1", "34.0.0"]))("nova %s", (release) => {
  test.each([true, false])(
    "who serves an alias (in Placement: %s)",
    async (placement) => {
      const nova = await startOracle(release);
      started.push(nova);
      const asked = setUps.filter(
        (setUp) => setUp.placement === placement && setUp.unasked === undefined,
      );
      const wrong: string[] = [];
      const counts = { served: 0, refused: 0 };
      for (const setUp of asked) {
        const isServed = setUp.says === "served" && setUp.host === undefined;
        counts[isServed ? "served" : "refused"] += 1;
        const said = await serves(nova, setUp, release);
        // One scheduler pass cannot see that a card goes with its virtual function: the claim does.
        if (setUp.host === "ParentAndChildren") continue;
        if (said !== isServed) wrong.push(`${setUp.what}: ${setUp.says}, and Nova: ${said}`);
      }
      expect(wrong).toEqual([]);
      expect(counts.served).toBeGreaterThanOrEqual(placement ? 10 : 3);
      expect(counts.refused).toBeGreaterThanOrEqual(placement ? 10 : 3);
    },
    240_000,
  );
});

async function serves(nova: Oracle, setUp: SetUp, release: string): Promise<boolean> {
  const { aliases, specs } = await linesOf([setUp], setUp.placement, release);
  const input = {
    specs: valuesIn(specs),
    aliases: valuesIn(aliases),
    devices: pciDevices(setUp.devices),
    flavor: flavorOf(setUp),
  };
  const pfs = setUp.devices
    .filter((device) => device.type === "type-PF")
    .map((device) => device.address);
  const host = { pfs, ifnames: {} };
  const conf = setUp.placement ? { pci_in_placement: true, report_in_placement: true } : {};
  const [filter, groups, providers] = await nova.judge([
    { kind: "schedule", input, conf, host },
    ...(setUp.placement
      ? [
          { kind: "request", input: { aliases: input.aliases, flavor: input.flavor }, conf, host },
          { kind: "placement", input, conf, host },
        ]
      : []),
  ]);
  if (filter!.verdict !== "accept") return false;
  if (!setUp.placement) return true;
  expect([groups!.verdict, providers!.verdict]).toEqual(["accept", "accept"]);
  const offered = Object.values(providers!.parsed as Readonly<Record<string, Provider>>);
  return (groups!.parsed as readonly Group[]).every((group) =>
    offered.some(
      (provider) =>
        Object.keys(group.resources).join() === provider.resource_class &&
        group.required_traits.every((trait) => provider.traits.includes(trait)),
    ),
  );
}

type Group = {
  readonly resources: Readonly<Record<string, number>>;
  readonly required_traits: readonly string[];
};
type Provider = { readonly resource_class: string; readonly traits: readonly string[] };

function valuesIn(lines: string): readonly string[] {
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.slice(line.indexOf(" = ") + 3));
}

function flavorOf({ name, objects }: SetUp): string {
  const flavor = objects.find((object) => object.kind === "PciFlavor" && object.name === name)!;
  const { aliases } = flavor.value.spec as {
    readonly aliases: readonly { readonly name: string; readonly count: number }[];
  };
  return aliases.map((alias) => `${alias.name}:${alias.count}`).join(",");
}
