// The ways into the pod and the guard: which of them works, what blocks, and what is only warned about.

import { describe, expect, test } from "@jest/globals";
import {
  chooseDelivery,
  deliveryGates,
  guardFault,
  selectionGate,
} from "../../../src/plan/gates/delivery.ts";
import type { Settings } from "../../../src/plan/terms/settings.ts";
import type { PolicyView, Snapshot } from "../../../src/plan/terms/snapshot.ts";
import type { State } from "../../../src/plan/terms/state.ts";

type Injection = Snapshot["injection"];

const installed = { is: "installed", version: "1", bound: true } as const;
const policy: PolicyView = { ...installed, selects: { application: "nova" } };
const webhook = { is: "installed", version: "1", selects: { application: "nova" } } as const;
const whole: Injection = {
  served: true,
  namespaceLabelled: true,
  mutating: policy,
  guard: installed,
  webhook: { is: "absent" },
};
const none: Partial<Injection> = { mutating: { is: "absent" } };
const old: Partial<Injection> = {
  served: false,
  guardServed: false,
  guard: { is: "absent" },
  ...none,
};

function seen(more: Partial<Injection>, workloads: Snapshot["workloads"] = []): Snapshot {
  return { injection: { ...whole, ...more }, workloads } as unknown as Snapshot;
}

const names = (
  more: Partial<Injection>,
  delivery: "Injected" | "Mounted" | undefined = "Injected",
  guarded = false,
) => deliveryGates(seen(more), delivery, guarded).map((deliveryGate) => deliveryGate.gate);

describe("a way into the pod", () => {
  test.each<readonly [string, Partial<Injection>, readonly string[]]>([
    ["the policy", {}, []],
    ["the webhook, where no policy is served", { ...old, webhook }, []],
    ["both, while a cluster is upgraded", { webhook }, []],
    ["neither", none, ["PolicyMissing"]],
    ["neither, on an old Kubernetes", old, ["PolicyMissing"]],
    ["a policy without its binding", { mutating: { ...policy, bound: false } }, ["PolicyMissing"]],
    [
      "a policy without its binding, and the webhook",
      { mutating: { ...policy, bound: false }, webhook },
      [],
    ],
    [
      "a webhook that failed its self-test",
      { ...old, webhook: { ...webhook, unreachable: "connection refused" } },
      ["WebhookUnreachable"],
    ],
    [
      "a policy that works beside a webhook that refuses every pod",
      { webhook: { ...webhook, unreachable: "x509" } },
      ["WebhookUnreachable"],
    ],
    ["a webhook of another version", { webhook: { ...webhook, version: "2" } }, ["PolicyOutdated"]],
    ["a namespace without the label", { namespaceLabelled: false }, ["NamespaceNotLabelled"]],
  ])("%s", (_name, injection, gates) => {
    expect(names(injection)).toEqual(gates);
  });

  test("what is missing names the command that helps where one is", () => {
    const what = (more: Partial<Injection>) => {
      const [gate] = deliveryGates(seen(more), undefined, false);
      return gate?.gate === "PolicyMissing" ? gate.what : "";
    };
    expect(what(none)).toContain("kubectl apply -k deploy/injection");
    expect(what(old)).toContain("kubectl apply -k deploy/webhook");
    expect(what(old)).toContain("or mount the files yourself with spec.delivery: Mounted");
  });

  test("its selector is judged for each way that is installed", () => {
    const workload = { service: "api", templateLabels: { app: "nova" } };
    const workloads = [workload] as unknown as Snapshot["workloads"];
    expect(selectionGate(seen({ ...old, webhook }, workloads), "api")).toEqual({
      gate: "PolicyDoesNotSelect",
      labels: "application=nova",
    });
    const patched = { ...webhook, selects: { app: "nova" } };
    expect(selectionGate(seen({ ...old, webhook: patched }, workloads), "api")).toBeUndefined();
  });

  test.each<readonly [string, Partial<Injection>, string | undefined]>([
    ["the policy", {}, "Injected"],
    ["the webhook on an old Kubernetes", { ...old, webhook }, "Injected"],
    [
      "a webhook that is not reached yet",
      { ...old, webhook: { ...webhook, unreachable: "x" } },
      "Injected",
    ],
    ["no policy served and no webhook yet: it can be installed everywhere", old, undefined],
    ["a way that is only not installed", none, undefined],
  ])("Auto chooses by %s", (_name, injection, delivery) => {
    const settings = { delivery: "Auto" } as Settings;
    expect(chooseDelivery(seen(injection), settings, {} as State)).toBe(delivery);
  });

  const mounting = (service: string, configMap: string) => {
    const mounts = [{ path: "/etc/nova/nova.conf.d", configMaps: [configMap] }];
    return [{ service, containers: [{ mounts }] }] as unknown as Snapshot["workloads"];
  };

  test.each([none, old])(
    "Auto is Mounted where a chart mounts our fixed name (%#)",
    (injection) => {
      const auto = { delivery: "Auto" } as Settings;
      const choose = (service: string, configMap: string) =>
        chooseDelivery(seen(injection, mounting(service, configMap)), auto, {} as State);
      expect(choose("compute", "nova-pci-compute")).toBe("Mounted");
      expect(choose("compute", "nova-pci-api")).toBeUndefined();
      expect(choose("compute", "nova-etc")).toBeUndefined();
    },
  );

  test("what Auto chose once stays, whatever is installed or mounted later", () => {
    const auto = { delivery: "Auto" } as Settings;
    const mounted = seen(none, mounting("compute", "nova-pci-compute"));
    expect(chooseDelivery(mounted, auto, { delivery: "Injected" } as State)).toBe("Injected");
    expect(chooseDelivery(seen({}), auto, { delivery: "Mounted" } as State)).toBe("Mounted");
    expect(names(none, "Injected")).toEqual(["PolicyMissing"]);
  });
});

describe("the guard", () => {
  const faults: readonly (readonly [string, Partial<Injection>])[] = [
    ["absent", { guard: { is: "absent" } }],
    ["unbound", { guard: { ...installed, bound: false } }],
    ["not denying", { guard: { ...installed, changed: "its binding does not say Deny" } }],
    ["changed", { guard: { ...installed, changed: "its text is not the shipped one" } }],
    ["not served", { guardServed: false, guard: { is: "absent" } }],
  ];

  test("as it is shipped, nothing is said", () => {
    expect(guardFault(seen({}))).toBeUndefined();
    expect(names({}, "Injected", true)).toEqual([]);
  });

  describe.each(["Injected", "Mounted"] as const)("with %s delivery", (delivery) => {
    test.each(faults)("%s: a gate where it was seen whole before", (_name, injection) => {
      expect(names(injection, delivery, true)).toEqual(["GuardMissing"]);
    });

    test.each(faults)("%s: no gate where it never was, but a fault to tell", (_name, injection) => {
      expect(names(injection, delivery, false)).toEqual([]);
      expect(guardFault(seen(injection))).toBeDefined();
    });
  });
});
