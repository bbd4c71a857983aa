// What plan is given, and its help.

import { faceOf } from "../terminal/face.ts";
import { cluster, files } from "../terminal/option-groups.ts";

export const planFace = faceOf({
  name: "plan",
  summary: "Show what would change and which pods would restart, in order",
  title: "what would change, which pods restart, in which order, and why",
  examples: [
    "nova-pci plan -f deploy/examples            # a new installation, from nothing to its end",
    "nova-pci plan -f new/ --from old/           # what the change from old to new does",
    "nova-pci plan -f new/ -n openstack          # what it does to the cluster (nothing is applied)",
    "nova-pci plan -n openstack                  # a cluster as it is: the next step",
    "nova-pci plan -n openstack --exit-code      # 4 when there is something to do",
  ],
  about: `Files are played by the operator itself in memory, to the end; of many nodes that are alike a
few are played. First the restarts and how long they take, then one row for each change with the
field that causes it. With --from what is not in the new files is deleted; with -n the files are put
over the objects of the cluster.`,
  options: {
    ...files,
    from: { needs: ["filename", "kustomize"] },
    ...cluster,
    kubeconfig: { without: ["from"] },
    context: { without: ["from"] },
    output: { words: ["text", "json", "yaml"], default: "text" },
    "exit-code": {},
  },
  exits:
    "0 nothing wrong, 1 an object is refused, never becomes Ready, or the end was not reached, 2 a wrong argument or file, 3 the cluster cannot be reached, 4 there are changes (with --exit-code)",
});
