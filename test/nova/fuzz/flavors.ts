// Arbitrary flavor values and request bodies.
import fc from "fast-check";
import { rawNumber } from "../case.ts";
import {
  anyText,
  aroundLength,
  blank,
  booleanWord,
  disturbed,
  mostly,
  oddCharacter,
  oddDigit,
  padded,
  type Text,
} from "./text.ts";

const name: Text = mostly(
  fc.constantFrom("a", "b", "my gpu", "É", "a", "b"),
  fc.oneof(padded(fc.constantFrom("a", "b")), anyText, fc.constantFrom("A", "c:d", "", "e\u0301")),
);

const count: Text = mostly(
  fc.constantFrom("1", "2", "1", "3", "0", "01"),
  fc.oneof(
    fc.constantFrom(
      "+1",
      "-1",
      "1_0",
      "_1",
      "1_",
      "1__0",
      "1.0",
      "0x1",
      "",
      "1e1",
      "999999999999",
      "000",
    ),
    padded(fc.constantFrom("1", "2")),
    oddDigit,
    fc.tuple(oddDigit, oddDigit).map((both) => both.join("")),
    oddCharacter,
  ),
);

const separator: Text = mostly(
  fc.constantFrom(",", ",", ", ", " ,", ", "),
  fc.oneof(fc.constantFrom(",,", ";", " ", "", ":", "，"), padded(fc.constant(","))),
);

const pair: Text = mostly(
  fc.tuple(name, count).map((both) => both.join(":")),
  fc.oneof(
    name,
    fc.tuple(name, count, count).map((all) => all.join(":")),
    fc.constant(""),
  ),
  20,
);

export const flavorText: Text = fc
  .tuple(
    fc.array(fc.tuple(pair, separator), { minLength: 1, maxLength: 3 }),
    mostly(fc.constant(""), fc.oneof(blank, oddCharacter), 12),
    mostly(fc.constant(""), fc.oneof(blank, oddCharacter), 12),
  )
  .map(([pairs, before, after]) => {
    const last = pairs.length - 1;
    return (
      before + pairs.map(([text, next], at) => text + (at === last ? "" : next)).join("") + after
    );
  });

