// Nova's services and hypervisors: lists them, and enables or disables a nova-compute. It must not
// judge health: what Nova says is handed on.
import type { ComputeServiceView } from "../../plan/terms/snapshot.ts";
import { isRecord, listIn, recordAt, textOf, type Json } from "../wire/json.ts";
import { readPages } from "../session/pages.ts";
import type { Session } from "../session/session.ts";

/** From 2.69 on the services of a cell that is down are listed, as UNKNOWN and without an id. */
const servicesMicroversion = "2.69";
/** From 2.53 on a service is known by a UUID that is unique over all cells. */
const changeMicroversion = "2.53";
/**
 * The last change of hypervisors; from 2.53 on their id is the UUID of the provider in Placement.
 */
const hypervisorsMicroversion = "2.88";

export type Services = {
  readonly services: readonly ComputeServiceView[];
  /** Hosts in a cell whose database nobody reaches: nothing about their servers is known. */
  readonly downCellHosts: readonly string[];
};

export async function listServices(session: Session): Promise<Services> {
  const body = await session.ask({
    service: "compute",
    method: "GET",
    path: "/os-services",
    microversion: servicesMicroversion,
  });
  const found = listIn(body, "services");
  return {
    services: found.map(serviceOf),
    downCellHosts: found.filter(inDownCell).map(({ host }) => textOf(host)),
  };
}

function inDownCell(json: Json): boolean {
  return json["status"] === "UNKNOWN";
}

function serviceOf(json: Json): ComputeServiceView {
  const disabledReason = textOf(json["disabled_reason"]);
  const updatedAt = textOf(json["updated_at"]);
  return {
    id: textOf(json["id"]),
    host: textOf(json["host"]),
    binary: textOf(json["binary"]),
    state: inDownCell(json) ? "unknown" : json["state"] === "up" ? "up" : "down",
    disabled: json["status"] === "disabled",
    ...(disabledReason === "" ? {} : { disabledReason }),
    ...(updatedAt === "" ? {} : { updatedAt }),
  };
}

export async function disableService(session: Session, id: string, reason: string): Promise<void> {
  await changeService(session, id, { status: "disabled", disabled_reason: reason });
}

export async function enableService(session: Session, id: string): Promise<void> {
  await changeService(session, id, { status: "enabled" });
}

async function changeService(session: Session, id: string, body: unknown): Promise<void> {
  await session.ask({
    service: "compute",
    method: "PUT",
    path: `/os-services/${encodeURIComponent(id)}`,
    microversion: changeMicroversion,
    body,
  });
}

export type Hypervisor = {
  /** Also the UUID of the root provider in Placement. */
  readonly uuid: string;
  readonly host: string;
};

export async function listHypervisors(session: Session): Promise<readonly Hypervisor[]> {
  const found = await readPages(
    session,
    {
      service: "compute",
      method: "GET",
      path: "/os-hypervisors/detail",
      microversion: hypervisorsMicroversion,
    },
    "hypervisors",
  );
  return found
    .filter((json) => isRecord(json["service"]))
    .map((json) => ({
      uuid: textOf(json["id"]),
      host: textOf(recordAt(json, "service")["host"]),
    }));
}
