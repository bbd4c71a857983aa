// Answers "which cloud does a command on a terminal mean?": finds and reads a clouds.yaml where the
// OpenStack client would, or where the options say. Only commands that people run use it; the
// operator reads a Secret.
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseClouds, type Credentials } from "../openstack/clouds-yaml.ts";
import { isRecord, recordAt } from "../openstack/json.ts";
import { load } from "js-yaml";
import { readingProblem, type Io } from "./io.ts";

export type AccessOptions = {
  /** A path, or - for standard input. */
  readonly cloudsYaml?: string | undefined;
  readonly cloudName?: string | undefined;
  readonly cacert?: string | undefined;
};

export type Access =
  | { readonly credentials: Credentials; readonly warnings: readonly string[] }
  | { readonly credentials?: undefined; readonly looked: readonly string[] }
  | { readonly credentials?: undefined; readonly problems: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

export async function findCloud(
  options: AccessOptions,
  io: Io,
  environment: Environment = process.env,
): Promise<Access> {
  const cloudName = options.cloudName ?? environment["OS_CLOUD"];
  const explicit = options.cloudsYaml ?? environment["OS_CLIENT_CONFIG_FILE"];
  const places = explicit === undefined ? usualPlaces() : [explicit];
  for (const place of places) {
    const text = await readAt(place, io);
    if (text.is === "absent" && explicit === undefined) continue;
    if (text.is !== "text") return { problems: [text.problem] };
    return understand({ place, text: text.text, cloudName, cacert: options.cacert }, io);
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
  const cacert = path === undefined ? undefined : await readAt(path, io);
  if (cacert !== undefined && cacert.is !== "text") return { problems: [cacert.problem] };
  const parsed = parseClouds({ text, cloudName, cacert: cacert?.text });
  const lines = (all: readonly { readonly field: string; readonly message: string }[]) =>
    all.map(({ field, message }) => `${place}: ${field} ${message}`);
  if (parsed.credentials === undefined) return { problems: lines(parsed.problems) };
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

type Read =
  | { readonly is: "text"; readonly text: string }
  | { readonly is: "absent" | "unreadable"; readonly problem: string };

async function readAt(path: string, io: Io): Promise<Read> {
  if (path === "-") return { is: "text", text: await io.readStdin() };
  try {
    return { is: "text", text: await io.readFile(path) };
  } catch (error) {
    const problem = readingProblem(path, error);
    if (problem === undefined) throw error;
    const absent = problem.endsWith("no such file or folder");
    return { is: absent ? "absent" : "unreadable", problem };
  }
}
