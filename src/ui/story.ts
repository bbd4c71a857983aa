// What happened between two moments, one line for each thing that a person cares about. Told by
// comparing what was seen, so that files that are played and a cluster that lives tell it alike.

import { fragmentKey, serviceTitle } from "../api/names.ts";
import { isRoutine, sentenceOf, stalls } from "../plan/terms/gate-table.ts";
import type { Gate } from "../plan/terms/gates.ts";
import type { PodView, Snapshot } from "../plan/terms/snapshot.ts";
import type { State } from "../plan/terms/state.ts";
import type { StoryLine, Tone } from "./model.ts";
import { objectsIn, readyOf, someOf, toneOf, type AnyObject, type Moment } from "./moment.ts";
import { whoWaits } from "./rollout.ts";

const line = (topic: string, text: string, tone: Tone): StoryLine => ({ topic, text, tone });

/** Nothing before: the first look. */
export function tell(before: Moment | undefined, after: Moment): readonly StoryLine[] {
  if (before === undefined) return [opening(after)];
  const pair = [before.seen, after.seen] as const;
  return [
    ...objectLines(...pair),
    ...fileLines(...pair),
    ...workloadLines(...pair),
    ...podLines(...pair),
    ...nodeLines(...pair),
    ...cloudLines(...pair),
    ...gateLines(before, after),
  ];
}

function opening({ seen }: Moment): StoryLine {
  const count = (many: number, what: string): string => `${many} ${what}${many === 1 ? "" : "s"}`;
  const late = seen.pods.filter((pod) => !pod.ready).length;
  const objects = objectsIn(seen);
  const nodes = count(seen.nodes.length, "node");
  const pods = late === 0 ? "every pod is Ready" : `${count(late, "pod")} not Ready`;
  return line("before", `${count(objects.length, "object")}, ${nodes}, ${pods}`, "idle");
}

const key = (object: AnyObject): string => `${object.kind}/${object.name}`;

function objectLines(before: Snapshot, after: Snapshot): readonly StoryLine[] {
  const old = new Map(objectsIn(before).map((object) => [key(object), object]));
  const now = objectsIn(after);
  const gone = [...old.keys()].filter((name) => !now.some((object) => key(object) === name));
  return [
    ...now.flatMap((object) => changesOf(old.get(key(object)), object)),
    ...gone.map((name) => line("removed", name, "waiting")),
  ];
}

function changesOf(old: AnyObject | undefined, now: AnyObject): readonly StoryLine[] {
  if (old === undefined) return [line("applied", key(now), "moving")];
  const edited = old.generation === now.generation ? [] : [line("edited", key(now), "moving")];
  const [was, is] = [readyOf(old), readyOf(now)];
  if (is === undefined) return edited;
  if (was?.status === is.status && was.reason === is.reason) return edited;
  if (is.status === "True") return [...edited, line("ready", key(now), "good")];
  // What is merely on its way is told by what happens, not by each reason on the way.
  const stuck = toneOf(now) === "bad";
  if (!stuck && was?.status !== "True") return edited;
  const topic = stuck ? "stuck" : "not ready";
  return [...edited, line(topic, `${key(now)} ${is.reason}: ${is.message}`, toneOf(now))];
}

function fileLines(before: Snapshot, after: Snapshot): readonly StoryLine[] {
  const changed = Object.values(after.configMaps).filter(
    (configMap) =>
      before.configMaps[configMap.name]?.data[fragmentKey] !== configMap.data[fragmentKey],
  );
  return changed.map((configMap) => line("file", `${configMap.name} is written`, "moving"));
}

function workloadLines(before: Snapshot, after: Snapshot): readonly StoryLine[] {
  const old = new Map(before.workloads.map((workload) => [workload.uid, workload.fragment]));
  return after.workloads
    .filter(
      (workload) => workload.fragment !== undefined && old.get(workload.uid) !== workload.fragment,
    )
    .map((workload) =>
      line("restart", `${workload.kind}/${workload.name} rolls to ${workload.fragment!}`, "moving"),
    );
}

function podLines(before: Snapshot, after: Snapshot): readonly StoryLine[] {
  const old = new Map(before.pods.map((pod) => [pod.uid, pod]));
  const told = (test: (now: PodView, was: PodView | undefined) => boolean): readonly string[] => [
    ...new Set(after.pods.filter((pod) => test(pod, old.get(pod.uid))).map(placeOf)),
  ];
  const going = told((now, was) => now.deleting && was?.deleting === false);
  const ready = told((now, was) => now.ready && !now.deleting && was?.ready !== true);
  const failed = after.pods.filter(
    (pod) => pod.container.restarts > (old.get(pod.uid)?.container.restarts ?? 0),
  );
  return [
    ...(going.length === 0 ? [] : [line("down", someOf(going), "moving")]),
    ...(ready.length === 0 ? [] : [line("up", someOf(ready), "good")]),
    ...failed.map((pod) =>
      line("crash", `${placeOf(pod)} ends with code ${pod.container.lastExit?.code ?? "?"}`, "bad"),
    ),
  ];
}

