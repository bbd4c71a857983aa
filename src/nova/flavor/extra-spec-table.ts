// The extra specs that the API of a Nova knows, and the values they take: the validators of
// nova/api/validation/extra_specs as data, read from 21.2.4 to 34.0.0. A row says from which
// release on and until which release it holds.

export type ValueRule =
  | "bool"
  | "text"
  | { readonly int: readonly [min?: number, max?: number] }
  /** Words in any order. */
  | { readonly oneOf: string }
  /**
   * A pattern for the whole value. It takes what Nova's takes and is written so that no value makes
   * an engine try twice: Nova's own need 2^n steps for some values of n characters.
   */
  | { readonly pattern: string };

export type ExtraSpecRow = readonly [
  name: string,
  since: string,
  until: string | undefined,
  rule: ValueRule,
];

const plainCapabilities = `
aggregates cell_uuid cpu_allocation_ratio current_workload disk_allocation_ratio
disk_available_least disk_mb_used failed_builds free_disk_gb free_disk_mb free_ram_mb host
host_ip hypervisor_hostname hypervisor_type hypervisor_version id local_gb local_gb_used
mapped memory_mb memory_mb_used num_instances num_io_ops ram_allocation_ratio running_vms
service_id total_usable_disk_gb total_usable_ram_mb updated uuid vcpus vcpus_total
vcpus_used
`;
const deepCapabilities = `
cpu_info instances limits metrics nodename numa_topology pci_device_pools pci_stats stats
supported_hv_specs supported_instances
`;
const resourceClasses = `
VCPU MEMORY_MB DISK_GB PCI_DEVICE SRIOV_NET_VF NUMA_SOCKET NUMA_CORE NUMA_THREAD NUMA_MEMORY_MB
IPV4_ADDRESS VGPU VGPU_DISPLAY_HEAD NET_BW_EGR_KILOBIT_PER_SEC NET_BW_IGR_KILOBIT_PER_SEC PCPU
MEM_ENCRYPTION_CONTEXT FPGA PGPU NET_PACKET_RATE_KILOPACKET_PER_SEC
NET_PACKET_RATE_EGR_KILOPACKET_PER_SEC NET_PACKET_RATE_IGR_KILOPACKET_PER_SEC CUSTOM_{resource}
`;

function all(
  words: string,
  nameOf: (word: string) => string,
  rule: ValueRule,
): readonly ExtraSpecRow[] {
  return words
    .trim()
    .split(/\s+/)
    .map((word) => [nameOf(word), "21.0.0", undefined, rule]);
}

const maskPattern = String.raw`\^?\d+(-\d+|,\^?\d+)*`;

