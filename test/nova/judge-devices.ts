// The model's verdict on the devices of a case: matching, pools and resource providers, with the
// coercions that Nova's PciDevice object makes.

import type { DeviceSpec } from "../../src/nova/device/device-spec.ts";
import {
  cardSerialOf,
  isRefusal,
  isUndecided,
  matcherOf,
  type Device,
  type Match,
} from "../../src/nova/device/match.ts";
import { addProvider, refuseDevnames, type Providers } from "../../src/nova/serving/placement.ts";
import {
  addToPools,
  asText,
  supports,
  unstorableTag,
  type Pool,
  type PooledDevice,
  type PoolRequest,
} from "../../src/nova/serving/pools.ts";
import { asWord, isDict, isList, type Dict, type Value } from "../../src/nova/text/python-json.ts";
import { parseInteger } from "../../src/nova/text/python-text.ts";
import {
  crash,
  hostOf,
  input,
  refuse,
  undecided,
  type Question,
  type Verdict,
} from "./question.ts";
import { plainOf } from "./values.ts";

function devicesIn(question: Question): readonly Dict[] {
  const devices = input(question, "devices");
  if (!isList(devices)) return crash("no list of devices");
  return devices.items.map((item) => (isDict(item) ? item : crash("a device is no object")));
}

/** The dictionary that a spec matches with. */
function deviceOf(dict: Dict): Device {
  const text = (key: string): string => {
    const value = dict.entries.get(key);
    if (value === undefined) return crash(`device has no ${key}`);
    return typeof value === "string" ? value : ` ${asWord(value)}`;
  };
  const parent = dict.entries.get("parent_addr");
  return {
    vendorId: text("vendor_id"),
    productId: text("product_id"),
    address: text("address"),
    ...(typeof parent === "string" ? { parentAddress: parent } : {}),
    cardSerial: cardSerialOf(dict.entries.get("capabilities")),
  };
}

function checked(match: Match): number | undefined {
  if (isRefusal(match)) return refuse(match);
  if (isUndecided(match)) return undecided(match.undecided);
  return match;
}

export function matchAll(
  question: Question,
  specs: readonly DeviceSpec[],
): readonly (number | null)[] {
  const devices = devicesIn(question);
  if (specs.length === 0) return devices.map(() => null);
  const match = matcherOf(specs, hostOf(question));
  return devices.map((dict) => checked(match(deviceOf(dict))) ?? null);
}

const deviceTypes = ["type-PCI", "type-PF", "type-VF"];

/** PciDevice.create: text fields take numbers, the type is an enumeration. */
function pooled(dict: Dict, question: Question): PooledDevice {
  const field = (key: string): string => {
    if (!dict.entries.has(key)) return crash(`device has no ${key}`);
    return asText(dict.entries.get(key)) ?? crash(`${key} of a device is no text`);
  };
  const type = dict.entries.get("dev_type") ?? "type-PCI";
  const types = question.release.zeroNeedsPool ? [...deviceTypes, "vdpa"] : deviceTypes;
  if (typeof type !== "string" || !types.includes(type)) crash("unknown device type");
  const parent = dict.entries.get("parent_addr") ?? null;
  const interfaceName = dict.entries.get("parent_ifname");
  return {
    vendorId: field("vendor_id"),
    productId: field("product_id"),
    address: field("address"),
    parentAddress: parent === null ? null : (asText(parent) ?? crash("parent_addr is no text")),
    deviceType: type,
    numaNode: nodeOf(dict.entries.get("numa_node") ?? null),
    parentInterface:
      typeof interfaceName === "string" && interfaceName !== "" ? interfaceName : undefined,
  };
}

/** int(value), None allowed. */
function nodeOf(value: Value): Value {
  if (value === null) return null;
  if (typeof value === "boolean") return { type: "int", value: value ? 1n : 0n };
  if (typeof value === "string") {
    const node = parseInteger(value, 10);
    return node === undefined ? crash("numa_node is no number") : { type: "int", value: node };
  }
  if (value.type === "int") return value;
  if (value.type !== "float" || !Number.isFinite(value.value))
    return crash("numa_node is no number");
  return { type: "int", value: BigInt(Math.trunc(value.value)) };
}

/** Each device that a spec takes, with that spec. */
function* assigned(
  question: Question,
  specs: readonly DeviceSpec[],
): Generator<{ readonly device: PooledDevice; readonly spec: DeviceSpec }> {
  const devices = devicesIn(question);
  if (specs.length === 0) return;
  const match = matcherOf(specs, hostOf(question));
  for (const dict of devices) {
    const index = checked(match(deviceOf(dict)));
    if (index === undefined) continue;
    yield { device: pooled(dict, question), spec: specs[index]! };
  }
}

export function poolsOf(
  question: Question,
  specs: readonly DeviceSpec[],
  serve: (serves: (requests: readonly PoolRequest[]) => boolean) => boolean,
): Verdict {
  const { release } = question;
  let pools: readonly Pool[] = [];
  for (const { device, spec } of assigned(question, specs)) {
    pools = addToPools(pools, device, spec, release);
  }
  const tag = unstorableTag(pools);
  if (tag !== undefined) crash(`tag ${tag} cannot be stored`);
  const fits = serve((requests) => supports(pools, requests, release));
  return {
    verdict: fits ? "accept" : "reject",
    parsed: { pools: pools.map(poolView) },
  };
}

function poolView(pool: Pool): unknown {
  const properties = [...pool.properties].map(([key, value]) => [key, plainOf(value)] as const);
  return { ...Object.fromEntries(properties), count: pool.count };
}

export function providersOf(question: Question, specs: readonly DeviceSpec[]): unknown {
  const named = refuseDevnames(specs);
  if (named !== undefined) refuse(named);
  let providers: Providers = new Map();
  for (const { device, spec } of assigned(question, specs)) {
    const next = addProvider(providers, device, spec, question.release);
    if ("refused" in next) refuse(next);
    providers = next;
  }
  return Object.fromEntries(
    [...providers].map(([name, { resourceClass, traits, devices }]) => [
      `node_${name}`,
      { resource_class: resourceClass, total: devices.length, traits },
    ]),
  );
}
