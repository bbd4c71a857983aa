// The mistake that people made when an alias or device spec is not JSON, in their own terms, and
// the line to write instead. What is proposed has been read again before it is said.

import { isDict, isList, loadJson } from "./python-json.ts";

export type PciOption = "alias" | "device_spec";

/**
 * What is wrong with the text of a value, one sentence without the full stop; undefined = not
 * known.
 */
export function jsonMistake(option: PciOption, text: string): string | undefined {
  const trimmed = text.trim();
  for (const find of finders) {
    const found = find(trimmed, option);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Finder = (text: string, option: PciOption) => string | undefined;

const finders: readonly Finder[] = [
  (text) => (text === "" ? "the value is empty: remove the line" : undefined),
  (text) =>
    text.startsWith("\ufeff") ? "a byte order mark stands before it: remove that" : undefined,
  nulByte,
  nothing,
  bareIdsOrAddress,
  template,
  goMap,
  severalLinesInQuotes,
  curlyQuotes,
  trailingComment,
  innerComments,
  surplus,
  indentedOption,
  severalObjects,
  backslashes,
  aliasList,
  trailingComma,
  escapedQuotes,
  pythonDict,
  unquotedWords,
  missingBrace,
  punctuation,
  pairs,
];

function nulByte(text: string): string | undefined {
  return text.includes("\u0000")
    ? "it holds a NUL byte, which no editor shows: type the line again"
    : undefined;
}

/** What other tools print for "no value". */
function nothing(text: string): string | undefined {
  if (!/^(none|null|~|""|'')$/i.test(text)) return undefined;
  return `the value is ${text}, which is neither an object nor absent: remove the line`;
}

/** "10de:20b2" as lspci prints it, or the address alone. */
function bareIdsOrAddress(text: string, option: PciOption): string | undefined {
  const ids = /^["']?([0-9a-f]{4}):([0-9a-f]{4})["']?$/i.exec(text);
  const name = option === "alias" ? '"name":"...",' : "";
  if (ids !== null)
    return `these are ids without names: write ${option} = {${name}"vendor_id":"${ids[1]!}","product_id":"${ids[2]!}"}`;
  const address = /^["']?((?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7*])["']?$/i.exec(text)?.[1];
  return address === undefined || option === "alias"
    ? undefined
    : `this is an address without its name: write device_spec = {"address":"${address}"}`;
}

function template(text: string): string | undefined {
  const found = /\{\{.*?\}\}|\{%.*?%\}|<%.*?%>/s.exec(text);
  return found === null
    ? undefined
    : `${short(found[0])} is a template that nobody rendered: give the file that comes out of it`;
}

function escapedQuotes(text: string, option: PciOption): string | undefined {
  const loaded = loadJson(text);
  const isRead = loaded.ok && (isDict(loaded.value) || isList(loaded.value));
  if (!text.includes('\\"') || isRead) return undefined;
  const plain = text.replaceAll('\\"', '"').replace(/^"(\s*[[{][\s\S]*[}\]]\s*)"$/, "$1");
  if (!loadJson(plain).ok) return undefined;
  return `its quotes stand behind backslashes, as in a shell or a text of YAML: remove the backslashes${written(option, plain)}`;
}

/** `{vendor_id: 10de}` of YAML, `{"vendor_id": 10de}` of haste. */
function unquotedWords(text: string, option: PciOption): string | undefined {
  if (loadJson(text).ok) return undefined;
  const quoted = outsideTexts(text, (part) =>
    part
      .replace(/([{,]\s*)([A-Za-z_]\w*)(\s*:)/g, '$1"$2"$3')
      .replace(/(:\s*)(?!(?:true|false|null)\b)([\w.:*-]+)(\s*[,}])/g, '$1"$2"$3'),
  );
  if (quoted === text || !loadJson(quoted).ok) return undefined;
  return `keys and values want double quotes${written(option, quoted)}`;
}

function goMap(text: string, option: PciOption): string | undefined {
  if (!/^\[?map\[/.test(text)) return undefined;
  return `this is a map as Go prints it: the chart was given YAML where Nova wants JSON; write the value as a text, such as ${option}: {type: multistring, values: ['{"name": ...}']}`;
}

function severalLinesInQuotes(text: string, option: PciOption): string | undefined {
  const quote = text.charAt(0);
  if ((quote !== "'" && quote !== '"') || !text.endsWith(quote) || !text.includes("\n")) {
    return undefined;
  }
  return `quotes round a value of several lines stay part of it: remove them${written(option, text.slice(1, -1))}`;
}

function curlyQuotes(text: string, option: PciOption): string | undefined {
  if (!/[\u2018-\u201f\u00ab\u00bb]/.test(text)) return undefined;
  const straight = text.replace(/[\u201c-\u201f\u00ab\u00bb]|[\u2018-\u201b]/g, '"');
  return `it holds curly quotes, as a word processor or a web page makes them: write straight ones${written(option, straight)}`;
}

function trailingComment(text: string, option: PciOption): string | undefined {
  const end = endOfValue(text);
  const rest = end === undefined ? "" : text.slice(end).trim();
  if (!/^(#|;|\/\/)/.test(rest)) return undefined;
  return `oslo.config knows no comment at the end of a line: move "${short(rest)}" to a line of its own${written(option, text.slice(0, end))}`;
}

/** In a value of several lines. */
function innerComments(text: string, option: PciOption): string | undefined {
  if (!text.includes("\n")) return undefined;
  const plain = text
    .split("\n")
    .map((line) => outsideTexts(line, (part) => part.replace(/(^|\s)(#|;|\/\/).*$/, "$1")))
    .join("\n");
  if (plain === text || !isEntry(plain)) return undefined;
  return `oslo.config knows no comment inside a value of several lines: move it above the option${written(option, plain)}`;
}

/** Signs that stand before or behind a value that is one without them. */
function surplus(text: string, option: PciOption): string | undefined {
  const bare = text.replace(/^["'`]+(?=[[{])/, "").replace(/(?<=[}\]])[\s,}\])"'`]+$/, "");
  const whole = [bare, text.replace(/^["'`]+(?=[[{])/, ""), text.replace(/[\s,"'`]+$/, "")];
  const line = whole.find((word) => word !== text && isEntry(word));
  if (line === undefined || /^'[^]*'$|^"[^]*"$/.test(text)) return undefined;
  const more = text.replace(line, "").trim();
  return `${more === "" ? "something" : `"${short(more)}"`} stands there beside the value: remove it${written(option, line)}`;
}

/** An option in an indented line is the end of the value above. */
function indentedOption(text: string, option: PciOption): string | undefined {
  const end = endOfValue(text);
  const rest = end === undefined ? "" : text.slice(end).trim();
  const next = /^([a-z_]+)\s*[=:]/.exec(rest)?.[1];
  if (next === undefined) return undefined;
  return `an indented line continues the value above, so ${next} is a part of it: begin the line "${short(rest)}" in the first column${written(option, text.slice(0, end))}`;
}

function backslashes(text: string, option: PciOption): string | undefined {
  const plain = text.replace(/\s*\\[ \t]*(?=\n|$)/g, "");
  if (plain === text || !loadJson(plain).ok) return undefined;
  return `a backslash continues no line in oslo.config, indented lines do by themselves: remove it${written(option, plain)}`;
}

/** A comma or a colon that is missing, too many, or another sign. */
function punctuation(text: string, option: PciOption): string | undefined {
  const cures: readonly (readonly [string, string])[] = [
    ["there is one comma too many: remove it", text.replace(/,(\s*,)+/g, ",")],
    ["JSON wants a colon between key and value", text.replace(/("\s*)=>?(\s*["[{\d])/g, "$1:$2")],
    ["a comma is missing between two keys", text.replace(/"(\s+)"(?=[^"]*"\s*:)/g, '",$1"')],
    ["semicolons are no commas", text.replace(/"\s*;(\s*")/g, '",$1')],
    ["the braces are missing", `{"${text}"}`],
    ["the braces are missing", `{${text.replace(/,\s*$/, "")}}`],
  ];
  const [why, line] = cures.find(([, word]) => word !== text && isEntry(word)) ?? [];
  return why === undefined ? undefined : `${why}${written(option, line!)}`;
}

/** name=gpu,vendor_id=10de as other programs take it. */
function pairs(text: string, option: PciOption): string | undefined {
  const parts = text.split(/[,;\s]+/).filter((part) => part !== "");
  const found = parts.map((part) => /^([a-z_]+)[=:]([\w.:*-]+)$/.exec(part));
  if (found.length === 0 || found.includes(null)) return undefined;
  const entries = found.map((match) => `"${match![1]!}": "${match![2]!}"`);
  return `the value is an object of JSON${written(option, `{${entries.join(", ")}}`)}`;
}

function isEntry(text: string): boolean {
  const loaded = loadJson(text);
  return loaded.ok && isDict(loaded.value) && loaded.value.entries.size > 0;
}

function severalObjects(text: string, option: PciOption): string | undefined {
  const objects: string[] = [];
  let rest = text;
  while (rest !== "") {
    const end = endOfValue(rest);
    if (end === undefined || !loadJson(rest.slice(0, end)).ok) return undefined;
    objects.push(rest.slice(0, end));
    rest = rest.slice(end).replace(/^[\s,;]+/, "");
  }
  if (objects.length < 2) return undefined;
  return `one line holds ${objects.length} objects: repeat the option, one line for each${lines(option, objects)}`;
}

function aliasList(text: string, option: PciOption): string | undefined {
  const loaded = loadJson(text);
  if (option !== "alias" || !loaded.ok || !isList(loaded.value)) return undefined;
  const inner = innerValues(text);
  if (inner.length === 0) return "an alias is one object, not a list: remove the line";
  return `an alias is one object, not a list of them: write one line for each${lines(option, inner)}`;
}

function trailingComma(text: string, option: PciOption): string | undefined {
  const without = outsideTexts(text, (part) => part.replace(/,(\s*[}\]])/g, "$1"));
  if (without === text || !loadJson(without).ok) return undefined;
  return `there is a comma before the closing bracket: remove it${written(option, without)}`;
}

function pythonDict(text: string, option: PciOption): string | undefined {
  if (!/'|\b(True|False|None)\b/.test(text)) return undefined;
  const words = text
    .replaceAll("'", '"')
    .replace(/\bTrue\b/g, '"true"')
    .replace(/\bFalse\b/g, '"false"')
    .replace(/(:\s*)None\b/g, "$1null")
    .replace(/,(\s*[,}\]])/g, "$1");
  const unquoted = words.replace(/^"(\s*[[{][\s\S]*[}\]]\s*)"$/, "$1");
  if (!loadJson(unquoted).ok) return undefined;
  return `this is Python, not JSON, which wants double quotes${written(option, unquoted)}`;
}

function missingBrace(text: string, option: PciOption): string | undefined {
  const closed = ["}", "]", "}]"].map((end) => text + end).find((word) => loadJson(word).ok);
  return closed === undefined
    ? undefined
    : `the closing bracket is missing${written(option, closed)}`;
}

/** Nothing is proposed that Nova could not read either. */
function written(option: PciOption, value: string): string {
  const line = value.replace(/\s*\n\s*/g, " ").trim();
  const loaded = loadJson(line);
  const fits = loaded.ok && (isDict(loaded.value) || (option !== "alias" && isList(loaded.value)));
  return fits ? `; write ${option} = ${line}` : "";
}

function lines(option: PciOption, values: readonly string[]): string {
  const all = values.map((value) => `${option} = ${value.replace(/\s*\n\s*/g, " ").trim()}`);
  return `: ${all.join("  and  ")}`;
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

/** Where the first object or list ends, text in quotes left aside; undefined = it does not. */
function endOfValue(text: string): number | undefined {
  let depth = 0;
  for (const { 0: part, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]|[^\s{}[\]"]+/g)) {
    if (index === 0 && !/^[{[]/.test(part)) return undefined;
    if (part === "{" || part === "[") depth += 1;
    if (part === "}" || part === "]") depth -= 1;
    if (depth === 0) return index + part.length;
  }
  return undefined;
}

/** The elements of a list as they were written. */
export function innerValues(list: string): readonly string[] {
  const found: string[] = [];
  let rest = list.trim().slice(1, -1).trim();
  while (rest !== "") {
    const end = endOfValue(rest) ?? rest.length;
    found.push(rest.slice(0, end));
    rest = rest.slice(end).replace(/^[\s,]+/, "");
  }
  return found;
}

function outsideTexts(text: string, change: (part: string) => string): string {
  const texts: string[] = [];
  const held = text.replace(/"(?:[^"\\]|\\.)*"/g, (word) => `\u0000${texts.push(word) - 1}\u0000`);
  return change(held).replace(/\u0000(\d+)\u0000/g, (_, index: string) => texts[Number(index)]!);
}
