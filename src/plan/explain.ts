// Answers "why is it not there, and where does the chain break?": alias, device spec, node, hardware,
// filter, rollout, flavor, one link after the other; the first broken one is the answer.

import { couldServe } from "../nova/covers.ts";
import { accept, type Verdict } from "./wanted/accept.ts";
import type { ComputeView } from "./gates/compute-view.ts";
import { decide } from "./round/decide.ts";
import { type Decision } from "./round/decision.ts";
import type { Gate } from "./terms/gates.ts";
import { checkDevice } from "./wanted/hardware.ts";
import { isDevice } from "./wanted/lines.ts";
import { aliasEntry, declarationOf, entryParts } from "./wanted/lines.ts";
import { noteDepartures, recall } from "./wanted/departures.ts";
import { none } from "./wanted/render.ts";
import { sentenceOf } from "./terms/gate-table.ts";
import { settingsOf } from "./terms/settings.ts";
import type { Snapshot } from "./terms/snapshot.ts";

export type Link = {
  readonly link: string;
  /** Undefined = cannot be known. */
  readonly holds: boolean | undefined;
  readonly message: string;
};

export type Explained = {
  readonly about: string;
  readonly links: readonly Link[];
  /** The first link that does not hold. */
  readonly broken?: Link;
};

export type Subject = {
  readonly kind: "node" | "alias" | "flavor" | "whitelist";
  readonly name: string;
};

export function explain(seen: Snapshot, subject: Subject): Explained | undefined {
  const decision = decisionOf(seen);
  const links = linksOf(seen, decision, subject);
  if (links === undefined) return undefined;
  const broken = links.find((one) => one.holds === false);
  return {
    about: `${subject.kind}/${subject.name}`,
    links,
    ...(broken === undefined ? {} : { broken }),
  };
}

function decisionOf(seen: Snapshot): Decision {
  const settings = settingsOf(seen);
  const before = recall(seen);
  const state = noteDepartures(seen, settings, before);
  return decide({ seen, settings, before, state, candidates: accept(seen, settings, state) });
}

function linksOf(
  seen: Snapshot,
  decision: Decision,
  subject: Subject,
): readonly Link[] | undefined {
  switch (subject.kind) {
    case "node":
      return nodeLinks(seen, decision, subject.name);
    case "alias":
      return aliasLinks(seen, decision, subject.name);
    case "whitelist":
      return whitelistLinks(seen, decision, subject.name);
    case "flavor":
      return flavorLinks(seen, decision, subject.name);
  }
}

function link(name: string, holds: boolean | undefined, message: string): Link {
  return { link: name, holds, message };
}

function verdictLink(kind: Verdict["kind"], name: string, decision: Decision): Link | undefined {
  const verdict = decision.verdicts.find((one) => one.kind === kind && one.name === name);
  if (verdict === undefined) return undefined;
  const first = verdict.rejections[0];
  return first === undefined
    ? link("accepted", true, `${kind} ${name} takes part`)
    : link("accepted", false, `${first.path}: ${first.message}`);
}

function blockerLink(decision: Decision, seen: Snapshot): Link {
  const blocker = decision.blockers[0];
  return blocker === undefined
    ? link("installation", true, "nothing holds restarts back")
    : link("installation", false, sentenceOf(blocker, seen.namespace));
}

function gateLink(gates: readonly Gate[], match: (gate: Gate) => boolean, seen: Snapshot): Link {
  const gate = gates.find(match);
  return gate === undefined
    ? link("gate", true, "nothing waits")
    : link("gate", false, sentenceOf(gate, seen.namespace));
}

// --- node -----------------------------------------------------------------------------------------

