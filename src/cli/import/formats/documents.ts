// YAML and JSON of deployment tools: manifests, Helm values, custom resources, heat and hiera
// parameters, bare lists. One walk through the documents finds what each of them calls PCI options.

import { constructFromEvents, loadAll, parseEvents, YAMLException } from "js-yaml";
import { kubernetesYaml } from "../../../api/kubernetes-yaml.ts";
import { loadJson } from "../../../nova/text/python-json.ts";
import { documentTexts } from "../../../api/yaml-documents.ts";
import { nearest, placesOf, type Places } from "../../../api/yaml-places.ts";
import { ReadingProblem } from "../../terminal/problems.ts";
import { filtersIn, isUnmistakable, kindOf, valueLines } from "./bare-values.ts";
import { flavorsIn } from "./flavor-list.ts";
import {
  asConf,
  joined,
  nothingGiven,
  type Given,
  type OptionLine,
  type Pool,
  type Reader,
} from "./given.ts";
import { helmValues, isHelmConf } from "./helm-values.ts";
import { isManifest, manifest } from "./manifests.ts";
import { leftOutDevices, leftOutKey } from "./left-out-devices.ts";
import { optionNamed, type PciOption } from "./option-names.ts";
import { releaseOfImage } from "./image-release.ts";
import { chosenNodes } from "./selectors.ts";
import { isMap, type Place, type Raw } from "./place.ts";
import { sectionLines } from "./sections.ts";

/** undefined = it is not YAML that holds a map or a list. */
export function readDocuments(file: string, given: string): Given | undefined {
  const text = given.replace(
    localTag,
    (_, before: string, tag: string) => before + " ".repeat(tag.length),
  );
  const documents = parsed(text) ?? jsonLines(text);
  if (documents === undefined) return readApart(file, text);
  return readAll(file, documents);
}

/** A document that is broken takes nothing from the others of its file. */
function readApart(file: string, text: string): Given | undefined {
  const problem = brokenYaml(text);
  if (problem === undefined) return undefined;
  const texts = documentTexts(text);
  const good = texts.flatMap((word) => parsed(word) ?? []);
  const said = texts.flatMap((word) =>
    parsed(word) === undefined ? [brokenYaml(word) ?? problem] : [],
  );
  const problems = said.map((word) => `${file}:${word}`);
  const found = good.some(({ value }) => typeof value === "object" && value !== null);
  if (!found || texts.length < 2) throw new ReadingProblem(`${file}:${problem}`);
  try {
    const all = readAll(file, good) ?? nothingGiven;
    return { ...all, problems: [...problems, ...all.problems] };
  } catch (error) {
    if (!(error instanceof ReadingProblem)) throw error;
    throw new ReadingProblem(`${file}:${problem}`);
  }
}

function readAll(file: string, documents: readonly Document[]): Given | undefined {
  const found = documents.flatMap(({ value, places }) => {
    if (typeof value !== "object" || value === null) return [];
    const lineOf = (path: string): number => nearest(places, path)?.line ?? 1;
    return [documentAt(value, { file, path: "", lineOf, reader: "any" })];
  });
  if (found.length === 0) return undefined;
  const all = joined(found);
  if (all.pieces.length + all.flavors.length + all.problems.length > 0) return all;
  throw new ReadingProblem(
    `${file}: is YAML without PCI options: they are looked for as conf.nova.pci of Helm values, as *.conf keys of a ConfigMap or Secret, as customServiceConfig, under names such as NovaPCIPassthrough, nova::pci::aliases, pci-alias, and as a bare list of device specs or aliases`,
  );
}

