// What status is given, and its help.

import { faceOf } from "../terminal/face.ts";
import { cluster } from "../terminal/option-groups.ts";

export const statusFace = faceOf({
  name: "status",
  summary: "Show what is live, what is pending and why, in a cluster",
  title: "what is live, what is pending and why",
  examples: ["nova-pci status -n openstack", "nova-pci status -n openstack -o json"],
  about: `One row for each service, one for each object; then a numbered list of all that waits for a
person, each with the command that removes it; retained and quarantined entries, skipped and lost
nodes and the last rollouts.`,
  options: {
    ...cluster,
    output: { words: ["text", "json", "yaml"], default: "text" },
    watch: {
      says: "the rollout as it moves: services, pools and nodes, what each does now, what comes next and how long at this pace; in place on a terminal, else the lines that change",
    },
  },
  exits:
    "0 everything is Ready, 1 something is not, 2 a wrong argument, 3 the cluster cannot be reached",
});
