// The Lease of the leader: judged by what we saw change and never by another's clock, with a fence
// of monotonic time that every change is checked against. A leader that was frozen is no leader
// when it thaws, whatever it still believes.

import { Failure } from "../api/failure.ts";
import { microTime, type Raw } from "./views/kube-object.ts";
import { realClock, type Clock } from "./wire/clock.ts";
import { groupPath } from "./wire/paths.ts";
import type { Requests } from "./wire/requests.ts";
import { within } from "./wire/within.ts";

export type LeaseTimes = {
  readonly durationSeconds: number;
  readonly renewDeadlineSeconds: number;
  readonly retrySeconds: number;
};

const usualTimes: LeaseTimes = {
  durationSeconds: 15,
  renewDeadlineSeconds: 10,
  retrySeconds: 2,
};

type LeaseOptions = {
  /** Unfenced: the Lease itself is how the fence is held up. */
  readonly rest: Requests;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly times?: LeaseTimes;
  readonly random?: () => number;
  /** The process's own if absent. */
  readonly clock?: Clock;
  /** What the Lease says of the time, for people; nobody is judged by it. */
  readonly wall?: () => number;
  readonly led: () => void;
  /** The fence fell: nothing may be changed any more. */
  readonly lost: () => void;
  readonly troubled?: (error: unknown) => void;
};

export type Lease = {
  /** The fence. True only while our last renewal is younger than the renew deadline. */
  readonly leads: () => boolean;
  /** Who holds it, as last seen; undefined = never seen. */
  readonly leader: () => string | undefined;
  /** Gives it back, so that the other may lead at once. */
  readonly release: () => Promise<void>;
};

type RawLease = Raw & {
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number | null;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number | null;
  };
};

type Life = {
  readonly options: LeaseOptions;
  readonly times: LeaseTimes;
  readonly clock: Clock;
  /** As last read or written, and when we saw it change. */
  known: RawLease | undefined;
  seenAt: number;
  /** Monotonic time before our last successful renewal was sent. */
  renewedAt: number;
  leading: boolean;
  stopped: boolean;
  /** Take back the next try, and the fall of the fence. */
  cancelTry: (() => void) | undefined;
  cancelFence: (() => void) | undefined;
  trying: Promise<void> | undefined;
};

export function holdLease(options: LeaseOptions): Lease {
  const life: Life = {
    options,
    times: options.times ?? usualTimes,
    clock: options.clock ?? realClock,
    known: undefined,
    seenAt: 0,
    renewedAt: Number.NEGATIVE_INFINITY,
    leading: false,
    stopped: false,
    cancelTry: undefined,
    cancelFence: undefined,
    trying: undefined,
  };
  next(life, 0);
  return {
    leads: () => life.leading && fenceStands(life),
    leader: () => life.known?.spec?.holderIdentity ?? undefined,
    release: () => release(life),
  };
}

function fenceStands(life: Life): boolean {
  return life.clock.now() < life.renewedAt + life.times.renewDeadlineSeconds * 1000;
}

function next(life: Life, millis: number): void {
  if (life.stopped) return;
  life.cancelTry = life.clock.after(millis, () => {
    life.trying = round(life).then((went) => {
      const { random = Math.random } = life.options;
      const retryMillis = life.times.retrySeconds * 1000;
      // A leader whose renewal failed has no time to lose.
      const soon = life.leading ? (went ? 1 : 0.25) : 1 + 0.2 * random();
      next(life, retryMillis * soon);
    });
  });
}

/** False = the Lease could not be read or written. */
async function round(life: Life): Promise<boolean> {
  let went = true;
  loseBehindFence(life);
  try {
    if (life.known === undefined || !isOurs(life)) await look(life);
    if (life.stopped) return true;
    if (life.known === undefined) await take(life, undefined);
    else if (isOurs(life) || isFree(life)) await take(life, life.known);
  } catch (error) {
    went = false;
    // Somebody else wrote it: what we know of it is of the past.
    if (error instanceof Failure && error.kind === "conflict") life.known = undefined;
    life.options.troubled?.(error);
  }
  loseBehindFence(life);
  return went;
}

function loseBehindFence(life: Life): void {
  if (life.leading && !fenceStands(life)) lose(life);
}

