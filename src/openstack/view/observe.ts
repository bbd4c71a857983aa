// The observer of a cloud: what it looks like, as the plain value that the plan reads. It decides
// nothing and changes nothing. What could not be read is absent or "unknown", never empty.
import type { Ask } from "../../plan/terms/effects.ts";
import type { CloudView, HostUsage } from "../../plan/terms/snapshot.ts";
import { Failure } from "../../api/failure.ts";
import { describe } from "../wire/failures.ts";
import type { Session } from "../session/session.ts";
import { openSources, type ObserverOptions, type Sources } from "./sources.ts";

export type CloudWant = Pick<Ask, "usageOf" | "aliasUse" | "inventories" | "placement"> &
  Partial<Pick<Ask, "accessTo">>;

type Observer = {
  readonly observe: (want: CloudWant) => Promise<CloudView>;
  /** Something was changed by us: the next observation asks again. */
  readonly forget: () => void;
};

export function openObserver(session: Session, options: ObserverOptions): Observer {
  const sources = openSources(session, options);
  return {
    observe: async (want) => {
      try {
        return await observeOnce(sources, want);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return { is: "unreachable", message: describe(error), at: options.now() };
      }
    },
    forget: () => sources.forget(),
  };
}

async function observeOnce(sources: Sources, want: CloudWant): Promise<CloudView> {
  const [flavors, { services }, { highest }] = await Promise.all([
    sources.flavors(want.accessTo ?? []),
    sources.services.get(),
    sources.session.range("compute"),
  ]);
  const [usage, aliasUse, inventories, placement] = await Promise.all([
    usageByHost(sources, want),
    want.aliasUse.length === 0 ? undefined : orUnknown(sources.aliasUse(want.aliasUse)),
    want.inventories ? orUnknown(sources.inventories.get()) : undefined,
    want.placement ? orUnknown(sources.placement.get()) : undefined,
  ]);
  return {
    is: "read",
    at: sources.now(),
    microversion: highest,
    flavors,
    services,
    usage,
    ...(aliasUse === undefined ? {} : { aliasUse }),
    ...(inventories === undefined ? {} : { inventories: inventories.byHost }),
    ...(placement === undefined ? {} : { placement }),
  };
}

async function usageByHost(sources: Sources, want: CloudWant) {
  const entries = want.usageOf.map(async (host): Promise<readonly [string, HostUsage]> => [
    host,
    await sources.usage(host),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

async function orUnknown<T>(answer: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
