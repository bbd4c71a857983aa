// What each address below the page's own answers: values of model.ts, made of one moment.

import { capacityView, groupNodes } from "./capacity.ts";
import { chainView } from "./chain.ts";
import { objectsView } from "./objects.ts";
import type { Reel } from "./reel.ts";
import { rolloutView } from "./rollout.ts";

/** Undefined: there is no such address, or no such moment any more. */
export function answer(reel: Reel, view: string, query: URLSearchParams): unknown {
  if (view === "story") return reel.story();
  const at = query.get("at");
  if (at !== null && !/^\d{1,9}$/.test(at)) return undefined;
  const moment = reel.at(at === null ? undefined : Number(at));
  if (moment === undefined) return undefined;
  const asked = (name: string): string | undefined => query.get(name) ?? undefined;
  switch (view) {
    case "capacity":
      return capacityView(moment);
    case "nodes":
      return groupNodes(moment, asked("group") ?? "");
    case "chain":
      return chainView(moment, asked("alias"));
    case "rollout":
      return rolloutView(moment);
    case "objects":
      return objectsView(moment, asked("kind"), asked("name"));
    default:
      return undefined;
  }
}
