// Nothing waits for a time that nobody wakes for: a plan without effects is the same until its own moment,
// or for a day where it names none. The simulation asks this of every world (holds-until-woken); here stand
// waits that last longer than its own.
import { expect, test } from "@jest/globals";
import { calmKnobs } from "../../src/embedded/cluster.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Snapshot } from "../../src/plan/terms/snapshot.ts";
import { gpuAlias, gpuDevices, installation, setStage, type Stage } from "../support/stage.ts";

const day = 26 * 60 * 60 * 1000;
const inAnHour = (stage: Stage) =>
  new Date(Math.floor(stage.cluster.clock.now() / 1000) * 1000 + 3_600_000).toISOString();

test.each([
  {
    wait: "a nova-api whose image cannot be pulled, said to be lost after four minutes",
    begin: (stage: Stage, broken: { image: boolean }) => {
      stage.apply("PciAlias", "gpu", gpuAlias);
      broken.image = true;
    },
    end: "False Lost",
    kind: "PciAlias",
  },
  {
    wait: "an exclusion for which its object is refused, which ends in an hour",
    begin: (stage: Stage) => {
      stage.apply(
        "PciWhitelist",
        "gpu",
        `{ devices: [{ vendorId: '8086', productId: '1889', devname: 'ens1f0' }],
           exclude: [{ address: '0000:19:02.0', until: '${inAnHour(stage)}' }] }`,
      );
    },
    end: "True Live",
    kind: "PciWhitelist",
  },
] as const)("$wait", async ({ begin, end, kind }) => {
  const broken = { image: false };
  const stage = await setStage({
    nodes: ["c1"],
    credentials: false,
    knobs: {
      ...calmKnobs,
      noImage: (node) => (broken.image && node !== "c1" ? "manifest unknown" : undefined),
    },
  });
  stage.apply("PciPassthrough", "nova", installation);
  stage.apply("PciWhitelist", "gpus", gpuDevices);
  await stage.pass(900);
  const looks: Snapshot[] = [];
  stage.see((seen) => {
    looks.push(seen);
    return seen;
  });
  begin(stage, broken);
  await stage.pass(7200);
  expect(stage.ready(kind, "gpu")).toBe(end);
  expect(looks.length).toBeGreaterThan(5);
  expect(looks.flatMap(changeBeforeItsMoment)).toEqual([]);
});

/** What a plan of the same snapshot says just before the moment for which this one asks. */
function changeBeforeItsMoment(seen: Snapshot): readonly unknown[] {
  // Of a namespace of its own, so that none is an answer of before.
  const at = (now: number, namespace: string) => plan({ ...seen, now, namespace });
  const { effects, gates, againAt } = at(seen.now, `${seen.namespace}-now`);
  const end = againAt === undefined ? seen.now + day : againAt - 1;
  if (effects.length > 0 || end <= seen.now) return [];
  const later = at(end, `${seen.namespace}-later`);
  return later.effects.length > 0 || JSON.stringify(later.gates) !== JSON.stringify(gates)
    ? [{ after: end - seen.now, gates, later: later.gates, effects: later.effects }]
    : [];
}
