// The recorder of Events (events.k8s.io/v1). The same words about the same object become one Event
// with a count; an object that has too much to say is silenced for a while.

import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { apiVersion, operatorName, plurals } from "../api/names.ts";
import type { KubeEffect } from "../plan/plan.ts";
import { microTime } from "./views/kube-object.ts";
import { groupPath } from "./wire/paths.ts";
import { contentTypes, type Call } from "./wire/requests.ts";

export type EventEffect = Extract<KubeEffect, { readonly do: "event" }>;

/** The Event that was written for the same words before. */
type Told = { readonly name: string; readonly count: number; readonly at: number };
type Allowance = { readonly tokens: number; readonly at: number };

/** What client-go's recorder allows one object: a burst, then one in five minutes. */
const burst = 25;
const refillMillis = 300_000;
/** A repetition within this time is a series; later it is a new Event. */
const seriesMillis = 360_000;
/** A series is written at most this often. */
const quietMillis = 30_000;
const keptEvents = 4096;
const noteLimit = 1024;

export type Recorder = {
  /** The request that tells it; undefined = nothing needs to be said now. */
  readonly request: (namespace: string, effect: EventEffect) => Call | undefined;
};

export function makeRecorder(now: () => number, instance: string = hostname()): Recorder {
  const told = new Map<string, Told>();
  const allowances = new Map<string, Allowance>();

  function mayTell(about: string): boolean {
    const at = now();
    const last = allowances.get(about) ?? { tokens: burst, at };
    const tokens = Math.min(burst, last.tokens + (at - last.at) / refillMillis);
    remember(allowances, about, { tokens: tokens < 1 ? tokens : tokens - 1, at });
    return tokens >= 1;
  }

  return {
    request: (namespace, effect) => {
      const key = [namespace, effect.about.uid, effect.type, effect.reason, effect.message].join(
        "\n",
      );
      const last = told.get(key);
      const at = now();
      if (last !== undefined && at - last.at < quietMillis) {
        told.set(key, { ...last, count: last.count + 1 });
        return undefined;
      }
      if (!mayTell(effect.about.uid)) return undefined;
      if (last !== undefined && at - last.at < seriesMillis) {
        const again = { ...last, count: last.count + 1, at };
        remember(told, key, again);
        return repetition(namespace, again);
      }
      const name = `${effect.about.name}.${fingerprint(`${key}\n${at}`)}`;
      remember(told, key, { name, count: 1, at });
      return first({ namespace, name, at, instance }, effect);
    },
  };
}

/** Oldest keys are forgotten first. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next().value;
  if (map.size > keptEvents && oldest !== undefined) map.delete(oldest);
}

function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

type Where = {
  readonly namespace: string;
  readonly name: string;
  readonly at: number;
  readonly instance: string;
};

function first({ namespace, name, at, instance }: Where, effect: EventEffect): Call {
  const { about } = effect;
  const ours = about.kind in plurals ? { apiVersion } : {};
  return {
    method: "POST",
    path: groupPath("events.k8s.io/v1", namespace, "events"),
    body: {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name, namespace },
      eventTime: microTime(at),
      reportingController: operatorName,
      reportingInstance: instance.slice(0, 128),
      action: effect.reason,
      reason: effect.reason,
      type: effect.type,
      note: effect.message.slice(0, noteLimit),
      regarding: { ...ours, kind: about.kind, namespace, name: about.name, uid: about.uid },
    },
  };
}

function repetition(namespace: string, { name, count, at }: Told): Call {
  return {
    method: "PATCH",
    path: groupPath("events.k8s.io/v1", namespace, "events", name),
    contentType: contentTypes.merge,
    body: { series: { count, lastObservedTime: microTime(at) } },
  };
}
