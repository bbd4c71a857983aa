// `nova-pci cordon NODE ADDRESS` keeps one broken card from servers, `uncordon` is the reverse.
// With PCI in Placement the device's provider is reserved and nothing restarts; for good it is left
// out of the PciWhitelists that offer it, as a patch that is printed or applied.
import { parseArgs } from "node:util";
import { Failure } from "../api/failure.ts";
import { describe } from "../openstack/wire/failures.ts";
import { holdBack, type Device, type HoldBack, type HoldBackHow } from "../openstack/hold-back.ts";
import { openSession } from "../openstack/session/session.ts";
import type { Credentials } from "../openstack/session/clouds-yaml.ts";
import { guard, understood, UnreachableProblem, UsageProblem } from "./terminal/arguments.ts";
import { accessOf, cloudOptions, findCloud, type AccessOptions } from "./access/cloud-access.ts";
import { clusterOptions, clusterOptionsHelp, type ClusterChoice } from "./access/cluster-access.ts";
import {
  asCommand,
  leavingOut,
  openCordonCluster,
  takingBack,
  type CordonCluster,
  type Exclusion,
} from "./access/cordon-cluster.ts";
import { exitCodes, type Command, type Io } from "./terminal/io.ts";

type Verb = "cordon" | "uncordon";

const own: Readonly<Record<Verb, string>> = {
  cordon: `  --until TIME           with --patch or --apply: when the exclusion ends, 2026-12-24T18:00:00Z
  --reason TEXT          with --patch or --apply: why, for whoever reads it later
`,
  uncordon: `  --cleaned              you have wiped it: a one-time-use device that was used is not given back
                         without this word
`,
};

const help = (verb: Verb, what: string) => `nova-pci ${verb} NODE ADDRESS: ${what}

  nova-pci ${verb} compute-7 0000:81:00.0 -n openstack
  nova-pci ${verb} compute-7 0000:81:00.0 -n openstack ${verb === "cordon" ? "--apply" : "--patch"}

NODE is the node's name, ADDRESS the device's, such as 0000:81:00.0.

With PCI in Placement (spec.placement of the PciPassthrough) this sets \`reserved\` of the device's
provider: nothing restarts, and a server that has the device keeps it. Otherwise, or for a VF, which
Placement knows only as a part of its PF, the lines for \`exclude\` of the PciWhitelist are printed
and nothing is changed; applying them restarts nova-compute on that node.

options:
  --patch                print the patch of the PciWhitelists instead, and change nothing
  --apply                apply that patch instead, with your kubeconfig
${own[verb]}  --clouds-yaml FILE     credentials; - reads standard input. Without it as the OpenStack client:
                         $OS_CLIENT_CONFIG_FILE, ./clouds.yaml, ~/.config/openstack, /etc/openstack;
                         where none is, the Secret that the operator uses is read from the cluster
  --os-cloud NAME        entry of that file ($OS_CLOUD)
  --cacert FILE          CA of the cloud, instead of the one the file names
${clusterOptionsHelp}
exit: 0 done, 1 nothing was changed, 2 usage, 3 the cloud or the cluster did not answer
`;

export const cordonCommand: Command = {
  name: "cordon",
  summary: "keep one device of a node from new servers",
  help: help("cordon", "keep one device of a node from new servers"),
  run: (args, io) => runVerb("cordon", args, io),
};

export const uncordonCommand: Command = {
  name: "uncordon",
  summary: "let servers have a device again",
  help: help("uncordon", "let new servers have a device again"),
  run: (args, io) => runVerb("uncordon", args, io),
};

type Asked = {
  readonly device: Device;
  readonly how: HoldBackHow;
  /** What is done to the PciWhitelists; undefined = Placement is asked. */
  readonly patch: "print" | "apply" | undefined;
  readonly more: Pick<Exclusion, "until" | "reason">;
  readonly access: AccessOptions;
  readonly cluster: ClusterChoice;
};

