// Arbitrary devices of a host: a few cards whose functions relate to each other, with addresses at
// the edges of their fields.
import fc from "fast-check";
import { hexNumber, mostly, oddCharacter, type Text } from "./text.ts";

type Device = Readonly<Record<string, unknown>>;
export type Host = Readonly<Record<string, unknown>>;

const vendors = ["8086", "10de", "15b3", "dead"] as const;
const products = ["154d", "25b6", "1018", "beef", "0001"] as const;
export const physicalFunctions = ["0000:0a:00.0", "0000:81:00.0", "0000:0a:00.1"] as const;
const buses = ["0a", "81", "ff", "00", "0f"] as const;

export const vendor: Text = fc.constantFrom("8086", "10de", ...vendors);
export const product: Text = fc.constantFrom("154d", "154d", "25b6", ...products);

const idOfDevice = (id: Text): Text =>
  mostly(
    id,
    fc.oneof(
      id.map((text) => text.toUpperCase()),
      fc.constantFrom("", "*", "8086 ", "86", "-001", "ffff"),
    ),
    15,
  );

export const address: Text = mostly(
  fc
    .tuple(
      fc.constantFrom("0000", "0000", "0000", "0001", "ffff"),
      fc.constantFrom(...buses),
      fc.constantFrom("00", "00", "01", "1f", "10"),
      fc.constantFrom("0", "1", "2", "5", "7"),
    )
    .map(([domain, bus, slot, part]) => `${domain}:${bus}:${slot}.${part}`),
  fc.oneof(
    fc.constantFrom(...physicalFunctions),
    fc.constantFrom(
      "10000:00:01.0",
      "ffffff:0a:00.0",
      "0000:0A:00.1",
      "0a:00.1",
      "0000:0a:00",
      "eth0",
    ),
    fc.constantFrom("", "0000:0a:00.8", "0000:0a:20.0", "0:a:0.1", "0000:0a:00.1.2", "a:b:c:d.e"),
    fc.tuple(hexNumber, hexNumber).map(([bus, part]) => `0000:${bus}:00.${part}`),
  ),
  25,
);

/** Without any doubt a device of a host, as hypervisors report them. */
const plainAddress: Text = fc
  .tuple(
    fc.constantFrom("0000", "0000", "0001"),
    fc.constantFrom(...buses),
    fc.constantFrom("00", "01", "1f"),
    fc.constantFrom("0", "1", "2", "7"),
  )
  .map(([domain, bus, slot, part]) => `${domain}:${bus}:${slot}.${part}`);

const deviceTypes = ["type-PCI", "type-PF", "type-VF"] as const;

function deviceWith(where: Text, id: (text: Text) => Text): fc.Arbitrary<Device> {
  return fc.record(
    {
      vendor_id: id(vendor),
      product_id: id(product),
      address: where,
      dev_type: mostly(fc.constantFrom<string>(...deviceTypes), fc.constant("vdpa"), 12),
      parent_addr: mostly(fc.constantFrom<string | null>(...physicalFunctions, null), where, 8),
      numa_node: fc.constantFrom(null, 0, 1),
      capabilities: mostly(
        fc.constant<unknown>({ vpd: { card_serial_number: "MT2113X00000" } }),
        fc.constantFrom<unknown>(
          {},
          { vpd: {} },
          { vpd: { card_serial_number: "" } },
          { network: ["rx"] },
        ),
        2,
      ),
      parent_ifname: fc.constant("enp10s0"),
    },
    { requiredKeys: ["vendor_id", "product_id", "address"] },
  );
}

/** For matching alone, where no device needs to be one. */
export const seenDevice: fc.Arbitrary<Device> = deviceWith(address, idOfDevice);

/** For what the resource tracker does: addresses are there once only. */
export const devices: fc.Arbitrary<readonly Device[]> = fc.uniqueArray(
  deviceWith(plainAddress, (id) =>
    mostly(
      id,
      id.map((text) => text.toUpperCase()),
      30,
    ),
  ).map((item) => ({
    dev_type: "type-PCI",
    ...item,
    // A virtual function without a parent crashes Nova; once in a while that is wanted.
    ...(item["dev_type"] === "type-VF" && item["parent_addr"] === undefined
      ? { parent_addr: physicalFunctions[0] }
      : {}),
  })),
  { selector: (device) => device["address" as keyof typeof device], maxLength: 5 },
);

export const host: fc.Arbitrary<Host | undefined> = fc.option(
  fc.record(
    {
      pfs: fc.subarray([...physicalFunctions], { minLength: 1 }),
      ifnames: fc.record(
        {
          eth0: fc.constantFrom<unknown>(
            ["0000:0a:00.0", true],
            ["0000:0a:00.1", false],
            [null, false],
          ),
          enp10s0: fc.constant<unknown>(["0000:81:00.0", true]),
        },
        { requiredKeys: [] },
      ),
      pf_ids: fc.constant({
        "0000:0a:00.0": { vendor_id: "8086", product_id: "154d", vf_product_id: "25b6" },
        "0000:81:00.0": { vendor_id: "15b3", product_id: "1018", vf_product_id: "beef" },
      }),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined, freq: 2 },
);

export const interfaceName: Text = mostly(
  fc.constantFrom("eth0", "enp10s0", "eth9"),
  fc.oneof(fc.constant(""), oddCharacter),
);
