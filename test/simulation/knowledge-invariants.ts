// Not knowing changes nothing: what the cloud said last counts for as long as it is silent.

import { isDevice, entriesOf } from "./conf.ts";
import type { Effect, Plan } from "../../src/plan/terms/effects.ts";
import type { CloudRead, Snapshot } from "../../src/plan/terms/snapshot.ts";
import { plan } from "../../src/plan/plan.ts";
import type { Invariant, Scene, Watcher } from "./scene.ts";

const name = "not-knowing";

export const notKnowing: Invariant = {
  name,
  sentence: "nothing changes because something was not known",
  watch: (scene) => ({ ...verdicts(scene), before: takesNothing(scene) }),
};

type Verdicts = Readonly<Record<string, string>>;

/** Every object is judged as if the cloud had said once more what it said last. */
function verdicts({ schedule, violated }: Scene): Watcher {
  let last: CloudRead | undefined;
  return {
    planned: ({ seen, plan: decided }) => {
      if (seen.cloud.is === "read") last = seen.cloud;
      else if (last !== undefined && remembers(seen)) {
        const knowing = judged(plan({ ...seen, cloud: last }), seen);
        const silent = judged(decided, seen);
        for (const [object, verdict] of Object.entries(silent)) {
          if (verdict === knowing[object]) continue;
          violated(name, `${object} is ${verdict}, and ${knowing[object] ?? "?"} to who asks`);
        }
      }
      if (remembers(seen)) checkNames(decided, schedule.setting.microversion, violated);
    },
  };
}

/** The state that holds what the cloud said may have been lost with the operator that read it. */
function remembers({ state }: Snapshot): boolean {
  return state.is === "read" && state.state.detected !== undefined;
}

type Status = { readonly conditions?: readonly { type: string; status: string; reason: string }[] };

function judged({ effects }: Plan, seen: Snapshot): Verdicts {
  const lists = { PciAlias: seen.objects.aliases, PciWhitelist: seen.objects.whitelists };
  const all = Object.entries(lists).flatMap(([kind, list]) =>
    list.map((object): readonly [string, string] => {
      const written = effects.find(
        (each) => each.do === "status" && each.kind === kind && each.name === object.metadata.name,
      );
      const status = (written?.do === "status" ? written.status : object.status) as
        Status | undefined;
      const accepted = status?.conditions?.find((each) => each.type === "Accepted");
      return [`${kind}/${object.metadata.name}`, `${accepted?.status} ${accepted?.reason}`];
    }),
  );
  return Object.fromEntries(all);
}

/** nova-compute ignores an option that it does not know, and drops its free devices. */
function checkNames({ effects }: Plan, microversion: string, violated: Scene["violated"]): void {
  const old = ["2.88", "2.90"].includes(microversion);
  const option = old ? "passthrough_whitelist" : "device_spec";
  for (const effect of effects) {
    if (effect.do !== "create-fragment") continue;
    const wrong = entriesOf(effect.text).find(
      (entry) => isDevice(entry.option) && entry.option !== option,
    );
    if (wrong !== undefined)
      violated(name, `${effect.name} says ${wrong.option} to ${microversion}`);
  }
}

/** No compute is taken that runs well while nobody can be asked whether it is idle or comes back. */
function takesNothing({ truth, round, cluster, violated }: Scene): (effect: Effect) => void {
  return (effect) => {
    const seen = round()?.seen;
    if (effect.do !== "remove-pod" || seen?.cloud.is !== "unreachable") return;
    const node = truth.nodeOfPod(effect.name);
    if (node === undefined || !truth.isUp(node)) return;
    const record = truth.state()?.nodes[node];
    const takenNow = record?.phase === "replacing" && record.assignedAt === seen.now;
    const same = cluster.store.get("Pod", effect.name)?.metadata.uid === effect.uid;
    if (takenNow && same)
      violated(name, `${effect.name} on ${node} goes while the cloud is silent`);
  };
}
