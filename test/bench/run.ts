// `npm run bench [-- SECTION...]`: measures what the design promises and prints it next to the target.
// Sections run one after the other, each in a process of its own. Nothing here passes or fails.
import { loadavg } from "node:os";
import { table, type Row } from "./measure.ts";
import { rowsOf, sections } from "./sections.ts";

const asked = process.argv.slice(2);
const unknown = asked.filter((text) => !Object.hasOwn(sections, text));
if (unknown.length > 0) {
  process.stderr.write(
    `bench: no section ${unknown.join(", ")}: choose from ${Object.keys(sections).join(", ")}\n`,
  );
  process.exit(2);
}
process.stdout.write(`load of this machine before: ${loadavg()[0]!.toFixed(1)}\n`);
const rows: Row[] = [];
for (const name of asked.length === 0 ? Object.keys(sections) : asked) {
  rows.push(...(await rowsOf(name)));
}
process.stdout.write(`${table(rows)}\n`);
