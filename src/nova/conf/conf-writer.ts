// Writes a nova.conf from which oslo.config hands exactly these values to Nova. Each value stands
// on one line; sections and options keep the order of a table, values of one option the order
// given. Knows nothing of aliases and devices.

/** One option of a fragment. */
export type ConfLine = {
  readonly section: string;
  readonly option: string;
  readonly value: string;
};

/** The only options that a fragment may carry, in the order in which it carries them. */
const allowed: readonly (readonly [section: string, options: readonly string[]])[] = [
  ["filter_scheduler", ["enabled_filters", "pci_in_placement"]],
  ["pci", ["alias", "passthrough_whitelist", "device_spec", "report_in_placement"]],
];

/**
 * Writes the lines. An option outside the table or a value that does not survive a round trip is a
 * bug of the caller and throws: no input of a user can get here unnoticed.
 */
export function writeConf(lines: readonly ConfLine[]): string {
  const sections = allowed.flatMap(([section, options]) => {
    const own = options.flatMap((option) =>
      lines.filter((line) => line.section === section && line.option === option),
    );
    if (own.length === 0) return [];
    return [`[${section}]\n${own.map((line) => `${line.option} = ${checked(line)}\n`).join("")}`];
  });
  const written = allowed.flatMap(([section, options]) =>
    options.map((option) => `${section}.${option}`),
  );
  for (const line of lines) {
    if (!written.includes(`${line.section}.${line.option}`)) {
      throw new Error(`option [${line.section}]${line.option} may not stand in a fragment`);
    }
  }
  return sections.join("\n");
}

/**
 * A value that oslo.config hands on unchanged: printable ASCII, no outer blanks, no `$` (it would
 * be replaced), no pair of quotes around it (it would be removed), never empty (an empty alias is
 * an error of its own).
 */
export function survives(value: string): boolean {
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) return false;
  return !value.includes("$") && !/^(["']).*\1$/.test(value) && value !== '"' && value !== "'";
}

function checked(line: ConfLine): string {
  if (survives(line.value)) return line.value;
  throw new Error(`value of [${line.section}]${line.option} cannot be written: ${line.value}`);
}
