// Nova's verdict on the file that a pod was started with: asks the model of Nova, so that a pod in
// an embedded cluster fails for the reasons for which a real one fails.

import { serviceTitle, type Service } from "../api/names.ts";
import type { Release } from "../nova/terms/release.ts";
import { checkService } from "../nova/service/serve.ts";
import type { Trouble } from "./controllers/kubelet.ts";

/** Undefined = Nova starts and serves. Asked once for each distinct text. */
export function makeVerdict(
  release: Release,
): (service: Service, text: string | undefined) => Trouble | undefined {
  const known = new Map<string, Trouble | undefined>();
  return (service, text) => {
    if (text === undefined || text === "") return undefined;
    const key = `${service}\n${text}`;
    if (known.has(key)) return known.get(key);
    const findings = checkService({
      service: serviceTitle[service],
      release,
      files: [{ name: "95-nova-pci.conf", text }],
    });
    const refusal = findings.find(
      (finding) => finding.policy === "NovaRefuses" && finding.severity === "refuse",
    );
    const trouble: Trouble | undefined =
      refusal === undefined ? undefined : { is: "exits", code: 1, message: refusal.message };
    known.set(key, trouble);
    return trouble;
  };
}
