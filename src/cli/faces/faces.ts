// All commands by name, in the order in which they are listed. Loads none of them.

import { checkFace } from "./check.ts";
import { completionFace } from "./completion.ts";
import { cordonFace, uncordonFace } from "./cordon.ts";
import { explainFace } from "./explain.ts";
import { importFace } from "./import.ts";
import { lintFace } from "./lint.ts";
import { matchFace } from "./match.ts";
import { nodesFace } from "./nodes.ts";
import { planFace } from "./plan.ts";
import { renderFace } from "./render.ts";
import { runFace } from "./run.ts";
import { statusFace } from "./status.ts";
import { tryFace } from "./try.ts";
import { uiFace } from "./ui.ts";

export const faces = {
  try: tryFace,
  lint: lintFace,
  render: renderFace,
  plan: planFace,
  status: statusFace,
  nodes: nodesFace,
  ui: uiFace,
  explain: explainFace,
  check: checkFace,
  match: matchFace,
  import: importFace,
  cordon: cordonFace,
  uncordon: uncordonFace,
  completion: completionFace,
  run: runFace,
} as const;
