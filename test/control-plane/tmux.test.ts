// What is redrawn in place, in a real tmux: the last text stands alone, and Ctrl-C ends it in order.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { describeWhereHad } from "../support/needs.ts";

const socket = `nova-pci-${process.pid}`;

function tmux(...args: readonly string[]) {
  return spawnSync("tmux", ["-L", socket, ...args], { encoding: "utf8" });
}

async function screenWith(words: string): Promise<readonly string[]> {
  for (let tries = 0; ; tries++) {
    const lines = tmux("capture-pane", "-p")
      .stdout.split("\n")
      .map((line) => line.trimEnd())
      .filter((line) => line !== "");
    if (lines.some((line) => line.includes(words))) return lines;
    if (tries > 300) throw new Error(`"${words}" did not come: ${lines.join("\n")}`);
    await pause(100);
  }
}

const missing = tmux("-V").error === undefined ? undefined : "tmux";

describeWhereHad(missing, "status -w", () => {
  test("in a real tmux the last text stands alone, until Ctrl-C", async () => {
    const program = join(import.meta.dirname, "tmux-frames.ts");
    const command = `'${process.execPath}' --no-warnings '${program}'; sleep 600`;
    expect(tmux("new-session", "-d", "-x", "60", "-y", "12", command).stderr).toBe("");
    try {
      const wide = `wide ${"x".repeat(55)}`;
      expect(await screenWith("last")).toEqual([wide, "x".repeat(45), "last"]);
      tmux("send-keys", "C-c");
      const end = await screenWith("ended");
      // The terminal itself echoes the key.
      const own = end.filter((line) => line !== "^C");
      expect(own).toEqual([wide, "x".repeat(45), "last", "ended, 60 columns"]);
    } finally {
      tmux("kill-server");
    }
  });
});
