// Looks on as `-w` does, at texts that are known: run in a terminal by tmux.test.ts.
import { processIo } from "../../src/cli/terminal/io.ts";
import { watch } from "../../src/cli/terminal/watch.ts";

const frames = ["one\ntwo\nthree", "first\nsecond", `wide ${"x".repeat(100)}\nlast`];
let shown = 0;
const look = (): Promise<string> =>
  Promise.resolve(`${frames[Math.min(shown++, frames.length - 1)]!}\n`);
await watch({ look, everyMillis: 100 }, processIo);
process.stdout.write(`\nended, ${process.stdout.columns} columns\n`);
