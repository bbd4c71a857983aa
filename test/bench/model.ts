// Measures the model of Nova alone: ten thousand device specs read and matched against a thousand
// devices, for each way a spec can select.

import { readSpecs } from "../../src/nova/device/device-spec.ts";
import { unknownHost } from "../../src/nova/terms/host.ts";
import { matcherOf, type Device } from "../../src/nova/device/match.ts";
import { findRelease } from "../../src/nova/terms/release.ts";
import { millis, type Row } from "./measure.ts";

const specCount = 10_000;
const deviceCount = 1_000;

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, "0");
}

const ways: Readonly<Record<string, (index: number) => unknown>> = {
  "full addresses": (at) => ({
    vendor_id: "8086",
    product_id: "154d",
    address: `0000:${hex(at >> 8, 2)}:${hex((at >> 3) & 31, 2)}.${at & 7}`,
    physical_network: "physnet1",
  }),
  "both ids": (at) => ({ vendor_id: "8086", product_id: hex(at, 4) }),
  vendors: (at) => ({ vendor_id: hex(at, 4) }),
  wildcards: (at) => ({ address: `*:${hex(at & 255, 2)}:${hex((at >> 8) & 31, 2)}.*` }),
  "regular expressions": (at) => ({
    vendor_id: "10de",
    address: { bus: hex(at & 255, 2), slot: `(${hex(at % 31, 2)}|1f)`, function: "[0-3]" },
  }),
};

const devices: readonly Device[] = Array.from({ length: deviceCount }, (_, at) => ({
  vendorId: at % 2 === 0 ? "10de" : "8086",
  productId: hex(at, 4),
  address: `0000:${hex(at >> 5, 2)}:${hex(at & 31, 2)}.${at & 7}`,
}));

export function modelRows(): readonly Row[] {
  return Object.entries(ways).map(([way, specOf]) => {
    const values = Array.from({ length: specCount }, (_, at) => JSON.stringify(specOf(at)));
    const began = performance.now();
    const read = readSpecs(values, {
      release: findRelease("34.0.0")!,
      reportInPlacement: false,
      host: unknownHost,
    });
    if (!("specs" in read)) throw new Error(`the bench's own specs are refused: ${way}`);
    const readAt = performance.now();
    const match = matcherOf(read.specs, unknownHost);
    const taken = devices.filter((device) => match(device) !== undefined).length;
    const ended = performance.now();
    return {
      metric: `model: ${specCount} specs by ${way}, ${deviceCount} devices`,
      measured: `read ${millis(readAt - began)}, match ${millis(ended - readAt)} (${taken} taken)`,
      target: "<= 1 s together",
    };
  });
}
