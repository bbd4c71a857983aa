// The life of the operator: it connects, serves its probes, watches, leads when it may, and gives
// the Lease back when it is told to stop. Losing the Lease ends it: a process that led once and
// does not any more starts anew with nothing in memory.

import { randomUUID } from "node:crypto";
import { Failure } from "../api/failure.ts";
import { loadAccess } from "../cluster/wire/access.ts";
import { openCluster, type Cluster } from "../cluster/cluster.ts";
import { holdLease, type Lease } from "../cluster/lease.ts";
import { NotLeading } from "../cluster/wire/not-leading.ts";
import { openRest, type Rest } from "../cluster/wire/rest.ts";
import { makeServerClock, type ServerClock } from "../cluster/wire/server-clock.ts";
import { within } from "../cluster/wire/within.ts";
import { plan } from "../plan/plan.ts";
import type { WebhookView } from "../plan/terms/snapshot.ts";
import { startWebhook, type Webhook } from "../webhook/webhook.ts";
import { openCloudSide, type CloudSide } from "./cloud-side.ts";
import { describe, makeLog, roundTeller, turnTeller, type Logger } from "./log.ts";
import { startLoop, type Loop } from "./loop.ts";
import { makeMetrics, type Metrics } from "./metrics.ts";
import { healthRoutes, serve, stuck, type Served } from "./probes.ts";
import { realWorld } from "./real-world.ts";
import type { Settings } from "./settings.ts";

type Ended = "stopped" | "lost-lease";

type Operator = {
  /** Resolves when it ends by itself or was stopped. */
  readonly ended: Promise<Ended>;
  readonly stop: () => Promise<void>;
  readonly ports: Readonly<Record<"metrics" | "probes" | "webhook", number | undefined>>;
};

type Parts = {
  readonly settings: Settings;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: ServerClock;
  /** Fenced, and free of the fence. */
  readonly rest: Rest;
  readonly free: Rest;
  readonly cluster: Cluster;
  readonly clouds: CloudSide;
  readonly loop: Loop;
  readonly webhook: { started: Webhook | undefined };
  readonly changed: () => void;
};

export function randomPart(): string {
  return randomUUID().slice(0, 8);
}

export async function startOperator(settings: Settings): Promise<Operator> {
  const log = makeLog(settings.logLevel);
  const access = await loadAccess(settings);
  const metrics = makeMetrics({ perNode: settings.nodeMetrics });
  const held: { lease: Lease | undefined } = { lease: undefined };
  const leads = (): boolean => !settings.leaderElection || (held.lease?.leads() ?? false);
  const clock = makeServerClock();
  const heard = { told: metrics.asked, dated: clock.heard };
  const rest = openRest(access, { mayChange: leads, ...heard });
  const free = openRest(access, heard);
  const parts = assemble({ settings, log, metrics, clock, rest, free }, leads);
  const { promise: ended, resolve: end } = Promise.withResolvers<Ended>();
  const served = await serveAll(parts, () => held.lease);
  parts.webhook.started = await openWebhook(parts);
  log.info("the operator started", { server: access.server, identity: settings.identity });
  await parts.cluster.ready();
  held.lease = settings.leaderElection ? elect(parts, end) : undefined;
  if (!settings.leaderElection) begin(parts);
  let stopping: Promise<void> | undefined;
  return {
    ended,
    ports: {
      metrics: served[0]?.port,
      probes: served[1]?.port,
      webhook: parts.webhook.started?.port,
    },
    stop: () =>
      (stopping ??= stop(parts, held.lease, served).then(() => {
        end("stopped");
      })),
  };
}

type Given = Pick<Parts, "settings" | "log" | "metrics" | "clock" | "rest" | "free">;

