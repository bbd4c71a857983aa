// The cloud that a command on a terminal means: finds and reads a clouds.yaml where the OpenStack
// client would, or where the options say. Only commands that people run use it; the operator reads
// a Secret.
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import {
  parseClouds,
  type Credentials,
  type Problem,
} from "../../openstack/session/clouds-yaml.ts";
import { isRecord, recordAt } from "../../openstack/wire/json.ts";
import { load } from "js-yaml";
import { readText } from "../terminal/arguments.ts";
import { ReadingProblem, UsageProblem } from "../terminal/problems.ts";
import type { Io } from "../terminal/io.ts";

export type AccessOptions = {
  /** A path, or - for standard input. */
  readonly cloudsYaml?: string | undefined;
  readonly cloudName?: string | undefined;
  readonly cacert?: string | undefined;
};

export type CloudChoice = {
  readonly "clouds-yaml"?: string | undefined;
  readonly "os-cloud"?: string | undefined;
  readonly cacert?: string | undefined;
};

export function accessOf(choice: CloudChoice): AccessOptions {
  const { cacert } = choice;
  return { cloudsYaml: choice["clouds-yaml"], cloudName: choice["os-cloud"], cacert };
}

type Access =
  | { readonly credentials: Credentials; readonly warnings: readonly string[] }
  /** No file in any of these places. */
  | { readonly looked: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

export async function findCloud(
  options: AccessOptions,
  io: Io,
  environment: Environment = process.env,
): Promise<Access> {
  const cloudName = options.cloudName ?? environment["OS_CLOUD"];
  const { cacert } = options;
  const explicit = options.cloudsYaml ?? environment["OS_CLIENT_CONFIG_FILE"];
  if (explicit !== undefined) {
    const text = await readText(explicit, io);
    return understand({ place: explicit, text, cloudName, cacert }, io);
  }
  const places = usualPlaces();
  for (const place of places) {
    const text = await readIfThere(place, io);
    if (text !== undefined) return understand({ place, text, cloudName, cacert }, io);
  }
  return { looked: places };
}

function usualPlaces(): readonly string[] {
  const name = "clouds.yaml";
  return [name, join(homedir(), ".config/openstack", name), join("/etc/openstack", name)];
}

type Found = {
  readonly place: string;
  readonly text: string;
  readonly cloudName: string | undefined;
  readonly cacert: string | undefined;
};

async function understand(found: Found, io: Io): Promise<Access> {
  const { place, text, cloudName } = found;
  const path = found.cacert ?? cacertPath(found);
  const cacert = path === undefined ? undefined : await readText(path, io);
  const parsed = parseClouds({ text, cloudName, cacert });
  const lines = (all: readonly Problem[]) =>
    all.map(({ field, message }) => `${place}: ${field} ${message}`);
  if (parsed.credentials === undefined) throw new UsageProblem(lines(parsed.problems).join("\n"));
  return { credentials: parsed.credentials, warnings: lines(parsed.warnings) };
}

/** On a person's machine the file that `cacert` names can be read. */
function cacertPath({ place, text, cloudName }: Found): string | undefined {
  const clouds = recordAt(safeLoad(text), "clouds");
  const cloud = clouds[cloudName ?? Object.keys(clouds)[0] ?? ""];
  const named = isRecord(cloud) ? cloud["cacert"] : undefined;
  if (typeof named !== "string" || named.includes("-----BEGIN")) return undefined;
  return resolve(place === "-" ? "." : dirname(place), named);
}

function safeLoad(text: string): unknown {
  try {
    return load(text);
  } catch {
    return undefined; // parseClouds says what is wrong with it
  }
}

async function readIfThere(path: string, io: Io): Promise<string | undefined> {
  try {
    return await readText(path, io);
  } catch (error) {
    if (error instanceof ReadingProblem && error.message.endsWith("no such file or folder"))
      return undefined;
    throw error;
  }
}
