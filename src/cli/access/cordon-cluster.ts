// What `cordon` needs of a cluster: the Secret that the operator uses too, the PciWhitelists that
// may offer a device on a node, and the patch that leaves it out of them. With the kubeconfig of
// whoever runs it.

import { cacertKey, cloudSecret, cloudsYamlKey, passthroughName } from "../../api/names.ts";
import type { PciPassthrough } from "../../api/generated/pci-passthrough.ts";
import type { PciWhitelist } from "../../api/generated/pci-whitelist.ts";
import { loadAccess } from "../../cluster/wire/access.ts";
import { readSecret } from "../../cluster/cluster.ts";
import { ownPath } from "../../cluster/wire/paths.ts";
import { contentTypes } from "../../cluster/wire/requests.ts";
import { openRest, type Rest } from "../../cluster/wire/rest.ts";
import { exclusionProblem, mayTakeAddress } from "../../nova/device/exclude.ts";
import { parseClouds, type Credentials } from "../../openstack/session/clouds-yaml.ts";
import type { Device } from "../../openstack/hold-back.ts";
import { selects } from "../../plan/wanted/selection.ts";
import { UsageProblem } from "../terminal/problems.ts";
import type { ClusterChoice } from "./cluster-access.ts";
import { reached } from "./reached.ts";

type Spec = NonNullable<PciWhitelist["spec"]>;
export type Exclusion = NonNullable<Spec["exclude"]>[number];

type Offering = {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly spec: Spec;
  /** One of its entries that may take the device hands it out once. */
  readonly oneTimeUse: boolean;
  /** Why the operator would refuse the object with the exclusion. */
  readonly problem: string | undefined;
};

type Patch = readonly Readonly<Record<string, unknown>>[];

export type CordonCluster = {
  readonly credentials: () => Promise<Credentials>;
  /** Objects with an entry that may take the device on this node, whatever they leave out. */
  readonly offering: (device: Device) => Promise<readonly Offering[]>;
  readonly apply: (to: Offering, patch: Patch) => Promise<void>;
  readonly close: () => Promise<void>;
};

export async function openCordonCluster(choice: ClusterChoice): Promise<CordonCluster> {
  const { namespace, ...given } = choice;
  const access = await reached(() => loadAccess(given));
  const rest = openRest(access);
  const { server } = access;
  return {
    credentials: () =>
      reached(async () => credentialsIn(rest, await installationIn(rest, namespace)), server),
    offering: (device) => reached(() => offeringIn(rest, namespace, device), server),
    apply: ({ name, ...to }, patch) =>
      reached(async () => {
        await rest.ask({
          method: "PATCH",
          path: ownPath("PciWhitelist", to.namespace, name),
          contentType: contentTypes.patch,
          body: patch,
        });
      }, server),
    close: () => rest.close(),
  };
}

type Listed<T> = {
  readonly items: readonly (T & {
    readonly metadata: {
      readonly name: string;
      readonly namespace: string;
      readonly resourceVersion: string;
    };
  })[];
};

async function listed<T>(rest: Rest, path: string): Promise<Listed<T>["items"]> {
  return ((await rest.ask({ method: "GET", path })) as Listed<T>).items;
}

async function installationIn(
  rest: Rest,
  namespace: string | undefined,
): Promise<PciPassthrough & { readonly metadata: { readonly namespace: string } }> {
  const all = await listed<PciPassthrough>(rest, ownPath("PciPassthrough", namespace));
  const found = all.filter((object) => object.metadata.name === passthroughName);
  const [only, ...more] = found;
  if (only === undefined)
    throw new UsageProblem(
      namespace === undefined
        ? "no namespace has a PciPassthrough: name the installation with -n"
        : `namespace ${namespace} has no PciPassthrough`,
    );
  if (more.length > 0)
    throw new UsageProblem(
      `name one of ${found.map((object) => object.metadata.namespace).join(", ")} with -n`,
    );
  return only;
}

