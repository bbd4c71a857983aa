// The chain from an object to a guest: alias, device spec, node, hardware, filter, rollout, flavor,
// one link after the other; the first broken one is the answer.

import { passthroughName, services, serviceTitle, type Kind } from "../api/names.ts";
import { didYouMean } from "../api/nearest-name.ts";
import { canServe } from "../nova/serving/serves.ts";
import type { DeviceDeclaration } from "../nova/terms/declare.ts";
import { accept, type Verdict } from "./wanted/accept.ts";
import { hardwareLinks, link, type Link } from "./hardware-links.ts";
import { decide } from "./round/decide.ts";
import { type Decision } from "./round/decision.ts";
import type { Gate, Reason } from "./terms/gates.ts";
import { aliasEntry, entryParts } from "./wanted/lines.ts";
import { noteDepartures, recall } from "./wanted/departures.ts";
import { none } from "./wanted/render.ts";
import { missingNodes } from "./told/whitelist-status.ts";
import { checklist, type Task } from "./told/checklist.ts";
import { sentenceOf, stalls } from "./terms/gate-table.ts";
import { inOrder } from "./round/in-order.ts";
import { settingsOf, type Settings } from "./terms/settings.ts";
import { serversOf, whyNobody } from "./told/serving.ts";
import type { Snapshot } from "./terms/snapshot.ts";
import type { AliasEntry } from "./wanted/resolve.ts";

export type Explained = {
  readonly about: string;
  readonly links: readonly Link[];
  /** The first link that does not hold. */
  readonly broken?: Link;
  /** Everything in the installation that waits for a person. */
  readonly checklist: readonly Task[];
};

export type Subject = {
  readonly kind: "node" | "alias" | "flavor" | "whitelist" | "passthrough";
  readonly name: string;
};

type Scene = {
  readonly seen: Snapshot;
  readonly settings: Settings;
  readonly decision: Decision;
};

/** Undefined when there is no such object. */
export function explain(seen: Snapshot, subject: Subject): Explained | undefined {
  const scene = sceneOf(seen);
  const links = linksOf(scene, subject);
  if (links === undefined) return undefined;
  // What passes by itself stands in front of everything while a rollout runs, and is no answer.
  const broken =
    links.find((item) => item.holds === false && item.passes !== true) ??
    links.find((item) => item.holds === false);
  return {
    about: `${subject.kind}/${subject.name}`,
    links,
    ...(broken === undefined ? {} : { broken }),
    checklist: checklist(scene.decision, seen.namespace),
  };
}

/** Names that there are of a kind, for those who misspell one. */
export function namesOf(seen: Snapshot, kind: Subject["kind"]): readonly string[] {
  const { aliases, whitelists, flavors, passthrough } = seen.objects;
  const both = (object: string, name: string | undefined): readonly string[] =>
    name === undefined || name === object ? [object] : [name, object];
  switch (kind) {
    case "node":
      return seen.nodes.map((node) => node.name);
    case "alias":
      return aliases.flatMap((alias) => both(alias.metadata.name, alias.spec?.name));
    case "whitelist":
      return whitelists.map((whitelist) => whitelist.metadata.name);
    case "flavor":
      return flavors.flatMap((flavor) => both(flavor.metadata.name, flavor.spec?.flavor.name));
    case "passthrough":
      return passthrough === undefined ? [] : [passthroughName];
  }
}

function sceneOf(given: Snapshot): Scene {
  const seen = inOrder(given);
  const settings = settingsOf(seen);
  const before = recall(seen);
  const state = noteDepartures(seen, settings, before);
  const candidates = accept(seen, settings, state);
  return { seen, settings, decision: decide({ seen, settings, before, state, candidates }) };
}

function linksOf(scene: Scene, { kind, name }: Subject): readonly Link[] | undefined {
  switch (kind) {
    case "node":
      return nodeLinks(scene, name);
    case "alias":
      return aliasLinks(scene, name);
    case "whitelist":
      return whitelistLinks(scene, name);
    case "flavor":
      return flavorLinks(scene, name);
    case "passthrough":
      return name === passthroughName ? passthroughLinks(scene) : undefined;
  }
}

function verdictLink(kind: Verdict["kind"], name: string, decision: Decision): Link | undefined {
  const verdict = decision.verdicts.find((item) => item.kind === kind && item.name === name);
  if (verdict === undefined) return undefined;
  const first = verdict.rejections[0];
  return first === undefined
    ? link("accepted", true, `${kind} ${name} is accepted`)
    : link("accepted", false, `${first.path}: ${first.message}`);
}

function waits(name: string, gate: Reason, seen: Snapshot): Link {
  const broken = link(name, false, sentenceOf(gate, seen.namespace));
  return stalls(gate) ? broken : { ...broken, passes: true };
}

