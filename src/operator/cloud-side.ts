// The cloud of a namespace, and what it looks like: the Secret that its PciPassthrough names, read
// by get, and one connection for as long as it stays the same. Knows neither Keystone nor plans.

import { cacertKey, cloudSecret, cloudsYamlKey } from "../api/names.ts";
import { Failure } from "../api/failure.ts";
import { openCloud, type Cloud } from "../openstack/cloud.ts";
import { parseClouds } from "../openstack/session/clouds-yaml.ts";
import { sharing, type Asked, type Known, type Neighbour } from "./neighbours.ts";
import type { Ask, CloudEffect } from "../plan/plan.ts";
import type { CloudRead, CloudView, Snapshot } from "../plan/terms/snapshot.ts";

type Passthrough = Snapshot["objects"]["passthrough"];
type Secret = Readonly<Record<string, string>> | undefined;

export type CloudSide = {
  readonly observe: (
    namespace: string,
    wish: {
      readonly passthrough: Passthrough;
      readonly ask: Ask;
      readonly neighbours?: readonly Neighbour[];
    },
  ) => Promise<CloudView>;
  readonly perform: (namespace: string, effect: CloudEffect) => Promise<void>;
  /** The namespace is gone. */
  readonly forget: (namespace: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

type CloudSideOptions = {
  readonly secret: (namespace: string, name: string) => Promise<Secret>;
  readonly now: () => number;
  readonly open?: typeof openCloud;
};

/** How long a changed Secret may go unnoticed. */
const secretMillis = 30_000;

type Connection = {
  readonly readAt: number;
  readonly name: string;
  readonly fingerprint: string;
  readonly cloud: Cloud | undefined;
  /** Who is behind the credentials, once it was asked. */
  readonly known: Known;
  readonly warnings: readonly string[];
  /** Why there is no cloud. */
  readonly without: CloudView | undefined;
};

export function openCloudSide(options: CloudSideOptions): CloudSide {
  const connections = new Map<string, Connection>();

  async function connect(namespace: string, passthrough: Passthrough): Promise<Connection> {
    const said = passthrough?.spec?.cloud;
    const name = said?.credentialsSecret ?? cloudSecret;
    const key = JSON.stringify([name, said?.cloudName]);
    const known = connections.get(namespace);
    if (known?.name === key && options.now() - known.readAt < secretMillis) return known;
    const secret = await readSecret(namespace, name);
    const fingerprint = JSON.stringify([key, secret]);
    if (known?.fingerprint === fingerprint) {
      const again = { ...known, readAt: options.now() };
      connections.set(namespace, again);
      return again;
    }
    await known?.cloud?.close();
    const made = { readAt: options.now(), name: key, fingerprint, known: {} };
    const opened = open(secret, { namespace, name, cloudName: said?.cloudName });
    const connection: Connection =
      "is" in opened
        ? { ...made, cloud: undefined, warnings: [], without: opened }
        : { ...made, ...opened, without: undefined };
    connections.set(namespace, connection);
    return connection;
  }

  async function readSecret(namespace: string, name: string): Promise<Secret | "denied"> {
    try {
      return await options.secret(namespace, name);
    } catch (error) {
      if (error instanceof Failure && error.kind === "denied") return "denied";
      throw error;
    }
  }

  function open(
    secret: Secret | "denied",
    { namespace, name, cloudName }: Named,
  ): Opened | CloudView {
    if (secret === "denied") return withoutRight(namespace, name);
    if (secret === undefined) return withoutSecret(namespace, name);
    const text = secret[cloudsYamlKey];
    if (text === undefined) {
      return without("SecretIncomplete", `Secret ${name} has no key ${cloudsYamlKey}: add it`);
    }
    const parsed = parseClouds({ text, cloudName, cacert: secret[cacertKey] });
    if (parsed.credentials === undefined) {
      const problems = parsed.problems.map(said).join("; ");
      return without("SecretInvalid", `Secret ${name}, ${cloudsYamlKey}: ${problems}`);
    }
    const cloud = (options.open ?? openCloud)(parsed.credentials, { now: options.now });
    return { cloud, warnings: parsed.warnings.map(said) };
  }

  return {
    observe: async (namespace, { passthrough, ask, neighbours = [] }) => {
      const own = await connect(namespace, passthrough);
      const { cloud, warnings, without: none } = own;
      if (cloud === undefined) return none!;
      const seen = await cloud.observe(ask);
      if (seen.is === "no-credentials") return seen;
      const warned = warnings.length > 0 ? { ...seen, warnings } : seen;
      if (warned.is !== "read" || neighbours.length === 0) return warned;
      const last = (name: string): Asked | undefined => connections.get(name);
      return withNeighbours(warned, own, { neighbours, connect, last, now: options.now });
    },
    forget: async (namespace) => {
      const known = connections.get(namespace);
      connections.delete(namespace);
      await known?.cloud?.close();
    },
    perform: async (namespace, effect) => {
      const cloud = connections.get(namespace)?.cloud;
      if (cloud === undefined)
        throw new Failure("denied", "there are no credentials for the cloud");
      await cloud.perform(effect);
    },
    close: async () => {
      for (const { cloud } of connections.values()) await cloud?.close();
    },
  };
}

type Around = {
  readonly neighbours: readonly Neighbour[];
  readonly connect: (namespace: string, passthrough: Passthrough) => Promise<Asked>;
  readonly last: (namespace: string) => Asked | undefined;
  readonly now: () => number;
};

/** Who cannot say which cloud its own is knows nothing of it. */
async function withNeighbours(seen: CloudRead, own: Asked, around: Around): Promise<CloudView> {
  try {
    const others = around.neighbours.map(async (neighbour) => ({
      neighbour,
      asked: await lastKnown(neighbour, around),
    }));
    const elsewhere = await sharing(own, await Promise.all(others), around.now);
    return elsewhere.length === 0 ? seen : { ...seen, elsewhere };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { is: "unreachable", message: error.message, at: around.now() };
  }
}

/** A Secret that cannot be read right now does not make its cloud another one. */
async function lastKnown(
  { namespace, passthrough }: Neighbour,
  { connect, last }: Around,
): Promise<Asked> {
  try {
    return await connect(namespace, passthrough);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return last(namespace) ?? { cloud: undefined, known: {} };
  }
}

const said = ({ field, message }: { readonly field: string; readonly message: string }): string =>
  `${field} ${message}`;

type Opened = Pick<Connection, "warnings"> & { readonly cloud: Cloud };

type Named = {
  readonly namespace: string;
  readonly name: string;
  readonly cloudName: string | undefined;
};

function without(reason: string, message: string): CloudView {
  return { is: "no-credentials", reason, message };
}

function withoutSecret(namespace: string, name: string): CloudView {
  return without(
    "NoCredentials",
    `there is no Secret ${name}: kubectl -n ${namespace} create secret generic ${name} --from-file=${cloudsYamlKey}=FILE`,
  );
}

function withoutRight(namespace: string, name: string): CloudView {
  return without(
    "MissingRight",
    `the operator may not get Secret ${name}: name it ${cloudSecret}, or allow it in namespace ${namespace} (deploy/namespace)`,
  );
}
