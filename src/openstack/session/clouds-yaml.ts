// Reads a clouds.yaml (and the CA beside it): its text to Credentials, or to problems that name the
// field. It reads no file and opens no connection. Keys that other tools write are let be. Secrets
// are functions, so that no printer of objects can print them, and no message quotes a value of the
// file that could be one.
import { load, YAMLException } from "js-yaml";
import { isRecord } from "../wire/json.ts";

export type ServiceType = "compute" | "placement" | "network";
export type EndpointInterface = "public" | "internal" | "admin";

/** A domain, user or project is known by id, or by name within a domain. */
type DomainRef = { readonly id: string } | { readonly name: string };
type OwnedRef = { readonly id: string } | { readonly name: string; readonly domain: DomainRef };

export type Identity =
  | {
      readonly method: "password";
      readonly user: OwnedRef;
      readonly password: () => string;
      readonly project: OwnedRef;
    }
  | {
      readonly method: "application_credential";
      readonly id: string;
      readonly secret: () => string;
    }
  | {
      readonly method: "application_credential";
      readonly name: string;
      readonly user: OwnedRef;
      readonly secret: () => string;
    };

export type Credentials = {
  readonly cloudName: string;
  /** Keystone's v3 root, without a slash at its end. */
  readonly authUrl: string;
  readonly identity: Identity;
  readonly regionName: string | undefined;
  readonly interface: EndpointInterface;
  readonly endpointOverrides: Readonly<Partial<Record<ServiceType, string>>>;
  readonly verify: boolean;
  readonly cacert: string | undefined;
};

export type Problem = {
  readonly field: string;
  readonly message: string;
};

type ParsedClouds =
  | {
      readonly credentials: Credentials;
      readonly warnings: readonly Problem[];
      readonly problems: readonly [];
    }
  | { readonly credentials?: undefined; readonly problems: readonly Problem[] };

type CloudsText = {
  readonly text: string;
  /** Which entry of `clouds`; may be absent when there is exactly one. */
  readonly cloudName?: string | undefined;
  /** PEM, from the key `cacert` beside clouds.yaml. */
  readonly cacert?: string | undefined;
};

export function parseClouds(given: CloudsText): ParsedClouds {
  const document = readYaml(given.text);
  if (!document.ok) return { problems: [document.problem] };
  const clouds = document.value["clouds"];
  if (!isRecord(clouds))
    return problem("clouds", "is missing: a clouds.yaml begins with `clouds:` and a cloud's name");
  // A key that is no name of a cloud may be a value in the wrong place: it is not repeated.
  const names = Object.keys(clouds).filter((name) => isRecord(clouds[name]));
  const cloudName = given.cloudName ?? (names.length === 1 ? names[0] : undefined);
  if (cloudName === undefined)
    return problem(
      "clouds",
      `holds ${names.length} clouds (${list(names)}): say which with cloudName`,
    );
  const cloud = clouds[cloudName];
  if (cloud === undefined)
    return problem(`clouds.${cloudName}`, `does not exist; there is ${list(names)}`);
  if (!isRecord(cloud)) return problem(`clouds.${cloudName}`, "must be a mapping");
  return readCloud(cloudName, cloud, given.cacert);
}

type Found = Readonly<Record<string, unknown>>;

function readCloud(cloudName: string, cloud: Found, cacertText: string | undefined): ParsedClouds {
  const at = new Reader(`clouds.${cloudName}`, cloud);
  const auth = at.child("auth");
  const authUrl = readAuthUrl(auth, at);
  const identity = readIdentity(at, auth);
  const verify = readVerify(at);
  if (!verify)
    at.warn(
      "verify",
      "is off: nobody checks to whom the password is sent; put the CA into the Secret under the key cacert instead",
    );
  const cacert = readCacert(at, cacertText, verify && (authUrl?.startsWith("https") ?? false));
  readVersion(at);
  const credentials = {
    cloudName,
    authUrl: authUrl ?? "",
    identity,
    regionName: readRegion(at),
    interface: readInterface(at),
    endpointOverrides: readOverrides(at),
    verify,
    cacert,
  };
  if (at.problems.length > 0 || identity === undefined) return { problems: at.problems };
  return { credentials: { ...credentials, identity }, warnings: at.warnings, problems: [] };
}

/** Reads fields of one mapping and collects what is wrong with them, by full field name. */
class Reader {
  readonly problems: Problem[];
  readonly warnings: Problem[];
  readonly #path: string;
  readonly #found: Found;

  constructor(path: string, found: Found, parent?: Reader) {
    this.#path = path;
    this.#found = found;
    this.problems = parent?.problems ?? [];
    this.warnings = parent?.warnings ?? [];
  }

