// What explain is given, and its help.

import { faceOf } from "../terminal/face.ts";
import { clusterOrFiles, filesInstead } from "../terminal/option-groups.ts";

export const explainFace = faceOf({
  name: "explain",
  summary: "Find the first broken link between an alias and a guest",
  operands: {
    "KIND/NAME": "alias, whitelist, flavor, passthrough (pcia, pciw, pcif, pcip) or node",
  },
  title: "the first broken link between an alias and a guest",
  examples: [
    "nova-pci explain alias/a1 -n openstack",
    "nova-pci explain pcif/m1.large -n openstack",
    "nova-pci explain node/compute-7 -n openstack",
    "nova-pci explain passthrough -n openstack",
    "nova-pci explain whitelist/by-address -f deploy/examples",
    "nova-pci explain alias/a1 -f deploy/examples --graph svg > a1.svg",
  ],
  about: `Walks the chain: accepted, device specs, nodes, hardware, filter, rollout, flavor. Each link
says whether it holds, and the first that does not is the answer. Files are played to their end first,
as \`try\` does, so that what is merely on its way is no answer.`,
  options: {
    ...filesInstead,
    ...clusterOrFiles,
    output: { words: ["text", "json", "yaml"], default: "text" },
    graph: { words: ["mermaid", "dot", "svg"], without: ["output"] },
  },
  exits: "0 every link holds, 1 one is broken, 2 a wrong argument, 3 the cluster cannot be reached",
});
