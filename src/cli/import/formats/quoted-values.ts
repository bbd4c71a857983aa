// Aliases and device specs that stand as JSON in a quoted text of another language: Terraform,
// Juju bundles that are templates, Puppet hashes.

import { endOfValue } from "../../../nova/text/json-mistakes.ts";
import { loadJson } from "../../../nova/text/python-json.ts";
import type { ConfFile } from "../../../nova/conf/oslo-conf.ts";
import { valueLines } from "./bare-values.ts";
import { asConf, nothingGiven, type Given, type OptionLine } from "./given.ts";
import { optionNamed } from "./option-names.ts";

/** undefined = there is none. */
export function quotedValues(file: ConfFile): Given | undefined {
  const found: OptionLine[] = [];
  // What is commented out keeps its line and says nothing.
  const text = file.text.replace(/^[ \t]*(#|;|\/\/).*$/gm, "");
  for (const match of text.matchAll(/["']?([\w:-]+)["']?\s*(?:=>|=|:)\s*(?=["'[{j])/g)) {
    const option = optionNamed(match[1]!);
    if (option === undefined) continue;
    const value = valueAt(text.slice(match.index + match[0].length));
    if (value === undefined) continue;
    const line = text.slice(0, match.index).split("\n").length;
    found.push(...valueLines(option, value, line));
  }
  if (found.length === 0) return undefined;
  return { ...nothingGiven, pieces: [{ reader: "any", file: asConf(file.name, found) }] };
}

function valueAt(text: string): string | undefined {
  const call = /^jsonencode\(\s*/.exec(text)?.[0] ?? "";
  const rest = text.slice(call.length);
  const quoted = /^"(?:[^"\\]|\\.)*"/.exec(rest)?.[0] ?? /^'[^']*'/.exec(rest)?.[0];
  if (quoted !== undefined) return unquoted(quoted);
  const json = rest
    .slice(0, 20_000)
    .replaceAll("'", '"')
    .replace(/=>/g, ":")
    .replace(/([{,\n]\s*)([\w-]+)\s*=(?!=)/g, '$1"$2":');
  const end = endOfValue(json);
  if (end === undefined) return undefined;
  const value = json
    .slice(0, end)
    .replace(/"\s*\n(\s*")/g, '",\n$1')
    .replace(/,(\s*[}\]])/g, "$1");
  return loadJson(value).ok ? value : undefined;
}

function unquoted(text: string): string | undefined {
  const inner = text.slice(1, -1);
  const plain = text.startsWith('"') ? inner.replace(/\\(["\\])/g, "$1") : inner;
  return loadJson(plain).ok ? plain : undefined;
}
