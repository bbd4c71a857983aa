// The one clock of all replicas: the API server's, as the Date of its answers shows it. Moments of
// the state are compared with `now` by whoever leads next, and two machines may differ by minutes;
// counted from the steady clock of the process, so that a step of the machine's own clock is no
// step here.

export type ServerClock = {
  readonly now: () => number;
  /** The Date header of an answer, and the steady times between which it was written. */
  readonly heard: (date: string | undefined, sentAt: number, receivedAt: number) => void;
  /** By how much the machine's own clock is ahead. */
  readonly aheadMillis: () => number;
};

type OwnClocks = { readonly wall: () => number; readonly steady: () => number };

/** Several API servers stand behind one name: what most of these answers say counts. */
const answers = 15;
/** A Date has whole seconds. */
const resolutionMillis = 1000;
/** An answer that took longer says nothing that is worth knowing. */
const longestMillis = 5000;

const machine: OwnClocks = { wall: () => Date.now(), steady: () => performance.now() };

type Interval = { readonly from: number; readonly to: number };

/**
 * Until an answer contradicts it, the machine's own clock is right: within its second nothing
 * moves.
 */
export function makeServerClock({ wall, steady }: OwnClocks = machine): ServerClock {
  let offset = wall() - steady();
  const recent: Interval[] = [];
  return {
    now: () => Math.round(steady() + offset),
    heard: (date, sentAt, receivedAt) => {
      const at = Date.parse(date ?? "");
      if (Number.isNaN(at) || receivedAt - sentAt > longestMillis) return;
      recent.push({ from: at - receivedAt, to: at + resolutionMillis - sentAt });
      if (recent.length > answers) recent.shift();
      offset = median(recent.map((interval) => nearest(offset, interval)));
    },
    aheadMillis: () => wall() - (steady() + offset),
  };
}

function nearest(offset: number, { from, to }: Interval): number {
  return Math.min(Math.max(offset, from), to);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
