// Makes a finding of a policy: its severity, a place and a message.

import type { Finding } from "./declare.ts";
import { policies, type PolicyName } from "./policies.ts";

export function finding(policy: PolicyName, path: string, message: string): Finding {
  return { policy, severity: policies[policy].severity, message, path };
}
