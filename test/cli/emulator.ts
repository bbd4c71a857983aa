// Stand-in for the terminal of a person: a real emulator without a window, and what stands on it.

import xterm from "@xterm/headless";
import type { Io } from "../../src/cli/terminal/io.ts";

type Size = { readonly cols: number; readonly rows: number };

type Emulator = {
  readonly terminal: NonNullable<Io["terminal"]>;
  /** Lines that are not empty, from the top. */
  readonly lines: () => Promise<readonly string[]>;
};

export function emulator(size: Size): Emulator {
  const screen = new xterm.Terminal({ ...size, allowProposedApi: true, convertEol: true });
  const written: Promise<void>[] = [];
  const terminal = {
    ...{ columns: size.cols, rows: size.rows, isTTY: true, hasColors: () => false },
    write: (data: string) => {
      written.push(new Promise((resolve) => screen.write(data, resolve)));
      return true;
    },
  };
  return {
    terminal: terminal as unknown as NonNullable<Io["terminal"]>,
    lines: async () => {
      await Promise.all(written);
      const { active } = screen.buffer;
      const all = Array.from({ length: active.length }, (_, row) =>
        active.getLine(row)!.translateToString(true),
      );
      return all.filter((text) => text !== "");
    },
  };
}
