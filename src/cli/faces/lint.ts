// What lint is given, and its help.

import { faceOf } from "../terminal/face.ts";
import { files, namespaceOfFiles } from "../terminal/option-groups.ts";

const grades = ["error", "warning", "note"] as const;
const formats = ["text", "json", "sarif", "markdown"] as const;

export const lintFace = faceOf({
  name: "lint",
  summary: "Check files: structure, Nova's own rules, and whether they fit together",
  title: "structure, Nova and world, before anybody applies it",
  examples: [
    "nova-pci lint -f pci/",
    "nova-pci lint -k overlays/prod --fail-on warning",
    "nova-pci lint -f pci/ -o sarif > pci.sarif",
  ],
  about: `Each finding names file, line and column, object, field and rule: what the API server would
refuse, what that Nova would not start with, what can never work (an alias that nothing offers, a
flavor that no node can take) and what is accepted and a hazard all the same. Objects of several
namespaces are judged apart. Nodes, NodeFeatures, workloads, ConfigMaps and Secrets among the files
are used; other documents are counted and ignored. docs/rules.md explains every rule.`,
  options: {
    ...files,
    ...namespaceOfFiles,
    output: { words: formats, says: "default text", without: ["format"] },
    format: { words: formats },
    "fail-on": { words: grades, says: "the lowest grade that ends with 1; default error" },
    ignore: {},
    strict: { without: ["fail-on"] },
  },
  exits: "0 nothing found, 1 findings, 2 a wrong argument or file, or no object of ours at all",
});
