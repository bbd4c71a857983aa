// Servers and migrations of all projects, and what the flavor inside each server asks for. It must
// not decide what is in use. A server embeds a copy of its flavor, so a changed or deleted flavor
// says nothing about servers that run.
import { numberOf, recordAt, textOf, textsOf, type Json } from "../wire/json.ts";
import { readPages } from "../session/pages.ts";
import type { Session } from "../session/session.ts";

/** From 2.47 on the embedded flavor is shown; 2.69 and later also name servers of a down cell. */
const serversMicroversion = "2.90";
/** From 2.59 on migrations have a UUID (their consumer in Placement) and pages. */
const migrationsMicroversion = "2.80";

export type Server = {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly status: string;
  readonly taskState: string | undefined;
  /** Alias name -> number of devices, by the embedded flavor. */
  readonly asksFor: Readonly<Record<string, number>>;
};

/** Servers of one host, or of all; soft-deleted ones too: they keep their devices. */
export async function listServers(session: Session, host?: string): Promise<readonly Server[]> {
  const where = { all_tenants: 1, ...(host === undefined ? {} : { host }) };
  const living = await readServers(session, where);
  // `deleted` means "deleted or soft-deleted" to Nova (nova/db/main/api.py); the status leaves
  // the latter.
  const kept = await readServers(session, { ...where, deleted: 1, status: "SOFT_DELETED" });
  return [...living, ...kept];
}

async function readServers(
  session: Session,
  query: Readonly<Record<string, string | number>>,
): Promise<readonly Server[]> {
  const found = await readPages(
    session,
    {
      service: "compute",
      method: "GET",
      path: "/servers/detail",
      microversion: serversMicroversion,
      query,
    },
    "servers",
  );
  return found.map(serverOf);
}

function serverOf(json: Json): Server {
  const extraSpecs = textsOf(recordAt(json, "flavor")["extra_specs"]);
  return {
    id: textOf(json["id"]),
    name: textOf(json["name"]),
    host: textOf(json["OS-EXT-SRV-ATTR:host"]),
    status: textOf(json["status"]),
    taskState: textOf(json["OS-EXT-STS:task_state"]) || undefined,
    asksFor: aliasRequests(extraSpecs["pci_passthrough:alias"]),
  };
}

/** "a1:2,b:1" as Nova splits it; what Nova could not read asks for nothing. */
export function aliasRequests(value: string | undefined): Readonly<Record<string, number>> {
  const requests: Record<string, number> = {};
  for (const part of (value ?? "").split(",")) {
    const [name = "", count = ""] = part.split(":");
    const trimmed = name.trim();
    if (trimmed !== "" && count.trim() !== "")
      requests[trimmed] = (requests[trimmed] ?? 0) + numberOf(count.trim());
  }
  return requests;
}

export type Migration = {
  readonly uuid: string;
  readonly serverId: string;
  readonly type: string;
  readonly status: string;
  readonly source: string;
  readonly destination: string;
  /** The devices of two flavors may be involved, and only the newer one is shown by any API. */
  readonly changesFlavor: boolean;
};

/**
 * Every status in which a migration still holds something on a host. One question per status,
 * because Nova keeps the finished ones for ever. `finished` is a resize that waits for its
 * confirmation, `done` an evacuation whose source has not come back.
 */
const openStatuses = [
  "queued",
  "accepted",
  "preparing",
  "running",
  "pre-migrating",
  "migrating",
  "post-migrating",
  "finished",
  "confirming",
  "reverting",
  "done",
] as const;

export async function listOpenMigrations(session: Session): Promise<readonly Migration[]> {
  const lists = await Promise.all(openStatuses.map((status) => readMigrations(session, status)));
  return lists.flat();
}

async function readMigrations(session: Session, status: string): Promise<readonly Migration[]> {
  const query = { status, ...(status === "done" ? { migration_type: "evacuation" } : {}) };
  const found = await readPages(
    session,
    {
      service: "compute",
      method: "GET",
      path: "/os-migrations",
      microversion: migrationsMicroversion,
      query,
    },
    "migrations",
    "uuid",
  );
  return found.map((json) => ({
    uuid: textOf(json["uuid"]),
    serverId: textOf(json["instance_uuid"]),
    type: textOf(json["migration_type"]),
    status: textOf(json["status"]),
    source: textOf(json["source_compute"]),
    destination: textOf(json["dest_compute"]),
    changesFlavor: json["old_instance_type_id"] !== json["new_instance_type_id"],
  }));
}

/** Work is under way, as opposed to waiting for a person (`finished`) or a host (`done`). */
export function isUnderWay(migration: Migration): boolean {
  return migration.status !== "finished" && migration.status !== "done";
}
