// The options of a command as its help tells them: the one table from which completion and "did you
// mean" come, so that nothing is suggested that is not explained.

import { didYouMean } from "../../api/nearest-name.ts";

export type HelpOption = {
  readonly long: string;
  readonly short?: string;
  /** What follows it: a word in capitals, or the words that it may be. */
  readonly value?: string;
};

const line =
  /^ {2}(?:-(\w), )?((?:--[a-z][\w-]*)(?:, --[a-z][\w-]*)*)(?: ([A-Z][\w.=]*|[a-z]+(?:\|[a-z]+)+))?/;
const shortOnly = /^ {2}-(\w) ([a-z]+(?:\|[a-z]+)+)/;

export function optionsIn(help: string): readonly HelpOption[] {
  return help.split("\n").flatMap((text): readonly HelpOption[] => {
    const short = shortOnly.exec(text);
    if (short !== null) return [{ long: "output", short: short[1]!, value: short[2]! }];
    const found = line.exec(text);
    if (found === null) return [];
    return found[2]!.split(", ").map((name) => ({
      long: name.slice(2),
      ...(found[1] === undefined ? {} : { short: found[1] }),
      ...(found[3] === undefined ? {} : { value: found[3] }),
    }));
  });
}

/** What was meant by a command that there is not. */
export function commandAdvice(typed: string, commands: readonly string[]): string {
  return didYouMean(typed, commands);
}

/** What was meant by an option that there is not. */
export function flagsIn(help: string): readonly string[] {
  return optionsIn(help).map((one) => `--${one.long}`);
}
