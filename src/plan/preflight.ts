// Answers "would that Nova start with this?" before the first pod is touched: the model of Nova on
// the base plus the fragment. A verdict of the model is the policy NovaRefuses.

import { serviceTitle, type Service } from "../api/names.ts";
import { checkService } from "../nova/serve.ts";
import { fragmentKey } from "../api/names.ts";
import type { Reason } from "./gates.ts";
import { ownerOf, type RemovalContext } from "./removal.ts";
import { none, type Fragment } from "./render.ts";
import type { Settings } from "./settings.ts";
import type { Snapshot } from "./snapshot.ts";

export function preflight(
  service: Service,
  fragment: Fragment,
  round: { readonly seen: Snapshot; readonly settings: Settings; readonly context: RemovalContext },
): Reason | undefined {
  if (fragment.name === none) return undefined;
  const { seen, settings } = round;
  const base = seen.base?.is === "read" ? (seen.base.files[service] ?? []) : [];
  const files = [...base, { name: fragmentKey, text: fragment.text }];
  const setAside = fragment.lines.some((line) => {
    const owner = ownerOf(line, round.context);
    return settings.acceptInvalid.some(
      (one) => one.kind === owner.kind && one.name === owner.name && one.policy === "NovaRefuses",
    );
  });
  if (setAside) return undefined;
  for (const release of settings.releases) {
    const found = checkService({ service: serviceTitle[service], release, files }).find(
      (one) => one.severity === "refuse",
    );
    if (found !== undefined) return { gate: "PreflightRefused", finding: found.message };
  }
  return undefined;
}
