// What nodes is given, and its help.

import { faceOf } from "../terminal/face.ts";
import { cloudOrFiles, clusterOrFiles, filesInstead } from "../terminal/option-groups.ts";

export const nodesFace = faceOf({
  name: "nodes",
  summary: "Show a map of the devices of each node: free, used, reserved",
  operands: { "[NODE...]": "only these nodes" },
  title: "a map of the devices, and what each is doing",
  examples: [
    "nova-pci nodes -n openstack",
    "nova-pci nodes -n openstack -w",
    "nova-pci nodes node-gpu-7 -n openstack -o wide",
    "nova-pci nodes -f deploy/examples",
  ],
  about: `A row for each compute node, a sign for each device, side by side by the alias that asks for
it: free, used, reserved, excluded or unknown. The numbers are Placement's, read with the Secret of
the namespace if you may get it, else with your own credentials. Without Placement every device is
unknown: nothing is guessed. More than 24 nodes are grouped where they are alike.`,
  options: {
    ...filesInstead,
    ...clusterOrFiles,
    ...cloudOrFiles,
    output: {
      words: ["text", "wide", "json", "yaml"],
      default: "text",
      says: "wide has a line for each device",
    },
    watch: {
      says: "look again every five seconds; in place on a terminal",
      without: ["filename", "kustomize"],
    },
  },
  exits:
    "0 done, 1 there is no such node, 2 a wrong argument or file, 3 the cluster cannot be reached",
});
