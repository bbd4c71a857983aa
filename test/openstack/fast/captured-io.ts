// The world of a command as texts: what it may read, and what it said.
import type { Io } from "../../../src/cli/terminal/io.ts";

type CapturedIo = Io & { readonly said: () => string; readonly printed: () => string };

export function capturedIo(files: Readonly<Record<string, string>>, stdin = ""): CapturedIo {
  let out = "";
  let err = "";
  const missing = (path: string) =>
    Promise.reject(Object.assign(new Error(`no ${path}`), { code: "ENOENT" }));
  return {
    stdout: (text) => void (out += text),
    stderr: (text) => void (err += text),
    readFile: (path) => {
      const text = files[path];
      return text === undefined ? missing(path) : Promise.resolve(text);
    },
    readBytes: missing,
    readFolder: missing,
    isLink: () => Promise.resolve(false),
    writeFile: missing,
    readStdin: () => Promise.resolve(stdin),
    runProgram: () => Promise.resolve(undefined),
    isTTY: false,
    pause: () => Promise.resolve(false),
    printed: () => out,
    said: () => err,
  };
}
