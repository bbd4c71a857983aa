// Aliases and device specs that stand as JSON in a quoted text of another language: Terraform,
// Juju bundles that are templates, Puppet hashes.

import { loadJson } from "../../../nova/text/python-json.ts";
import type { ConfFile } from "../../../nova/conf/oslo-conf.ts";
import { isUnmistakable, kindOf, valueLines } from "./bare-values.ts";
import { asConf, nothingGiven, type Given, type OptionLine } from "./given.ts";
import { optionNamed, type PciOption } from "./option-names.ts";

/** undefined = there is none. */
export function quotedValues(file: ConfFile): Given | undefined {
  const found: OptionLine[] = [];
  const missed = new Set<number>();
  const notes: string[] = [];
  // What is commented out keeps its line and says nothing.
  let text = file.text.replace(/^[ \t]*(#|;|\/\/).*$/gm, "");
  const lineAt = (index: number): number => text.slice(0, index).split("\n").length;
  const take = (option: PciOption, { text: value, length }: Found, from: number): void => {
    found.push(...valueLines(option, value, lineAt(from)));
    text = text.slice(0, from) + blank(text.slice(from, from + length)) + text.slice(from + length);
  };
  for (const match of text.matchAll(/["']?([\w:-]+)["']?[ \t]*(?:=>|[=:])(?![=:])\s*/g)) {
    const option = optionNamed(match[1]!, classAround(text, match.index));
    const from = match.index + match[0].length;
    const value = option === undefined ? undefined : valueAt(text.slice(from));
    if (option !== undefined && value !== undefined) take(option, value, from);
    else if (option !== undefined && !saysNothing.test(text.slice(from)))
      missed.add(lineAt(match.index));
  }
  for (const { value, option, from } of unnamed(text)) {
    notes.push(`${file.name}:${lineAt(from)}: is read as ${option}, by what it holds`);
    take(option, value, from);
  }
  for (const { index } of text.matchAll(entryKeys)) missed.add(lineAt(index));
  if (found.length + missed.size === 0) return undefined;
  const read = new Set(found.map((optionLine) => optionLine.line));
  const problems = [...missed]
    .filter((line) => !read.has(line))
    .map(
      (line) =>
        `${file.name}:${line}: what looks like an alias or a device spec cannot be read out of this text: write it as JSON or YAML into a file of its own`,
    );
  const pieces = [{ reader: "any" as const, file: asConf(file.name, found) }];
  return { ...nothingGiven, pieces: found.length === 0 ? [] : pieces, problems, notes };
}

/** Keys that only entries of Nova have, whatever stands round them. */
const entryKeys = /\b(vendor_id|devname|product_id)\\?["']?\s*(?:=>|=|:)/g;

/** A value that is none. */
const saysNothing = /^(""|''|\[\s*\]|\{\s*\}|undef|null|nil|none|false)(?![\w.])|^[,)}\n]|^$/i;

type Unnamed = { readonly value: Found; readonly option: PciOption; readonly from: number };

/** Entries of Nova that speak for themselves, whatever stands before them. */
function unnamed(text: string): readonly Unnamed[] {
  const all: Unnamed[] = [];
  let until = 0;
  for (const { index: from } of text.matchAll(/[[{]/g)) {
    if (from < until) continue;
    const value = hashAt(text.slice(from, from + 20_000));
    if (value === undefined || !isUnmistakable(value.text)) continue;
    const option = kindOf(JSON.parse(value.text));
    if (option === undefined) continue;
    all.push({ value, option, from });
    until = from + value.length;
  }
  return all;
}

/** Same length, same lines, nothing to find. */
function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/** The class of Puppet whose parameters these are: "pci" of nova::pci and nova::compute::pci. */
function classAround(text: string, index: number): string {
  const heads = [...text.slice(0, index).matchAll(/\bclass\s*\{\s*["']:*([\w:]+)["']/g)];
  return heads.at(-1)?.[1] ?? "";
}

type Found = { readonly text: string; readonly length: number };

function valueAt(text: string): Found | undefined {
  const here = /^<<[-~]?\s*["']?(\w+)["']?[^\n]*\n([^]*?)^[ \t]*\1\b/m.exec(text);
  if (here?.index === 0) {
    const inner = here[2]!.trim();
    return loadJson(inner).ok ? { text: inner, length: here[0].length } : undefined;
  }
  const call = /^jsonencode\(\s*/.exec(text)?.[0] ?? "";
  const rest = text.slice(call.length);
  const quoted = /^"(?:[^"\\]|\\.)*"/.exec(rest)?.[0] ?? /^'[^']*'/.exec(rest)?.[0];
  if (quoted !== undefined) {
    const plain = unquoted(quoted);
    return plain === undefined ? undefined : { text: plain, length: call.length + quoted.length };
  }
  const value = hashAt(rest);
  return value === undefined ? undefined : { ...value, length: call.length + value.length };
}

/** A hash or a list of Terraform, of Puppet or of Ruby, as JSON. */
function hashAt(rest: string): Found | undefined {
  const end = endOfHash(rest);
  if (end === undefined) return undefined;
  const value = rest
    .slice(0, end)
    .replaceAll('\\"', '"')
    .replaceAll("'", '"')
    .replace(/=>/g, ":")
    .replace(/([{,\n]\s*)([\w-]+)\s*=(?!=)/g, '$1"$2":')
    .replace(/"\s*\n(\s*")/g, '",\n$1')
    .replace(/,(\s*[}\]])/g, "$1");
  return loadJson(value).ok ? { text: value, length: end } : undefined;
}

/** Behind the bracket that closes the first one; undefined = none does. */
function endOfHash(text: string): number | undefined {
  let depth = 0;
  let quote = "";
  for (let index = 0; index < Math.min(text.length, 20_000); index++) {
    const char = text.charAt(index);
    if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === "[" || char === "{") depth += 1;
    else if (char === "]" || char === "}") {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
    if (depth === 0 && quote === "") return undefined;
  }
  return undefined;
}

function unquoted(text: string): string | undefined {
  const inner = text.slice(1, -1);
  const plain = text.startsWith('"') ? inner.replace(/\\(["\\])/g, "$1") : inner;
  return loadJson(plain).ok ? plain : undefined;
}
