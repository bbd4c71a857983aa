// The loop of those who look on (`-w`): looks again and again until the user has seen enough. A
// look that fails later on is said, and what was seen before stays.

import { UnreachableProblem } from "./problems.ts";
import type { Io } from "./io.ts";
import { openScreen } from "./screen.ts";

type Watched = {
  /** What there is to see now. */
  readonly look: () => Promise<string>;
  readonly everyMillis: number;
  /** Away from a terminal: what is printed of a text that has changed. */
  readonly changes?: Parameters<typeof openScreen>[1];
};

export async function watch({ look, everyMillis, changes }: Watched, io: Io): Promise<void> {
  let text = await look();
  const screen = await openScreen(io, changes);
  screen.show(text);
  while (await io.pause(everyMillis)) {
    try {
      text = await look();
      screen.show(text);
    } catch (error) {
      if (!(error instanceof UnreachableProblem)) throw error;
      screen.show(`${text}\nnot seen again since: ${error.message}\n`);
    }
  }
  screen.done();
}
