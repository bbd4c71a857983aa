// ConfigMaps and Secrets: every *.conf key is a file that Nova reads.

import { Buffer } from "node:buffer";
import { joined, nothingGiven, type Given, type Piece, type Pool, type Reader } from "./given.ts";
import type { Place, Raw } from "./place.ts";

/** The walk through what is no *.conf: values of a chart, for example. */
type Walk = (value: unknown, place: Place) => Given;

export function isManifest(raw: Raw): boolean {
  return raw["kind"] === "ConfigMap" || raw["kind"] === "Secret";
}

export function manifest(raw: Raw, place: Place, walk: Walk): Given {
  const metadata = (raw["metadata"] ?? {}) as Raw;
  const name = typeof metadata["name"] === "string" ? metadata["name"] : "";
  const found: Given[] = [];
  for (const group of ["data", "stringData", "binaryData"]) {
    const values = (raw[group] ?? {}) as Raw;
    const encoded = group === "binaryData" || (group === "data" && raw["kind"] === "Secret");
    for (const [key, value] of Object.entries(values)) {
      if (typeof value !== "string") continue;
      const path = `${place.path === "" ? "" : `${place.path}.`}${group}.${key}`;
      if (encoded && key.endsWith(".conf") && !isBase64(value)) {
        const problem = `${place.file}:${place.lineOf(path)}: ${key} is not base64: use stringData for plain text`;
        found.push({ ...nothingGiven, problems: [problem] });
        continue;
      }
      const text = encoded ? Buffer.from(value, "base64").toString("utf8") : value;
      const own = encoded ? encodedPlace(place, `${String(raw["kind"])}/${name}/${key}`) : place;
      const source = `${String(raw["kind"])}/${name}`;
      const inner = { ...own, source, path: encoded ? "" : path };
      if (key.endsWith(".conf"))
        found.push(...(isOfNova(text) ? [confOf(text, key, name, inner)] : []));
      else if (/\.(sample|example|orig|bak|old)$/.test(key))
        found.push({
          ...nothingGiven,
          notes: [`${inner.file}: ${key} is read by nobody: not taken`],
        });
      else if (text.includes("\n")) found.push(walk(text, inner));
    }
  }
  const namespace = metadata["namespace"];
  const all = joined(found);
  return typeof namespace === "string" ? { ...all, namespace } : all;
}

/** Others have *.conf, too: that of a web server has no sections, and says nothing of devices. */
function isOfNova(text: string): boolean {
  return /^\s*\[/m.test(text) || /pci|alias|device_spec|passthrough|_filters/.test(text);
}

function isBase64(value: string): boolean {
  return /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value);
}

/** Lines of an encoded text are counted in the text itself. */
function encodedPlace(place: Place, what: string): Place {
  return { ...place, file: `${place.file}:${what}`, lineOf: () => 1 };
}

function confOf(text: string, key: string, object: string, place: Place): Given {
  const first = place.lineOf(place.path);
  const lines = text.split("\n").map((_, index) => first + index);
  const reader = readerOf(key, object, place.reader);
  const pool = reader === "compute" ? poolOf(object) : undefined;
  const file = { name: place.file, text, lines };
  const { source } = place;
  const piece: Piece = {
    reader,
    file,
    ...(source === undefined ? {} : { source }),
    ...(pool === undefined ? {} : { pool }),
  };
  return { ...nothingGiven, pieces: [piece] };
}

/**
 * Of openstack-helm's Secrets the one of a DaemonSet is named like it; nova-compute reads no other.
 */
function readerOf(key: string, object: string, outer: Reader): Reader {
  if (/compute/.test(key)) return "compute";
  if (/compute|hypervisor|edpm|dataplane/.test(object)) return "compute";
  if (/api|scheduler|conductor/.test(`${key} ${object}`) || object === "nova-etc") return "api";
  return outer;
}

function poolOf(object: string): Pool | undefined {
  const named = /^nova-compute-(.+)$/.exec(object)?.[1];
  return named === undefined ? undefined : { name: named, comments: [] };
}
