// Answers "what did Nova say when it failed?": one line, bounded and masked. Never guesses: a text
// without an exception line gives its last line of the PCI or oslo.config kind, or nothing.

/**
 * The cause is the last line that names an exception class, never the first: a traceback is cut in
 * the middle by the 2,048 bytes of a termination message (measured on nova-compute 34).
 */
const exceptionLine =
  /\b((?:[a-z_]+\.)*[A-Z][A-Za-z]*(?:Error|Exception|Alias|Invalid[A-Za-z]*|NotFound[A-Za-z]*|Refused|Failure|NotPresent|Spec|Configuration))(?::\s*(.*))?$/;
const relevant = /pci|alias|device_spec|passthrough|placement|oslo_config|config|\.conf/i;
const secretLike =
  /((?:password|passwd|secret|token|api_key|transport_url|connection)\s*[=:]\s*)\S+|([a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:)[^\s@]+(@)/gi;

const limit = 300;

/** The line of Nova's own log that tells why it stopped; undefined when there is none. */
export function novaErrorLine(text: string): string | undefined {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  for (const line of lines.reverse()) {
    const found = exceptionLine.exec(line);
    if (found === null || !relevant.test(line)) continue;
    const message = found[2] === undefined ? found[1]! : `${found[1]!}: ${found[2]}`;
    return bounded(masked(message));
  }
  return undefined;
}

function masked(text: string): string {
  return text.replace(secretLike, (_all, before?: string, user?: string, at?: string) =>
    before !== undefined ? `${before}***` : `${user ?? ""}***${at ?? ""}`,
  );
}

function bounded(text: string): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