export const extraSpecRows: readonly ExtraSpecRow[] = [
  ...all(plainCapabilities, (word) => `capabilities:${word}`, "text"),
  ...all(deepCapabilities, (word) => `capabilities:${word}{filter}`, "text"),
  ...all(resourceClasses, (word) => `resources{group}:${word}`, { int: [] }),
  ["accel:device_profile", "21.0.0", undefined, "text"],
  ["aggregate_instance_extra_specs:{key}", "21.0.0", undefined, "text"],
  ["group_policy", "21.0.0", undefined, { oneOf: "isolate none" }],
  ["hide_hypervisor_id", "21.0.0", undefined, "bool"],
  ["hw:boot_menu", "21.0.0", undefined, "bool"],
  ["hw:cpu_cores", "21.0.0", undefined, { int: [1] }],
  ["hw:cpu_dedicated_mask", "22.0.0", undefined, { pattern: maskPattern }],
  ["hw:cpu_max_cores", "30.3.0", "31.0.0", { int: [1] }],
  ["hw:cpu_max_cores", "31.2.0", undefined, { int: [1] }],
  ["hw:cpu_max_sockets", "30.3.0", "31.0.0", { int: [1] }],
  ["hw:cpu_max_sockets", "31.2.0", undefined, { int: [1] }],
  ["hw:cpu_max_threads", "30.3.0", "31.0.0", { int: [1] }],
  ["hw:cpu_max_threads", "31.2.0", undefined, { int: [1] }],
  ["hw:cpu_policy", "21.0.0", "22.0.0", { oneOf: "dedicated shared" }],
  ["hw:cpu_policy", "22.0.0", undefined, { oneOf: "dedicated shared mixed" }],
  ["hw:cpu_realtime", "21.0.0", undefined, "bool"],
  ["hw:cpu_realtime_mask", "21.0.0", "22.0.0", { pattern: String.raw`\^\d+(-\d+|,\^?\d+)*` }],
  ["hw:cpu_realtime_mask", "22.0.0", undefined, { pattern: maskPattern }],
  ["hw:cpu_sockets", "21.0.0", undefined, { int: [1] }],
  ["hw:cpu_thread_policy", "21.0.0", undefined, { oneOf: "prefer isolate require" }],
  ["hw:cpu_threads", "21.0.0", undefined, { int: [1] }],
  ["hw:emulator_threads_policy", "21.0.0", undefined, { oneOf: "isolate share" }],
  ["hw:ephemeral_encryption", "26.0.0", undefined, "bool"],
  ["hw:ephemeral_encryption_format", "26.0.0", undefined, { oneOf: "plain luks luksv2" }],
  ["hw:hide_hypervisor_id", "21.0.0", undefined, "bool"],
  ["hw:locked_memory", "26.0.0", undefined, "bool"],
  ["hw:max_cpu_cores", "21.0.0", "30.3.0", { int: [1] }],
  ["hw:max_cpu_cores", "31.0.0", "31.2.0", { int: [1] }],
  ["hw:max_cpu_sockets", "21.0.0", "30.3.0", { int: [1] }],
  ["hw:max_cpu_sockets", "31.0.0", "31.2.0", { int: [1] }],
  ["hw:max_cpu_threads", "21.0.0", "30.3.0", { int: [1] }],
  ["hw:max_cpu_threads", "31.0.0", "31.2.0", { int: [1] }],
  ["hw:mem_encryption", "21.0.0", undefined, "bool"],
  ["hw:mem_encryption_model", "32.0.0", "34.0.0", { oneOf: "amd-sev amd-sev-es" }],
  [
    "hw:mem_encryption_model",
    "34.0.0",
    undefined,
    { oneOf: "amd-sev amd-sev-es amd-sev-snp intel-tdx" },
  ],
  [
    "hw:mem_page_size",
    "21.0.0",
    undefined,
    { pattern: String.raw`(large|small|any|\d+([kKMGT]i?)?(b|bit|B)?)` },
  ],
  ["hw:numa_cpus.{id}", "21.0.0", "24.0.0", { pattern: maskPattern }],
  ["hw:numa_cpus.{num}", "24.0.0", undefined, { pattern: maskPattern }],
  ["hw:numa_mem.{id}", "21.0.0", "24.0.0", { int: [1] }],
  ["hw:numa_mem.{num}", "24.0.0", undefined, { int: [1] }],
  ["hw:numa_nodes", "21.0.0", undefined, { int: [1] }],
  ["hw:pci_numa_affinity_policy", "21.0.0", "23.0.0", { oneOf: "required preferred legacy" }],
  [
    "hw:pci_numa_affinity_policy",
    "23.0.0",
    undefined,
    { oneOf: "required preferred legacy socket" },
  ],
  ["hw:pmem", "21.0.0", undefined, { pattern: String.raw`[a-zA-Z0-9_]+(,[a-zA-Z0-9_]+)*,?` }],
  ["hw:pmu", "21.0.0", undefined, "bool"],
  ["hw:redirected_usb_ports", "32.0.0", undefined, { int: [0, 15] }],
  ["hw:serial_port_count", "21.0.0", undefined, { int: [0] }],
  ["hw:sound_model", "32.0.0", undefined, { oneOf: "sb16 es1370 pcspk ac97 ich6 ich9 usb virtio" }],
  ["hw:tpm_model", "22.0.0", undefined, { oneOf: "tpm-tis tpm-crb" }],
  ["hw:tpm_secret_security", "33.0.0", undefined, { oneOf: "user host deployment" }],
  ["hw:tpm_version", "22.0.0", undefined, { oneOf: "1.2 2.0" }],
  ["hw:usb_model", "32.0.0", undefined, { oneOf: "none nec-xhci qemu-xhci" }],
  ["hw:vif_multiqueue_enabled", "25.0.0", undefined, "bool"],
  ["hw:viommu_model", "26.0.0", undefined, { oneOf: "intel smmuv3 virtio auto" }],
  ["hw:virtio_packed_ring", "29.0.0", undefined, "bool"],
  ["hw:watchdog_action", "21.0.0", undefined, { oneOf: "none pause poweroff reset disabled" }],
  ["hw_rng:allowed", "21.0.0", undefined, "bool"],
  ["hw_rng:rate_bytes", "21.0.0", undefined, { int: [0] }],
  ["hw_rng:rate_period", "21.0.0", undefined, { int: [0] }],
  ["hw_video:ram_max_mb", "21.0.0", undefined, { int: [0] }],
  ["os:monitors", "21.0.0", "29.0.0", { int: [1, 8] }],
  [
    "os:resolution",
    "21.0.0",
    "29.0.0",
    { oneOf: "1024x768 1280x1024 1600x1200 1920x1200 2560x1600 3840x2160" },
  ],
  ["os:secure_boot", "21.0.0", undefined, { oneOf: "disabled required" }],
  ["os:vram", "21.0.0", "29.0.0", { oneOf: "64 128 256 512 1024" }],
  [
    "pci_passthrough:alias",
    "21.0.0",
    undefined,
    { pattern: String.raw`[^:]+:\d+(?:\s*,\s*[^:]+:\d+)*` },
  ],
  ["quota:cpu_limit", "21.0.0", "24.0.0", { int: [] }],
  ["quota:cpu_limit", "24.0.0", undefined, { int: [0] }],
  ["quota:cpu_period", "21.0.0", undefined, { int: [0] }],
  ["quota:cpu_quota", "21.0.0", "24.0.0", { int: [0] }],
  ["quota:cpu_quota", "24.0.0", undefined, { int: [] }],
  ["quota:cpu_reservation", "21.0.0", undefined, { int: [] }],
  ["quota:cpu_shares", "21.0.0", undefined, { int: [0] }],
  ["quota:cpu_shares_level", "21.0.0", "24.0.0", "text"],
  ["quota:cpu_shares_level", "24.0.0", undefined, { oneOf: "custom high normal low" }],
  ["quota:cpu_shares_share", "21.0.0", "24.0.0", { int: [] }],
  ["quota:cpu_shares_share", "24.0.0", undefined, { int: [0] }],
  ["quota:disk_io_limit", "21.0.0", "24.0.0", { int: [] }],
  ["quota:disk_io_limit", "24.0.0", undefined, { int: [0] }],
  ["quota:disk_io_reservation", "21.0.0", undefined, { int: [] }],
  ["quota:disk_io_shares_level", "21.0.0", "24.0.0", "text"],
  ["quota:disk_io_shares_level", "24.0.0", undefined, { oneOf: "custom high normal low" }],
  ["quota:disk_io_shares_share", "21.0.0", "24.0.0", { int: [] }],
  ["quota:disk_io_shares_share", "24.0.0", undefined, { int: [0] }],
  ["quota:disk_read_bytes_sec", "21.0.0", undefined, { int: [0] }],
  ["quota:disk_read_iops_sec", "21.0.0", undefined, { int: [0] }],
  ["quota:disk_total_bytes_sec", "21.0.0", undefined, { int: [0] }],
  ["quota:disk_total_iops_sec", "21.0.0", undefined, { int: [0] }],
  ["quota:disk_write_bytes_sec", "21.0.0", undefined, { int: [0] }],
  ["quota:disk_write_iops_sec", "21.0.0", undefined, { int: [0] }],
  ["quota:memory_limit", "21.0.0", "24.0.0", { int: [] }],
  ["quota:memory_limit", "24.0.0", undefined, { int: [0] }],
  ["quota:memory_reservation", "21.0.0", undefined, { int: [] }],
  ["quota:memory_shares_level", "21.0.0", "24.0.0", "text"],
  ["quota:memory_shares_level", "24.0.0", undefined, { oneOf: "custom high normal low" }],
  ["quota:memory_shares_share", "21.0.0", "24.0.0", { int: [] }],
  ["quota:memory_shares_share", "24.0.0", undefined, { int: [0] }],
  ["quota:vif_inbound_average", "21.0.0", undefined, { int: [0] }],
  ["quota:vif_inbound_burst", "21.0.0", undefined, { int: [0] }],
  ["quota:vif_inbound_peak", "21.0.0", undefined, { int: [0] }],
  ["quota:vif_limit", "21.0.0", "24.0.0", { int: [] }],
  ["quota:vif_limit", "24.0.0", undefined, { int: [0] }],
  ["quota:vif_outbound_average", "21.0.0", undefined, { int: [0] }],
  ["quota:vif_outbound_burst", "21.0.0", undefined, { int: [0] }],
  ["quota:vif_outbound_peak", "21.0.0", undefined, { int: [0] }],
  ["quota:vif_reservation", "21.0.0", undefined, { int: [] }],
  ["quota:vif_shares_level", "21.0.0", "24.0.0", "text"],
  ["quota:vif_shares_level", "24.0.0", undefined, { oneOf: "custom high normal low" }],
  ["quota:vif_shares_share", "21.0.0", "24.0.0", { int: [] }],
  ["quota:vif_shares_share", "24.0.0", undefined, { int: [0] }],
  ["vmware:hw_version", "21.0.0", undefined, "text"],
  ["vmware:storage_policy", "21.0.0", undefined, "text"],
];

/**
 * Keys that nova-compute and nova-scheduler read (nova/virt/hardware.py,
 * nova/virt/libvirt/driver.py) and that the API's validators do not know, in any release to 34:
 * from microversion 2.86 on a write of them is answered with 400, before it nothing looks at an
 * extra spec.
 */
export const unvalidatedRows: readonly ExtraSpecRow[] = [
  ["hw:maxphysaddr_bits", "28.0.0", undefined, { int: [1] }],
  ["hw:maxphysaddr_mode", "28.0.0", undefined, { oneOf: "passthrough emulate" }],
];

/** What a name in braces stands for in the name of a row. */
export const nameParts: Readonly<Record<string, string>> = {
  group: "(?:[a-zA-Z0-9_-]{1,64})?",
  filter: String.raw`(?::\w+)*`,
  id: String.raw`\d+`,
  num: String.raw`\d+`,
  key: ".+",
  resource: "[A-Z0-9_]+",
  trait: "[A-Z0-9_]+",
};
