// The life of the webhook on one replica: it serves from the first certificate on, looks after the
// certificates every 15 seconds and tests itself at start and every ten minutes. Whether it leads
// does not matter. Where its configuration is not installed it does nothing and says so.

import { Failure } from "../api/failure.ts";
import { policyVersionAnnotation } from "../api/names.ts";
import type { Requests } from "../cluster/wire/requests.ts";
import type { WebhookView } from "../plan/terms/snapshot.ts";
import { assignmentReader } from "./assignments.ts";
import { makeKeeper, type Configuration } from "./keeper.ts";
import { selfTest } from "./self-test.ts";
import { serveWebhook, type Counted } from "./server.ts";

export type Webhook = {
  /** Undefined until it looked. */
  readonly view: () => WebhookView | undefined;
  /** Why it cannot serve although it is installed. */
  readonly unready: () => string | undefined;
  readonly port: number;
  readonly stop: () => Promise<void>;
};

type WebhookParts = {
  /** Not fenced by the Lease. */
  readonly rest: Requests;
  readonly namespace: string;
  readonly at: { readonly host: string; readonly port: number };
  readonly now: () => number;
  readonly counted: (counted: Counted) => void;
  readonly troubled: (error: unknown) => void;
  /** What it knows of itself has changed. */
  readonly changed: () => void;
  readonly times?: Partial<Times>;
};

type Times = {
  readonly lookMillis: number;
  readonly testMillis: number;
  readonly soonMillis: number;
};
const usual: Times = { lookMillis: 15_000, testMillis: 600_000, soonMillis: 5_000 };

export async function startWebhook(parts: WebhookParts): Promise<Webhook> {
  const { rest, namespace, now } = parts;
  const times = { ...usual, ...parts.times };
  const server = await serveWebhook({
    at: parts.at,
    read: assignmentReader(rest),
    counted: parts.counted,
  });
  const keeper = makeKeeper({ rest, namespace, now, present: server.present });
  let view: WebhookView | undefined;
  let testedAt = Number.NEGATIVE_INFINITY;
  let trouble: string | undefined;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const say = (next: WebhookView): void => {
    const differs = JSON.stringify(next) !== JSON.stringify(view);
    view = next;
    if (differs) parts.changed();
  };
  const look = async (): Promise<number> => {
    const configuration = await keeper.tick();
    trouble = undefined;
    if (configuration === undefined) {
      say({ is: "absent" });
      testedAt = Number.NEGATIVE_INFINITY;
      return times.lookMillis;
    }
    const good = view?.is === "installed" && view.unreachable === undefined;
    if (good && performance.now() - testedAt < times.testMillis) return times.lookMillis;
    const why = await selfTest(rest, selectorOf(configuration));
    testedAt = performance.now();
    say(installed(configuration, why));
    return why === undefined ? times.lookMillis : times.soonMillis;
  };
  const turn = async (): Promise<void> => {
    let next = times.soonMillis;
    try {
      next = await look();
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
      if (!isNotInstalled(error)) parts.troubled(error);
      if (view?.is === "installed") say({ ...view, unreachable: trouble });
      else if (isNotInstalled(error)) say({ is: "absent" });
    }
    if (!stopped) timer = setTimeout(() => void turn(), next);
  };
  void turn();
  return {
    port: server.port,
    view: () => view,
    unready: () =>
      view?.is !== "absent" && !keeper.serves() && trouble !== undefined
        ? `the webhook has no certificate: ${trouble}`
        : undefined,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await server.close();
    },
  };
}

/** The right to look at the configuration comes with deploy; without it nobody uses the webhook. */
function isNotInstalled(error: unknown): boolean {
  return (
    error instanceof Failure && error.kind === "denied" && /mutatingwebhook/.test(error.message)
  );
}

function selectorOf(configuration: Configuration): Readonly<Record<string, string>> {
  return configuration.webhooks?.[0]?.objectSelector?.matchLabels ?? {};
}

function installed(configuration: Configuration, why: string | undefined): WebhookView {
  return {
    is: "installed",
    version: configuration.metadata.annotations?.[policyVersionAnnotation] ?? "",
    selects: selectorOf(configuration),
    ...(why === undefined ? {} : { unreachable: why }),
  };
}
