// Flux and Argo CD at work on a namespace, by a program made of their own libraries.
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { Json } from "../../control-plane/client.ts";
import { builtTool } from "../../release/tools.ts";

type Request = {
  readonly namespace: string;
  /** Of the Application or Kustomization. */
  readonly name: string;
  /** What stands in Git. */
  readonly objects: readonly Json[];
  /** How long all may take to be healthy; 0 (Flux): nobody waits. */
  readonly seconds: number;
};

/** Names are "Kind/namespace/name", in the order of what was done. */
type FluxAnswer = {
  readonly applied: readonly (readonly [string, "created" | "configured" | "unchanged"])[];
  readonly pruned: readonly string[];
  readonly unhealthy: string;
};

/** Names are "Kind/name", in the order of what was done. */
type ArgoAnswer = {
  readonly synced: readonly (readonly [name: string, status: string, message: string])[];
  readonly unfinished: string;
  /** By each way to compare that it has. */
  readonly outOfSync: Readonly<Record<"structured merge" | "server side", readonly string[]>>;
  readonly health: Readonly<Record<string, readonly [status: string, message: string]>>;
};

export type GitopsTools = {
  readonly flux: (request: Request & { readonly stale?: readonly Json[] }) => Promise<FluxAnswer>;
  readonly argo: (
    request: Request & {
      readonly compareOnly?: boolean;
      /** Objects without a namespace are managed too. */
      readonly clusterResources?: boolean;
      /** group_Kind -> script. */
      readonly health?: Readonly<Record<string, string>>;
      readonly ignore?: readonly Json[];
    },
  ) => Promise<ArgoAnswer>;
};

export function gitopsTools(kubeconfig: string): GitopsTools {
  const program = builtTool("gitops");
  const ask = async (tool: string, request: Request): Promise<Json> => {
    const env = { ...process.env, KUBECONFIG: kubeconfig };
    const child = spawn(program, [tool], { env, stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.end(JSON.stringify(request));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const [said, trouble] = await Promise.all([text(child.stdout), text(child.stderr)]);
    if ((await ended) !== 0) throw new Error(`${tool}: ${trouble}`);
    return JSON.parse(said);
  };
  return {
    flux: (request) => ask("flux", request),
    argo: (request) => ask("argo", request),
  };
}
