// What a row of the table of gates holds.

import type { GateName, Reason } from "../gates.ts";

/**
 * Who opens a gate: a person (so the object is Stalled), a change that is watched, a time that the
 * gate names, or the cloud, whose answer changes without any list of Kubernetes changing.
 */
type Opener = "person" | "change" | "time" | "cloud";

export type Row<Numbers> = {
  /** What the reason of a condition means, without an end stop. */
  readonly means: string;
  /** What a person reads. */
  readonly says: (gate: Numbers, namespace: string) => string;
  readonly opens: Opener | ((gate: Numbers) => Opener);
  /** No watch tells that it opened: `poll` asks each few seconds, `look` each minute or so. */
  readonly asked?: "poll" | "look";
  /**
   * It also stops pods from being replaced by work under way; "all": even to put last-good back.
   */
  readonly stops?: "replacing" | "all";
  /** Pods are not proved to read what they are assigned: the installation is not Wired. */
  readonly unwires?: true;
  /** The entry is kept out of the nodes that it would go to, so its object is not Live. */
  readonly keepsOut?: true;
  /** Of a device between two servers: the entry itself is in force, and nothing waits for it. */
  readonly beside?: true;
  /** Passes within seconds: told of in status, not in the story of `try`. */
  readonly routine?: true;
};

type Numbers<Name extends GateName> = Extract<Reason, { readonly gate: Name }>;

export type Rows<Names extends GateName = GateName> = {
  readonly [Name in Names]: Row<Numbers<Name>>;
};
