// A scalar of the chart's own nova.conf that is parsed after ours wins, and is a gate; what agrees
// with ours, is parsed before it, or was not read is none.
import { expect, test } from "@jest/globals";
import {
  baseWins,
  placementStaysOff,
  reportStaysOff,
} from "../../../src/plan/gates/base-scalars.ts";
import { sentenceOf } from "../../../src/plan/terms/gate-table.ts";
import type { Settings } from "../../../src/plan/terms/settings.ts";
import type { FragmentPlace, Snapshot } from "../../../src/plan/terms/snapshot.ts";
import type { Service } from "../../../src/api/names.ts";

/** Only what these gates look at. */
function seen(service: Service, place: FragmentPlace | undefined, text: string): Snapshot {
  const files = { [service]: [{ name: "/etc/nova/nova.conf", text }] };
  const places = place === undefined ? {} : { places: { [service]: place } };
  return { base: { is: "read", files, ...places } } as unknown as Snapshot;
}

const on = { pciInPlacement: true, reportInPlacement: true } as unknown as Settings;
const filters = {
  service: "scheduler",
  section: "filter_scheduler",
  option: "enabled_filters",
} as const;
const never = () => false;

test.each([
  ["first", "enabled_filters = ComputeFilter", "BaseWins"],
  ["unseen", "enabled_filters = ComputeFilter", "BaseWins"],
  ["last", "enabled_filters = ComputeFilter", undefined],
  [undefined, "enabled_filters = ComputeFilter", undefined],
  ["first", "pci_in_placement = true", undefined],
] as const)("ours is %s, the base says %s: %s", (place, line, gate) => {
  const found = baseWins(seen("scheduler", place, `[filter_scheduler]\n${line}\n`), filters, never);
  expect(found?.gate).toBe(gate);
});

test("what the base says and ours would say too is no gate", () => {
  const base = seen("scheduler", "first", "[filter_scheduler]\nenabled_filters = A,B\n");
  expect(baseWins(base, filters, (value) => value === "A,B")).toBeUndefined();
});

test("a base that was not read decides nothing", () => {
  expect(baseWins({} as Snapshot, filters, never)).toBeUndefined();
});

test.each([
  ["false", "BaseWins"],
  ["no", "BaseWins"],
  ["True", undefined],
  ["yes", undefined],
] as const)("pci_in_placement = %s that is read after ours: %s", (value, gate) => {
  const text = `[filter_scheduler]\npci_in_placement = ${value}\n`;
  for (const service of ["api", "scheduler", "conductor"] as const)
    expect(placementStaysOff(seen(service, "first", text), on)?.gate).toBe(gate);
});

test("the sentence says where to set it, and whether it is certain", () => {
  const text = "[pci]\nreport_in_placement = off\n";
  const sentences = (["first", "unseen"] as const).map((place) =>
    sentenceOf(reportStaysOff(seen("compute", place, text), on)!),
  );
  expect(sentences).toEqual([
    expect.stringContaining(
      "nova-compute reads its own nova.conf after our file, and [pci]report_in_placement = off",
    ),
    expect.stringContaining("nova-compute may read its own nova.conf after our file"),
  ]);
});