async function credentialsIn(
  rest: Rest,
  { metadata, spec }: Awaited<ReturnType<typeof installationIn>>,
): Promise<Credentials> {
  const name = spec?.cloud?.credentialsSecret ?? cloudSecret;
  const where = `Secret ${metadata.namespace}/${name}`;
  const secret = await readSecret(rest, metadata.namespace, name);
  const text = secret?.[cloudsYamlKey];
  if (text === undefined)
    throw new UsageProblem(
      `${where} ${secret === undefined ? "does not exist" : `has no key ${cloudsYamlKey}`}`,
    );
  const parsed = parseClouds({
    text,
    cloudName: spec?.cloud?.cloudName,
    cacert: secret?.[cacertKey],
  });
  if (parsed.credentials !== undefined) return parsed.credentials;
  const problems = parsed.problems
    .map((problem) => `${problem.field} ${problem.message}`)
    .join("; ");
  throw new UsageProblem(`${where}, ${cloudsYamlKey}: ${problems}`);
}

async function offeringIn(
  rest: Rest,
  namespace: string | undefined,
  { node, address }: Device,
): Promise<readonly Offering[]> {
  const path = `/api/v1/nodes/${encodeURIComponent(node)}`;
  const found = (await rest.ask({ method: "GET", path })) as {
    readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  };
  const labels = found.metadata.labels ?? {};
  const all = await listed<PciWhitelist>(rest, ownPath("PciWhitelist", namespace));
  // The list of a namespace that nobody made is empty, too.
  if (all.length === 0 && namespace !== undefined)
    await rest.ask({ method: "GET", path: `/api/v1/namespaces/${encodeURIComponent(namespace)}` });
  return all
    .filter(({ spec }) => selects(spec.nodeSelector, labels))
    .flatMap(({ metadata, spec }): Offering[] => {
      const taking = spec.devices.filter((device) => mayTakeAddress(device, address));
      if (taking.length === 0) return [];
      const { name, namespace: home, resourceVersion } = metadata;
      const oneTimeUse = taking.some((device) => device.oneTimeUse === true);
      const problem = taking.map((device) => exclusionProblem(device, [address])).find(Boolean);
      return [{ namespace: home, name, resourceVersion, spec, oneTimeUse, problem }];
    });
}

function concerns({ node, address }: Device): (device: Exclusion) => boolean {
  return (device) => device.nodeName === node && device.address.toLowerCase() === address;
}

/** Undefined = it says so already. A JSON Patch, so that other exclusions stay as they are. */
export function leavingOut(
  { spec, resourceVersion }: Offering,
  device: Device,
  more: Pick<Exclusion, "until" | "reason">,
): Patch | undefined {
  const value = { nodeName: device.node, address: device.address, ...more };
  const at = spec.exclude?.findIndex(concerns(device)) ?? -1;
  const guarded = { op: "test", path: "/metadata/resourceVersion", value: resourceVersion };
  if (at >= 0) {
    const old = spec.exclude![at]!;
    if (old.until === more.until && (more.reason ?? old.reason) === old.reason) return undefined;
    return [guarded, { op: "replace", path: `/spec/exclude/${at}`, value }];
  }
  const path = spec.exclude === undefined ? "/spec/exclude" : "/spec/exclude/-";
  return [guarded, { op: "add", path, value: spec.exclude === undefined ? [value] : value }];
}

/** Undefined = it does not leave the device out on this node alone. */
export function takingBack({ spec, resourceVersion }: Offering, device: Device): Patch | undefined {
  const places = (spec.exclude ?? []).flatMap((item, at) => (concerns(device)(item) ? [at] : []));
  if (places.length === 0) return undefined;
  const guarded = { op: "test", path: "/metadata/resourceVersion", value: resourceVersion };
  // From the last on, so that the earlier ones keep their places.
  return [
    guarded,
    ...places.reverse().map((at) => ({ op: "remove", path: `/spec/exclude/${at}` })),
  ];
}

/** For whoever applies it themselves; without the version that it was made for. */
export function asCommand({ namespace, name }: Offering, patch: Patch): string {
  const bare = JSON.stringify(patch.filter((item) => item["op"] !== "test"));
  return `kubectl -n ${namespace} patch pciwhitelist ${name} --type json -p '${bare.replaceAll("'", "'\\''")}'`;
}
