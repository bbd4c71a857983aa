// The settings of an installation: the PciPassthrough spec with every default filled in, so that no
// later step asks "and if it is absent?". Defaults that depend on something else (release,
// delivery) are decided here and shown in status.

import { serviceDefaults, services, type Service } from "../../api/names.ts";
import type { PciPassthrough } from "../../api/generated/pci-passthrough.ts";
import {
  findRelease,
  releasesOfMicroversion,
  supportedReleases,
} from "../../nova/terms/release.ts";
import type { Release } from "../../nova/terms/release.ts";
import type { Labels, Millis, Snapshot } from "./snapshot.ts";
import type { Detected } from "./state.ts";

export type Settings = {
  readonly exists: boolean;
  /** Every release that an object must be valid for; one when declared or detected exactly. */
  readonly releases: readonly Release[];
  readonly releaseFrom: "spec" | "detected" | "undetected";
  readonly releaseProblem?: string;
  /** The old name of the option, for as long as nova-computes may be older than nova-api. */
  readonly deviceOption?: "passthrough_whitelist";
  readonly services: Readonly<Record<Service, ServiceSettings>>;
  readonly delivery: "Auto" | "Injected" | "Mounted";
  readonly reportInPlacement: boolean;
  readonly pciInPlacement: boolean;
  readonly filters: "Manage" | "Check" | "Ignore";
  readonly baseFilters?: readonly string[];
  readonly assumeReleaseDefaults: boolean;
  readonly rollout: RolloutSettings;
  readonly hardwareCheck: "Off" | "Warn" | "Enforce";
  readonly readBase: boolean;
  readonly adopt: boolean;
  readonly removals: readonly Removal[];
  readonly acceptInvalid: readonly {
    readonly kind: string;
    readonly name: string;
    readonly policy: string;
  }[];
};

export type Removal = { readonly kind: string; readonly name: string; readonly force: boolean };

export type ServiceSettings = {
  readonly matchLabels: Labels;
  readonly container: string;
  readonly restart: "Auto" | "Manual" | "External";
};

export type RolloutSettings = {
  readonly paused: boolean;
  readonly canaryCount: number;
  readonly canarySelector?: NodeSelector;
  readonly bakeMillis: number;
  /** Whole nodes, or "10%" of the compute nodes (rounded down, at least one). */
  readonly maxUnavailable: number | string;
  readonly minReadyMillis: number;
  readonly restartLimit: number;
  readonly verifyTimeoutMillis: number;
  readonly failureLimit: number;
  readonly autoRollback: boolean;
  readonly settleMillis: number;
  readonly removalGraceMillis: number;
  readonly quiesceMillis: number;
  readonly preflight: "Auto" | "Off";
};

export type NodeSelector = {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    readonly values?: readonly string[];
  }[];
};

type Spec = NonNullable<PciPassthrough["spec"]>;

export function settingsOf(seen: Snapshot): Settings {
  const spec: Spec = seen.objects.passthrough?.spec ?? {};
  return {
    exists: seen.objects.passthrough !== undefined,
    ...releasesOf(spec, seen),
    ...(keepsOldName(spec, seen) ? { deviceOption: oldName } : {}),
    services: serviceSettings(spec),
    delivery: spec.delivery ?? "Auto",
    reportInPlacement: spec.placement?.reportInPlacement ?? false,
    pciInPlacement: spec.placement?.pciInPlacement ?? false,
    filters: spec.scheduler?.filters ?? "Check",
    ...(spec.scheduler?.baseFilters === undefined
      ? {}
      : { baseFilters: spec.scheduler.baseFilters }),
    assumeReleaseDefaults: spec.scheduler?.assumeReleaseDefaults ?? false,
    rollout: rolloutSettings(spec),
    hardwareCheck: spec.hardwareCheck ?? "Warn",
    readBase: spec.baseConfig?.fromWorkloads === true || (spec.baseConfig?.keys ?? []).length > 0,
    adopt: spec.adopt ?? false,
    removals: (spec.removals ?? []).map((removal) => ({
      ...removal,
      force: removal.force ?? false,
    })),
    acceptInvalid: spec.acceptInvalid ?? [],
  };
}

