// The tables of all kinds.
import { aliasShapes } from "./pci-alias.ts";
import { flavorShapes } from "./pci-flavor.ts";
import { passthroughShapes } from "./pci-passthrough.ts";
import { whitelistShapes } from "./pci-whitelist.ts";
import type { Shapes } from "./shape.ts";

export const allShapes: readonly Shapes[] = [
  aliasShapes,
  whitelistShapes,
  flavorShapes,
  passthroughShapes,
];
