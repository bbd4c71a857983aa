// `nova-pci nodes` on files: which devices there are, each unknown, on every node that the files have;
// and a screen that is redrawn in place on a real terminal emulator.

import { expect, test } from "@jest/globals";
import { processIo } from "../../../src/cli/terminal/io.ts";
import { command } from "../../../src/cli/nodes/nodes.ts";
import { openScreen } from "../../../src/cli/terminal/screen.ts";
import { emulator } from "../emulator.ts";

async function ask(...args: readonly string[]) {
  const said = { stdout: "", stderr: "" };
  const { terminal: _, ...rest } = processIo;
  const io = {
    ...rest,
    stdout: (part: string) => void (said.stdout += part),
    stderr: (part: string) => void (said.stderr += part),
  };
  const exit = await command.run(args, io);
  return { exit, ...said };
}

test("files say which devices there are, and not who uses them", async () => {
  const { exit, stdout } = await ask("-f", "deploy/examples");
  expect([exit, stdout.split("\n").slice(0, 3)]).toEqual([
    0,
    ["NODE             a1  a2", "node-by-address  ??  -", "node-by-product  -   ?.."],
  ]);
  expect(stdout.replaceAll(/\s+/g, " ")).toContain(
    "files say which devices there are, not who uses them",
  );
});

test.each([
  ["json", (text: string): unknown => JSON.parse(text)],
  ["yaml", (text: string): unknown => text],
])("-o %s has every node and device", async (format, read) => {
  const { stdout } = await ask("-f", "deploy/examples", "-o", format);
  const text = JSON.stringify(read(stdout));
  for (const word of ["node-by-address", "node-by-product", "0000:41:00.1"])
    expect(text).toContain(word);
});

test("nodes that were not played for being like others are shown like them", async () => {
  const { stdout } = await ask("-f", "deploy/examples/gallery/three-gpu-models", "-o", "json");
  const { nodes } = JSON.parse(stdout) as { readonly nodes: readonly { readonly node: string }[] };
  expect(nodes.length).toBe(40);
});

test.each([
  [["node-by-adress"], 1, "did you mean node-by-address?"],
  [["-w"], 2, "-w and -f do not go together"],
  [["-o", "jsno"], 2, "did you mean json?"],
])("%j: exit %i, %s", async (args, code, words) => {
  const { exit, stderr } = await ask("-f", "deploy/examples", ...args);
  expect([exit, stderr]).toEqual([code, expect.stringContaining(words)]);
});

async function screenAfter(texts: readonly string[]): Promise<readonly string[]> {
  const { terminal, lines } = emulator({ cols: 40, rows: 8 });
  const screen = await openScreen({ stdout: () => undefined, terminal });
  for (const text of texts) screen.show(text);
  screen.done();
  return lines();
}

test("on a terminal a text takes the place of the one before, whatever their heights", async () => {
  expect(await screenAfter(["one\ntwo\nthree\n", "first\nsecond\n"])).toEqual(["first", "second"]);
  expect(await screenAfter(["one\n", "first\nsecond\nthird\n"])).toEqual([
    "first",
    "second",
    "third",
  ]);
});

test("elsewhere a text is printed again only when it has changed", async () => {
  let text = "";
  const screen = await openScreen({ stdout: (part) => void (text += part) });
  for (const word of ["a\n", "a\n", "b\n", "b\n"]) screen.show(word);
  expect(text).toBe("a\n\nb\n");
});
