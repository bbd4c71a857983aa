// What import is given, and its help.

import { faceOf } from "../terminal/face.ts";

const files = ["conf", "api", "compute", "scheduler", "flavors"] as const;

export const importFace = faceOf({
  name: "import",
  summary: "Turn existing nova.conf files into objects of the same meaning",
  operands: { "FILE...": "what every service of Nova reads, as --conf" },
  title: "PCI options that exist already, as objects",
  examples: [
    "nova-pci import nova.conf",
    "nova-pci import --api nova-api.conf --compute nova-compute.conf > objects.yaml",
    "nova-pci import --compute gpu=gpu.conf --compute nic=nic.conf --node-selector gpu:pool=gpu",
    "nova-pci import values.yaml --flavors flavors.json",
    "nova-pci import --cluster -n openstack > objects.yaml",
  ],
  about: `Prints the PciPassthrough, a PciAlias for every alias, PciWhitelists for the device specs in
the order that keeps the first match first, and a PciFlavor for every flavor that asks for devices.
What comes out is read, accepted, ordered and rendered as the operator does it, and compared entry by
entry with what went in. What no object can express is LEFT OUT with file and line, the rest is
printed, and the exit code is 1.`,
  options: {
    conf: { says: "what every service of Nova reads; files in the order in which it does" },
    api: {},
    compute: {},
    scheduler: {},
    flavors: {},
    "node-selector": {},
    release: {
      says: "the Nova that reads them, such as 26, 31.3.1 or Epoxy; without, an image in the files tells it, or the newest is assumed, and the output says which",
    },
    name: {},
    cluster: { without: files },
    namespace: { says: "of the objects (default: that of a manifest, or openstack)" },
    kubeconfig: { needs: ["cluster"] },
    context: { needs: ["cluster"] },
  },
  more: `A file may be nova.conf, a ConfigMap or Secret with *.conf keys, Helm values with conf.nova and
conf.overrides.nova_compute, customServiceConfig of RHOSO, heat or hiera parameters
(NovaPCIPassthrough, nova::pci::aliases), pci-alias and pci-passthrough-whitelist of Juju, a bare list
or object of device specs or aliases in YAML or JSON, local.conf of devstack, or Terraform, Puppet and
scripts that hold such values as text; - is standard input. An entry that cannot be read out of such a
text is named with its line, and ends with 1.

With --cluster the files are those that nova-api and each nova-compute DaemonSet mount, the nodes are
those of the DaemonSet, and every flavor of Nova with pci_passthrough:alias becomes a PciFlavor (where
the Secret nova-pci-cloud is there). Applied as printed, nothing restarts: what the nova.conf of the
chart says already is live through it. Only an alias that nova-compute has and nova-api has not is
given to nova-api, which is said.`,
  exits:
    "0 everything is in the objects and lint finds no error in them, 1 something is not or is to be looked at (an alias whose devices stand in no file), 2 a wrong argument or file, 3 the cluster cannot be reached",
});
