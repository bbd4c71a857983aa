// The webhook's certificates, kept on every replica: read every 15 seconds, renewed when due, and
// made known to the API servers. The Secret is written with its resourceVersion, so that of two
// replicas one wins and the other reads what it wrote.

import { ApiFailure } from "../cluster/wire/failures.ts";
import { Failure } from "../api/failure.ts";
import { webhookName, webhookSecret } from "../api/names.ts";
import { corePath } from "../cluster/wire/paths.ts";
import type { Requests } from "../cluster/wire/requests.ts";
import { keyBelongs } from "./certificates.ts";
import { nextKept, type Kept } from "./rotation.ts";

/** What the operator reads of its own MutatingWebhookConfiguration. */
export type Configuration = {
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly webhooks?: readonly {
    readonly clientConfig?: { readonly caBundle?: string };
    readonly objectSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  }[];
};

const webhookConfigurationPath = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${webhookName}`;
/** Somebody else makes the certificates and fills caBundle; we only serve them. */
const injectedByOthers = "cert-manager.io/inject-ca-from";

type Secret = {
  readonly metadata: { readonly resourceVersion?: string };
  readonly data?: Readonly<Record<string, string>>;
};

type KeeperParts = {
  readonly rest: Requests;
  /** Where the Secret is, and the Service. */
  readonly namespace: string;
  readonly now: () => number;
  readonly present: (certificate: { readonly cert: string; readonly key: string }) => void;
};

type Keeper = {
  /** One look at everything. Throws a Failure; the next tick tries again. */
  readonly tick: () => Promise<Configuration | undefined>;
  /** A certificate is being served. */
  readonly serves: () => boolean;
};

export function makeKeeper(parts: KeeperParts): Keeper {
  let served: string | undefined;
  /** As last read: a Secret that was deleted comes back as it was, so that nothing is refused. */
  let last: Kept | undefined;
  const present = (kept: Kept): void => {
    last = kept;
    const text = kept["tls.crt"] + kept["tls.key"];
    if (served === text) return;
    if (!keyBelongs({ cert: kept["tls.crt"], key: kept["tls.key"] }))
      throw new Failure("refused", `Secret ${webhookSecret}: tls.key is not the key of tls.crt`);
    parts.present({ cert: kept["tls.crt"], key: kept["tls.key"] });
    served = text;
  };
  return {
    serves: () => served !== undefined,
    tick: async () => {
      const configuration = await orNothing<Configuration>(parts.rest, webhookConfigurationPath);
      if (configuration === undefined) return undefined;
      const secret = await orNothing<Secret>(parts.rest, secretPath(parts, true));
      if (configuration.metadata.annotations?.[injectedByOthers] !== undefined) {
        const kept = secret === undefined ? undefined : keptOf(secret);
        if (kept === undefined)
          throw new Failure(
            "missing",
            `Secret ${webhookSecret} is not there yet: cert-manager makes it`,
          );
        present(kept);
        return configuration;
      }
      const kept = await keep(parts, secret, configuration, last);
      present(kept);
      await publish(parts.rest, configuration, kept);
      return configuration;
    },
  };
}

function secretPath({ namespace }: KeeperParts, named: boolean): string {
  return corePath(namespace, "secrets", named ? webhookSecret : undefined);
}

function hostNames(namespace: string): readonly string[] {
  const name = `${webhookSecret}.${namespace}.svc`;
  return [name, `${name}.cluster.local`];
}

/** What is in the Secret after this; whoever was first wins. */
async function keep(
  parts: KeeperParts,
  secret: Secret | undefined,
  configuration: Configuration,
  last: Kept | undefined,
): Promise<Kept> {
  const before = secret === undefined ? last : keptOf(secret);
  const names = hostNames(parts.namespace);
  const next = await nextKept(before, bundleOf(configuration), names, parts.now());
  if (secret !== undefined && next === before) return next;
  try {
    return keptOf(await write(parts, secret, next))!;
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== "conflict") throw error;
    const theirs = keptOf((await parts.rest.ask(getting(secretPath(parts, true)))) as Secret);
    if (theirs === undefined) throw error;
    return theirs;
  }
}

function write(parts: KeeperParts, secret: Secret | undefined, kept: Kept): Promise<Secret> {
  const data = Object.fromEntries(
    Object.entries(kept).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
  );
  const body = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: webhookSecret,
      namespace: parts.namespace,
      ...(secret === undefined ? {} : { resourceVersion: secret.metadata.resourceVersion }),
    },
    data,
  };
  const method = secret === undefined ? ("POST" as const) : ("PUT" as const);
  const path = secretPath(parts, secret !== undefined);
  return parts.rest.ask({ method, path, body }) as Promise<Secret>;
}

function keptOf(secret: Secret): Kept | undefined {
  const text = (key: string): string =>
    Buffer.from(secret.data?.[key] ?? "", "base64").toString("utf8");
  const kept = {
    "ca.crt": text("ca.crt"),
    "ca.key": text("ca.key"),
    "tls.crt": text("tls.crt"),
    "tls.key": text("tls.key"),
  };
  return kept["tls.crt"] === "" ? undefined : kept;
}

function bundleOf(configuration: Configuration): string {
  return (configuration.webhooks ?? [])
    .map((webhook) => Buffer.from(webhook.clientConfig?.caBundle ?? "", "base64").toString("utf8"))
    .join("\n");
}

/** The one field of the configuration that is ours to write. */
async function publish(rest: Requests, configuration: Configuration, kept: Kept): Promise<void> {
  const caBundle = Buffer.from(kept["ca.crt"]).toString("base64");
  const hooks = configuration.webhooks ?? [];
  if (hooks.every((hook) => hook.clientConfig?.caBundle === caBundle)) return;
  const { resourceVersion } = configuration.metadata;
  try {
    await rest.ask({
      method: "PATCH",
      path: webhookConfigurationPath,
      contentType: "application/json-patch+json",
      body: [
        { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
        ...hooks.map((_one, index) => ({
          op: "add",
          path: `/webhooks/${index}/clientConfig/caBundle`,
          value: caBundle,
        })),
      ],
      repeatable: true,
    });
  } catch (error) {
    // The other replica was first: the next tick sees what it wrote.
    const outrun = error instanceof ApiFailure && (error.status === 422 || error.status === 409);
    if (!outrun) throw error;
  }
}

function getting(path: string) {
  return { method: "GET" as const, path };
}

async function orNothing<T>(rest: Requests, path: string): Promise<T | undefined> {
  try {
    return (await rest.ask(getting(path))) as T;
  } catch (error) {
    if (error instanceof Failure && error.kind === "missing") return undefined;
    throw error;
  }
}
