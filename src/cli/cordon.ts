// `nova-pci cordon NODE ADDRESS` keeps one broken card from servers, `uncordon` is the reverse.
// With PCI in Placement the device's provider is reserved and nothing restarts; for good it is left
// out of the PciWhitelists that offer it, as a patch that is printed or applied.
import { Failure } from "../api/failure.ts";
import { foldedNames } from "../api/folded-names.ts";
import { isMoment, momentWords } from "../api/moments.ts";
import { describe } from "../openstack/wire/failures.ts";
import { holdBack, type Device, type HoldBack, type HoldBackHow } from "../openstack/hold-back.ts";
import { openSession } from "../openstack/session/session.ts";
import type { Credentials } from "../openstack/session/clouds-yaml.ts";
import { cordonFace, uncordonFace } from "./faces/cordon.ts";
import { commandOf } from "./terminal/arguments.ts";
import type { Given } from "./terminal/parse.ts";
import { UnreachableProblem, UsageProblem } from "./terminal/problems.ts";
import { accessOf, findCloud, type AccessOptions } from "./access/cloud-access.ts";
import type { ClusterChoice } from "./access/cluster-access.ts";
import {
  asCommand,
  leavingOut,
  openCordonCluster,
  takingBack,
  type CordonCluster,
  type Exclusion,
} from "./access/cordon-cluster.ts";
import { exitCodes, type Io } from "./terminal/io.ts";

type Verb = "cordon" | "uncordon";

export const cordonCommand = commandOf(cordonFace, ({ values, operands }, io) =>
  runVerb("cordon", askedOf("all", operands, values), io),
);

export const uncordonCommand = commandOf(uncordonFace, ({ values, operands }, io) =>
  runVerb(
    "uncordon",
    askedOf(values.cleaned ? "cleaned" : "none", operands, {
      ...values,
      until: undefined,
      reason: undefined,
    }),
    io,
  ),
);

type Asked = {
  readonly device: Device;
  readonly how: HoldBackHow;
  /** What is done to the PciWhitelists; undefined = Placement is asked. */
  readonly patch: "print" | "apply" | undefined;
  readonly more: Pick<Exclusion, "until" | "reason">;
  readonly access: AccessOptions;
  readonly cluster: ClusterChoice;
};

async function runVerb(verb: Verb, asked: Asked, io: Io): Promise<number> {
  if (asked.patch !== undefined)
    return inCluster(asked.cluster, (cluster) => patchObjects(verb, asked, cluster, io));
  const found = await findCloud(asked.access, io);
  if (!("looked" in found)) {
    for (const warning of found.warnings) io.stderr(`warning: ${warning}\n`);
    return reserve(verb, asked, found.credentials, io);
  }
  const credentials = await secretOf(asked.cluster);
  if (typeof credentials !== "string") return reserve(verb, asked, credentials, io);
  const why = `there are no credentials: no clouds.yaml in ${found.looked.join(", ")}, and in the cluster: ${credentials}`;
  return advise(verb, asked, `${why}. Give one with --clouds-yaml`, io);
}

async function inCluster<T>(
  choice: ClusterChoice,
  work: (cluster: CordonCluster) => Promise<T>,
): Promise<T> {
  const cluster = await openCordonCluster(choice);
  try {
    return await work(cluster);
  } finally {
    await cluster.close();
  }
}

/** A sentence where there are none to be had. */
async function secretOf(choice: ClusterChoice): Promise<Credentials | string> {
  try {
    return await inCluster(choice, (cluster) => cluster.credentials());
  } catch (error) {
    if (error instanceof UnreachableProblem || error instanceof UsageProblem) return error.message;
    throw error;
  }
}

async function patchObjects(
  verb: Verb,
  { device, patch, more, how }: Asked,
  cluster: CordonCluster,
  io: Io,
): Promise<number> {
  const all = await cluster.offering(device);
  const barred = verb === "cordon" ? all.filter((item) => item.problem !== undefined) : [];
  for (const { namespace, name, problem } of barred)
    io.stderr(`warning: PciWhitelist ${namespace}/${name} may offer it: ${problem!}\n`);
  const offering = all.filter((item) => !barred.includes(item));
  const wiped = offering.find((item) => item.oneTimeUse);
  if (verb === "uncordon" && wiped !== undefined && how !== "cleaned") {
    io.stderr(
      `nothing was changed: PciWhitelist ${wiped.namespace}/${wiped.name} offers ${device.address} for one use, and Nova reports a device that comes back as unused: wipe it, and say --cleaned\n`,
    );
    return exitCodes.finding;
  }
  const work = offering.flatMap((item) => {
    const made = verb === "cordon" ? leavingOut(item, device, more) : takingBack(item, device);
    return made === undefined ? [] : [{ to: item, made }];
  });
  if (work.length === 0) {
    const none = verb === "cordon" && offering.length === 0;
    io.stderr(
      `nothing was changed: ${none ? `no PciWhitelist offers ${device.address} on ${device.node}` : `the PciWhitelists say it already: ${names(offering.map((item) => item.name))}`}\n`,
    );
    return none ? exitCodes.finding : exitCodes.fine;
  }
  for (const { to, made } of work) {
    if (patch === "apply") await cluster.apply(to, made);
    io.stdout(
      patch === "apply"
        ? `PciWhitelist ${to.namespace}/${to.name}: ${device.address} on ${device.node} is ${verb === "cordon" ? "left out" : "offered again"}\n`
        : `${asCommand(to, made)}\n`,
    );
  }
  return exitCodes.fine;
}

