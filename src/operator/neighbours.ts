// Which PciFlavors of other namespaces mean flavors of the Nova that this namespace has: found
// before anything is written, by who is behind the credentials. Knows no plan.

import { Failure } from "../api/failure.ts";
import { within } from "../cluster/wire/within.ts";
import type { Cloud } from "../openstack/cloud.ts";
import { isSameCloud, type CloudIdentity } from "../openstack/view/identity.ts";
import type { FlavorElsewhere, Snapshot } from "../plan/terms/snapshot.ts";

/** Another namespace with PciFlavors. */
export type Neighbour = {
  readonly namespace: string;
  readonly passthrough: Snapshot["objects"]["passthrough"];
  readonly flavors: readonly FlavorElsewhere[];
};

/**
 * Who is behind one set of credentials: asked once, and again after a while when it did not answer.
 */
export type Known = { identity?: CloudIdentity; asking?: Promise<void>; askedAt?: number };

export type Asked = { readonly cloud: Cloud | undefined; readonly known: Known };

const againMillis = 60_000;
/**
 * A neighbour that does not answer cannot be written either: its own round compares with us then.
 */
const patienceMillis = 5_000;

/** Throws the Failure of our own cloud: without it nobody knows whose flavors these are. */
export async function sharing(
  own: Asked,
  others: readonly { readonly neighbour: Neighbour; readonly asked: Asked }[],
  now: () => number,
): Promise<readonly FlavorElsewhere[]> {
  const identity = (own.known.identity ??= await own.cloud!.identity());
  await within(patienceMillis, Promise.all(others.map(({ asked }) => learn(asked, now))));
  return others.flatMap(({ neighbour, asked }) => {
    const other = asked.known.identity;
    return other !== undefined && isSameCloud(identity, other) ? neighbour.flavors : [];
  });
}

function learn({ cloud, known }: Asked, now: () => number): Promise<void> {
  if (cloud === undefined || known.identity !== undefined) return Promise.resolve();
  if (known.asking !== undefined) return known.asking;
  if (known.askedAt !== undefined && now() - known.askedAt < againMillis) return Promise.resolve();
  known.askedAt = now();
  known.asking = cloud
    .identity()
    .then((identity) => void (known.identity = identity))
    .catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
    })
    .finally(() => delete known.asking);
  return known.asking;
}
