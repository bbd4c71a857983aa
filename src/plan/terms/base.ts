// The nova.conf under ours as it was read: files in the order in which a process parses them. Types only.

import type { Service } from "../../api/names.ts";

/**
 * Where our fragment is parsed among the files of the base: `last` (ours wins), `first` (a scalar of
 * the base wins), or `unseen`: the command is a script that cannot be read.
 */
export type FragmentPlace = "first" | "last" | "unseen";

/** A file of nova.conf: its path in the container. */
export type BaseFile = { readonly name: string; readonly text: string };

export type BaseRead = {
  readonly is: "read";
  /** Per service the files in the order in which the process parses them, ours left out. */
  readonly files: Readonly<Partial<Record<Service, readonly BaseFile[]>>>;
  /** Where ours is parsed, per service; of several workloads the worst. Absent = last. */
  readonly places?: Readonly<Partial<Record<Service, FragmentPlace>>>;
  /** Of each nova-compute DaemonSet by name, where there are several. */
  readonly computes?: Readonly<Record<string, readonly BaseFile[]>>;
  /** Workloads in which no file of nova.conf was found, as "Deployment/nova-api". */
  readonly unread?: readonly string[];
};