function isOurs(life: Life): boolean {
  return life.known?.spec?.holderIdentity === life.options.identity;
}

/** Nobody's, or unchanged before our eyes for as long as its holder promised to renew it. */
function isFree({ known, seenAt, times, clock }: Life): boolean {
  if ((known?.spec?.holderIdentity ?? "") === "") return true;
  const seconds = known?.spec?.leaseDurationSeconds ?? times.durationSeconds;
  return clock.now() >= seenAt + seconds * 1000;
}

async function look(life: Life): Promise<void> {
  const { rest, namespace, name } = life.options;
  let found: RawLease | undefined;
  try {
    found = (await rest.ask({
      ...request(life),
      method: "GET",
      path: pathOf(namespace, name),
    })) as RawLease;
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== "missing") throw error;
  }
  const before = life.known?.metadata;
  const after = found?.metadata;
  if (before?.uid !== after?.uid || before?.resourceVersion !== after?.resourceVersion)
    life.seenAt = life.clock.now();
  life.known = found;
  // It was taken from us while we could not renew it.
  if (life.leading && !isOurs(life)) lose(life);
}

async function take(life: Life, known: RawLease | undefined): Promise<void> {
  const { rest, namespace, name } = life.options;
  const sentAt = life.clock.now();
  const body = leaseOf(life, known);
  const written = (await rest.ask(
    known === undefined
      ? { ...request(life), method: "POST", path: pathOf(namespace), body }
      : { ...request(life), method: "PUT", path: pathOf(namespace, name), body },
  )) as RawLease;
  life.known = written;
  life.seenAt = life.clock.now();
  life.renewedAt = sentAt;
  // An answer that took longer than the fence is of no use.
  if (!fenceStands(life)) return;
  guard(life);
  if (life.leading) return;
  life.leading = true;
  life.options.led();
}

/** The fence falls by itself, even while a request hangs. */
function guard(life: Life): void {
  life.cancelFence?.();
  const left = life.renewedAt + life.times.renewDeadlineSeconds * 1000 - life.clock.now();
  life.cancelFence = life.clock.after(Math.max(0, left), () => lose(life));
}

function lose(life: Life): void {
  life.cancelFence?.();
  if (!life.leading) return;
  life.leading = false;
  life.options.lost();
}

function leaseOf(life: Life, known: RawLease | undefined): RawLease {
  const { namespace, name, identity } = life.options;
  const { wall = Date.now } = life.options;
  const now = microTime(wall());
  const ours = known !== undefined && isOurs(life);
  const { resourceVersion, uid } = known?.metadata ?? {};
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name,
      namespace,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(uid === undefined ? {} : { uid }),
    },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: life.times.durationSeconds,
      acquireTime: (ours ? known.spec?.acquireTime : undefined) ?? now,
      renewTime: now,
      leaseTransitions:
        (known?.spec?.leaseTransitions ?? 0) + (ours || known === undefined ? 0 : 1),
    },
  } as RawLease;
}

/** Short enough for several tries before the fence falls; the version guards a second sending. */
function request(life: Life): { readonly timeoutMillis: number; readonly repeatable: true } {
  return { timeoutMillis: life.times.renewDeadlineSeconds * 400, repeatable: true };
}

function pathOf(namespace: string, name?: string): string {
  return groupPath("coordination.k8s.io/v1", namespace, "leases", name);
}

async function release(life: Life): Promise<void> {
  life.stopped = true;
  life.cancelTry?.();
  life.cancelFence?.();
  // A renewal under way is waited for a moment only: stopping must not take long.
  await within(300, life.trying, life.clock);
  life.cancelTry?.();
  life.cancelFence?.();
  const { known, leading } = life;
  life.leading = false;
  if (!leading || known === undefined || !isOurs(life)) return;
  const { rest, namespace, name } = life.options;
  const ours = leaseOf(life, known);
  const body = { ...ours, spec: { ...ours.spec, holderIdentity: "", leaseDurationSeconds: 1 } };
  await rest.ask({
    method: "PUT",
    path: pathOf(namespace, name),
    body,
    once: true,
    timeoutMillis: 800,
  });
}
