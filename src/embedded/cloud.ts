// A stand-in for Nova, named as one: flavors, compute services with heartbeats, servers that hold
// devices; what the OpenStack edge would read of a cloud, and do to it. Heartbeats are computed
// when somebody looks, so a quiet hour costs nothing.

import { aliasExtraSpec } from "../api/names.ts";
import { Failure } from "../api/failure.ts";
import { checkExtraSpec } from "../nova/flavor/extra-spec.ts";
import { releasesOfMicroversion } from "../nova/terms/release.ts";
import type { Ask, CloudEffect } from "../plan/terms/effects.ts";
import type {
  AliasUse,
  CloudRead,
  ComputeServiceView,
  DeviceUse,
  FlavorView,
  HostUsage,
  Millis,
} from "../plan/terms/snapshot.ts";
import type { Clock } from "./store/clock.ts";
import { makeFakePlacement, type FakePlacement } from "./placement.ts";

type Server = {
  readonly id: string;
  readonly host: string;
  readonly since: Millis;
  /** Names of the aliases that its embedded flavor asks for. */
  readonly aliases: readonly string[];
  /** The device it holds. */
  readonly address?: string;
  readonly busy?: boolean;
};

type Service = {
  readonly id: string;
  readonly host: string;
  disabled: boolean;
  reason: string | undefined;
  /** Since when its process reports; undefined while none does. */
  startedAt: Millis | undefined;
  /** The last heartbeat of the process before. */
  lastBeat: Millis | undefined;
};

export type FakeNova = {
  readonly read: (ask: Ask) => CloudRead;
  readonly perform: (effect: CloudEffect) => void;
  /** The nova-compute of a host runs and reports from now on. */
  readonly computeStarted: (host: string) => void;
  readonly computeStopped: (host: string) => void;
  readonly isReporting: (host: string) => boolean;
  /** Why the service of a host is disabled; undefined = it is enabled. */
  readonly reasonOf: (host: string) => string | undefined;
  readonly setDisabled: (host: string, reason: string | undefined) => void;
  readonly forget: (host: string) => void;
  readonly addFlavor: (flavor: Partial<FlavorView> & { readonly name: string }) => void;
  readonly flavors: () => readonly FlavorView[];
  readonly addServer: (server: Omit<Server, "since">) => void;
  readonly removeServer: (id: string) => void;
  readonly servers: () => readonly Server[];
  readonly placement: FakePlacement;
  /** Its API is another release from now on. */
  readonly upgrade: (microversion: string) => void;
};

const reportMillis = 10_000;
const downMillis = 60_000;

type Books = {
  readonly clock: Clock;
  readonly services: Map<string, Service>;
  readonly flavors: Map<string, FlavorView>;
  readonly servers: Map<string, Server>;
  made: number;
  microversion: string;
};

export function makeFakeNova(clock: Clock, microversion: string): FakeNova {
  const placement = makeFakePlacement();
  const books: Books = {
    clock,
    services: new Map(),
    flavors: new Map(),
    servers: new Map(),
    made: 0,
    microversion,
  };
  return {
    placement,
    read: (ask) => ({
      is: "read",
      at: clock.now(),
      microversion: books.microversion,
      ...readBooks(books, ask),
      ...inventoriesOf(books, placement, ask),
    }),
    perform: (effect) =>
      effect.do === "return-device" ? placement.giveBack(effect) : performCloud(books, effect),
    computeStarted: (host) => {
      serviceOf(books, host).startedAt = clock.now();
    },
    computeStopped: (host) => {
      const service = serviceOf(books, host);
      service.lastBeat = lastBeat(books, service);
      service.startedAt = undefined;
    },
    isReporting: (host) => serviceOf(books, host).startedAt !== undefined,
    reasonOf: (host) => {
      const { disabled, reason } = serviceOf(books, host);
      return disabled ? (reason ?? "") : undefined;
    },
    setDisabled: (host, reason) => {
      serviceOf(books, host).disabled = reason !== undefined;
      serviceOf(books, host).reason = reason;
    },
    forget: (host) => {
      books.services.delete(host);
    },
    addFlavor: (flavor) => addFlavor(books, flavor),
    flavors: () => [...books.flavors.values()],
    addServer: (server) => {
      books.servers.set(server.id, { ...server, since: clock.now() });
    },
    removeServer: (id) => {
      books.servers.delete(id);
    },
    servers: () => [...books.servers.values()],
    upgrade: (next) => {
      books.microversion = next;
    },
  };
}