function blockerLink({ decision, seen }: Scene): Link {
  const blocker = decision.blockers[0];
  return blocker === undefined
    ? link("installation", true, "nothing holds restarts back")
    : waits("installation", blocker, seen);
}

function gateLink({ decision, seen }: Scene, match: (gate: Gate) => boolean): Link {
  const gate = decision.gates.find(match);
  return gate === undefined ? link("pending", true, "none") : waits("pending", gate, seen);
}

// --- node ---------------------------------------------------------------------------------------

function nodeLinks(scene: Scene, name: string): readonly Link[] | undefined {
  const { seen, decision } = scene;
  if (!seen.nodes.some((node) => node.name === name)) return undefined;
  const view = decision.nodes.find((node) => node.node.name === name);
  if (view === undefined) {
    return [
      link(
        "compute",
        false,
        "no nova-compute DaemonSet wants a pod there (labels of the node, spec.services.compute)",
      ),
    ];
  }
  const record = decision.state.nodes[name];
  const pool = decision.wanted.pools.get(decision.wanted.poolOf.get(name) ?? "");
  const whitelists = (pool?.whitelists ?? []).map((whitelist) => whitelist.object);
  return [
    link("compute", true, "a nova-compute DaemonSet wants a pod there"),
    whitelists.length === 0
      ? link("device specs", false, "no PciWhitelist selects it")
      : link("device specs", true, `selected by ${whitelists.join(", ")}`),
    ...hardwareLinks([view], seen),
    blockerLink(scene),
    view.sight.unwell === undefined
      ? link("health", true, "its nova-compute is well")
      : link("health", false, view.sight.unwell),
    gateLink(scene, (gate) => gate.waits.on === "node" && gate.waits.node === name),
    link(
      "assignment",
      true,
      `its next pod reads ${record?.assigned ?? none}, wanted is ${view.wanted.name}`,
    ),
    link(
      "evidence",
      view.sight.reads === view.wanted.name,
      `its pod reads ${view.sight.reads ?? "nothing: there is no pod"}`,
    ),
    link(
      "proved",
      record?.phase === "idle" && record.good === view.wanted.name,
      record === undefined ? "not looked at yet" : `${record.phase}; last proved: ${record.good}`,
    ),
  ];
}

// --- alias --------------------------------------------------------------------------------------

function aliasLinks(scene: Scene, name: string): readonly Link[] | undefined {
  const { seen, decision } = scene;
  const alias =
    decision.wanted.aliases.find((item) => item.name === name) ??
    decision.wanted.aliases.find((item) => item.object === name);
  const object = alias?.object ?? name;
  const accepted = verdictLink("PciAlias", object, decision);
  if (accepted === undefined) return undefined;
  if (alias === undefined) return [accepted];
  const entry = aliasEntry(alias.name);
  const before = [
    accepted,
    ...deviceLinks(scene, alias),
    filterLink(decision),
    blockerLink(scene),
    gateLink(scene, ({ waits }) =>
      "service" in waits ? waits.service === "api" : "entry" in waits && waits.entry === entry,
    ),
  ];
  if (decision.liveAliases.has(alias.name))
    return [...before, link("nova-api", true, "every nova-api pod was proved to have it")];
  const missing = link("nova-api", false, `not yet on every nova-api pod of ${seen.namespace}`);
  // What only waits for something that passes will pass with it.
  const coming = before.some((item) => item.holds === false && item.passes === true);
  return [...before, coming ? { ...missing, passes: true } : missing];
}

function deviceLinks(scene: Scene, alias: AliasEntry): readonly Link[] {
  const { seen, settings } = scene;
  const serving = serversOf(alias, scene);
  const count = serving.length;
  if (count > 0) {
    const served = `${count} ${count === 1 ? "node" : "nodes"} can serve it`;
    const serves = (device: DeviceDeclaration) =>
      canServe(alias.declaration, { device }, settings.pciInPlacement);
    return [link("device specs", true, served), ...hardwareLinks(serving, seen, serves)];
  }
  const why = whyNobody(alias.declaration, scene);
  if (why !== undefined) return [link("device specs", false, why.message)];
  const coming = link("device specs", false, "its device entries are not on any node yet");
  return [{ ...coming, passes: true }];
}

function filterLink(decision: Decision): Link {
  const { missing, unknownBase } = decision.filters;
  if (unknownBase || missing === undefined)
    return link("filter", undefined, "the filters of nova-scheduler are not known");
  return missing.length === 0
    ? link("filter", true, "nova-scheduler has PciPassthroughFilter")
    : link("filter", false, `nova-scheduler lacks ${missing.join(", ")}`);
}

// --- whitelist and flavor -----------------------------------------------------------------------

