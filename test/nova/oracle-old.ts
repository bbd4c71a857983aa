// Changes without which Nova 17 and 18 cannot be imported by Python 3.8: two names that have gone,
// both in modules that have nothing to do with PCI devices.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** `async` is a keyword since Python 3.7; joinedload does since SQLAlchemy 1.4 what _all did. */
const renamed: readonly (readonly [RegExp, string])[] = [
  [/\basync\b/g, "async_"],
  [/\bjoinedload_all\b/g, "joinedload"],
];

export function prepareForPython38(folder: string, release: string): void {
  if (Number(release.split(".")[0]) > 18) return;
  const source = join(folder, "nova");
  for (const name of readdirSync(source, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".py") || name.startsWith("tests")) continue;
    const file = join(source, name);
    const text = readFileSync(file, "utf8");
    const changed = renamed.reduce((so, [from, to]) => so.replaceAll(from, to), text);
    if (changed !== text) writeFileSync(file, changed);
  }
}
