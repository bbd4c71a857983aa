// The devices of an installation and what each is doing, for those who look: `nova-pci nodes`.

import { decisionOf } from "./round/decide.ts";
import { deviceMap, type NodeDevices } from "./told/device-map.ts";
import type { Snapshot } from "./terms/snapshot.ts";

export function devices(seen: Snapshot): readonly NodeDevices[] {
  return deviceMap(decisionOf(seen), seen);
}

export {
  deviceStates,
  ofFiles,
  type DeviceRow,
  type DeviceState,
  type NodeDevices,
} from "./told/device-map.ts";