function serviceOf(books: Books, host: string): Service {
  const known = books.services.get(host);
  if (known !== undefined) return known;
  books.made += 1;
  const service: Service = {
    id: `service-${books.made}`,
    host,
    disabled: false,
    reason: undefined,
    startedAt: undefined,
    lastBeat: undefined,
  };
  books.services.set(host, service);
  return service;
}

function lastBeat({ clock }: Books, service: Service): Millis | undefined {
  if (service.startedAt === undefined) return service.lastBeat;
  const beats = Math.floor((clock.now() - service.startedAt) / reportMillis);
  return service.startedAt + beats * reportMillis;
}

function view(books: Books, service: Service): ComputeServiceView {
  const beat = lastBeat(books, service);
  const up = beat !== undefined && books.clock.now() - beat < downMillis;
  return {
    id: service.id,
    host: service.host,
    binary: "nova-compute",
    state: up ? "up" : "down",
    disabled: service.disabled,
    ...(service.reason === undefined ? {} : { disabledReason: service.reason }),
    ...(beat === undefined ? {} : { updatedAt: new Date(beat).toISOString() }),
  };
}

function readBooks(
  books: Books,
  ask: Ask,
): Omit<CloudRead, "is" | "at" | "microversion" | "inventories"> {
  const flavors = [...books.flavors.values()];
  const servers = [...books.servers.values()];
  return {
    flavors: flavors.map((flavor) => withAccess(flavor, ask)),
    services: [...books.services.values()].map((service) => view(books, service)),
    usage: Object.fromEntries(
      ask.usageOf.map((host) => [host, usageOf(host, servers, books.clock.now())]),
    ),
    aliasUse: Object.fromEntries(
      ask.aliasUse.map((name) => [name, aliasUseOf(name, flavors, servers)]),
    ),
    ...(ask.placement ? { placement: { serversWithoutAllocation: [], unconfirmedMoves: [] } } : {}),
  };
}

/** Who may use a private flavor is a question of its own. */
function withAccess({ projects, ...flavor }: FlavorView, ask: Ask): FlavorView {
  if (flavor.isPublic || !ask.accessTo.includes(flavor.id)) return flavor;
  return { ...flavor, projects: projects ?? [] };
}

function addFlavor(books: Books, flavor: Partial<FlavorView> & { readonly name: string }): void {
  if ([...books.flavors.values()].some((other) => other.name === flavor.name)) {
    throw new Failure("conflict", `Flavor with name ${flavor.name} already exists.`);
  }
  books.made += 1;
  const blank = { vcpus: 1, ramMiB: 512, diskGiB: 1, ephemeralGiB: 0, swapMiB: 0 };
  const id = flavor.id ?? `flavor-${books.made}`;
  books.flavors.set(id, { ...blank, isPublic: true, extraSpecs: {}, ...flavor, id });
}

/** Of every host, once anybody has reported: that one has no devices is an answer. */
function inventoriesOf(
  { services }: Books,
  placement: FakePlacement,
  ask: Ask,
): Pick<CloudRead, "inventories"> {
  const found = ask.inventories ? placement.inventories() : undefined;
  if (found === undefined) return {};
  const none = [...services.keys()].map((host) => [host, []] as const);
  return { inventories: { ...Object.fromEntries(none), ...found } };
}

type NovaEffect = Exclude<CloudEffect, { readonly do: "return-device" }>;

