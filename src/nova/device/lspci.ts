// The PCI devices of a host, from the text of lspci or from JSON. lspci does not tell physical from
// virtual functions; JSON may. Reads text and knows nothing of device specs.

import { isRefused, parseExact, addressText } from "./address.ts";
import type { DeviceType } from "../terms/declare.ts";

export type InventoryDevice = {
  /** domain:bus:slot.function, lower case and full width. */
  readonly address: string;
  readonly vendorId: string;
  readonly productId: string;
  /** Class and subclass, such as "0302"; absent when the text did not say. */
  readonly classId?: string;
  /** Absent: not known, and then neither is whose VF it is. */
  readonly deviceType?: DeviceType;
  readonly parentAddress?: string;
  readonly numaNode?: number;
  /** Network interfaces; absent = the inventory does not tell. */
  readonly interfaces?: readonly string[];
  /** Serial number in the card's VPD; null = the kernel shows none, absent = nobody looked. */
  readonly cardSerial?: string | null;
  readonly iommuGroup?: string;
  readonly driver?: string;
};

type Inventory = {
  readonly devices: readonly InventoryDevice[];
  readonly problems: readonly { readonly line: number; readonly message: string }[];
};

const wanted = "write the output of: lspci -Dnmm";

export function parseInventory(given: string): Inventory {
  const text = given.replace(/^\ufeff/, "");
  const found = /^\s*[[{]/.test(text) ? fromJson(text) : fromLspci(text);
  if (found.problems.length > 0) return found;
  const { devices } = found;
  const twice = devices.find((inventoryDevice, index) =>
    devices.slice(0, index).some((other) => other.address === inventoryDevice.address),
  );
  return twice === undefined
    ? found
    : problem(`${twice.address} stands twice: give the devices of one host`);
}

function problem(message: string): Inventory {
  return { devices: [], problems: [{ line: 1, message }] };
}

function fromLspci(text: string): Inventory {
  if (/^Slot:\s/m.test(text)) return fromBlocks(text);
  const devices: InventoryDevice[] = [];
  const problems: { line: number; message: string }[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const last = devices.at(-1);
    if (isBetween(line, last !== undefined)) {
      if (last !== undefined) devices[devices.length - 1] = { ...last, ...detail(line) };
      continue;
    }
    const device = machineReadable(line) ?? numeric(line);
    if (typeof device === "object") devices.push(device);
    else problems.push({ line: index + 1, message: device });
  }
  return { devices, problems };
}

/**
 * Comments, separators of grep, and below a device what -k and -v (indented, or spaces where it was
 * copied from a terminal) and -x (its configuration space) tell of it.
 */
function isBetween(line: string, isBelow: boolean): boolean {
  if (line.trim() === "" || /^(#|\t|--$)/.test(line)) return true;
  return isBelow && /^( {2,}\S|[0-9a-f]{2,3}: ([0-9a-f]{2} ?)+$)/.test(line);
}

type Detail = Pick<InventoryDevice, "driver" | "iommuGroup" | "numaNode" | "deviceType">;

/** SR-IOV is a capability of physical functions; -vv of root says how many others there may be. */
function detail(line: string): Detail {
  const driver = /^\s+Kernel driver in use: (\S+)/.exec(line)?.[1];
  const group = /\bIOMMU group:? (\d+)/.exec(line)?.[1];
  const node = /\bNUMA node:? (\d+)/.exec(line)?.[1];
  const isPhysical = /^\s+Initial VFs: .*\bTotal VFs: [1-9]/.test(line);
  return {
    ...(driver === undefined ? {} : { driver }),
    ...(group === undefined ? {} : { iommuGroup: group }),
    ...(node === undefined ? {} : { numaNode: Number(node) }),
    ...(isPhysical ? { deviceType: "type-PF" } : {}),
  };
}

/** lspci -vmmn and -vmmnn: a block of lines "Key: value" for each device. */
function fromBlocks(text: string): Inventory {
  const devices: InventoryDevice[] = [];
  const problems: { line: number; message: string }[] = [];
  let start = 1;
  for (const block of text.replaceAll("\r", "").split(/\n[ \t]*(?=\n)/)) {
    const fields = new Map<string, string>();
    for (const [, key, value] of block.matchAll(/^(\w+):[ \t]*(.*?)[ \t]*$/gm)) {
      if (!fields.has(key!)) fields.set(key!, value!);
    }
    const where = fields.get("Slot") ?? "";
    const item = block.trim() === "" ? undefined : blockDevice(where, fields);
    const line = start + /^\n*/.exec(block)![0].length;
    if (typeof item === "object") devices.push(item);
    else if (item !== undefined) problems.push({ line, message: item });
    start += block.split("\n").length;
  }
  return { devices, problems };
}

function blockDevice(where: string, fields: ReadonlyMap<string, string>): InventoryDevice | string {
  const idIn = (key: string): string =>
    /^(?:.*\[)?([0-9a-fA-F]{4})\]?$/.exec(fields.get(key) ?? "")?.[1] ?? "";
  const ids = { classId: idIn("Class"), vendorId: idIn("Vendor"), productId: idIn("Device") };
  if (Object.values(ids).includes("")) return `"Slot: ${where}" has names and no ids: ${wanted}`;
  const found = device(where, ids);
  if (typeof found === "string") return found;
  const [driver, group] = [fields.get("Driver"), fields.get("IOMMUGroup")];
  const node = fields.get("NUMANode");
  return {
    ...found,
    ...(driver === undefined ? {} : { driver }),
    ...(group === undefined ? {} : { iommuGroup: group }),
    ...(node === undefined ? {} : { numaNode: Number(node) }),
  };
}

/** lspci -Dnmm, or -Dnnmm with names before the ids. undefined = another form. */
function machineReadable(line: string): InventoryDevice | string | undefined {
  const match = /^(\S+) "([^"]*)" "([^"]*)" "([^"]*)"/.exec(line);
  if (match === null) return undefined;
  const [, where, ...named] = match;
  const ids = named.map((text) => /^(?:.*\[)?([0-9a-fA-F]{4})\]?$/.exec(text)?.[1]);
  const [classId, vendorId, productId] = ids;
  if (classId === undefined || vendorId === undefined || productId === undefined) {
    return `names without ids: ${wanted}`;
  }
  return device(where!, { classId, vendorId, productId });
}

/** lspci -Dn and -Dnn: `0000:00:02.0 0300: 1234:1111 (rev 02)`. */
function numeric(line: string): InventoryDevice | string {
  const plain = /^(\S+) ([0-9a-f]{4}): ([0-9a-f]{4}):([0-9a-f]{4})\b/i.exec(line);
  const named = /^(\S+) .*\[([0-9a-f]{4})\]: .*\[([0-9a-f]{4}):([0-9a-f]{4})\]/i.exec(line);
  const match = plain ?? named;
  if (match === null) {
    const start = line.slice(0, 60);
    return /^[0-9a-f:]+\.[0-7] \S/i.test(line)
      ? `"${start}" has names and no ids: ${wanted}`
      : `"${start}" is not a line of lspci: ${wanted}`;
  }
  const [, where, classId, vendorId, productId] = match;
  return device(where!, { classId: classId!, vendorId: vendorId!, productId: productId! });
}

function device(
  where: string,
  ids: { readonly classId: string; readonly vendorId: string; readonly productId: string },
): InventoryDevice | string {
  const address = normalAddress(where);
  if (address === undefined) return `"${where}" is not a PCI address: ${wanted}`;
  return {
    address,
    vendorId: ids.vendorId.toLowerCase(),
    productId: ids.productId.toLowerCase(),
    classId: ids.classId.toLowerCase(),
  };
}

/**
 * Without -D the domain 0000 is left out. Domains beyond ffff are kept: Nova skips such devices.
 */
function normalAddress(text: string): string | undefined {
  const whole = /^[0-9a-f]+:[0-9a-f]{2}\.[0-7]$/i.test(text) ? `0000:${text}` : text;
  if (/^[0-9a-f]{5,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i.test(whole)) return whole.toLowerCase();
  const parsed = parseExact(whole);
  return isRefused(parsed) ? undefined : addressText(parsed);
}

/** A list of devices, or { devices: [...] }; keys as Nova or as our objects write them. */
function fromJson(text: string): Inventory {
  const parsed = parse(text);
  if (typeof parsed === "string") return problem(`is not JSON: ${parsed}`);
  const list = listIn(parsed);
  if (list === undefined)
    return problem('give a list of devices, or an object with the key "devices"');
  const read = list.map((item, index) => jsonDevice(item, index));
  return {
    devices: read.filter((item) => typeof item === "object"),
    problems: read
      .filter((item) => typeof item === "string")
      .map((message) => ({ line: 1, message })),
  };
}

/** A list, an object with the list, or one device alone. */
function listIn(parsed: object): readonly unknown[] | undefined {
  if (Array.isArray(parsed)) return parsed as unknown[];
  const { devices, address } = parsed as { readonly devices?: unknown; readonly address?: unknown };
  if (Array.isArray(devices)) return devices as unknown[];
  return address === undefined ? undefined : [parsed];
}

/** A text is what is wrong: only lists and objects come here. */
function parse(text: string): object | string {
  const rows = text.trim().split(/\r?\n/);
  try {
    // One object on each line, as a loop over /sys may write it.
    const isLines = rows.length > 1 && rows.every((row) => /^\s*\{.*\}\s*$/.test(row));
    return JSON.parse(isLines ? `[${rows.join(",")}]` : text) as object;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const keys = {
  address: ["address"],
  vendorId: ["vendor_id", "vendorId", "vendor"],
  productId: ["product_id", "productId", "device"],
  deviceType: ["dev_type", "deviceType"],
  parentAddress: ["parent_addr", "parentAddress", "physfn"],
  numaNode: ["numa_node", "numaNode"],
  classId: ["class_id", "classId", "class"],
  interfaces: ["netdev", "interfaces", "net"],
  totalVfs: ["sriov_totalvfs", "totalVfs"],
  capabilities: ["capabilities"],
  iommuGroup: ["iommu_group", "iommuGroup"],
  driver: ["driver"],
} as const;

const deviceTypes: readonly string[] = ["type-PCI", "type-PF", "type-VF"];

function jsonDevice(value: unknown, index: number): InventoryDevice | string {
  if (typeof value !== "object" || value === null) return `device ${index} is not an object`;
  const read = (name: keyof typeof keys): unknown =>
    keys[name]
      .map((key) => (value as Record<string, unknown>)[key])
      .find((item) => item !== undefined && item !== null);
  const address = normalAddress(textOf(read("address")));
  if (address === undefined) {
    const given = textOf(read("address"));
    return given === ""
      ? `device ${index} has no PCI address`
      : `device ${index}: "${given}" is not a PCI address, such as 0000:41:00.0`;
  }
  const [vendorId, productId] = [idOf(read("vendorId")), idOf(read("productId"))];
  if (!isId(vendorId) || !isId(productId)) {
    return `device ${address} needs vendor_id and product_id of four hexadecimal digits in quotes`;
  }
  const type = textOf(read("deviceType")) || typeOf(read("totalVfs"), read("parentAddress"));
  if (type !== "" && !deviceTypes.includes(type)) {
    return `device ${address} has dev_type "${type}": write ${deviceTypes.join(", ")} or nothing`;
  }
  const parent = normalAddress(textOf(read("parentAddress")));
  const [node, classId] = [read("numaNode"), idOf(read("classId"))];
  const [group, driver] = [textOf(read("iommuGroup")), textOf(read("driver"))];
  return {
    address,
    vendorId,
    productId,
    ...(type === "" ? {} : { deviceType: type as DeviceType }),
    ...(parent === undefined ? {} : { parentAddress: parent }),
    ...(typeof node === "number" ? { numaNode: node } : {}),
    ...(isId(classId) ? { classId } : {}),
    ...interfacesOf(read("interfaces")),
    ...serialOf(read("capabilities"), read("totalVfs") !== undefined),
    ...(group === "" || group === "." ? {} : { iommuGroup: group }),
    ...(driver === "" || driver === "." ? {} : { driver }),
  };
}

/** Of "0x10de", or of a class "0x030200", the four digits that count. */
function idOf(value: unknown): string {
  return textOf(value).replace(/^0x/i, "").slice(0, 4).toLowerCase();
}

/** As nova/virt/libvirt/host.py tells them apart; "" = not known. */
function typeOf(totalVfs: unknown, parent: unknown): string {
  if (normalAddress(textOf(parent)) !== undefined) return "type-VF";
  if (totalVfs === undefined) return "";
  return Number(totalVfs) > 0 ? "type-PF" : "type-PCI";
}

function interfacesOf(value: unknown): Pick<InventoryDevice, "interfaces"> {
  if (Array.isArray(value)) return { interfaces: value.map(textOf) };
  if (typeof value !== "string") return {};
  return { interfaces: value.split(/[\s,]+/).filter((part) => part !== "") };
}

/** What comes from the kernel shows a serial number wherever there is one. */
function serialOf(value: unknown, isKernels: boolean): Pick<InventoryDevice, "cardSerial"> {
  const vpd = (value as { readonly vpd?: { readonly card_serial_number?: unknown } } | undefined)
    ?.vpd;
  const serial = textOf(vpd?.card_serial_number);
  if (serial !== "") return { cardSerial: serial };
  return value === undefined && !isKernels ? {} : { cardSerial: null };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isId(text: string): boolean {
  return /^[0-9a-fA-F]{4}$/.test(text);
}
