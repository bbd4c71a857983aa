// Preflight: the model of Nova on the base plus the fragment, before the first pod is touched. A
// verdict of the model is the policy NovaRefuses.

import { serviceTitle, type Service } from "../../api/names.ts";
import { checkService } from "../../nova/service/serve.ts";
import { fragmentKey } from "../../api/names.ts";
import type { Release } from "../../nova/terms/release.ts";
import type { Reason } from "../terms/gates.ts";
import { recent } from "../terms/recent.ts";
import { sizeGate } from "./delivery.ts";
import { ownerOf, type RemovalContext } from "./removal.ts";
import { knownBase } from "../wanted/known-base.ts";
import { none, type Fragment } from "../wanted/render.ts";
import type { Settings } from "../terms/settings.ts";
import type { Snapshot } from "../terms/snapshot.ts";

export function preflight(
  service: Service,
  fragment: Fragment,
  round: { readonly seen: Snapshot; readonly settings: Settings; readonly context: RemovalContext },
): Reason | undefined {
  if (fragment.name === none) return undefined;
  const large = sizeGate(fragment);
  if (large !== undefined) return large;
  const { seen, settings } = round;
  const base = knownBase(seen)?.files[service] ?? [];
  const tolerated = settings.acceptInvalid.filter((item) => item.policy === "NovaRefuses");
  const setAside = fragment.lines.some((line) => {
    if (tolerated.length === 0) return false;
    const owner = ownerOf(line, round.context);
    return tolerated.some((item) => item.kind === owner.kind && item.name === owner.name);
  });
  if (setAside) return undefined;
  const files = [...base, { name: fragmentKey, text: fragment.text }];
  for (const release of settings.releases) {
    const message = refusal(service, release, files);
    if (message !== undefined) return { gate: "PreflightRefused", finding: message };
  }
  return undefined;
}

const refusals = recent<string | undefined>(8000);

/** What the model of one release says against these files; undefined = nothing. */
function refusal(
  service: Service,
  release: Release,
  files: readonly { readonly name: string; readonly text: string }[],
): string | undefined {
  const texts = files.map((file) => `${file.name}\n${file.text}`);
  const key = [service, release.version, ...texts].join("\n\n");
  return refusals(
    key,
    () =>
      checkService({ service: serviceTitle[service], release, files }).find(
        (finding) => finding.severity === "refuse",
      )?.message,
  );
}
