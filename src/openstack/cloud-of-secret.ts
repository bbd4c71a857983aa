// Answers "which cloud does this Secret mean now?": keeps one open cloud per installation, and
// another one as soon as the Secret's content changes. It must not read Secrets itself. Without a
// Secret the cloud says so; with an unreadable one it is unreachable, because somebody meant to give
// credentials and steps that rest on the cloud's word must wait.
import { Failure } from "../api/failure.ts";
import { openCloud, type Cloud } from "./cloud.ts";
import { parseClouds } from "./clouds-yaml.ts";
import type { SessionOptions } from "./session.ts";
import type { ObserverOptions } from "./sources.ts";

export type CloudSecret = {
  readonly namespace: string;
  readonly name: string;
  /** Undefined: there is no such Secret. The values are decoded texts by key. */
  readonly data: Readonly<Record<string, string>> | undefined;
  /** spec.cloud.cloudName of the PciPassthrough. */
  readonly cloudName?: string | undefined;
};

export type CloudKeeper = {
  readonly cloudOf: (secret: CloudSecret) => Cloud;
  readonly close: () => Promise<void>;
};

export function keepCloud(options: ObserverOptions & SessionOptions): CloudKeeper {
  let open: { readonly key: string; readonly cloud: Cloud } | undefined;
  return {
    cloudOf: (secret) => {
      const key = JSON.stringify([secret.namespace, secret.name, secret.cloudName, secret.data]);
      if (open?.key === key) return open.cloud;
      // Requests under way on the old one fail as unreachable, which the loop outlives.
      void open?.cloud.close();
      open = { key, cloud: understand(secret, options) };
      return open.cloud;
    },
    close: async () => open?.cloud.close(),
  };
}

function understand(secret: CloudSecret, options: ObserverOptions & SessionOptions): Cloud {
  const { namespace, name, data, cloudName } = secret;
  if (data === undefined) {
    const command = `kubectl -n ${namespace} create secret generic ${name} --from-file=clouds.yaml`;
    return closedCloud(() => ({
      is: "no-credentials",
      reason: "NoCredentials",
      message: command,
    }));
  }
  const text = data["clouds.yaml"];
  const parsed =
    text === undefined
      ? { problems: [{ field: "clouds.yaml", message: "this key is missing" }] }
      : parseClouds({ text, cloudName, cacert: data["cacert"] });
  if ("credentials" in parsed && parsed.credentials !== undefined)
    return openCloud(parsed.credentials, options);
  const lines = parsed.problems.map(({ field, message }) => `${field} ${message}`);
  const message = `Secret ${name}: ${lines.join("; ")}`;
  return closedCloud(() => ({ is: "unreachable", message, at: options.now() }));
}

function closedCloud(view: () => Awaited<ReturnType<Cloud["observe"]>>): Cloud {
  return {
    observe: () => Promise.resolve(view()),
    perform: () => Promise.reject(new Failure("denied", "there are no usable credentials")),
    close: () => Promise.resolve(),
  };
}
