// Which format a file of an import has: nova.conf, YAML or JSON of a deployment tool, local.conf of
// devstack. What is none of them gets one sentence that says what it looks like and what to do.

import type { ConfFile } from "../../../nova/conf/oslo-conf.ts";
import { ReadingProblem } from "../../terminal/problems.ts";
import { readDocuments } from "./documents.ts";
import { quotedValues } from "./quoted-values.ts";
import { nothingGiven, type Given } from "./given.ts";

export function readFormat(name: string, bytes: Uint8Array): Given {
  const { text, problem } = decoded(bytes);
  const given = givenIn({ name, text });
  return problem === undefined
    ? given
    : { ...given, problems: [`${name}: ${problem}`, ...given.problems] };
}

/** What one of several files does not give is said, and the others are read. */
export function besideOthers(read: () => Given): Given {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ReadingProblem)) throw error;
    return { ...nothingGiven, problems: [error.message] };
  }
}

type Decoded = { readonly text: string; readonly problem?: string };

/** oslo.config reads strict UTF-8 and takes a byte order mark for text. */
function decoded(bytes: Uint8Array): Decoded {
  const wide = wideEncoding(bytes);
  if (wide !== undefined) {
    const text = new TextDecoder(wide).decode(bytes);
    return { text, problem: "is UTF-16, which Nova cannot read: save it as UTF-8" };
  }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    const text = new TextDecoder().decode(bytes);
    const isConf = looksLikeConf(text);
    return isConf
      ? {
          text,
          problem: "begins with a byte order mark, with which Nova does not start: remove it",
        }
      : { text };
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    const text = new TextDecoder("latin1").decode(bytes);
    return { text, problem: "is not UTF-8, with which Nova does not start: save it as UTF-8" };
  }
}

function wideEncoding(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : undefined;
}

/** What nobody can read before somebody opens it, and what is no configuration of Nova. */
const closed: readonly (readonly [RegExp, string])[] = [
  [/^\$ANSIBLE_VAULT;/, "is encrypted: ansible-vault decrypt it first"],
  [/\bENC\[AES256_GCM,/, "is encrypted with sops: sops --decrypt it first"],
  [/^kind:\s*SealedSecret\s*$/m, "is a SealedSecret: give the Secret that it becomes"],
  [/^-----BEGIN (PGP|AGE) /m, "is encrypted: decrypt it first"],
  [
    /^\s*"?apiVersion"?:\s*"?pci\.openstack\.org\//m,
    "holds objects of this operator already: nova-pci lint and plan read them",
  ],
];

function givenIn(file: ConfFile): Given {
  const [, why] = closed.find(([form]) => form.test(file.text)) ?? [];
  if (why !== undefined) throw new ReadingProblem(`${file.name}: ${why}`);
  if (/^\s*\[\[[^[\]]+\]\]\s*$/m.test(file.text)) return devstack(file);
  if (looksLikeConf(file.text)) return piece(file);
  if (lspci.test(file.text)) throw new ReadingProblem(`${file.name}: ${looksLike(file.text)}`);
  const documents = readDocuments(file.name, file.text);
  if (documents !== undefined) return documents;
  const quoted = isCommentedJson(file.text) ? undefined : quotedValues(file);
  if (quoted !== undefined) return quoted;
  throw new ReadingProblem(`${file.name}: ${looksLike(file.text)}`);
}

function piece(file: ConfFile): Given {
  return { ...nothingGiven, pieces: [{ reader: "any", file }] };
}

/** A section in a line of its own comes first, or an option of ours with "=". */
function looksLikeConf(text: string): boolean {
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*([#;].*)?$/.test(line));
  const first = lines[0] ?? "";
  if (/^\ufeff?\[ *[A-Za-z_][\w .:-]*\]?\s*$/.test(first)) return true;
  const options = /^(alias|device_spec|passthrough_whitelist|report_in_placement)\s*=/;
  return lines.some((line) => options.test(line)) && !lines.some((line) => /^[\w-]+:/.test(line));
}

/**
 * Only what devstack adds to nova.conf; the other lines become blank, so that lines keep their
 * numbers.
 */
function devstack(file: ConfFile): Given {
  const kept: Record<"any" | "compute", string[]> = { any: [], compute: [] };
  let to: "any" | "compute" | undefined;
  for (const line of file.text.split(/\r?\n/)) {
    const head = /^\s*\[\[([^|\]]+)\|([^\]]+)\]\]/.exec(line);
    if (head !== null) to = novaFile(head[2]!);
    const isOwn = head === null;
    kept.any.push(isOwn && to === "any" ? line : "");
    kept.compute.push(isOwn && to === "compute" ? line : "");
  }
  const pieces = (["any", "compute"] as const).flatMap((reader) => {
    const text = kept[reader].join("\n");
    return text.trim() === "" ? [] : [{ reader, file: { name: file.name, text } }];
  });
  return { ...nothingGiven, pieces };
}

function novaFile(name: string): "any" | "compute" | undefined {
  if (/NOVA_CPU_CONF|nova-cpu/.test(name)) return "compute";
  return /NOVA_CONF|nova\.conf/.test(name) ? "any" : undefined;
}

const lspci = /^\s*([0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7] ["0-9A-Z]/m;

const forms: readonly (readonly [RegExp, string])[] = [
  [/^\s*</, "looks like XML or HTML: give the nova.conf itself"],
  [/^\s*(class|node|include)\b.*|=>/m, "looks like a Puppet manifest"],
  [/^\s*(resource|variable|provider|module|locals)\b[^\n]*\{/m, "looks like Terraform"],
  [/^\s*(export\s+)?[A-Z_]+=/m, "looks like a shell script"],
  [/\{\{|\{%/, "looks like a template: render it first (helm template, ansible)"],
  [lspci, "looks like output of lspci, which is for: nova-pci match --inventory"],
];

/** JSON as editors and jsonc take it, and nobody else. */
const commentInJson = /^\s*(\/\/|\/\*)|[\]},"\d]\s*(\/\/|\/\*)/m;

function isCommentedJson(text: string): boolean {
  return /^\s*(\/[/*][^]*?)?[[{]/.test(text) && commentInJson.test(text);
}

function looksLike(text: string): string {
  if (text.trim() === "") return "is empty";
  if (isCommentedJson(text))
    return "looks like JSON with comments, which JSON does not have: remove // and /* */, and commas before ] and }";
  if (text.split("\n").every((line) => /^\s*([#;].*)?$/.test(line))) return "holds only comments";
  const known = forms.find(([form]) => form.test(text))?.[1] ?? "is neither nova.conf nor YAML";
  return known.includes(":")
    ? known
    : `${known}: give a nova.conf, or write the device specs or aliases as a list of JSON or YAML into a file of their own`;
}
