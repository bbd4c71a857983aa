// What a PciWhitelist says of its one-time-use devices that were used: how many wait, which could
// not be cleaned, and with which words of their Job; and the Events that tell of it once.

import { shownOutput } from "../../nova/conf/error-lines.ts";
import type { Effect, Gauge } from "../terms/effects.ts";
import type { Snapshot } from "../terms/snapshot.ts";
import type { Notice } from "../wanted/accept.ts";
import type { CleaningOutput, DeviceRow, DeviceStage } from "./cleaning.ts";

type State = "Waiting" | "Cleaning" | "Cleaned" | "Failed";

const stateOf: Readonly<Record<DeviceStage, State>> = {
  waiting: "Waiting",
  cleaning: "Cleaning",
  cleaned: "Cleaned",
  failed: "Failed",
};

type Shown = {
  readonly node: string;
  readonly address: string;
  readonly state: State;
  readonly job: string;
  readonly message?: string;
};

/** Absent where no device waits, so that who cleans nothing sees nothing of it. */
export function cleaningStatus(
  whitelist: string,
  cleaning: CleaningOutput,
): { readonly cleaning?: Readonly<Record<string, unknown>> } {
  const own = cleaning.devices.filter((device) => device.object === whitelist);
  if (own.length === 0) return {};
  const count = (...stages: readonly DeviceStage[]): number =>
    own.filter((row) => stages.includes(row.stage)).length;
  return {
    cleaning: {
      waiting: count("waiting"),
      running: count("cleaning", "cleaned"),
      failed: count("failed"),
      // What somebody has to look at comes first.
      devices: [...own].sort(byUrgency).slice(0, 10).map(shown),
    },
  };
}

function byUrgency(a: DeviceRow, b: DeviceRow): number {
  if (a.stage !== b.stage) return a.stage === "failed" ? -1 : b.stage === "failed" ? 1 : 0;
  return `${a.node} ${a.address}` < `${b.node} ${b.address}` ? -1 : 1;
}

function shown(row: DeviceRow): Shown {
  const { node, address, stage, job } = row;
  const message = messageOf(row);
  return { node, address, state: stateOf[stage], job, ...(message === "" ? {} : { message }) };
}

function messageOf({ why = "", lastLine = "" }: DeviceRow): string {
  const line = lastLine.trim() === "" ? "" : `its last line: ${shownOutput(lastLine)}`;
  return [why, line]
    .filter((text) => text !== "")
    .join("; ")
    .slice(0, 512);
}

export function cleaningNotices(whitelist: string, cleaning: CleaningOutput): readonly Notice[] {
  const failed = cleaning.devices.filter(
    (device) => device.object === whitelist && device.stage === "failed",
  );
  const [first] = failed;
  if (first === undefined) return [];
  const more = failed.length === 1 ? "" : ` (and ${failed.length - 1} more: status.cleaning)`;
  const message = `${first.address} on ${first.node} could not be cleaned and stays out: ${messageOf(first)}${more}`;
  return [{ reason: "CleaningFailed", message, path: "spec.devices" }];
}

type Stored = Snapshot["objects"]["whitelists"][number];

/** Told when a device gets there, as its PciWhitelist did not show it so before. */
export function cleaningEvents(cleaning: CleaningOutput, seen: Snapshot): readonly Effect[] {
  return seen.objects.whitelists.flatMap((object) => {
    const { name, uid } = object.metadata;
    const before = new Set(shownBefore(object));
    return cleaning.devices
      .filter((device) => device.object === name && !before.has(keyOf(shown(device))))
      .flatMap((device): Effect[] => {
        const about = { kind: "PciWhitelist", name, uid };
        const where = `${device.address} on ${device.node}`;
        if (device.stage === "cleaned") {
          const message = `${where} was cleaned by Job ${device.job} and is given back`;
          return [{ do: "event", about, type: "Normal", reason: "Cleaned", message }];
        }
        if (device.stage !== "failed") return [];
        const message = `${where} could not be cleaned and stays out: ${messageOf(device)}`;
        return [{ do: "event", about, type: "Warning", reason: "CleaningFailed", message }];
      });
  });
}

function shownBefore({ status }: Stored): readonly string[] {
  const { cleaning } = (status ?? {}) as {
    readonly cleaning?: { readonly devices?: readonly Shown[] };
  };
  return (cleaning?.devices ?? []).map(keyOf);
}

function keyOf({ node, address, state, job }: Shown): string {
  return [node, address, state, job].join(" ");
}

export function cleaningGauges(cleaning: CleaningOutput): readonly Gauge[] {
  if (!cleaning.asks) return [];
  return (Object.keys(stateOf) as readonly DeviceStage[]).map((state) => ({
    name: "nova_pci_cleaning_devices",
    labels: { state },
    value: cleaning.devices.filter((device) => device.stage === state).length,
  }));
}