function whitelistLinks(scene: Scene, name: string): readonly Link[] | undefined {
  const { seen, decision } = scene;
  const accepted = verdictLink("PciWhitelist", name, decision);
  if (accepted === undefined) return undefined;
  const selected = decision.nodes.filter((view) =>
    decision.wanted.pools
      .get(decision.wanted.poolOf.get(view.node.name) ?? "")
      ?.whitelists.some((whitelist) => whitelist.object === name),
  );
  const object = seen.objects.whitelists.find((whitelist) => whitelist.metadata.name === name);
  const missing = missingNodes(object?.spec?.minNodes ?? 1, selected.length, decision);
  const waiting = (gate: Gate): boolean =>
    (gate.waits.on === "entry" &&
      entryParts(gate.waits.entry).of === "device" &&
      entryParts(gate.waits.entry).name === name) ||
    (gate.waits.on === "node" &&
      selected.some((view) => view.node.name === (gate.waits as { readonly node: string }).node));
  return [
    accepted,
    link(
      "nodes",
      missing === undefined,
      missing?.message ??
        `its selector picks ${selected.length} of ${decision.nodes.length} compute nodes`,
    ),
    ...hardwareLinks(selected, seen),
    blockerLink(scene),
    gateLink(scene, waiting),
  ];
}

function flavorLinks(scene: Scene, name: string): readonly Link[] | undefined {
  const { seen, decision } = scene;
  const content = seen.objects.flavors.find(
    (flavor) => flavor.metadata.name === name || flavor.spec?.flavor.name === name,
  );
  if (content === undefined) return undefined;
  const accepted = verdictLink("PciFlavor", content.metadata.name, decision);
  const outcome = decision.flavors.outcomes.find(
    (flavorOutcome) => flavorOutcome.object === content.metadata.name,
  );
  const capacity = outcome?.capacity;
  const count = capacity?.nodes.length ?? 0;
  return [
    ...(accepted === undefined ? [] : [accepted]),
    ...(content.spec?.aliases ?? []).map((alias) => usedAlias(scene, alias.name)),
    ...(capacity === undefined
      ? []
      : [
          link(
            "hosts",
            count > 0,
            capacity.impossible ?? `${count} ${count === 1 ? "node" : "nodes"} can take it`,
          ),
        ]),
    ...(outcome?.conflicts ?? []).map((conflict) =>
      link("flavor", false, `${conflict.path}: ${conflict.message}`),
    ),
    outcome?.gate === undefined
      ? link("written", outcome?.live, outcome?.live === true ? "Nova has it" : "being written")
      : waits("written", outcome.gate, seen),
  ];
}

/** As Nova looks it up: by the alias's own name, which the object's need not be. */
function usedAlias(scene: Scene, name: string): Link {
  const { decision } = scene;
  const declared = decision.wanted.aliases.map((alias) => alias.name);
  const asObject = decision.wanted.aliases.find((alias) => alias.object === name);
  const title = `alias ${name}`;
  if (!declared.includes(name)) {
    const refused = verdictLink("PciAlias", name, decision);
    if (refused?.holds === false) return { ...refused, link: `${title}, accepted` };
    const advice =
      asObject === undefined
        ? didYouMean(name, declared)
        : `, did you mean ${asObject.name} (PciAlias ${asObject.object})?`;
    return link(title, false, `no PciAlias declares "${name}"${advice}`);
  }
  const links = aliasLinks(scene, name) ?? [];
  const broken =
    links.find((item) => item.holds === false && item.passes !== true) ??
    links.find((item) => item.holds === false);
  return broken === undefined
    ? link(title, true, "live")
    : { ...broken, link: `${title}, ${broken.link}` };
}

// --- installation -------------------------------------------------------------------------------

function passthroughLinks(scene: Scene): readonly Link[] | undefined {
  const { seen, decision, settings } = scene;
  if (seen.objects.passthrough === undefined) return undefined;
  const kinds: readonly Kind[] = ["PciAlias", "PciWhitelist", "PciFlavor"];
  const refused = decision.verdicts.filter((verdict) => verdict.rejections.length > 0);
  return [
    verdictLink("PciPassthrough", passthroughName, decision) ??
      link("accepted", true, "its settings are in force"),
    settings.releaseProblem === undefined
      ? link("release", true, settings.releases.map((release) => release.version).join(", "))
      : link("release", false, settings.releaseProblem),
    ...decision.blockers.map((blocker) => waits("installation", blocker, seen)),
    ...(decision.blockers.length === 0 ? [blockerLink(scene)] : []),
    ...services.map((service) => {
      const item = gateLink(
        scene,
        ({ waits }) => waits.on === "service" && waits.service === service,
      );
      return { ...item, link: serviceTitle[service] };
    }),
    filterLink(decision),
    ...kinds.map((kind) => {
      const bad = refused.filter((verdict) => verdict.kind === kind).map((verdict) => verdict.name);
      const names = bad.slice(0, 10).join(", ");
      return bad.length === 0
        ? link(kind, true, "none is refused")
        : link(kind, false, `refused: ${names}`);
    }),
  ];
}