async function reserve(
  verb: Verb,
  asked: Asked,
  credentials: Credentials,
  io: Io,
): Promise<number> {
  const session = openSession(credentials);
  try {
    const outcome = await holdBack(session, asked.device, asked.how);
    return tell(verb, asked, outcome, io);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    io.stderr(`nova-pci ${verb}: ${describe(error)}\n`);
    const away = error.kind === "unreachable" || error.kind === "throttled";
    return away ? exitCodes.unreachable : exitCodes.finding;
  } finally {
    await session.close();
  }
}

function askedOf(
  how: HoldBackHow,
  operands: readonly string[],
  values: Given<typeof cordonFace.options>["values"],
): Asked {
  const [node, address, ...more] = operands;
  if (node === undefined || address === undefined || more.length > 0)
    throw new UsageProblem("a node and an address are needed, in this order");
  const { namespace, kubeconfig, context, reason } = values;
  return {
    device: { node, address: readAddress(address) },
    how,
    patch: values.apply ? "apply" : values.patch ? "print" : undefined,
    more: {
      ...(values.until === undefined ? {} : { until: readMoment(values.until) }),
      ...(reason === undefined ? {} : { reason }),
    },
    access: accessOf(values),
    cluster: { namespace, kubeconfig, context },
  };
}

function readMoment(text: string): string {
  if (!isMoment(text))
    throw new UsageProblem(`--until is ${JSON.stringify(text)}: write ${momentWords}`);
  return text;
}

function readAddress(text: string): string {
  const parts = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])$/.exec(text.toLowerCase());
  if (parts === null)
    throw new UsageProblem(
      `ADDRESS is ${JSON.stringify(text)}: write it as lspci -D does, such as 0000:81:00.0`,
    );
  return `${parts[1] ?? "0000"}:${parts[2] ?? ""}`;
}

function tell(verb: Verb, asked: Asked, outcome: HoldBack, io: Io): number {
  const { device } = asked;
  switch (outcome.is) {
    case "done":
      return tellDone(verb, outcome, io);
    case "dirty":
      io.stderr(
        `nothing was changed: ${outcome.provider} is handed out once, and is reserved since it was used: wipe it, and say --cleaned\n`,
      );
      return exitCodes.finding;
    case "no-such-host":
      io.stderr(
        `nova-pci ${verb}: no nova-compute belongs to node ${device.node}; there is ${names(outcome.hosts)}\n`,
      );
      return exitCodes.finding;
    case "several-hosts":
      io.stderr(
        `nova-pci ${verb}: node ${device.node} could be ${names(outcome.hosts)}; give the host as Nova calls it\n`,
      );
      return exitCodes.finding;
    case "no-placement":
      return advise(verb, asked, "this cloud has no Placement in its catalog", io);
    case "not-reported":
      return advise(
        verb,
        asked,
        `Placement knows no device ${device.address} on ${outcome.host}; it knows ${names(outcome.devices)}`,
        io,
      );
  }
}

function tellDone(verb: Verb, outcome: Extract<HoldBack, { is: "done" }>, io: Io): number {
  for (const { resourceClass, before, reserved, total } of outcome.reservations) {
    const change = before === reserved ? "already" : `before ${before}`;
    io.stdout(
      `${outcome.provider}: ${reserved} of ${total} ${resourceClass} reserved (${change}); nothing restarts\n`,
    );
  }
  if (verb === "cordon") {
    if (outcome.consumers.length > 0)
      io.stdout(`still in use, and kept by: ${names(outcome.consumers)}\n`);
    if (outcome.oneTimeUse)
      io.stderr(
        "note: handed out once, this device now looks like one that waits to be cleaned: whoever cleans those gives it back; --apply leaves it out for good\n",
      );
    io.stderr(
      "note: the scheduler heeds this only with spec.placement.pciInPlacement in the PciPassthrough\n",
    );
  }
  return exitCodes.fine;
}

/** Says what to write into Git instead. */
function advise(verb: Verb, { device, more }: Asked, why: string, io: Io): number {
  const { node, address } = device;
  const how =
    verb === "cordon"
      ? "add this to the spec of the PciWhitelist that offers it (--patch and --apply do it in a cluster)"
      : "remove this from the spec of the PciWhitelist that offers it";
  io.stderr(`nothing was changed: ${why}.\nInstead, ${how}:\n`);
  const rest = Object.entries(more).map(([key, value]) => `    ${key}: ${JSON.stringify(value)}\n`);
  io.stdout(`exclude:\n  - nodeName: ${node}\n    address: "${address}"\n${rest.join("")}`);
  return exitCodes.finding;
}

function names(all: readonly string[]): string {
  return all.length === 0 ? "none" : foldedNames(all);
}
