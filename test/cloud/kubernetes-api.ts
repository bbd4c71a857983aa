// Types of the Kubernetes objects that this test reads, over the plain client of
// test/control-plane, which knows none.
import type { Client } from "../control-plane/client.ts";

/** The parts of any object that the test reads. */
export type KubeObject = {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
};

/** Undefined when it is not there. */
export async function get<T = KubeObject>(api: Client, path: string): Promise<T | undefined> {
  return (await api.get(path)) as T | undefined;
}

export async function list<T = KubeObject>(api: Client, path: string): Promise<readonly T[]> {
  return (await api.list(path)) as readonly T[];
}