function placeOf({ service, node }: PodView): string {
  const on = service === "compute" ? ` on ${node ?? "no node"}` : "";
  return `${serviceTitle[service]}${on}`;
}

function stateOf({ state }: Snapshot): State | undefined {
  return state.is === "read" ? state.state : undefined;
}

function nodeLines(before: Snapshot, after: Snapshot): readonly StoryLine[] {
  const [old, now] = [stateOf(before)?.nodes ?? {}, stateOf(after)?.nodes ?? {}];
  const names = Object.keys(now).filter((name) => now[name]!.phase !== old[name]?.phase);
  const which = (test: (name: string) => boolean): readonly string[] => names.filter(test).sort();
  const proved = which((name) => old[name]?.phase === "verifying" && now[name]!.phase === "idle");
  const canaries = which((name) => now[name]!.canary === true && now[name]!.phase === "quiescing");
  const bad = which((name) => ["halted", "rolling-back"].includes(now[name]!.phase));
  const skipped = which((name) => now[name]!.phase === "skipped");
  return [
    ...(canaries.length === 0 ? [] : [line("canary", someOf(canaries), "moving")]),
    ...(proved.length === 0 ? [] : [line("proved", someOf(proved), "good")]),
    ...(skipped.length === 0 ? [] : [line("skipped", someOf(skipped), "waiting")]),
    ...bad.map((name) => line("failed", `${name}: ${now[name]!.phase}`, "bad")),
  ];
}

function cloudLines({ cloud: before }: Snapshot, { cloud: after }: Snapshot): readonly StoryLine[] {
  if (after.is !== "read")
    return before.is === after.is ? [] : [line("nova", "the cloud cannot be asked", "unknown")];
  if (before.is !== "read") return [line("nova", "the cloud answers", "good")];
  const flavors = new Map(before.flavors.map((flavor) => [flavor.id, flavor]));
  const services = new Map(before.services.map((service) => [service.host, service]));
  const closed = after.services.flatMap((service) => {
    const was = services.get(service.host);
    if (was === undefined || was.disabled === service.disabled) return [];
    const word = service.disabled ? "closed to new servers" : "open again";
    return [line("nova", `${service.host} is ${word}`, service.disabled ? "moving" : "good")];
  });
  const written = after.flavors.flatMap((flavor) => {
    const was = flavors.get(flavor.id);
    if (was === undefined) return [line("flavor", `${flavor.name} is created in Nova`, "moving")];
    const same = JSON.stringify(was.extraSpecs) === JSON.stringify(flavor.extraSpecs);
    return same ? [] : [line("flavor", `extra specs of ${flavor.name} change`, "moving")];
  });
  return [...closed, ...written, ...deviceLines(before.inventories, after.inventories)];
}

type Inventories = Extract<Snapshot["cloud"], { readonly is: "read" }>["inventories"];

function deviceLines(before: Inventories, after: Inventories): readonly StoryLine[] {
  if (after === undefined || before === undefined) return [];
  return Object.keys(after).flatMap((host) => {
    const [was, is] = [usedOf(before[host]), usedOf(after[host])];
    if (was === is) return [];
    return [line("devices", `${host}: ${is} in use or reserved, ${was} before`, "idle")];
  });
}

function usedOf(list: NonNullable<Inventories>[string] | undefined): number {
  return (list ?? []).reduce(
    (sum, provider) => sum + Math.max(provider.used, provider.reserved),
    0,
  );
}

/**
 * A rollout waits for its next node again and again: that is told once, a person's turn each time.
 */
function gateLines(before: Moment, after: Moment): readonly StoryLine[] {
  const name = (gate: Gate): string => `${JSON.stringify(gate.waits)} ${gate.gate}`;
  const known = new Set(before.plan.gates.map(name));
  const kinds = new Set(before.plan.gates.map((gate) => gate.gate));
  const fresh = after.plan.gates.filter(
    (gate) => !isRoutine(gate) && !known.has(name(gate)) && (stalls(gate) || !kinds.has(gate.gate)),
  );
  const groups = new Map<string, { readonly who: string[]; readonly tone: Tone }>();
  for (const gate of fresh) {
    const sentence = sentenceOf(gate, after.plan.namespace);
    const group = groups.get(sentence) ?? { who: [], tone: stalls(gate) ? "bad" : "waiting" };
    groups.set(sentence, group);
    group.who.push(whoWaits(gate));
  }
  return [...groups].map(([sentence, { who, tone }]) =>
    line("waits", `${someOf(who)}: ${sentence}`, tone),
  );
}
