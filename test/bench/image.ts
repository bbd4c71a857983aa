// Answers "how does the image run Node?": flags and environment of its command, which the bench uses too.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const image = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../deploy/image/command.json"), "utf8"),
) as {
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};