  child(key: string): Reader {
    const value = this.#found[key] ?? {};
    if (isRecord(value)) return new Reader(`${this.#path}.${key}`, value, this);
    this.wrong(key, "must be a mapping");
    return new Reader(`${this.#path}.${key}`, {}, this);
  }

  raw(key: string): unknown {
    return this.#found[key];
  }

  /** The first of several spellings that is given, as text. */
  text(...keys: readonly string[]): string | undefined {
    for (const key of keys) {
      const value = this.#found[key];
      if (value === undefined || value === null || value === "") continue;
      if (typeof value === "string") return value;
      this.wrong(key, `is read as ${typeof value} here: put it in quotes`);
      return undefined;
    }
    return undefined;
  }

  wrong(key: string, message: string): void {
    this.problems.push({ field: `${this.#path}.${key}`, message });
  }

  warn(key: string, message: string): void {
    this.warnings.push({ field: `${this.#path}.${key}`, message });
  }
}

function readAuthUrl(auth: Reader, cloud: Reader): string | undefined {
  const text = auth.text("auth_url");
  if (text === undefined) {
    const profile = cloud.raw("profile") ?? cloud.raw("cloud");
    const why = typeof profile === "string" ? "; a profile of another file is not looked up" : "";
    if (auth.raw("auth_url") === undefined)
      auth.wrong(
        "auth_url",
        `is missing: write Keystone's URL, for example https://keystone.example:5000/v3${why}`,
      );
    return undefined;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    auth.wrong("auth_url", "must be a URL that begins with https:// or http://");
    return undefined;
  }
  if (url.username !== "" || url.password !== "") {
    auth.wrong("auth_url", "must not carry a user or password: use username and password");
    return undefined;
  }
  const path = url.pathname.replace(/\/+$/, "").replace(/\/(v2\.0|v3)$/, "");
  return `${url.origin}${path}/v3`;
}

const applicationCredential = "v3applicationcredential";

function readIdentity(cloud: Reader, auth: Reader): Identity | undefined {
  const kind = cloud.text("auth_type") ?? guessedType(auth);
  if (kind === "password" || kind === "v3password") return readPassword(auth);
  if (kind === applicationCredential) return readApplicationCredential(auth);
  cloud.wrong("auth_type", `is not supported: use password or ${applicationCredential}`);
  return undefined;
}

function guessedType(auth: Reader): string {
  const given = auth.raw("application_credential_id") ?? auth.raw("application_credential_name");
  return given === undefined ? "password" : applicationCredential;
}

function readPassword(auth: Reader): Identity | undefined {
  const user = owned(auth, "user", ["user_id"], ["username", "user_name"]);
  const project = owned(
    auth,
    "project",
    ["project_id", "tenant_id"],
    ["project_name", "tenant_name"],
  );
  const password = auth.text("password");
  if (user === undefined) auth.wrong("username", "is missing (or give user_id)");
  if (project === undefined) auth.wrong("project_name", missingProject(auth));
  requireSecret(auth, "password", password);
  if (user === undefined || project === undefined || password === undefined) return undefined;
  return { method: "password", user, project, password: () => password };
}

function missingProject(auth: Reader): string {
  const scope = auth.raw("system_scope") === undefined ? "" : "; Nova does not take a system scope";
  return `is missing (or give project_id): Nova's administration needs a project${scope}`;
}

function readApplicationCredential(auth: Reader): Identity | undefined {
  const id = auth.text("application_credential_id");
  const name = auth.text("application_credential_name");
  const secret = auth.text("application_credential_secret");
  const user = owned(auth, "user", ["user_id"], ["username", "user_name"]);
  requireSecret(auth, "application_credential_secret", secret);
  if (id !== undefined)
    return secret === undefined
      ? undefined
      : { method: "application_credential", id, secret: () => secret };
  if (name === undefined) auth.wrong("application_credential_id", "is missing");
  else if (user === undefined)
    auth.wrong("username", "is missing: an application credential given by name belongs to a user");
  if (name === undefined || user === undefined || secret === undefined) return undefined;
  return { method: "application_credential", name, user, secret: () => secret };
}

function requireSecret(auth: Reader, key: string, value: string | undefined): void {
  const raw = auth.raw(key);
  if (value === undefined && (raw === undefined || raw === null || raw === ""))
    auth.wrong(key, "is missing");
}

