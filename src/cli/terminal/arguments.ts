// Arguments that every command takes in the same way: releases, formats, files, help, and what is
// said to a wrong one.

import { findRelease, releases, type Release } from "../../nova/terms/release.ts";
import { didYouMean } from "../../api/nearest-name.ts";
import { flagsIn } from "./help-options.ts";
import { errorCode, exitCodes, readingProblem, type Command, type Io } from "./io.ts";

/** A wrong argument; the sentence says what to write instead. */
export class UsageProblem extends Error {}

/** A cluster or cloud that does not answer, or refuses to be read. */
export class UnreachableProblem extends Error {}

/** A file that is not there or cannot be read. */
export class ReadingProblem extends Error {}

/** What parseArgs complains about is a text that a user understands. */
export function understood<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (errorCode(error)?.startsWith("ERR_PARSE_ARGS") !== true) throw error;
    throw new UsageProblem(inOurWords((error as Error).message));
  }
}

/** What Node says of arguments, without its advice on how to call Node. */
function inOurWords(message: string): string {
  const positional = /^Unexpected argument '(.*?)'\./s.exec(message)?.[1];
  if (positional !== undefined)
    return `"${positional}" stands without an option: files are given with -f`;
  const without =
    /^Option '(?:-\w, )?(--?[\w-]+)(?: <value>)?' argument (missing|is ambiguous)/s.exec(message);
  if (without !== null) return `${without[1]!} needs a value behind it`;
  const flag = /^Option '(?:-\w, )?(--?[\w-]+)' does not take an argument/s.exec(message);
  return flag === null ? message : `${flag[1]!} takes no value`;
}

export function releaseOf(text: string | undefined): Release {
  if (text === undefined) throw new UsageProblem("--release is missing, such as --release 31.3.1");
  const release = findRelease(text.replace(/^v(?=\d)/, ""));
  if (release !== undefined) return release;
  const first = releases[0]!.name;
  const last = releases.at(-1)!.version;
  throw new UsageProblem(
    `--release ${text} is unknown: write a Nova version or an OpenStack name from ${first} to ${last}`,
  );
}

export function formatOf(text: string | undefined, allowed: readonly string[]): string {
  const format = text ?? allowed[0]!;
  if (allowed.includes(format)) return format;
  throw new UsageProblem(
    `-o ${format} is unknown: write ${orList(allowed)}${didYouMean(format, allowed)}`,
  );
}

/** "text, json or yaml". */
function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)!}`;
}

/** "-" is standard input. */
export async function readText(path: string, io: Io): Promise<string> {
  return path === "-" ? io.readStdin() : reading(path, () => io.readFile(path));
}

export async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const problem = readingProblem(path, error);
    throw problem === undefined ? error : new ReadingProblem(problem);
  }
}

/** Runs a command's work: help when it is asked for, a sentence instead of a stack otherwise. */
export async function guard(
  command: Pick<Command, "name" | "help">,
  args: readonly string[],
  io: Io,
  work: () => Promise<number>,
): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    io.stdout(command.help);
    return exitCodes.fine;
  }
  try {
    return await work();
  } catch (error) {
    if (error instanceof ReadingProblem) {
      io.stderr(`nova-pci ${command.name}: ${error.message}\n`);
      return exitCodes.usage;
    }
    if (error instanceof UnreachableProblem) {
      io.stderr(`nova-pci ${command.name}: ${error.message}\n`);
      return exitCodes.unreachable;
    }
    if (!(error instanceof UsageProblem)) throw error;
    io.stderr(
      `nova-pci ${command.name}: ${suggesting(error.message, command.help)}\nnova-pci ${command.name} --help says more\n`,
    );
    return exitCodes.usage;
  }
}

/** parseArgs knows what is wrong, and not what was meant. */
function suggesting(message: string, help: string): string {
  const typed = /^Unknown option '(--?[^']+)'/.exec(message)?.[1];
  if (typed === undefined) return message;
  const near = typed.startsWith("--") ? didYouMean(typed, flagsIn(help)) : "";
  return `there is no option ${typed}${near}`;
}
