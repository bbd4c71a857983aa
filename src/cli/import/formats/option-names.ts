// Names under which deployment tools keep aliases and device specs, and the option of Nova meant.

export type PciOption = "alias" | "device_spec" | "passthrough_whitelist";

/** TripleO, Juju, Puppet and hiera, openstack-ansible, sunbeam; separators and case aside. */
const names: Readonly<Record<string, PciOption>> = {
  novapcipassthrough: "passthrough_whitelist",
  pcipassthroughwhitelist: "passthrough_whitelist",
  passthroughwhitelist: "passthrough_whitelist",
  pcipassthrough: "passthrough_whitelist",
  novapcipassthroughwhitelist: "passthrough_whitelist",
  novacomputepcipassthrough: "passthrough_whitelist",
  novacomputepcipassthroughwhitelist: "passthrough_whitelist",
  novapcipassthroughwhitelists: "passthrough_whitelist",
  devicespec: "device_spec",
  devicespecs: "device_spec",
  pcidevicespec: "device_spec",
  pcidevicespecs: "device_spec",
  novapcidevicespec: "device_spec",
  novapcidevicespecs: "device_spec",
  novapcialias: "alias",
  novapcialiases: "alias",
  pcialias: "alias",
  pcialiases: "alias",
  novapcialiaslist: "alias",
  confignovapcialias: "alias",
  confignovapcipassthroughwhitelist: "passthrough_whitelist",
};

/** Below a key "pci" these words mean the same. */
const below: Readonly<Record<string, PciOption>> = {
  alias: "alias",
  aliases: "alias",
  devicespec: "device_spec",
  devicespecs: "device_spec",
  passthroughwhitelist: "passthrough_whitelist",
  whitelist: "passthrough_whitelist",
  passthrough: "passthrough_whitelist",
};

export function optionNamed(key: string, parent = ""): PciOption | undefined {
  const plain = key.toLowerCase().replace(/[^a-z]/g, "");
  const own = Object.hasOwn(names, plain) ? names[plain] : undefined;
  if (own !== undefined) return own;
  const isPci = /(^|[^a-z])pci$/i.test(parent);
  return isPci && Object.hasOwn(below, plain) ? below[plain] : undefined;
}