/** Tags of Ansible and others, such as !vault and !unsafe: what they are put before is read. */
const localTag = /((?:^|[:?,[{-])[ \t]+)(![\w.:/-]*)(?=\s|$)/gm;

type Document = { readonly value: unknown; readonly places: Places | undefined };

function parsed(text: string): readonly Document[] | undefined {
  try {
    const events = parseEvents(text, {});
    const places = placesOf(text, events);
    return constructFromEvents(events, {
      source: text,
      schema: kubernetesYaml,
      maxAliases: 1000,
    }).map((value, index) => ({ value, places: places[index] }));
  } catch {
    return undefined;
  }
}

/** One value of JSON in each line. */
function jsonLines(text: string): readonly Document[] | undefined {
  const rows = text.split("\n").filter((row) => row.trim() !== "");
  if (rows.length < 2 || !rows.every((row) => loadJson(row).ok)) return undefined;
  return [{ value: rows.map((row) => JSON.parse(row) as unknown), places: undefined }];
}

/** Where YAML or JSON that was meant as such breaks off; undefined = it looks like neither. */
function brokenYaml(text: string): string | undefined {
  const looksLike = /^\s*[[{]/.test(text) || /^\s*(- )?[\w.:"'-]+:(\s|$)/m.test(text);
  if (!looksLike || /\{\{|\{%|=>/.test(text)) return undefined;
  try {
    loadAll(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof YAMLException)) return undefined;
    const line = (error.mark as { readonly line?: number } | undefined)?.line ?? 0;
    return `${line + 1}: is YAML that cannot be read: ${error.reason}`;
  }
}

function documentAt(value: object, place: Place): Given {
  const flavors = flavorsIn(value, place.file);
  if (flavors !== undefined) return flavors;
  const kind = kindOf(value);
  if (kind === undefined) return walk(value, place);
  return pieceOf(place, asConf(place.file, entryLines(kind, value, place)));
}

/** Each entry of a list may be of its own kind. */
function entryLines(kind: PciOption, value: unknown, place: Place): readonly OptionLine[] {
  if (!Array.isArray(value)) return valueLines(kind, value, place.lineOf(place.path));
  return (value as unknown[]).flatMap((item, index) =>
    valueLines(kindOf(item) ?? kind, item, place.lineOf(`${place.path}[${index}]`)),
  );
}

function pieceOf(place: Place, file: Given["pieces"][number]["file"]): Given {
  const { reader, pool, source } = place;
  const where = {
    ...(source === undefined ? {} : { source }),
    ...(pool === undefined ? {} : { pool }),
  };
  return { ...nothingGiven, pieces: [{ reader, file, ...where }] };
}

function walk(value: unknown, place: Place): Given {
  const spoken = place.path === "" ? undefined : byItself(value, place);
  if (spoken !== undefined) return spoken;
  if (typeof value === "string") return textAt(value, place);
  if (typeof value !== "object" || value === null) return nothingGiven;
  if (Array.isArray(value)) {
    return joined((value as unknown[]).map((item, index) => walk(item, at(place, `[${index}]`))));
  }
  const raw = value as Raw;
  if (isManifest(raw)) return manifest(raw, place, walk);
  const chosen = chosenNodes(raw);
  if (chosen !== undefined)
    return joined(chosen.pools.map((pool) => walk(chosen.rest, { ...place, pool })));
  return joined(Object.entries(raw).map(([key, item]) => member(key, item, raw, place)));
}

function member(key: string, value: unknown, parent: Raw, place: Place): Given {
  const inner = within(place, key, parent);
  if (key === "conf" && isHelmConf(value)) return helmValues(value, inner);
  const option = optionNamed(key, lastKey(place.path));
  if (option !== undefined) {
    const lines = Array.isArray(value)
      ? (value as unknown[]).flatMap((item, index) =>
          valueLines(option, item, place.lineOf(`${inner.path}[${index}]`)),
        )
      : valueLines(option, multi(value), place.lineOf(inner.path));
    return lines.length === 0 ? nothingGiven : pieceOf(place, asConf(place.file, lines));
  }
  if ((key === "pci" || key === "filter_scheduler") && isMap(value)) {
    return section(key, value, inner);
  }
  return walk(value, inner);
}

/**
 * Under a name that nobody knows, entries of Nova speak for themselves, and so does a list of
 * filters with Nova's own: nothing that looks like one is passed over in silence.
 */
function byItself(value: unknown, place: Place): Given | undefined {
  const line = place.lineOf(place.path);
  const said = (what: string): readonly string[] => [
    `${place.file}:${line}: ${lastKey(place.path)} is read as ${what}, by what it holds`,
  ];
  const filters = filtersIn(value);
  if (filters !== undefined) {
    const option = { section: "filter_scheduler", option: "enabled_filters", value: filters, line };
    return { ...pieceOf(place, asConf(place.file, [option])), notes: said("enabled_filters") };
  }
  const kind = isUnmistakable(value) ? kindOf(value) : undefined;
  if (kind === undefined) return undefined;
  const lines = entryLines(kind, value, place);
  const isNamed = lastKey(place.path) === kind;
  return { ...pieceOf(place, asConf(place.file, lines)), notes: isNamed ? [] : said(kind) };
}

/** openstack-helm's way of saying several values; `juju config` says much beside the value. */
function multi(value: unknown): unknown {
  if (isMap(value) && "source" in value && "type" in value) return value["value"];
  // config.yaml of a charm.
  if (isMap(value) && "description" in value && !("vendor_id" in value)) return value["default"];
  // nova_config of Puppet.
  if (isMap(value) && typeof value["value"] === "string" && !("vendor_id" in value))
    return value["value"];
  return isMap(value) && Array.isArray(value["values"]) ? value["values"] : value;
}

/** A section of nova.conf as a map: what is an option by another name is found by its own name. */
function section(name: string, value: Raw, place: Place): Given {
  const leftOut = leftOutDevices(
    value[leftOutKey],
    `${place.file}:${place.lineOf(`${place.path}.${leftOutKey}`)}`,
  );
  const isOwn = (key: string): boolean =>
    optionNamed(key, "pci") === undefined && (key !== leftOutKey || leftOut === undefined);
  const own = Object.fromEntries(Object.entries(value).filter(([key]) => isOwn(key)));
  const lines = sectionLines({ [name]: own }, (path) =>
    place.lineOf(`${parentPath(place.path)}${path}`),
  );
  const entries = Object.entries(value).filter(([key]) => optionNamed(key, "pci") !== undefined);
  return joined([
    ...(lines.length === 0 ? [] : [pieceOf(place, asConf(place.file, lines))]),
    ...entries.map(([key, item]) => member(key, item, value, place)),
    ...(leftOut === undefined ? [] : [leftOut]),
  ]);
}

function parentPath(path: string): string {
  const cut = path.lastIndexOf(".");
  return cut < 0 ? "" : path.slice(0, cut + 1);
}

function lastKey(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

function at(place: Place, more: string): Place {
  return { ...place, path: `${place.path}${more}` };
}

/** What a key says about who reads what is below it. */
function within(place: Place, key: string, parent: Raw): Place {
  const path = place.path === "" ? key : `${place.path}.${key}`;
  const pool =
    applicationPool(key, parent, place.path) ?? hostPool(key, place.path) ?? poolNamed(key, parent);
  return {
    ...place,
    path,
    reader: pool === undefined ? readerNamed(key, place.reader) : "compute",
    ...(pool === undefined ? {} : { pool }),
  };
}

function readerNamed(key: string, outer: Reader): Reader {
  if (/compute|hypervisor|dataplane/i.test(key)) return "compute";
  return /api|scheduler|conductor|controller/i.test(key) ? "api" : outer;
}

/** Several applications of Juju stand on machines of their own. */
function applicationPool(key: string, parent: Raw, path: string): Pool | undefined {
  if (!/(^|\.)(applications|services)$/.test(path)) return undefined;
  const offering = Object.entries(parent).filter(
    ([, item]) =>
      isMap(item) &&
      isMap(item["options"]) &&
      Object.keys(item["options"]).some((name) => (optionNamed(name) ?? "alias") !== "alias"),
  );
  if (offering.length < 2 || !offering.some(([name]) => name === key)) return undefined;
  return { name: key, comments: [] };
}

/** A host of openstack-helm's overrides that are a map. */
function hostPool(key: string, path: string): Pool | undefined {
  if (!/(^|\.)overrides\.[\w-]*compute[\w-]*\.hosts$/.test(path)) return undefined;
  const nodeSelector = { matchLabels: { "kubernetes.io/hostname": key } };
  return { name: key, nodeSelector, comments: [] };
}

/** "label::value" of node overrides; a role of TripleO where there are several. */
function poolNamed(key: string, parent: Raw): Pool | undefined {
  const label = /^([a-z0-9][\w./-]*)::([\w.-]+)$/i.exec(key);
  if (label !== null && !/^nova::|^pci::/.test(key)) {
    const nodeSelector = { matchLabels: { [label[1]!]: label[2]! } };
    return { name: `${label[1]!.replace(/^.*\//, "")}-${label[2]!}`, nodeSelector, comments: [] };
  }
  const roles = Object.keys(parent).filter((text) =>
    /^Compute\w*(Parameters|ExtraConfig)$/.test(text),
  );
  const forAll = Object.keys(parent).some((text) => optionNamed(text) !== undefined);
  if (!roles.includes(key) || (roles.length < 2 && !forAll)) return undefined;
  return { name: key.replace(/(Parameters|ExtraConfig)$/, "").toLowerCase(), comments: [] };
}

/** What speaks of entries and is none that can be read; words about them are no mistake. */
function unread(text: string, place: Place): Given {
  const speaks = /^\s*(alias|device_spec|passthrough_whitelist)\s*[=:]|["']vendor_id["']\s*[:=]/m;
  if (!speaks.test(text) || /description|help|note|comment|readme/i.test(lastKey(place.path)))
    return nothingGiven;
  const problem = `${place.file}:${place.lineOf(place.path)}: what ${lastKey(place.path)} says of aliases or device specs cannot be read: write it below [pci] as in nova.conf, or as a list of YAML`;
  return { ...nothingGiven, problems: [problem] };
}

/** Jinja, ERB or Terraform under a name that speaks of aliases or device specs. */
function isUnrendered(text: string, key: string): boolean {
  const named = /pci/i.test(key) && /alias|white_?list|pass_?through|device_?spec/i.test(key);
  return named && /\{\{|\{%|<%|\$\{/.test(text);
}

/** A text inside: nova.conf, further YAML, JSON in quotes, or the name of an image. */
function textAt(text: string, place: Place): Given {
  const release = releaseOfImage(text);
  if (release !== undefined) return { ...nothingGiven, release };
  if (isUnrendered(text, lastKey(place.path))) {
    const problem = `${place.file}:${place.lineOf(place.path)}: ${lastKey(place.path)} is a template that nobody rendered: give the file that comes out of it`;
    return { ...nothingGiven, problems: [problem] };
  }
  if (!text.includes("\n")) return nothingGiven;
  const key = lastKey(place.path);
  if (key === "customServiceConfig" || /^\s*\[ *(pci|filter_scheduler) *\]\s*$/m.test(text)) {
    const first = place.lineOf(place.path);
    const lines = text.split("\n").map((_, index) => first + index);
    const source = place.source ?? place.path.replace(/\.customServiceConfig$/, "");
    return pieceOf({ ...place, source }, { name: place.file, text, lines });
  }
  if (!/^\s*(conf|pci|values|data|NovaPCI\w*|nova\S*pci\S*):/m.test(text))
    return unread(text, place);
  const first = place.lineOf(place.path) - 1;
  const inner = (parsed(text) ?? []).map(({ value, places }) =>
    walk(value, {
      ...place,
      path: "",
      lineOf: (path) => first + (nearest(places, path)?.line ?? 1),
    }),
  );
  return joined(inner);
}