/** Small counts and known names: for what comes after the reading. */
export const plainFlavor: Text = fc
  .array(
    fc.tuple(
      fc.constantFrom("a", "a", "b", "a", "my gpu"),
      fc.constantFrom("1", "1", "2", "3", "0", " 1", "-1"),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((all) => all.map((both) => both.join(":")).join(","));

const limit = 2_147_483_647;
const wholeNumber = mostly<unknown>(
  fc.constantFrom(0, 1, 2, 1024, 20),
  fc.constantFrom<unknown>(
    ...[
      -1,
      limit,
      limit + 1,
      "1",
      "0",
      "-1",
      "+1",
      "01",
      "1.0",
      "",
      " 1",
      "1 ",
      "1\n",
      "１",
      "٣",
      "²",
      "0x1",
      "1_0",
      "1e1",
    ],
    ...[
      rawNumber("2.0"),
      rawNumber("0.0"),
      rawNumber("1e3"),
      rawNumber("123456789012345678901234567890"),
    ],
    ...[
      `${limit}`,
      `${limit + 1}`,
      "00000000000000000001",
      1.5,
      true,
      false,
      null,
      [],
      {},
      "a",
      "-0",
      `${"0".repeat(300)}1`,
    ],
  ),
  3,
);

const flavorName: Text = mostly(
  fc.constantFrom("gpu.small", "gpü", "a b", "a"),
  fc.oneof(
    padded(fc.constant("a")),
    disturbed(fc.constant("gpu")),
    aroundLength(255),
    anyText,
    oddCharacter,
  ),
  2,
);

const flavorBody = fc.record(
  {
    name: mostly<unknown>(flavorName, fc.constantFrom<unknown>(5, null, true, "", []), 15),
    ram: wholeNumber,
    vcpus: wholeNumber,
    disk: wholeNumber,
    id: mostly<unknown>(
      fc.oneof(flavorName, fc.constantFrom("auto", "1", "gpu_a-1.x", "a/b")),
      fc.constantFrom<unknown>(null, 5, -1, 1.5, true, "", [], 2 ** 53),
      5,
    ),
    "OS-FLV-EXT-DATA:ephemeral": wholeNumber,
    swap: wholeNumber,
    rxtx_factor: fc.constantFrom<unknown>(
      1,
      0,
      0.5,
      0.001,
      "1.0",
      "1",
      "0",
      "a",
      "",
      null,
      3.40282e38,
      1e39,
      "1e3",
      "nan",
      " 1",
      ".5",
      "1.",
    ),
    "os-flavor-access:is_public": fc.constantFrom<unknown>(
      true,
      false,
      "true",
      "True",
      "TRUE",
      "yes",
      "t",
      "1",
      "on",
      "maybe",
      "",
      1,
      0,
      null,
      " true",
    ),
    description: mostly<unknown>(
      fc.oneof(fc.constantFrom("x", "GPU ü", "", " "), disturbed(fc.constant("ab"))),
      fc.constantFrom<unknown>(null, 5, true),
      5,
    ),
    extra: fc.constant("x"),
  },
  { requiredKeys: ["name", "ram", "vcpus", "disk"] },
);

const updateBody = fc.record(
  {
    description: mostly<unknown>(
      fc.oneof(fc.constantFrom("x", "", " "), disturbed(fc.constant("ab"))),
      fc.constantFrom<unknown>(null, 5),
      3,
    ),
    name: fc.constant("x"),
  },
  { requiredKeys: [] },
);

/** Names of every sort of value, some of which came or went with a release. */
const knownNames = [
  ...["hw:numa_nodes", "hw:cpu_policy", "hw:mem_page_size", "hw:pmem", "hw:cpu_realtime_mask"],
  ...["hw:hide_hypervisor_id", "hide_hypervisor_id", "hw:boot_menu", "hw:mem_encryption"],
  ...["hw:numa_cpus.{num}", "hw:numa_mem.{num}", "hw:cpu_dedicated_mask", "hw:tpm_model"],
  ...["hw:viommu_model", "hw:locked_memory", "hw:sound_model", "hw:redirected_usb_ports"],
  ...["hw:mem_encryption_model", "hw:tpm_secret_security", "hw:ephemeral_encryption_format"],
  ...["hw:virtio_packed_ring", "hw:vif_multiqueue_enabled", "hw:watchdog_action", "hw:pmu"],
  ...["hw_video:ram_max_mb", "os:secure_boot", "quota:cpu_reservation", "quota:cpu_shares"],
  ...["quota:disk_io_shares_level", "accel:device_profile", "vmware:hw_version"],
  ...["capabilities:host", "capabilities:cpu_info{filter}", "resources{group}:VGPU"],
  ...["resources{group}:CUSTOM_{resource}", "trait{group}:CUSTOM_{trait}", "resources:VGPU"],
  ...["trait{group}:HW_GPU_API_VULKAN", "trait:CUSTOM_A", "hw:numa_mem.0", "resources1:CUSTOM_A"],
  ...["aggregate_instance_extra_specs:{key}", "hw_rng:rate_bytes", "hw:emulator_threads_policy"],
];

const typedValue: fc.Arbitrary<unknown> = fc.oneof(
  booleanWord,
  mostly<unknown>(fc.constantFrom("0", "1", "15", "16", "-1"), wholeNumber, 2),
  fc.constantFrom(
    ...[
      "dedicated",
      "shared",
      "mixed",
      "large",
      "any",
      "2MB",
      "1GiB",
      "4kib",
      "10",
      "2 MB",
      "1Gbit",
    ],
    ...[
      "0-3",
      "0-3,^1",
      "^0",
      "0,",
      ",0",
      "0-",
      "^^0",
      "0-3-4",
      "a,b",
      "a,,b",
      "a_1,",
      "high",
      "low",
    ],
    ...[
      "luks",
      "virtio",
      "tpm-crb",
      "amd-sev",
      "required",
      "disabled",
      "forbidden",
      "custom",
      "none",
    ],
  ),
  disturbed(fc.constantFrom("0-3", "2MB", "1", "any", "required", "a,b")),
);

const extraKey: Text = mostly(
  fc.constantFrom(
    ...knownNames,
    "pci_passthrough:alias",
    "group_policy",
    "hw:pci_numa_affinity_policy",
    "mine",
    "my:key",
  ),
  fc.oneof(
    fc.constantFrom(
      "hw:foo",
      "pci_passthrough:foo",
      "",
      "a b",
      "ü",
      "a.b-c_d:e",
      "a/b",
      "pci_passthrough:Alias",
    ),
    disturbed(fc.constant("key")),
    aroundLength(255),
  ),
  3,
);

const extraValue: fc.Arbitrary<unknown> = fc.oneof(
  typedValue,
  fc.constantFrom("a:1", "a", "none", "isolate", "required", "socket", "legacy", ""),
  flavorText,
  aroundLength(255),
  fc.constantFrom<unknown>(5, 1.5, true, null, [], {}, 0, -1),
);

const extraSpecs = fc.dictionary(extraKey, extraValue, { maxKeys: 3 });

const microversion: Text = fc.constantFrom("2.1", "2.54", "2.55", "2.85", "2.86", "2.101", "2.102");

/** Now and then something else than the object that belongs there. */
function body(key: string, inside: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return mostly<unknown>(
    inside.map((value) => ({ [key]: value })),
    fc.oneof(
      inside.map((value) => ({ [key]: value, more: 1 })),
      fc.constantFrom<unknown>({}, { [key]: null }, { [key]: [] }, { [key]: "x" }, []),
    ),
    15,
  );
}

/** Only what a release offers at all is asked: an operation newer than a microversion is no case. */
export const flavorRequest: fc.Arbitrary<unknown> = fc.oneof(
  fc.record({ op: fc.constant("create"), body: body("flavor", flavorBody), microversion }),
  fc.record({ op: fc.constant("update"), body: body("flavor", updateBody), microversion }),
  fc.record({
    op: fc.constant("extra_specs_create"),
    body: body("extra_specs", extraSpecs),
    microversion,
  }),
  fc.record({ op: fc.constant("extra_specs_update"), body: extraSpecs, microversion }),
);

export const extraSpec: fc.Arbitrary<unknown> = fc.oneof(
  fc.record({ key: fc.constantFrom(...knownNames), value: typedValue }),
  fc.record({
    key: fc.constantFrom("hw:pci_numa_affinity_policy", "group_policy"),
    value: mostly(
      fc.constantFrom("required", "preferred", "legacy", "socket", "none", "isolate"),
      fc.oneof(
        fc.constantFrom("", "Required", "required ", "None"),
        disturbed(fc.constantFrom("legacy", "none")),
      ),
      2,
    ),
  }),
  fc.record({ key: fc.constant("pci_passthrough:alias"), value: flavorText }),
  fc.record({
    key: fc.constantFrom(
      ...["pci_passthrough:foo", "pci_passthrough:", "mine", ":", "PCI_PASSTHROUGH:alias"],
    ),
    value: flavorText,
  }),
);
