// Nova's flavors: lists them and changes one of them. It must not decide what a flavor should be.
// Writes ask with 2.86, the first microversion whose extra specs Nova checks and still within reach
// of all releases we know; a removal of what is already gone is done.
import { Failure } from "../../api/failure.ts";
import type { FlavorView } from "../../plan/terms/snapshot.ts";
import { isFailure } from "../wire/failures.ts";
import { type Json, isRecord, listIn, mapIn, numberOf, textOf, textsOf } from "../wire/json.ts";
import { atLeast } from "../session/microversion.ts";
import { readPages } from "../session/pages.ts";
import type { Call, Session } from "../session/session.ts";

const readMicroversion = "2.90";
const writeMicroversion = "2.86";
/** The last one that looks at no extra spec. */
const uncheckedMicroversion = "2.85";
/**
 * From here on a list of flavors carries the extra specs (nova/api/openstack/compute/flavors.py).
 */
const inlineExtraSpecs = "2.61";

/** All flavors, private ones too; `projects` only for those that `accessTo` names by name or id. */
export async function listFlavors(
  session: Session,
  accessTo: readonly string[],
): Promise<readonly FlavorView[]> {
  const query = { is_public: "None", limit: 1000 };
  const call = compute("GET", "/flavors/detail", { microversion: readMicroversion, query });
  const found = await readPages(session, call, "flavors");
  const { highest } = await session.range("compute");
  const inline = atLeast(highest, inlineExtraSpecs);
  const flavors: FlavorView[] = [];
  for (const json of found) {
    const extraSpecs = inline
      ? textsOf(json["extra_specs"])
      : await readExtraSpecs(session, textOf(json["id"]));
    const flavor = flavorOf(json, extraSpecs);
    const asked = accessTo.includes(flavor.name) || accessTo.includes(flavor.id);
    const projects = asked && !flavor.isPublic ? await readAccess(session, flavor.id) : undefined;
    flavors.push(projects === undefined ? flavor : { ...flavor, projects });
  }
  return flavors;
}

function flavorOf(json: Json, extraSpecs: Readonly<Record<string, string>>): FlavorView {
  const description = json["description"];
  return {
    id: textOf(json["id"]),
    name: textOf(json["name"]),
    vcpus: numberOf(json["vcpus"]),
    ramMiB: numberOf(json["ram"]),
    diskGiB: numberOf(json["disk"]),
    ephemeralGiB: numberOf(json["OS-FLV-EXT-DATA:ephemeral"]),
    swapMiB: numberOf(json["swap"]),
    isPublic: json["os-flavor-access:is_public"] !== false,
    ...(typeof description === "string" ? { description } : {}),
    extraSpecs,
  };
}

async function readExtraSpecs(session: Session, id: string): Promise<Record<string, string>> {
  const body = await session.ask(compute("GET", `${flavorPath(id)}/os-extra_specs`));
  return textsOf(mapIn(body, "extra_specs"));
}

/** Projects that may use a private flavor; a flavor deleted meanwhile has none. */
async function readAccess(session: Session, id: string): Promise<readonly string[]> {
  const call = compute("GET", `${flavorPath(id)}/os-flavor-access`);
  const body = await unlessMissing(session.ask(call));
  const rows = body === undefined ? [] : listIn(body, "flavor_access");
  return rows.map(({ tenant_id }) => textOf(tenant_id));
}

type NewFlavor = {
  readonly name: string;
  readonly id?: string;
  readonly vcpus: number;
  readonly ramMiB: number;
  readonly diskGiB: number;
  readonly ephemeralGiB: number;
  readonly swapMiB: number;
  readonly isPublic: boolean;
  readonly description?: string;
};

/** Returns the id that Nova gave it. */
export async function createFlavor(session: Session, wanted: NewFlavor): Promise<string> {
  const flavor = {
    name: wanted.name,
    ...(wanted.id === undefined ? {} : { id: wanted.id }),
    vcpus: wanted.vcpus,
    ram: wanted.ramMiB,
    disk: wanted.diskGiB,
    "OS-FLV-EXT-DATA:ephemeral": wanted.ephemeralGiB,
    swap: wanted.swapMiB,
    "os-flavor-access:is_public": wanted.isPublic,
    ...(wanted.description === undefined ? {} : { description: wanted.description }),
  };
  const body = await session.ask(write("POST", "/flavors", { flavor }));
  const created = isRecord(body) ? body["flavor"] : undefined;
  if (!isRecord(created))
    throw new Failure("refused", "Nova created a flavor without saying which");
  return textOf(created["id"]);
}

type ExtraSpecs = {
  readonly flavorId: string;
  readonly set: Readonly<Record<string, string>>;
  readonly unchecked?: true;
};

/** Adds and replaces the named keys and leaves all others; the same call twice changes nothing. */
export async function setExtraSpecs(session: Session, asked: ExtraSpecs): Promise<void> {
  const path = `${flavorPath(asked.flavorId)}/os-extra_specs`;
  const call = write("POST", path, { extra_specs: asked.set });
  const microversion = asked.unchecked === true ? uncheckedMicroversion : writeMicroversion;
  await session.ask({ ...call, microversion, repeatable: true });
}

export async function deleteExtraSpec(session: Session, id: string, key: string): Promise<void> {
  const path = `${flavorPath(id)}/os-extra_specs/${encodeURIComponent(key)}`;
  await unlessMissing(session.ask(write("DELETE", path)));
}

export async function setDescription(
  session: Session,
  id: string,
  description: string | null,
): Promise<void> {
  await session.ask(write("PUT", flavorPath(id), { flavor: { description } }));
}

export async function deleteFlavor(session: Session, id: string): Promise<void> {
  await unlessMissing(session.ask(write("DELETE", flavorPath(id))));
}

export async function addAccess(session: Session, id: string, project: string): Promise<void> {
  const action = { addTenantAccess: { tenant: project } };
  try {
    await session.ask(write("POST", `${flavorPath(id)}/action`, action));
  } catch (error) {
    // 409 means "has it already" or "is a public flavor"; only the first is what was wanted.
    if (!isFailure(error, "conflict")) throw error;
    if (!(await readAccess(session, id)).includes(project)) throw error;
  }
}

export async function removeAccess(session: Session, id: string, project: string): Promise<void> {
  const action = { removeTenantAccess: { tenant: project } };
  await unlessMissing(session.ask(write("POST", `${flavorPath(id)}/action`, action)));
}

async function unlessMissing(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (isFailure(error, "missing")) return undefined;
    throw error;
  }
}

function flavorPath(id: string): string {
  return `/flavors/${encodeURIComponent(id)}`;
}

function write(method: Call["method"], path: string, body?: unknown): Call {
  return compute(method, path, { microversion: writeMicroversion, body });
}

function compute(method: Call["method"], path: string, more: Partial<Call> = {}): Call {
  return { service: "compute", method, path, ...more };
}
