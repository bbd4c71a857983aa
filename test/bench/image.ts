// Flags and environment with which the image runs Node; the bench uses them too.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const image = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../deploy/image/command.json"), "utf8"),
) as {
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};