function performCloud(books: Books, effect: NovaEffect): void {
  if (effect.do === "create-flavor") {
    addFlavor(books, effect.flavor);
    return;
  }
  if (effect.do === "disable-compute" || effect.do === "enable-compute") {
    const service = [...books.services.values()].find((host) => host.id === effect.serviceId);
    if (service === undefined) throw new Failure("missing", `service ${effect.serviceId}`);
    service.disabled = effect.do === "disable-compute";
    service.reason = effect.do === "disable-compute" ? effect.reason : undefined;
    return;
  }
  const flavor = books.flavors.get(effect.flavorId);
  if (effect.do === "set-extra-specs") refuseExtraSpecs(books, effect);
  if (flavor === undefined && effect.do === "delete-flavor") return;
  if (flavor === undefined) throw new Failure("missing", `flavor ${effect.flavorId} not found`);
  if (effect.do === "delete-flavor") books.flavors.delete(flavor.id);
  else books.flavors.set(flavor.id, changed(flavor, effect));
}

/** As the API checks them from microversion 2.86 on. */
function refuseExtraSpecs(
  { microversion }: Books,
  { set, unchecked }: Extract<CloudEffect, { readonly do: "set-extra-specs" }>,
): void {
  // The newest Nova whose API stops there.
  const release = releasesOfMicroversion(microversion).at(-1);
  if (unchecked === true || release === undefined) return;
  for (const [key, value] of Object.entries(set)) {
    const said = checkExtraSpec(key, value, release);
    if (said.is === "refused")
      throw new Failure("refused", `400 Bad Request: Validation failed; ${said.why}.`);
  }
}

type FlavorEdit = Extract<CloudEffect, { readonly flavorId: string }>;

function changed(flavor: FlavorView, effect: FlavorEdit): FlavorView {
  switch (effect.do) {
    case "set-extra-specs":
      return { ...flavor, extraSpecs: { ...flavor.extraSpecs, ...effect.set } };
    case "delete-extra-spec": {
      if (flavor.extraSpecs[effect.key] === undefined) {
        throw new Failure("missing", `flavor ${flavor.id} has no extra spec ${effect.key}`);
      }
      const kept = Object.entries(flavor.extraSpecs).filter(([key]) => key !== effect.key);
      return { ...flavor, extraSpecs: Object.fromEntries(kept) };
    }
    case "set-flavor-description":
      return { ...flavor, description: effect.description ?? "" };
    case "add-flavor-access":
      return { ...flavor, projects: [...(flavor.projects ?? []), effect.project] };
    case "remove-flavor-access":
      return {
        ...flavor,
        projects: (flavor.projects ?? []).filter((project) => project !== effect.project),
      };
    case "delete-flavor":
      return flavor;
  }
}

function usageOf(host: string, servers: readonly Server[], at: Millis): HostUsage {
  const here = servers.filter((server) => server.host === host);
  return {
    is: "read",
    at,
    consumers: here
      .filter((server) => server.aliases.length > 0 || server.address !== undefined)
      .map((server): DeviceUse => ({
        what: "server",
        id: server.id,
        aliases: server.aliases,
        ...(server.address === undefined ? {} : { address: server.address }),
      })),
    busy: here
      .filter((server) => server.busy === true)
      .map((server) => ({ what: "server", id: server.id })),
  };
}

/** Names in a value of pci_passthrough:alias such as "a1:2,a2:1". */
function aliasNames(value: string | undefined): readonly string[] {
  return (value ?? "")
    .split(",")
    .map((part) => part.split(":")[0]!.trim())
    .filter((text) => text !== "");
}

function aliasUseOf(
  name: string,
  flavors: readonly FlavorView[],
  servers: readonly Server[],
): AliasUse {
  return {
    flavors: flavors
      .filter((flavor) => aliasNames(flavor.extraSpecs[aliasExtraSpec]).includes(name))
      .map((flavor) => flavor.name),
    servers: servers.filter((server) => server.aliases.includes(name)).map((server) => server.id),
  };
}
