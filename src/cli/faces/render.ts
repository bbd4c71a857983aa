// What render is given, and its help.

import { faceOf } from "../terminal/face.ts";
import { files, namespaceOfFiles } from "../terminal/option-groups.ts";

export const renderFace = faceOf({
  name: "render",
  summary: "Print the nova.conf fragments that files lead to",
  title: "the ConfigMaps that the files lead to, without a cluster",
  examples: [
    "nova-pci render -f deploy/examples",
    "nova-pci render -f pci/ --out rendered/ && git diff rendered/",
  ],
  about: `One immutable ConfigMap for nova-api, nova-scheduler and nova-conductor where they are told
anything, and one for each distinct nova-compute. Nodes among the files decide which computes there
are; without any, one node stands in for each selector.`,
  options: {
    ...files,
    ...namespaceOfFiles,
    output: {
      words: ["yaml", "json", "conf"],
      default: "yaml",
      says: "conf prints the files as Nova reads them",
    },
    out: {},
  },
  exits: "0 everything rendered, 1 an object was refused, 2 a wrong argument or file",
});