function owned(
  auth: Reader,
  what: "user" | "project",
  idKeys: readonly string[],
  nameKeys: readonly string[],
): OwnedRef | undefined {
  const id = auth.text(...idKeys);
  if (id !== undefined) return { id };
  const name = auth.text(...nameKeys);
  if (name === undefined) return undefined;
  const domainId = auth.text(`${what}_domain_id`);
  if (domainId !== undefined) return { name, domain: { id: domainId } };
  const domainName = auth.text(`${what}_domain_name`);
  if (domainName !== undefined) return { name, domain: { name: domainName } };
  const fallbackName = auth.text("default_domain_name");
  if (fallbackName !== undefined) return { name, domain: { name: fallbackName } };
  return { name, domain: { id: auth.text("default_domain_id") ?? "default" } };
}

function readInterface(cloud: Reader): EndpointInterface {
  const given = cloud.raw("interface") ?? cloud.raw("endpoint_type");
  // openstacksdk also allows a list in order of preference; the first one is the wish.
  const first: unknown = Array.isArray(given) ? given[0] : given;
  if (first === undefined || first === null) return "public";
  const name = typeof first === "string" ? first.replace(/URL$/, "") : "";
  if (name === "public" || name === "internal" || name === "admin") return name;
  cloud.wrong("interface", "must be public, internal or admin");
  return "public";
}

function readRegion(cloud: Reader): string | undefined {
  const text = cloud.text("region_name");
  if (text !== undefined) return text;
  const several = cloud.raw("regions");
  if (!Array.isArray(several) || several.length === 0) return undefined;
  const first: unknown = several[0];
  if (several.length > 1) cloud.warn("regions", "lists several: the first one is used");
  if (typeof first === "string") return first;
  return isRecord(first) && typeof first["name"] === "string" ? first["name"] : undefined;
}

function readVerify(cloud: Reader): boolean {
  const off = (value: unknown) => /^(false|no|off|0)$/i.test(String(value));
  const insecure = cloud.raw("insecure");
  if (insecure !== undefined && !off(insecure)) return false;
  const verify = cloud.raw("verify");
  return verify === undefined || verify === null || !off(verify);
}

function readCacert(cloud: Reader, given: string | undefined, used: boolean): string | undefined {
  const pem = (text: string) => text.includes("-----BEGIN CERTIFICATE-----");
  if (given !== undefined && given.trim() !== "") {
    if (pem(given)) return given;
    cloud.wrong("cacert", "the CA given beside clouds.yaml is not a PEM certificate");
    return undefined;
  }
  const written = cloud.text("cacert");
  if (written === undefined) return undefined;
  if (pem(written)) return written;
  if (used)
    cloud.warn(
      "cacert",
      "names a file, which is not read here: put its content beside clouds.yaml under the key cacert",
    );
  return undefined;
}

function readVersion(cloud: Reader): void {
  const version = cloud.raw("identity_api_version");
  if (version === undefined || version === null) return;
  const text = typeof version === "number" ? `${version}` : version;
  if (typeof text !== "string" || !/^v?3(\.\d+)?$/.test(text))
    cloud.wrong("identity_api_version", "must be 3: Keystone's v2 API no longer exists");
}

const overrideKeys: Readonly<Record<ServiceType, string>> = {
  compute: "compute_endpoint_override",
  placement: "placement_endpoint_override",
  network: "network_endpoint_override",
};

function readOverrides(cloud: Reader): Partial<Record<ServiceType, string>> {
  const overrides: Partial<Record<ServiceType, string>> = {};
  for (const service of ["compute", "placement", "network"] as const) {
    const key = overrideKeys[service];
    const url = cloud.text(key);
    if (url === undefined) continue;
    if (URL.canParse(url) && /^https?:/.test(url)) overrides[service] = url;
    else cloud.wrong(key, "must be a URL that begins with https:// or http://");
  }
  return overrides;
}

function readYaml(
  text: string,
):
  { readonly ok: true; readonly value: Found } | { readonly ok: false; readonly problem: Problem } {
  const wrong = (message: string) =>
    ({ ok: false, problem: { field: "clouds.yaml", message } }) as const;
  try {
    const value: unknown = load(text);
    return isRecord(value) ? { ok: true, value } : wrong("is not a YAML mapping");
  } catch (error) {
    // The line alone: both reason and message of the library quote the text, passwords included.
    if (!(error instanceof YAMLException)) throw error;
    const line = error.mark === undefined ? "" : ` in line ${error.mark.line + 1}`;
    return wrong(
      `is not YAML${line}: put values with special characters in double quotes, and indent with blanks`,
    );
  }
}

function problem(field: string, message: string): ParsedClouds {
  return { problems: [{ field, message }] };
}

function list(names: readonly string[]): string {
  const plain = names.filter((name) => /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(name));
  return plain.length === 0 ? "none with a plain name" : plain.slice(0, 10).join(", ");
}
