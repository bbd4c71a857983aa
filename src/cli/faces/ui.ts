// What ui is given, and its help.

import { faceOf } from "../terminal/face.ts";
import { cloudOrFiles, clusterOrFiles, filesInstead } from "../terminal/option-groups.ts";

export const uiFace = faceOf({
  name: "ui",
  summary: "Look at files or a cluster in the browser: chain, capacity, rollout",
  title: "look at an installation in the browser",
  examples: ["nova-pci ui -f deploy/examples", "nova-pci ui -n openstack --port 7878"],
  about: `A page for this machine alone, with a time line that moves back and forth: the chain from a
card to a server with its first broken link, the capacity of every node, the rollout as it moves, and
each object with what it says, renders and changes. Of files it shows what \`try\` tells; a cluster is
followed as it lives, from now on. It only reads, as you and with your kubeconfig, and ends with
Ctrl-C.`,
  options: { ...filesInstead, ...clusterOrFiles, ...cloudOrFiles, port: {} },
  exits: "0 ended by you, 2 a wrong argument or file, 3 the cluster cannot be reached",
});
