// nova-pci import --cluster: what a cloud has already comes out as objects, and applying them restarts
// nothing. The snapshot is generated; the core that plans on it is the real one.
import { expect, test } from "@jest/globals";
import { readYaml } from "../../src/api/read-yaml.ts";
import { withDefaults } from "../../src/api/parse.ts";
import type { Kind } from "../../src/api/names.ts";
import { importSeen, type Source } from "../../src/cli/import/cluster.ts";
import { outcome } from "../../src/plan/outcome.ts";
import { plan, type Plan } from "../../src/plan/plan.ts";
import type { BaseView, FlavorView, Snapshot } from "../../src/plan/terms/snapshot.ts";
import { applied, firstSight } from "../bench/snapshot.ts";

const alias = (name: string, product: string) =>
  `alias = {"name":"${name}","vendor_id":"8086","product_id":"${product}","device_type":"type-PF"}\n`;
const apiConf = `[pci]\n${alias("a1", "154d")}${alias("a2", "10fb")}`;
const computeConf = `${apiConf}device_spec = {"vendor_id":"8086","product_id":"154d","address":"0000:41:00.0"}
device_spec = {"vendor_id":"8086","product_id":"10fb"}
`;

function baseWith(api: string, compute: string): BaseView {
  const file = (text: string) => [{ name: "/etc/nova/nova.conf", text }];
  return { is: "read", files: { api: file(api), compute: file(compute) } };
}

function flavor(name: string, value: string): FlavorView {
  return {
    ...{ id: `id-${name}`, name, vcpus: 4, ramMiB: 8192, diskGiB: 80, ephemeralGiB: 0, swapMiB: 0 },
    ...{ isPublic: true, extraSpecs: { "pci_passthrough:alias": value } },
  };
}

/** A cloud without a single object of ours. */
function cloudWith(flavors: readonly FlavorView[]): Snapshot {
  const seen = firstSight({ nodes: 3, whitelists: 1, aliases: 0 });
  if (seen.cloud.is !== "read") throw new Error("the generated cloud can be asked");
  return {
    ...seen,
    objects: { aliases: [], whitelists: [], flavors: [] },
    cloud: { ...seen.cloud, flavors },
  };
}

function sourcesOf(seen: Snapshot, base: BaseView): readonly Source[] {
  return seen.workloads
    .filter((workload) => workload.service === "api" || workload.service === "compute")
    .map((workload) => ({ workload, base }));
}

type Stored = { readonly kind: string; readonly name: string; readonly value: object };

function parsed(text: string): readonly Stored[] {
  const { objects, problems } = readYaml("out.yaml", text);
  expect(problems).toEqual([]);
  return objects.map(({ kind, name, value }) => ({
    kind,
    name,
    value: {
      ...withDefaults(kind as Kind, value),
      metadata: { name, uid: `${kind}-${name}`, resourceVersion: "1", generation: 1 },
    },
  }));
}

const meta = (name: string) => ({ name, uid: name, resourceVersion: "1", generation: 1 });

function withObjects(seen: Snapshot, objects: readonly Stored[], base: BaseView): Snapshot {
  const of = (kind: Kind) =>
    objects.filter((object) => object.kind === kind).map((object) => object.value as never);
  return {
    ...seen,
    base,
    objects: {
      aliases: of("PciAlias"),
      whitelists: of("PciWhitelist"),
      flavors: of("PciFlavor"),
      passthrough: of("PciPassthrough")[0]!,
    },
  };
}

/** Plans and performs what we own ourselves until nothing changes. */
function lived(seen: Snapshot): { readonly plans: readonly Plan[]; readonly last: Snapshot } {
  const plans: Plan[] = [];
  let last = seen;
  for (let round = 0; round < 8; round += 1) {
    const made = plan(last);
    plans.push(made);
    last = applied(last, made);
  }
  return { plans, last };
}

