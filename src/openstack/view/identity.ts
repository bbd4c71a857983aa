// Which Nova is behind these credentials, as far as another set of them can be compared with it:
// where it is asked, and the computes that it has. Two namespaces may reach one Nova by an internal
// and a public endpoint, as different users, through different Keystones.

import type { Session } from "../session/session.ts";
import { listServices } from "../services/hosts.ts";

export type CloudIdentity = {
  /** The root of its compute API. */
  readonly root: string;
  /** UUIDs of its services: Nova makes each once. */
  readonly services: readonly string[];
};

export async function readIdentity(session: Session): Promise<CloudIdentity> {
  const [root, { services }] = await Promise.all([session.root("compute"), listServices(session)]);
  return { root: comparable(root), services: services.map(({ id }) => id).filter(isUuid) };
}

export function isSameCloud(cloudIdentity: CloudIdentity, other: CloudIdentity): boolean {
  if (cloudIdentity.root === other.root) return true;
  const known = new Set(cloudIdentity.services);
  return other.services.some((id) => known.has(id));
}

/** Names of hosts know no case, and a port that goes without saying is none. */
function comparable(root: string): string {
  const { protocol, host, pathname } = new URL(root);
  return `${protocol}//${host}${pathname.replace(/\/+$/, "")}`;
}

/** Before 2.53 ids are numbers, of which every cloud has the same. */
function isUuid(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
}
