// What try is given, and its help.

import { faceOf } from "../terminal/face.ts";
import { files, namespaceOfFiles } from "../terminal/option-groups.ts";

export const tryFace = faceOf({
  name: "try",
  summary: "Watch the whole operator take your files, on a cluster in memory",
  title: "watch the whole operator take your files, without a cluster",
  examples: [
    "nova-pci try -f deploy/examples",
    "nova-pci try -f deploy/examples --nodes 3 --fail-node node-by-product-2",
  ],
  about: `The operator runs unchanged against a Kubernetes and a Nova in this process's memory, on
virtual time. Nodes, Deployments, StatefulSets and DaemonSets among the files are taken as they are;
where none are given, openstack-helm's workloads and one node for each selector stand in.`,
  options: { ...files, ...namespaceOfFiles, nodes: {}, "fail-node": {}, story: {} },
  exits:
    "0 everything converged, 1 an object was refused or something waits, 2 a wrong argument or file",
});
