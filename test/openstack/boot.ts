// Servers, as a tenant would make them: without a network, from the image of the stand-in.
import { eventually, type Admin } from "./admin.ts";

type Server = {
  readonly id: string;
  readonly status: string;
  readonly host: string | null;
  readonly fault: string | undefined;
  readonly taskState: string | null;
};

export async function showServer(admin: Admin, id: string): Promise<Server | undefined> {
  const { status, body } = await admin.nova("GET", `/servers/${id}`);
  if (status === 404) return undefined;
  return serverOf((body as { server: Shown }).server);
}

type Shown = Readonly<Record<string, unknown>>;

function serverOf(server: Shown): Server {
  const fault = server["fault"] as { readonly message: string } | undefined;
  return {
    id: server["id"] as string,
    status: server["status"] as string,
    host: server["OS-EXT-SRV-ATTR:host"] as string | null,
    fault: fault?.message,
    taskState: server["OS-EXT-STS:task_state"] as string | null,
  };
}

/** Returns when Nova has made up its mind: ACTIVE or ERROR. */
export async function bootServer(admin: Admin, name: string, flavorRef: string): Promise<Server> {
  return waitForStatus(admin, await requestServer(admin, name, flavorRef), ["ACTIVE", "ERROR"]);
}

/** Returns its id at once. */
export async function requestServer(
  admin: Admin,
  name: string,
  flavorRef: string,
): Promise<string> {
  const imageRef = "11111111-2222-3333-4444-555555555555";
  const server = { name, flavorRef, imageRef, networks: "none" };
  const { status, body } = await admin.nova("POST", "/servers", { server });
  if (status !== 202) throw new Error(`POST /servers: ${status} ${JSON.stringify(body)}`);
  return (body as { server: { id: string } }).server.id;
}

export async function waitForStatus(
  admin: Admin,
  id: string,
  statuses: readonly string[],
): Promise<Server> {
  const seen = await eventually(
    `${id} in ${statuses.join(" or ")}`,
    () => showServer(admin, id),
    (server) => server?.taskState === null && statuses.includes(server.status),
  );
  return seen!;
}

export async function act(admin: Admin, id: string, action: unknown): Promise<void> {
  const { status, body } = await admin.nova("POST", `/servers/${id}/action`, action);
  if (status >= 300) throw new Error(`action: ${status} ${JSON.stringify(body)}`);
}

/**
 * Of many at once, in one list: a question for each, several times a second, would take from Nova
 * the processor that it needs to answer.
 */
async function lookAt(admin: Admin, ids: readonly string[]): Promise<readonly Server[]> {
  const { body } = await admin.nova("GET", "/servers/detail");
  const { servers = [] } = body as { readonly servers?: readonly Shown[] };
  return servers.map(serverOf).filter(({ id }) => ids.includes(id));
}

/** All at once; returns when Nova has made up its mind about each. */
export async function bootServers(
  admin: Admin,
  names: readonly string[],
  flavorRef: string,
): Promise<readonly Server[]> {
  const ids = await Promise.all(names.map((name) => requestServer(admin, name, flavorRef)));
  return settledServers(admin, ids);
}

export function settledServers(admin: Admin, ids: readonly string[]): Promise<readonly Server[]> {
  return eventually(
    `${ids.length} servers ACTIVE or ERROR`,
    () => lookAt(admin, ids),
    (seen) =>
      seen.length === ids.length &&
      seen.every((server) => server.taskState === null && /^(ACTIVE|ERROR)$/.test(server.status)),
  );
}

/** One that cannot be deleted says so at once, instead of being waited for. */
export async function deleteServer(admin: Admin, id: string): Promise<void> {
  await act(admin, id, { forceDelete: null });
  const left = await eventually(
    `${id} gone`,
    () => showServer(admin, id),
    (server) => server === undefined || isStuck(server),
  );
  if (left !== undefined) throw new Error(`${id} was not deleted: ${left.fault ?? "no fault"}`);
}

/** Not for servers that are deleted softly already: no list has them. */
export async function deleteServers(admin: Admin, ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => act(admin, id, { forceDelete: null })));
  const left = await eventually(
    `${ids.join(", ")} gone`,
    () => lookAt(admin, ids),
    (seen) => seen.every(isStuck),
  );
  for (const { id, fault } of left)
    throw new Error(`${id} was not deleted: ${fault ?? "no fault"}`);
}

const isStuck = (server: Server): boolean => server.status === "ERROR" && server.taskState === null;