test("aliases, whitelists, flavors and the installation come out", () => {
  const seen = cloudWith([flavor("m1.large", "a1:2"), flavor("m1.small", "a2:1,a1:1")]);
  const { text, problems } = importSeen(
    seen,
    sourcesOf(seen, baseWith(apiConf, computeConf)),
    undefined,
  );
  expect(problems).toEqual([]);
  const objects = parsed(text).map(({ kind, name, value }) => [
    kind,
    name,
    (value as { readonly spec: object }).spec,
  ]);
  expect(objects).toMatchObject([
    ["PciPassthrough", "nova", { baseConfig: { fromWorkloads: true } }],
    ["PciAlias", "a1", { match: [{ vendorId: "8086", productId: "154d" }] }],
    ["PciAlias", "a2", { match: [{ vendorId: "8086", productId: "10fb" }] }],
    [
      "PciWhitelist",
      "nova-compute",
      {
        nodeSelector: { matchLabels: { "openstack-compute-node": "enabled" } },
        devices: [
          { vendorId: "8086", productId: "154d", address: "0000:41:00.0" },
          { vendorId: "8086", productId: "10fb" },
        ],
      },
    ],
    [
      "PciFlavor",
      "m1.large",
      { flavor: { id: "id-m1.large" }, aliases: [{ name: "a1", count: 2 }] },
    ],
    [
      "PciFlavor",
      "m1.small",
      {
        aliases: [
          { name: "a2", count: 1 },
          { name: "a1", count: 1 },
        ],
      },
    ],
  ]);
});

test("applied as printed, nothing restarts and everything is live through the base", () => {
  const seen = cloudWith([flavor("m1.large", "a1:2"), flavor("m1.small", "a2:1")]);
  const base = baseWith(apiConf, computeConf);
  const { text } = importSeen(seen, sourcesOf(seen, base), undefined);
  const { plans, last } = lived(withObjects(seen, parsed(text), base));
  const done = plans.flatMap((item) => item.effects.map((effect) => effect.do));
  const harmless = ["write-state", "create-assignment", "status", "event", "set-finalizers"];
  expect(done.filter((word) => !harmless.includes(word))).toEqual([]);
  const reasonOf = (object: { readonly status?: unknown }) => {
    const { conditions } = object.status as {
      readonly conditions: readonly { readonly type: string; readonly reason: string }[];
    };
    return conditions.find((condition) => condition.type === "Live")?.reason;
  };
  expect(last.objects.aliases.map(reasonOf)).toEqual(["LiveThroughBase", "LiveThroughBase"]);
});

/** A second DaemonSet beside the first, each on the nodes of one label, each with its own base. */
function splitCloud(second: string): { readonly seen: Snapshot; readonly base: BaseView } {
  const seen = cloudWith([]);
  const compute = seen.workloads.find((workload) => workload.service === "compute")!;
  const on = (name: string, kind: string) => ({
    ...{ ...compute, name, uid: `uid-${name}` },
    wants: { matchLabels: { kind }, anyOf: [] },
  });
  const kindOf = (index: number) => (index === 0 ? "first" : "second");
  const file = (text: string) => [{ name: "/etc/nova/nova.conf", text }];
  return {
    seen: {
      ...seen,
      workloads: [
        ...seen.workloads.filter((workload) => workload !== compute),
        on("compute-first", "first"),
        on("compute-second", "second"),
      ],
      nodes: seen.nodes.map((node, index) => ({
        ...node,
        labels: { ...node.labels, kind: kindOf(index) },
      })),
      pods: seen.pods.map((pod) => {
        const index = seen.nodes.findIndex(({ name }) => name === pod.node);
        const name = `compute-${kindOf(index)}`;
        return pod.service !== "compute"
          ? pod
          : { ...pod, owner: { kind: "DaemonSet", name, uid: `uid-${name}` } };
      }),
    },
    base: {
      is: "read",
      files: { api: file(apiConf), compute: file(computeConf) },
      computes: { "compute-first": file(computeConf), "compute-second": file(second) },
    },
  };
}

const secondConf = `${apiConf}device_spec = {"vendor_id":"8086","product_id":"1515"}\n`;

test("two DaemonSets with different device specs are two whitelists, and nothing restarts", () => {
  const { seen, base } = splitCloud(secondConf);
  if (base.is !== "read") throw new Error("it is read");
  const sources = sourcesOf(seen, base).map(({ workload }) => {
    const compute = base.computes?.[workload.name];
    const files = compute === undefined ? base.files : { compute };
    return { workload, base: { is: "read" as const, files } };
  });
  const { text, problems } = importSeen(seen, sources, undefined);
  expect(problems).toEqual([]);
  const whitelists = parsed(text).filter((stored) => stored.kind === "PciWhitelist");
  expect(whitelists.map((whitelist) => whitelist.name)).toEqual([
    "compute-first",
    "compute-second",
  ]);
  const { plans } = lived(withObjects(seen, parsed(text), base));
  const done = plans.flatMap((item) => item.effects.map((effect) => effect.do));
  const harmless = ["write-state", "create-assignment", "status", "event", "set-finalizers"];
  expect(done.filter((word) => !harmless.includes(word))).toEqual([]);
});