function nodeLinks(seen: Snapshot, decision: Decision, name: string): readonly Link[] | undefined {
  if (!seen.nodes.some((one) => one.name === name)) return undefined;
  const view = decision.nodes.find((one) => one.node.name === name);
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
  const whitelists = (pool?.whitelists ?? []).map((one) => one.object);
  return [
    link("compute", true, "a nova-compute DaemonSet wants a pod there"),
    whitelists.length === 0
      ? link("device specs", false, "no PciWhitelist selects it")
      : link("device specs", true, `selected by ${whitelists.join(", ")}`),
    ...hardwareLinks(view, seen),
    blockerLink(decision, seen),
    view.sight.unwell === undefined
      ? link("health", true, "its nova-compute is well")
      : link("health", false, view.sight.unwell),
    gateLink(decision.gates, (one) => one.waits.on === "node" && one.waits.node === name, seen),
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

function hardwareLinks(view: ComputeView, seen: Snapshot): readonly Link[] {
  const hardware = seen.hardware?.[view.node.name];
  if (hardware === undefined)
    return [link("hardware", undefined, "the node publishes no inventory (NodeFeature of NFD)")];
  const findings = view.wanted.lines
    .filter(isDevice)
    .flatMap((line) => checkDevice(view.node.name, declarationOf(line.value), hardware) ?? []);
  if (findings.length === 0)
    return [link("hardware", true, "its inventory shows what the entries ask for")];
  return findings.map((one) => link("hardware", false, `${one.device}: ${one.reason}`));
}

// --- alias ----------------------------------------------------------------------------------------

function aliasLinks(seen: Snapshot, decision: Decision, name: string): readonly Link[] | undefined {
  const alias = decision.wanted.aliases.find((one) => one.name === name || one.object === name);
  const object = alias?.object ?? name;
  const accepted = verdictLink("PciAlias", object, decision);
  if (accepted === undefined) return undefined;
  if (alias === undefined) return [accepted];
  const serving = decision.nodes.filter((view) =>
    view.wanted.lines.some(
      (line) => isDevice(line) && couldServe(alias.declaration, declarationOf(line.value)),
    ),
  );
  const entry = aliasEntry(alias.name);
  return [
    accepted,
    serving.length === 0
      ? link(
          "device specs",
          false,
          "no device entry on any node could serve it: compare spec.match, deviceType and resourceClass with the PciWhitelists",
        )
      : link("device specs", true, `${serving.length} nodes could serve it`),
    ...serving.slice(0, 3).flatMap((view) => hardwareLinks(view, seen)),
    filterLink(decision),
    blockerLink(decision, seen),
    gateLink(decision.gates, (one) => one.waits.on === "entry" && one.waits.entry === entry, seen),
    gateLink(
      decision.gates,
      (one) => one.waits.on === "service" && one.waits.service === "api",
      seen,
    ),
    decision.liveAliases.has(alias.name)
      ? link("nova-api", true, "every nova-api pod was proved to have it")
      : link("nova-api", false, "not yet on every nova-api pod"),
  ];
}

function filterLink(decision: Decision): Link {
  const { missing, unknownBase } = decision.filters;
  if (unknownBase || missing === undefined)
    return link("filter", undefined, "the filters of nova-scheduler are not known");
  return missing.length === 0
    ? link("filter", true, "nova-scheduler has PciPassthroughFilter")
    : link("filter", false, `nova-scheduler lacks ${missing.join(", ")}`);
}

// --- whitelist and flavor -------------------------------------------------------------------------

function whitelistLinks(
  seen: Snapshot,
  decision: Decision,
  name: string,
): readonly Link[] | undefined {
  const accepted = verdictLink("PciWhitelist", name, decision);
  if (accepted === undefined) return undefined;
  const selected = decision.nodes.filter((view) =>
    decision.wanted.pools
      .get(decision.wanted.poolOf.get(view.node.name) ?? "")
      ?.whitelists.some((one) => one.object === name),
  );
  const waiting = (one: Gate): boolean =>
    (one.waits.on === "entry" &&
      entryParts(one.waits.entry).of === "device" &&
      entryParts(one.waits.entry).name === name) ||
    (one.waits.on === "node" &&
      selected.some((view) => view.node.name === (one.waits as { readonly node: string }).node));
  return [
    accepted,
    link("nodes", selected.length > 0, `its selector picks ${selected.length} compute nodes`),
    ...selected.slice(0, 3).flatMap((view) => hardwareLinks(view, seen)),
    blockerLink(decision, seen),
    gateLink(decision.gates, waiting, seen),
  ];
}

function flavorLinks(
  seen: Snapshot,
  decision: Decision,
  name: string,
): readonly Link[] | undefined {
  const content = seen.objects.flavors.find(
    (one) => one.metadata.name === name || one.spec.flavor.name === name,
  );
  if (content === undefined) return undefined;
  const accepted = verdictLink("PciFlavor", content.metadata.name, decision);
  const outcome = decision.flavors.outcomes.find((one) => one.object === content.metadata.name);
  const aliases = content.spec.aliases.flatMap((one) => {
    const links = aliasLinks(seen, decision, one.name);
    if (links === undefined)
      return [link(`alias ${one.name}`, false, `no PciAlias declares "${one.name}"`)];
    const broken = links.find((each) => each.holds === false);
    return [
      broken === undefined
        ? link(`alias ${one.name}`, true, "live")
        : { ...broken, link: `alias ${one.name}, ${broken.link}` },
    ];
  });
  const capacity = outcome?.capacity;
  return [
    ...(accepted === undefined ? [] : [accepted]),
    ...aliases,
    ...(capacity === undefined
      ? []
      : [
          link(
            "hosts",
            capacity.nodes.length > 0,
            capacity.impossible ?? `${capacity.nodes.length} nodes can take it`,
          ),
        ]),
    ...(outcome?.conflicts ?? []).map((one) =>
      link("flavor", false, `${one.path}: ${one.message}`),
    ),
    outcome?.gate === undefined
      ? link("written", outcome?.live, outcome?.live === true ? "Nova has it" : "being written")
      : link("written", false, sentenceOf(outcome.gate, seen.namespace)),
  ];
}
