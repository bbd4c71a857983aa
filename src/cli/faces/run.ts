// What run is given, and its help; its flags are those of the operator's process.

import { flags } from "../../operator/settings.ts";
import { faceOf, type ShownOption } from "../terminal/face.ts";

const shown = Object.entries(flags).map(([name, { value, says }]): ShownOption => ({
  long: name.slice(2),
  value,
  ...(value.includes("|") ? { words: value.split("|") } : {}),
  says,
}));

export const runFace = faceOf({
  name: "run",
  summary: "Run the operator",
  title: "run the operator",
  examples: ["nova-pci run --log-level debug"],
  about: `It watches PciAlias, PciWhitelist, PciFlavor and PciPassthrough in every namespace, holds the
Lease nova-pci-operator while it changes anything, and ends on SIGTERM within a second.`,
  options: {},
  shown,
  exits: "0 stopped, 1 it lost the Lease, 2 a wrong argument, 3 the cluster cannot be reached",
});