function runVerb(verb: Verb, args: readonly string[], io: Io): Promise<number> {
  const command = verb === "cordon" ? cordonCommand : uncordonCommand;
  return guard(command, args, io, async () => {
    const asked = readArguments(verb, args);
    if (asked.patch !== undefined)
      return inCluster(asked.cluster, (cluster) => patchObjects(verb, asked, cluster, io));
    const found = await findCloud(asked.access, io);
    if (!("looked" in found)) {
      for (const warning of found.warnings) io.stderr(`warning: ${warning}\n`);
      return reserve(verb, asked, found.credentials, io);
    }
    const credentials = await secretOf(asked.cluster);
    if (typeof credentials !== "string") return reserve(verb, asked, credentials, io);
    const why = `no credentials: no clouds.yaml in ${found.looked.join(", ")}, and of the cluster: ${credentials}`;
    return advise(verb, asked, `${why}; give one with --clouds-yaml`, io);
  });
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
  const barred = verb === "cordon" ? all.filter((one) => one.problem !== undefined) : [];
  for (const { namespace, name, problem } of barred)
    io.stderr(`warning: PciWhitelist ${namespace}/${name} may offer it: ${problem!}\n`);
  const offering = all.filter((one) => !barred.includes(one));
  const wiped = offering.find((one) => one.oneTimeUse);
  if (verb === "uncordon" && wiped !== undefined && how !== "cleaned") {
    io.stderr(
      `nothing was changed: PciWhitelist ${wiped.namespace}/${wiped.name} offers ${device.address} for one use, and Nova reports a device that comes back as unused: wipe it, and say --cleaned\n`,
    );
    return exitCodes.finding;
  }
  const work = offering.flatMap((one) => {
    const made = verb === "cordon" ? leavingOut(one, device, more) : takingBack(one, device);
    return made === undefined ? [] : [{ to: one, made }];
  });
  if (work.length === 0) {
    const none = verb === "cordon" && offering.length === 0;
    io.stderr(
      `nothing was changed: ${none ? `no PciWhitelist offers ${device.address} on ${device.node}` : `the PciWhitelists say it already: ${names(offering.map((one) => one.name))}`}\n`,
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

function readArguments(verb: Verb, args: readonly string[]): Asked {
  const options = {
    ...cloudOptions,
    patch: { type: "boolean" },
    apply: { type: "boolean" },
    ...clusterOptions,
  } as const;
  const ofVerb = {
    ...(verb === "cordon" ? { until: { type: "string" }, reason: { type: "string" } } : {}),
    ...(verb === "uncordon" ? { cleaned: { type: "boolean" } } : {}),
  } as { until: { type: "string" }; reason: { type: "string" }; cleaned: { type: "boolean" } };
  const { positionals, values } = understood(() =>
    parseArgs({ args: [...args], options: { ...options, ...ofVerb }, allowPositionals: true }),
  );
  const [node, address, ...more] = positionals;
  if (node === undefined || address === undefined || more.length > 0)
    throw new UsageProblem("a node and an address are needed");
  if (values.patch === true && values.apply === true)
    throw new UsageProblem("--patch prints and --apply writes: give one of them");
  const { namespace, kubeconfig, context, reason } = values;
  return {
    device: { node, address: readAddress(address) },
    how: verb === "cordon" ? "all" : values.cleaned === true ? "cleaned" : "none",
    patch: values.apply === true ? "apply" : values.patch === true ? "print" : undefined,
    more: {
      ...(values.until === undefined ? {} : { until: readMoment(values.until) }),
      ...(reason === undefined ? {} : { reason }),
    },
    access: accessOf(values),
    cluster: { namespace, kubeconfig, context },
  };
}

function readMoment(text: string): string {
  const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
  if (!moment.test(text) || Number.isNaN(Date.parse(text)))
    throw new UsageProblem(
      `--until is ${JSON.stringify(text)}: write a moment with its time zone, such as 2026-12-24T18:00:00Z`,
    );
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
  if (all.length === 0) return "none";
  const more = all.length > 10 ? ` and ${all.length - 10} more` : "";
  return `${all.slice(0, 10).join(", ")}${more}`;
}
