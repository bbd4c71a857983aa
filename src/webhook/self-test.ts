// Proof that the webhook works: a pod that is only asked for, not made, must come back with its
// fragment. It goes the way of every Nova pod, from the API server to whichever replica answers, in
// a namespace of its own, where the operator may make pods and where none could do harm.

import { Failure } from "../api/failure.ts";
import {
  assignmentName,
  fragmentAnnotation,
  fragmentName,
  managedBy,
  managedByLabel,
  selfTestLabel,
  selfTestNamespace,
} from "../api/names.ts";
import { fragmentsOf } from "../admission/mounting.ts";
import type { Pod } from "../admission/pod.ts";
import { corePath } from "../cluster/wire/paths.ts";
import type { Requests } from "../cluster/wire/requests.ts";
import { formatService } from "../plan/gates/assignment-format.ts";

const container = "self-test";
const fragment = fragmentName("api", "0".repeat(64));
const ownLabels = { [selfTestLabel]: "yes" };

/** Undefined = it works; else the reason, as a sentence without an end stop. */
export async function selfTest(
  rest: Requests,
  selects: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  try {
    await assign(rest);
    const made = (await rest.ask({
      method: "POST",
      path: `${corePath(selfTestNamespace, "pods")}?dryRun=All`,
      body: podFor(selects),
      timeoutMillis: 10_000,
    })) as Pod;
    if (fragmentsOf(made.spec).includes(fragment)) return undefined;
    return "a pod that the webhook should have changed came back unchanged: look at its namespaceSelector, objectSelector and rules";
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.message;
  }
}

async function assign(rest: Requests): Promise<void> {
  const path = corePath(selfTestNamespace, "configmaps");
  const data = { _version: "1", _api: formatService({ container, matchLabels: ownLabels }) };
  const metadata = { name: assignmentName, labels: { [managedByLabel]: managedBy } };
  try {
    await rest.ask({ method: "GET", path: `${path}/${assignmentName}` });
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== "missing") throw error;
    await rest
      .ask({ method: "POST", path, body: { apiVersion: "v1", kind: "ConfigMap", metadata, data } })
      .catch((failed: unknown) => {
        if (!(failed instanceof Failure) || failed.kind !== "conflict") throw failed;
      });
  }
}

function podFor(selects: Readonly<Record<string, string>>): unknown {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: "self-test-",
      labels: { ...selects, ...ownLabels },
      annotations: { [fragmentAnnotation]: fragment },
    },
    spec: {
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65534,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: container,
          image: "never-started",
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          resources: {
            requests: { cpu: "1m", memory: "1Mi" },
            limits: { cpu: "1m", memory: "1Mi" },
          },
        },
      ],
    },
  };
}