function assemble(given: Given, leads: () => boolean): Parts {
  const { log, metrics, rest, free } = given;
  const { now } = given.clock;
  const listeners = new Set<(namespace: string) => void>();
  const turned = turnTeller(log);
  const cluster = openCluster({
    rest,
    free,
    now,
    changed: (namespace) => {
      for (const listener of listeners) listener(namespace);
    },
    turned: (path, seen, error) => {
      metrics.watchOpened(path);
      turned(path, seen, error);
    },
  });
  const clouds = openCloudSide({ secret: cluster.secret, now });
  const webhook: Parts["webhook"] = { started: undefined };
  const changed = (): void => {
    for (const namespace of cluster.namespaces())
      for (const listener of listeners) listener(namespace);
  };
  const world = realWorld({
    cluster,
    clouds,
    now,
    subscribe: (changed) => {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    webhook: (installed) => judged(installed, webhook.started),
    mayChange: () => {
      if (!leads()) throw new NotLeading();
    },
  });
  const tell = roundTeller(log);
  const loop = startLoop({
    world,
    plan,
    leads,
    watched: metrics.queue,
    reported: (report) => {
      tell(report);
      metrics.reported(report);
    },
  });
  return { ...given, cluster, clouds, loop, webhook, changed };
}

/** What the object shows and what the self-test of this process found, as one. */
function judged(
  installed: WebhookView | undefined,
  started: Webhook | undefined,
): WebhookView | undefined {
  if (installed?.is !== "installed") return installed;
  const own = started?.view();
  if (own?.is === "installed") return own;
  const unreachable =
    started === undefined
      ? "this operator runs without --webhook-bind-address"
      : "it has not run yet";
  return { ...installed, unreachable };
}

async function openWebhook(parts: Parts): Promise<Webhook | undefined> {
  const { settings, free, log, metrics, changed } = parts;
  if (settings.webhook.port === 0) return undefined;
  return startWebhook({
    rest: free,
    namespace: settings.namespace,
    at: settings.webhook,
    now: parts.clock.now,
    counted: metrics.admission,
    troubled: (error) => log.warn("the webhook is in trouble", { why: describe(error) }),
    changed,
  });
}

function elect(parts: Parts, end: (how: Ended) => void): Lease {
  const { settings, free, log, metrics } = parts;
  return holdLease({
    rest: free,
    namespace: settings.namespace,
    name: settings.leaseName,
    identity: settings.identity,
    led: () => {
      metrics.leads(true);
      begin(parts);
    },
    lost: () => {
      metrics.leads(false);
      log.error("the lease was lost", { identity: settings.identity });
      end("lost-lease");
    },
    troubled: (error) => {
      const level = error instanceof Failure && error.kind === "conflict" ? "debug" : "warn";
      log.log(level, "the lease could not be read or written", { why: describe(error) });
    },
  });
}

/** More than what two machines that are kept in step differ by. */
const oddMillis = 10_000;

function begin({ log, loop, settings, clock }: Parts): void {
  log.info("this operator leads", { identity: settings.identity });
  const ahead = clock.aheadMillis();
  if (Math.abs(ahead) > oddMillis) {
    log.warn("the clock of this machine is not the API server's, which counts here", {
      aheadSeconds: Math.round(ahead / 1000),
    });
  }
  // `leads` is true only after this call of the Lease returns.
  setImmediate(loop.wake);
}

async function serveAll(
  parts: Parts,
  lease: () => Lease | undefined,
): Promise<readonly (Served | undefined)[]> {
  const { settings, metrics, cluster, loop } = parts;
  const health = healthRoutes({
    alive: () => stuck(loop.oldestRound(), performance.now()),
    ready: () => {
      if (!cluster.isReady()) return "the lists of the cluster are not complete yet";
      if (settings.leaderElection && lease()?.leader() === undefined)
        return "nobody is seen to lead yet";
      const unready = parts.webhook.started?.unready();
      if (unready !== undefined) return unready;
      return undefined;
    },
  });
  return Promise.all([
    serve(settings.metrics, {
      "/metrics": async () => ({
        status: 200,
        type: metrics.registry.contentType,
        body: await metrics.registry.metrics(),
      }),
    }),
    serve(settings.probes, health),
  ]);
}

/** The Lease goes first, so that the other leads while the rest is put away. */
async function stop(
  parts: Parts,
  lease: Lease | undefined,
  served: readonly (Served | undefined)[],
): Promise<void> {
  const { log, loop, cluster, clouds, rest, free, webhook } = parts;
  log.info("the operator stops", {});
  await within(400, loop.stop());
  await lease?.release().catch((error: unknown) => {
    log.warn("the lease could not be given back", { why: describe(error) });
  });
  cluster.stop();
  await Promise.allSettled([
    webhook.started?.stop(),
    clouds.close(),
    rest.close(),
    free.close(),
    ...served.map((item) => item?.close()),
  ]);
}
