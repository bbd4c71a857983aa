// What else goes with a device: the functions of its card and of its IOMMU group, and what a host
// loses with it. Asked for devices of an inventory, whether it knows addresses or not.

type CardFunction = {
  readonly vendorId: string;
  readonly productId: string;
  /** Class and subclass, such as "0302". */
  readonly classId?: string;
  readonly address?: string;
  readonly iommuGroup?: string;
  readonly driver?: string;
};

const kinds: readonly (readonly [start: string, what: string])[] = [
  ["0403", "audio function"],
  ["0c03", "USB controller"],
  ["0c80", "USB-C controller"],
];

/** "audio function" for the second function of a graphics card. */
export function kindOfCompanion({ classId = "" }: CardFunction): string {
  return kinds.find(([start]) => classId.startsWith(start))?.[1] ?? "function";
}

/**
 * Functions that go to a guest together with this one, or it does not start. Known by the IOMMU
 * group; else graphics cards are one group with what stands at their slot, and without addresses
 * with what their maker puts on such cards.
 */
export function companionsOf<T extends CardFunction>(one: T, all: readonly T[]): readonly T[] {
  const others = all.filter((other) => other !== one && !isBridge(other));
  const { iommuGroup } = one;
  if (iommuGroup !== undefined && iommuGroup !== "")
    return others.filter((other) => other.iommuGroup === iommuGroup);
  if (!isDisplay(one)) return [];
  if (one.address !== undefined) {
    const slot = slotOf(one.address);
    return others.filter((other) => other.address !== undefined && slotOf(other.address) === slot);
  }
  return others.filter(
    (other) =>
      other.vendorId === one.vendorId && kinds.some(([start]) => other.classId?.startsWith(start)),
  );
}

function slotOf(address: string): string {
  return address.replace(/\.[0-7]$/, "");
}

/** A bridge of the group stays with the host (Linux, vfio: only devices must be free). */
function isBridge({ classId }: CardFunction): boolean {
  return classId?.startsWith("06") === true;
}

function isDisplay({ classId }: CardFunction): boolean {
  return classId?.startsWith("03") === true;
}

/**
 * Displays of management controllers: ASPEED, Matrox G200 of iDRAC and iLO, Huawei, Silicon Motion.
 */
const managementDisplays: readonly RegExp[] = [
  /^1a03:/,
  /^102b:05(2[0-9a-f]|3[0-9a-f])$/,
  /^19e5:1711$/,
  /^126f:/,
];

/** Why a host can hardly do without a device of this model; undefined = it can, or nobody knows. */
export function managementDisplay(vendorId: string, productId: string): string | undefined {
  const ids = `${vendorId}:${productId}`.toLowerCase();
  return managementDisplays.some((item) => item.test(ids))
    ? "the display of the management controller: whoever looks at the host's console sees the guest"
    : undefined;
}

export function isStorage({ classId }: CardFunction): boolean {
  return classId?.startsWith("01") === true;
}