function serviceSettings(spec: Spec): Settings["services"] {
  const pairs = services.map((service) => {
    const own = spec.services?.[service];
    const value: ServiceSettings = {
      matchLabels: own?.matchLabels ?? serviceDefaults[service].matchLabels,
      container: own?.container ?? serviceDefaults[service].container,
      restart: own?.restart ?? "Auto",
    };
    return [service, value] as const;
  });
  return Object.fromEntries(pairs) as Record<Service, ServiceSettings>;
}

function rolloutSettings(spec: Spec): RolloutSettings {
  const rollout = spec.rollout ?? {};
  const selector = rollout.canary?.nodeSelector;
  return {
    paused: rollout.paused ?? false,
    canaryCount: rollout.canary?.count ?? 1,
    ...(selector === undefined ? {} : { canarySelector: selector }),
    bakeMillis: (rollout.canary?.bakeSeconds ?? 60) * 1000,
    maxUnavailable: rollout.maxUnavailable ?? 1,
    minReadyMillis: (rollout.minReadySeconds ?? 30) * 1000,
    restartLimit: rollout.restartLimit ?? 1,
    verifyTimeoutMillis: (rollout.verifyTimeoutSeconds ?? 600) * 1000,
    failureLimit: rollout.failureLimit ?? 1,
    autoRollback: rollout.autoRollback ?? true,
    settleMillis: (rollout.settleSeconds ?? 5) * 1000,
    removalGraceMillis: (rollout.removalGraceSeconds ?? 300) * 1000,
    quiesceMillis: (rollout.quiesceSeconds ?? 300) * 1000,
    preflight: rollout.preflight ?? "Off",
  };
}

type Releases = Pick<Settings, "releases" | "releaseFrom" | "releaseProblem">;

/**
 * A declared release wins; else what the API shows or last showed; else everything from 26 to 34.
 */
function releasesOf(spec: Spec, seen: Snapshot): Releases {
  if (spec.release !== undefined) {
    const declared = findRelease(spec.release);
    if (declared !== undefined) return { releases: [declared], releaseFrom: "spec" };
    return {
      releases: supportedReleases,
      releaseFrom: "undetected",
      releaseProblem: `release "${spec.release}" is not known; write a name such as 2025.1 or a Nova version such as 31.3.1`,
    };
  }
  const detected = detectedRelease(seen);
  return detected === undefined
    ? { releases: supportedReleases, releaseFrom: "undetected" }
    : { releases: releasesOfMicroversion(detected.microversion), releaseFrom: "detected" };
}

/**
 * Not knowing changes nothing: while the cloud cannot be asked, or gives an answer that names no
 * release we know, what it said last counts. Only the very first answer replaces "undetected".
 */
export function detectedRelease(seen: Snapshot): Detected | undefined {
  const known = seen.state.is === "read" ? capped(seen.state.state.detected, seen.now) : undefined;
  const remembered =
    known !== undefined && releasesOfMicroversion(known.microversion).length > 0
      ? known
      : undefined;
  if (seen.cloud.is !== "read") return remembered;
  const { microversion } = seen.cloud;
  if (microversion === remembered?.microversion) return remembered;
  return releasesOfMicroversion(microversion).length > 0
    ? { microversion, since: seen.now }
    : remembered;
}

const oldName = "passthrough_whitelist";

/**
 * nova-api is upgraded first, and the API shows no release of a nova-compute: one of Nova 25 does
 * not know device_spec and would offer nothing. Nova 26 to 34 take both names, so what has the old
 * one keeps it until a person declares the release.
 */
function keepsOldName({ release }: Spec, { state }: Snapshot): boolean {
  if (release !== undefined || state.is !== "read") return false;
  return Object.values(state.state.fragments).some(
    ({ unusedSince, lines }) =>
      unusedSince === undefined && lines.some((line) => line.option === oldName),
  );
}

/** A clock that was ahead wrote it. */
function capped(known: Detected | undefined, now: Millis): Detected | undefined {
  return known !== undefined && known.since > now ? { ...known, since: now } : known;
}

/** How many computes may be down at once, at least one: pausing is done with `paused`. */
export function unavailableBudget(maxUnavailable: number | string, computes: number): number {
  if (typeof maxUnavailable === "number") return Math.max(1, maxUnavailable);
  const percent = Number.parseInt(maxUnavailable, 10);
  return Math.max(1, Math.floor((percent * computes) / 100));
}
