// Stand-in for the world of a command: files are texts, output is kept. Says nothing about the real
// file system but which errors it gives.
import type { Command, Io } from "../../src/cli/terminal/io.ts";

/** Sentences stay in one line, unless a test asks for a width. */
process.env["COLUMNS"] ??= "200";

export type Files = Readonly<Record<string, string>>;
type Ran = { readonly exit: number; readonly stdout: string; readonly stderr: string };

export async function runCommand(
  command: Command,
  args: readonly string[],
  files: Files = {},
  stdin = "",
  more: Partial<Io> = {},
): Promise<Ran> {
  const said = { stdout: "", stderr: "" };
  const read = (path: string): Promise<string> => {
    const text = files[path];
    if (text !== undefined) return Promise.resolve(text);
    const isFolder = Object.keys(files).some((name) => name.startsWith(`${path}/`));
    return Promise.reject(Object.assign(new Error(path), { code: isFolder ? "EISDIR" : "ENOENT" }));
  };
  const io: Io = {
    stdout: (text) => void (said.stdout += text),
    stderr: (text) => void (said.stderr += text),
    readFile: read,
    readBytes: async (path) => new TextEncoder().encode(await read(path)),
    readFolder: (given) => {
      const path = given.replace(/\/$/, "");
      const inside = Object.keys(files).filter((name) => name.startsWith(`${path}/`));
      if (inside.length > 0)
        return Promise.resolve([
          ...new Set(inside.map((name) => name.slice(path.length + 1).split("/")[0]!)),
        ]);
      const code = files[path] === undefined ? "ENOENT" : "ENOTDIR";
      return Promise.reject(Object.assign(new Error(path), { code }));
    },
    isLink: () => Promise.resolve(false),
    writeFile: () => Promise.reject(new Error("this command writes no file")),
    readStdin: () => Promise.resolve(stdin),
    runProgram: () => Promise.resolve(undefined),
    isTTY: false,
    pause: () => Promise.resolve(false),
    ...more,
  };
  const exit = await command.run(args, io);
  return { exit, ...said };
}
