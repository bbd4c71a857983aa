// Access to an API server: kubeconfig or the Pod's own ServiceAccount, as TLS options and headers.
// A rotated token is read again without blocking a request. Sends nothing.

import { KubeConfig } from "@kubernetes/client-node";
import { readFile, stat } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { Failure } from "../../api/failure.ts";

export type Access = {
  /** Without a slash at its end. */
  readonly server: string;
  readonly tls: {
    readonly ca?: string | Buffer;
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** Namespace of the context, or the Pod's own. */
  readonly namespace?: string;
  /** Headers that say who asks, for one request. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  /** The server answered 401: whatever is kept is read again. */
  readonly forget: () => void;
};

type AccessChoice = {
  /** A file; absent = KUBECONFIG, ~/.kube/config, or the Pod's ServiceAccount. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
};

export async function loadAccess(choice: AccessChoice = {}): Promise<Access> {
  const config = new KubeConfig();
  try {
    if (choice.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(choice.kubeconfig);
    if (choice.context !== undefined) config.setCurrentContext(choice.context);
  } catch (error) {
    throw new Failure("refused", unread(choice.kubeconfig, error));
  }
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  // What client-node makes up when it finds nothing at all.
  if (cluster?.server === "http://localhost:8080") {
    throw new Failure(
      "refused",
      "no kubeconfig was found: set KUBECONFIG, name a file with --kubeconfig, or run in a Pod",
    );
  }
  if (cluster === null || user === null) {
    const context: string | undefined = choice.context ?? config.getCurrentContext();
    const known = config.getContexts().map(({ name }) => name);
    const what = context === undefined ? "names no current-context" : `has no context "${context}"`;
    const names = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
    throw new Failure("refused", `the kubeconfig ${what}: name one with --context; ${names}`);
  }
  const options = await applied(config);
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace;
  return {
    server: cluster.server.replace(/\/+$/, ""),
    tls: tlsOf(options),
    ...(namespace === undefined ? {} : { namespace }),
    ...identity(config, options),
  };
}

/** Which file it was, and why, in one line. */
function unread(named: string | undefined, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const file = named ?? process.env["KUBECONFIG"] ?? "~/.kube/config";
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "no such file",
    EACCES: "no right to read it",
    EISDIR: "is a folder, a file was expected",
  };
  const why = reasons[code ?? ""] ?? `is not a kubeconfig (${message.split("\n")[0] ?? ""})`;
  return `kubeconfig ${file}: ${why}; set KUBECONFIG, or name a file with --kubeconfig`;
}

async function applied(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new Failure("denied", "the credentials of the kubeconfig cannot be read", {
      cause: error,
    });
  }
  return options;
}

function tlsOf(options: RequestOptions): Access["tls"] {
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    ...(ca === undefined ? {} : { ca: ca as Buffer }),
    ...(cert === undefined ? {} : { cert: cert as Buffer }),
    ...(key === undefined ? {} : { key: key as Buffer }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

type Identity = Pick<Access, "headers" | "forget">;

function identity(config: KubeConfig, options: RequestOptions): Identity {
  const user = config.getCurrentUser();
  const provider = user?.authProvider as
    { readonly config?: { readonly tokenFile?: string } } | undefined;
  const file = provider?.config?.tokenFile;
  if (file !== undefined) return tokenFile(file);
  if (user?.exec !== undefined || provider !== undefined) return fromPlugin(config);
  const fixed = textHeaders(options.headers);
  return { headers: () => Promise.resolve(fixed), forget: () => undefined };
}

/** Plugins keep their token until it ends; asking again is cheap. */
function fromPlugin(config: KubeConfig): Identity {
  return {
    headers: async () => textHeaders((await applied(config)).headers),
    forget: () => undefined,
  };
}

function textHeaders(headers: RequestOptions["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).filter(
      (pair): pair is [string, string] => typeof pair[1] === "string",
    ),
  );
}

/** How often the file's age is looked at; kubelet replaces it long before the token ends. */
const lookEveryMillis = 10_000;

/** A projected ServiceAccount token: read again when the file changed, and after a 401. */
export function tokenFile(file: string, now: () => number = () => performance.now()): Identity {
  let token: string | undefined;
  let modified = 0;
  let looked = 0;
  return {
    headers: async () => {
      if (token === undefined || now() - looked >= lookEveryMillis) {
        looked = now();
        try {
          const { mtimeMs } = await stat(file);
          if (token === undefined || mtimeMs !== modified) {
            token = (await readFile(file, "utf8")).trim();
            modified = mtimeMs;
          }
        } catch (error) {
          if (token === undefined) {
            throw new Failure("denied", `the token file ${file} cannot be read`, { cause: error });
          }
        }
      }
      return { Authorization: `Bearer ${token}` };
    },
    forget: () => {
      token = undefined;
    },
  };
}
