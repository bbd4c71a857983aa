// A command made of its face and its work; and what several commands read in the same way: releases
// and files.

import { findRelease, releases, type Release } from "../../nova/terms/release.ts";
import { helpOf, type Face, type Uses } from "./face.ts";
import { exitCodes, readingProblem, type Command, type Io } from "./io.ts";
import { parse, type Given } from "./parse.ts";
import { ReadingProblem, UnreachableProblem, UsageProblem } from "./problems.ts";
import { widthOf } from "./screen.ts";

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

/** Help where it is asked for, a sentence instead of a stack for what a user did wrong. */
export function commandOf<U extends Uses>(
  face: Face<U>,
  work: (given: Given<U>, io: Io) => Promise<number>,
): Command {
  return {
    name: face.name,
    help: helpOf(face),
    run: (args, io) => guard(face, args, io, () => work(parse(face, args), io)),
  };
}

export async function guard(
  face: Face,
  args: readonly string[],
  io: Io,
  work: () => Promise<number>,
): Promise<number> {
  if (asksForHelp(args)) {
    io.stdout(helpOf(face, widthOf(io)));
    return exitCodes.fine;
  }
  try {
    return await work();
  } catch (error) {
    const say = (message: string): void => io.stderr(`nova-pci ${face.name}: ${message}\n`);
    if (error instanceof UsageProblem) {
      say(`${error.message}\nnova-pci ${face.name} --help says more`);
      return exitCodes.usage;
    }
    if (!(error instanceof ReadingProblem || error instanceof UnreachableProblem)) throw error;
    say(error.message);
    return error instanceof ReadingProblem ? exitCodes.usage : exitCodes.unreachable;
  }
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  return own.includes("--help") || own.includes("-h");
}
