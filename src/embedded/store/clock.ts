// Virtual time of an embedded cluster. Things happen in the order of their time, and of their
// making when the time is equal, so a run repeats itself exactly.

import type { Millis } from "../../plan/terms/time.ts";

type Cancel = () => void;

export type Clock = {
  readonly now: () => Millis;
  readonly after: (millis: number, run: () => void) => Cancel;
  /** Time of the next thing; undefined = nothing will ever happen by itself. */
  readonly next: () => Millis | undefined;
  /** Advances to the next thing and lets it happen; false = there is none. */
  readonly step: () => boolean;
};

type Event = { readonly at: Millis; readonly order: number; run: (() => void) | undefined };

export function makeClock(start: Millis): Clock {
  let now = start;
  let order = 0;
  const heap: Event[] = [];

  function peek(): Event | undefined {
    while (heap[0] !== undefined && heap[0].run === undefined) pop(heap);
    return heap[0];
  }

  return {
    now: () => now,
    after: (millis, run) => {
      order += 1;
      const event: Event = { at: now + Math.max(0, Math.round(millis)), order, run };
      push(heap, event);
      return () => {
        event.run = undefined;
      };
    },
    next: () => peek()?.at,
    step: () => {
      const event = peek();
      if (event === undefined) return false;
      pop(heap);
      now = event.at;
      event.run?.();
      return true;
    },
  };
}

function before(a: Event, b: Event): boolean {
  return a.at !== b.at ? a.at < b.at : a.order < b.order;
}

function push(heap: Event[], event: Event): void {
  let index = heap.push(event) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!before(event, heap[parent]!)) break;
    heap[index] = heap[parent]!;
    index = parent;
  }
  heap[index] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
    if (!before(heap[child]!, last)) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = last;
}
