// What check is given, and its help.

import { faceOf } from "../terminal/face.ts";

export const checkFace = faceOf({
  name: "check",
  summary: "Tell whether a Nova service would start with nova.conf files",
  operands: { "FILE...": "a nova.conf, as --config-file; - is standard input" },
  title: "would this Nova start and serve with these files?",
  examples: [
    "nova-pci check --release 32.0.0 --service nova-compute /etc/nova/nova.conf",
    "nova-pci check --release Epoxy --service nova-api nova.conf --config-dir nova.conf.d",
    "nova-pci check --release 33 --service nova-api api.conf --service nova-compute compute.conf",
    "nova-pci check --release 31.3.1 --service nova-api --set filter_scheduler.pci_in_placement=true nova.conf",
  ],
  about: `Reads the [pci] options, pci_in_placement and, for nova-scheduler, the enabled filters,
exactly as oslo.config and Nova of that release would, and says with file and line what stops the
service or fails its requests. What Nova takes but nobody wants (a spec that matches every device, a
key that is misspelt) is a warning with the name of the policy. An alias that no device spec of the
same files can serve although the ids fit is an error: where other nodes serve it, give the files of
their nova-compute, too.`,
  options: {
    release: {
      says: "Nova version or OpenStack name. Point releases differ: 31.3.1 refuses what 31.3.0 takes; without one the lowest of the series is meant",
    },
    service: {
      says: "nova-api, nova-compute, nova-scheduler or nova-conductor; may be repeated, each before its files: then the services are compared with each other",
    },
    "config-file": {},
    "config-dir": {
      says: "its *.conf in the order of their names. Files and folders count in the order given here: a later one overrides options with one value",
    },
    set: {},
    output: { words: ["text", "json"], default: "text" },
  },
  more: `What depends on something that is not in the files (a filter from outside Nova, an expression
that only the Python of nova-compute can read) cannot be decided, which is said and ends with 1.`,
  exits:
    "0 it would start and serve, 1 it would not or nobody can tell, two services differ, or no server can get an alias, 2 a wrong argument or file",
});
