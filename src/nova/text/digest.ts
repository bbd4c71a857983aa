// The digest of a configuration: the fingerprint of exactly what Nova parses. Comments and layout
// do not count, so an operator that writes another comment restarts nothing.

import { createHash } from "node:crypto";

/** Stamped beside every digest; a change of what is hashed is a new version, never a silent one. */
export const digestVersion = "1";

export function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** Digest of a fragment's text without comments, blank lines and outer blanks. */
export function digestOf(text: string): string {
  return sha256(parsedPart(text));
}

function parsedPart(text: string): string {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#") && !line.startsWith(";"))
    .map((line) => line.replace(/\s+$/, "").replace(/^(\w+)\s*[=:]\s*/, "$1="))
    .map((line) => `${line}\n`)
    .join("");
}