test("what only the base of another DaemonSet holds is rendered", () => {
  const { seen, base } = splitCloud(secondConf);
  const spec = { devices: [{ vendorId: "8086", productId: "154d", address: "0000:41:00.0" }] };
  const everywhere = { kind: "PciWhitelist", name: "all", value: { metadata: meta("all"), spec } };
  const passthrough = {
    kind: "PciPassthrough",
    name: "nova",
    value: { metadata: meta("nova"), spec: { baseConfig: { fromWorkloads: true } } },
  };
  const { computes } = outcome(withObjects(seen, [everywhere, passthrough], base));
  expect(computes.map((compute) => compute.nodes)).toEqual([
    seen.nodes.slice(1).map((node) => node.name),
  ]);
});

test("an alias that only nova-compute knew becomes known to nova-api, and to no compute again", () => {
  const seen = cloudWith([]);
  const base = baseWith(apiConf, `${computeConf}[pci]\n${alias("a3", "1515")}`);
  const { text } = importSeen(seen, sourcesOf(seen, base), undefined);
  expect(text).toContain('nova-api does not know alias "a3"');
  const { plans, last } = lived(withObjects(seen, parsed(text), base));
  const made = plans.flatMap((item) =>
    item.effects.flatMap((effect) => (effect.do === "create-fragment" ? [effect] : [])),
  );
  const [only] = made;
  expect(made.map((effect) => effect.name)).toEqual([only?.name]);
  expect(only?.name).toMatch(/^nova-pci-api-/);
  expect(only?.text.match(/"name": ?"[^"]+"/g)).toEqual(['"name":"a3"']);
  const reasons = last.objects.aliases.map((stored) => {
    const { conditions } = stored.status as {
      readonly conditions: readonly { readonly type: string; readonly reason: string }[];
    };
    return conditions.find(({ type }) => type === "Live")?.reason;
  });
  expect(reasons).toEqual(["LiveThroughBase", "LiveThroughBase", "NoMatchingDevice"]);
});

test("a workload whose nova.conf nobody can read is named", () => {
  const seen = cloudWith([]);
  const base = { is: "read", files: { api: [], compute: [] } } as const;
  const { text, problems } = importSeen(seen, sourcesOf(seen, base), undefined);
  expect(problems.length).toBe(2);
  for (const problem of problems) expect(text).toContain(`# LEFT OUT: ${problem}`);
  const object = {
    kind: "PciPassthrough",
    name: "nova",
    value: { metadata: meta("nova"), spec: {} },
  };
  const unread = ["Deployment/nova-api", "DaemonSet/nova-compute"];
  const { plans } = lived(withObjects(seen, [object], { ...base, unread }));
  expect(plans.at(-1)!.gates).toContainEqual({
    waits: { on: "installation" },
    ...{ gate: "AdoptionUnconfirmed", why: { is: "not-found", workloads: unread } },
  });
});

test("a flavor that Nova spells otherwise says what would be written", () => {
  const seen = cloudWith([flavor("blanks", " a1 : 2"), flavor("broken", "a1")]);
  const { text, problems } = importSeen(
    seen,
    sourcesOf(seen, baseWith(apiConf, computeConf)),
    undefined,
  );
  expect(problems).toEqual([
    'flavor broken: pci_passthrough:alias "a1" is not a list of name:count with counts above zero',
  ]);
  expect(text).toContain('# LEFT OUT: flavor broken: pci_passthrough:alias "a1"');
  expect(text).toContain('# Nova has " a1 : 2", and the operator writes "a1:2"');
  expect(text).toContain('adopt: "Overwrite"');
});

test("without rights or workloads the message says what to do", () => {
  const seen = cloudWith([]);
  const denied: BaseView = {
    is: "denied",
    command: "kubectl apply -k deploy/namespace/base-config",
  };
  expect(() => importSeen(seen, sourcesOf(seen, denied), undefined)).toThrow(
    "the operator needs: kubectl apply -k deploy/namespace/base-config",
  );
  expect(() => importSeen(seen, [], undefined)).toThrow(
    "has no workload of nova-api or nova-compute",
  );
});
