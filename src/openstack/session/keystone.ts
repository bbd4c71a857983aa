// One token request to Keystone v3 and the reading of its answer. It must not keep tokens or repeat
// requests; session.ts does. Nothing here may put the request's body into a message.
import { Failure } from "../../api/failure.ts";
import { readCatalog, type Catalog } from "./catalog.ts";
import type { Credentials, Identity } from "./clouds-yaml.ts";
import { isRecord } from "../wire/json.ts";

export type Token = {
  readonly value: string;
  /** How long it lives, by Keystone's own two stamps; our clock only counts from its arrival. */
  readonly lifetimeMillis: number;
  readonly catalog: Catalog;
  readonly projectId: string | undefined;
};

export function tokenUrl(credentials: Credentials): string {
  return `${credentials.authUrl}/auth/tokens`;
}

export function tokenRequest(credentials: Credentials): string {
  return JSON.stringify({ auth: authOf(credentials.identity) });
}

function authOf(identity: Identity): Readonly<Record<string, unknown>> {
  if (identity.method === "password")
    return {
      identity: {
        methods: ["password"],
        password: { user: { ...identity.user, password: identity.password() } },
      },
      scope: { project: identity.project },
    };
  const secret = identity.secret();
  // An application credential carries its project; a scope beside it is refused by Keystone.
  return {
    identity: {
      methods: ["application_credential"],
      application_credential:
        "id" in identity
          ? { id: identity.id, secret }
          : { name: identity.name, user: identity.user, secret },
    },
  };
}

export function readToken(subject: string | undefined, body: unknown): Token {
  const token = isRecord(body) ? body["token"] : undefined;
  if (subject === undefined || subject === "" || !isRecord(token))
    throw new Failure("refused", "what answered is not Keystone v3: check auth_url");
  const lifetimeMillis = stamp(token["expires_at"]) - stamp(token["issued_at"]);
  const project = token["project"];
  return {
    value: subject,
    lifetimeMillis: Number.isNaN(lifetimeMillis) ? 0 : lifetimeMillis,
    catalog: readCatalog(token["catalog"]),
    projectId: isRecord(project) && typeof project["id"] === "string" ? project["id"] : undefined,
  };
}

/** The words a person knows the credentials by; never the secret. */
export function nameOf(credentials: Credentials): string {
  const { identity } = credentials;
  if (identity.method === "password") {
    const { user } = identity;
    return `user ${"name" in user ? user.name : user.id}`;
  }
  return `application credential ${"id" in identity ? identity.id : identity.name}`;
}

export function secretsOf(credentials: Credentials): readonly string[] {
  const { identity } = credentials;
  return [identity.method === "password" ? identity.password() : identity.secret()];
}

function stamp(value: unknown): number {
  return typeof value === "string" ? Date.parse(value) : Number.NaN;
}
