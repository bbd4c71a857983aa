// What match is given, and its help.

import { faceOf } from "../terminal/face.ts";
import { filesInstead } from "../terminal/option-groups.ts";

const ofFiles = ["filename", "kustomize"] as const;

export const matchFace = faceOf({
  name: "match",
  summary: "Show which device of a host each device spec takes",
  title: "which device each device spec takes, before Nova is told",
  examples: [
    "lspci -Dnmm | nova-pci match --release 31.3.1 --conf nova.conf --inventory -",
    'sh -c "$(nova-pci match --collect)" > host.json',
    "nova-pci match --release Epoxy -f whitelist.yaml --inventory host.txt",
  ],
  about: `Prints for every device of the host which spec takes it (the first that matches, as in Nova),
with its tags and its resource class in Placement, and warns about what would be handed out by
mistake: specs that take every device, misspelt keys, storage and bridges of the host, both a physical
function and its virtual functions.`,
  options: {
    release: {},
    conf: { without: ofFiles },
    filename: {
      says: "file, folder or - with PciWhitelist objects (and aliases); may be repeated",
    },
    kustomize: filesInstead.kustomize,
    recursive: filesInstead.recursive,
    namespace: { says: "of the installation, when the files hold several", needs: ofFiles },
    node: { needs: ofFiles },
    inventory: {},
    "report-in-placement": {},
    output: { words: ["text", "json"], default: "text" },
    collect: {},
  },
  more: `JSON is a list of objects with address, vendor_id, product_id and, where known, dev_type
(type-PCI, type-PF, type-VF), parent_addr, netdev, capabilities; or as the kernel names it: vendor,
device, class, sriov_totalvfs, physfn. lspci does not know physical from virtual functions, names of
interfaces or serial numbers: what depends on them is told as undecided. Aliases of the same files are
judged by the devices that the specs take.`,
  exits:
    "0 nothing to say, 1 a mistake, a refused spec or something that cannot be decided, 2 a wrong argument or file",
});
