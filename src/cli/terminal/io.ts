// The port of a command to the world around it: read, write and speak, and no more. Tests give it
// texts; processIo gives it this process. Knows no command.

import { execFile } from "node:child_process";
import { lstat, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isatty } from "node:tty";
import { isColoured } from "./colour.ts";
import { harmless } from "./lines.ts";

export type Io = {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** UTF-8; rejects with a node:fs error, see `readingProblem`. */
  readonly readFile: (path: string) => Promise<string>;
  readonly readBytes: (path: string) => Promise<Uint8Array>;
  /** Names in the folder, unsorted. */
  readonly readFolder: (path: string) => Promise<readonly string[]>;
  /** A symbolic link, whatever it leads to. */
  readonly isLink: (path: string) => Promise<boolean>;
  /** Makes the folders above it. */
  readonly writeFile: (path: string, text: string) => Promise<void>;
  readonly readStdin: () => Promise<string>;
  /** Another program's answer; undefined when the machine has no such program. */
  readonly runProgram: (name: string, args: readonly string[]) => Promise<Ran | undefined>;
  /** Somebody looks at standard output, so lines may be cut to its width. */
  readonly isTTY: boolean;
  /** Waits for those who look on (-w); false = the user has seen enough (Ctrl-C). */
  readonly pause: (millis: number) => Promise<boolean>;
  /** The terminal that somebody looks at; absent = output goes elsewhere. */
  readonly terminal?: Terminal;
};

/** A terminal as Node has it: its size may change while it is looked at. */
type Terminal = NodeJS.WritableStream & {
  readonly columns: number;
  readonly rows: number;
  /** False with NO_COLOR, and where the terminal has none. */
  readonly hasColors: () => boolean;
};

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** One subcommand of nova-pci. `run` gives the exit code and never throws for a user's mistake. */
export type Command = {
  readonly name: string;
  readonly help: string;
  readonly run: (args: readonly string[], io: Io) => Promise<number>;
};

/** What the exit code of every command means. */
export const exitCodes = {
  fine: 0,
  /** A finding, a refusal, or not converged. */
  finding: 1,
  usage: 2,
  unreachable: 3,
  /** `plan --exit-code`: there is something to do. */
  changes: 4,
} as const;

/** A dumb terminal has no cursor that could be moved. */
const terminal = isatty(1) && process.env["TERM"] !== "dumb" ? process.stdout : undefined;

/** Nothing that a user wrote is obeyed by a terminal. */
function write(stream: NodeJS.WritableStream, fd: number, text: string): void {
  const to = isatty(fd) ? "terminal" : "elsewhere";
  stream.write(harmless(text, to, isColoured(terminal === undefined ? {} : { terminal })));
}

export const processIo: Io = {
  stdout: (text) => write(process.stdout, 1, text),
  stderr: (text) => write(process.stderr, 2, text),
  readFile: (path) => readFile(path, "utf8"),
  readBytes: (path) => readFile(path),
  readFolder: (path) => readdir(path),
  isLink: async (path) => (await lstat(path)).isSymbolicLink(),
  writeFile: async (path, text) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  },
  readStdin: async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString("utf8");
  },
  runProgram: (name, args) =>
    new Promise((resolve, reject) => {
      execFile(name, [...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (error.code === "ENOENT") resolve(undefined);
        else if (typeof error.code === "number") resolve({ code: error.code, stdout, stderr });
        else reject(new Error(`${name}: ${error.message}`));
      });
    }),
  isTTY: isatty(1),
  pause: (millis) =>
    new Promise((resolve) => {
      const ended = (): void => {
        clearTimeout(timer);
        resolve(false);
      };
      const timer = setTimeout(() => {
        process.off("SIGINT", ended);
        resolve(true);
      }, millis);
      process.once("SIGINT", ended);
    }),
  ...(terminal === undefined ? {} : { terminal }),
};

/** Why a file could not be read, in a user's words; undefined for an error that is a bug. */
export function readingProblem(path: string, error: unknown): string | undefined {
  const code = errorCode(error);
  if (code === "ENOENT") return `${path}: no such file or folder`;
  if (code === "EACCES" || code === "EPERM") return `${path}: no right to read it`;
  if (code === "EISDIR") return `${path}: is a folder, a file was expected`;
  if (code === "ENOTDIR") return `${path}: is not a folder`;
  if (code === "ELOOP") return `${path}: is a symbolic link that leads back to itself`;
  if (code === "ERR_FS_FILE_TOO_LARGE" || code === "ERR_STRING_TOO_LONG")
    return `${path}: is too large to be read as text`;
  const isOfTheSystem =
    (error as { readonly syscall?: unknown } | undefined)?.syscall !== undefined;
  return code !== undefined && isOfTheSystem ? `${path}: cannot be read (${code})` : undefined;
}

/** The code that Node gives its errors, such as ENOENT. */
export function errorCode(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" ? code : undefined;
}
