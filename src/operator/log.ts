// The log: JSON lines on standard output. info = the world changed because of us, warn = a person
// should look, error = a round failed, debug = each round. Messages are constant sentences; what
// varies stands in fields. A converged loop is silent at info.

import { createLogger, format, transports, type Logger, type LoggerOptions } from "winston";
import { answerOf, effectTable } from "../plan/terms/effect-table.ts";
import type { Gate } from "../plan/terms/gates.ts";
import type { Seen } from "../cluster/watch/reflector.ts";
import { fieldsOf } from "./effect-fields.ts";
import type { RoundReport } from "./loop.ts";
import type { LogLevel } from "./settings.ts";

export type { Logger } from "winston";

type Transport = NonNullable<LoggerOptions["transports"]>;

export function makeLog(level: LogLevel): Logger {
  return createLogger({
    level,
    format: format.combine(format.timestamp(), format.json()),
    // The types of winston's own transport do not meet those of its base class.
    transports: new transports.Console() as unknown as Transport,
  });
}

/** One message from an error and its causes; a message never repeats its cause. */
export function describe(error: unknown): string {
  const parts: string[] = [];
  for (let item = error; item !== undefined && parts.length < 6;) {
    if (!(item instanceof Error)) break;
    if (item.message !== "" && !parts.includes(item.message)) parts.push(item.message);
    item = item.cause;
  }
  return parts.length === 0 ? String(error) : parts.join(": ");
}

/** Tells what a round did. Gates are told when they change, not in every round. */
export function roundTeller(log: Logger): (report: RoundReport) => void {
  const gatesBefore = new Map<string, string>();
  const conflicts = new Map<string, number>();
  return (report) => {
    const { namespace, round, plan, executed, failure, bug } = report;
    const line = { namespace, round };
    const row = failure?.kind === "conflict" ? (conflicts.get(namespace) ?? 0) + 1 : 0;
    conflicts.set(namespace, row);
    if (report.gone === true) {
      conflicts.delete(namespace);
      gatesBefore.delete(namespace);
      log.info("a namespace is gone", line);
    }
    for (const { effect, failure: why } of executed) {
      const fields = { ...line, ...answerOf(fieldsOf, effect) };
      if (why === undefined) log.info(effectTable[effect.do].log, fields);
      else
        log.warn(refused[effectTable[effect.do].by], {
          ...fields,
          effect: effect.do,
          kind: why.kind,
          why: describe(why),
        });
    }
    if (plan !== undefined) tellGates(log, line, plan.gates, gatesBefore);
    if (bug !== undefined) {
      log.error("a round ended with a bug", {
        ...line,
        why: describe(bug),
        stack: bug instanceof Error ? bug.stack : undefined,
      });
    } else if (failure !== undefined) {
      tellFailure(log, { ...line, kind: failure.kind, why: describe(failure) }, row);
    }
    log.debug("a round ended", {
      ...line,
      seconds: report.seconds,
      effects: executed.length,
      gates: plan?.gates.length ?? 0,
    });
  };
}

/**
 * Somebody who was first is usual; three times in a row it is always the same, and stands still.
 */
const usualConflicts = 2;

function tellFailure(log: Logger, fields: Readonly<Record<string, unknown>>, row: number): void {
  if (row === 0) log.error("a round failed", fields);
  else if (row <= usualConflicts) log.debug("a round failed", fields);
  else log.warn("a round fails by the same conflict again and again", { ...fields, row });
}

/**
 * Lists that are refused, not answered or not complete are told at once and then each minute, with
 * path and cause. Kinds that nobody installed are no trouble.
 */
export function turnTeller(
  log: Logger,
  now: () => number = () => performance.now(),
): (path: string, seen: Seen, error?: unknown) => void {
  const told = new Map<string, number>();
  return (path, seen, error) => {
    const why =
      error !== undefined
        ? describe(error)
        : seen.is === "denied"
          ? seen.message
          : seen.is === "syncing"
            ? seen.why
            : undefined;
    const trouble = why !== undefined && seen.is !== "absent";
    if (!trouble) {
      const was = told.delete(path);
      log.log(was ? "info" : "debug", "a list turned", { path, seen: seen.is, why });
      return;
    }
    const last = told.get(path);
    const quiet = last !== undefined && now() - last < repeatMillis;
    if (!quiet) told.set(path, now());
    log.log(quiet ? "debug" : "warn", "a list cannot be read", { path, seen: seen.is, why });
  };
}

const repeatMillis = 60_000;

function tellGates(
  log: Logger,
  line: { readonly namespace: string; readonly round: number },
  gates: readonly Gate[],
  before: Map<string, string>,
): void {
  const text = [...new Set(gates.map((gate) => `${subject(gate)} ${gate.gate}`))].sort();
  const now = JSON.stringify(text);
  if (before.get(line.namespace) === now || (text.length === 0 && !before.has(line.namespace)))
    return;
  before.set(line.namespace, now);
  log.info(text.length === 0 ? "nothing waits any more" : "steps wait", {
    ...line,
    gates: text.slice(0, 50),
    count: text.length,
  });
}

function subject({ waits }: Gate): string {
  switch (waits.on) {
    case "service":
      return `service/${waits.service}`;
    case "node":
      return `node/${waits.node}`;
    case "entry":
      return waits.entry;
    case "flavor":
      return `flavor/${waits.flavor}`;
    case "installation":
      return "installation";
  }
}

const refused = {
  kubernetes: "the API server refused a write",
  cloud: "Nova refused a write",
} as const;
