// Answers "keep this one broken card from servers" and the reverse: `nova-pci cordon NODE ADDRESS`.
// With PCI in Placement the device's provider is reserved and nothing restarts; where that cannot be
// done it prints what to add to the PciWhitelist and changes nothing.
import { parseArgs } from "node:util";
import { Failure } from "../api/failure.ts";
import { describe } from "../openstack/wire/failures.ts";
import { holdBack, type Device, type HoldBack } from "../openstack/hold-back.ts";
import { openSession } from "../openstack/session/session.ts";
import type { Credentials } from "../openstack/session/clouds-yaml.ts";
import { guard, understood, UsageProblem } from "./arguments.ts";
import { accessOf, cloudOptions, findCloud, type AccessOptions } from "./cloud-access.ts";
import { exitCodes, type Command, type Io } from "./io.ts";

type Verb = "cordon" | "uncordon";

const help = (verb: Verb, what: string) => `usage: nova-pci ${verb} NODE ADDRESS [options]

${what}

NODE is the node's name, ADDRESS the device's, such as 0000:81:00.0.

With PCI in Placement (spec.placement of the PciPassthrough) this sets \`reserved\` of the device's
provider: nothing restarts, and a server that has the device keeps it. Otherwise, or for a VF, which
Placement knows only as a part of its PF, the lines for \`exclude\` of the PciWhitelist are printed
and nothing is changed; applying them restarts nova-compute on that node.

options:
  --clouds-yaml FILE   credentials; - reads standard input. Without it as the OpenStack client:
                       $OS_CLIENT_CONFIG_FILE, ./clouds.yaml, ~/.config/openstack, /etc/openstack
  --os-cloud NAME      entry of that file ($OS_CLOUD)
  --cacert FILE        CA of the cloud, instead of the one the file names

The operator's own credentials work too:
  kubectl -n openstack get secret nova-pci-cloud -o jsonpath='{.data.clouds\\.yaml}' | base64 -d |
    nova-pci ${verb} NODE ADDRESS --clouds-yaml -

exit: 0 done, 1 nothing was changed, 2 usage, 3 the cloud did not answer
`;

export const cordonCommand: Command = {
  name: "cordon",
  summary: "keep one device of a node from new servers",
  help: help("cordon", "Keeps one device of a node from new servers."),
  run: (args, io) => runVerb("cordon", args, io),
};

export const uncordonCommand: Command = {
  name: "uncordon",
  summary: "let servers have a device again",
  help: help("uncordon", "Lets servers have a device again."),
  run: (args, io) => runVerb("uncordon", args, io),
};

type Asked = { readonly device: Device; readonly access: AccessOptions };

function runVerb(verb: Verb, args: readonly string[], io: Io): Promise<number> {
  const command = verb === "cordon" ? cordonCommand : uncordonCommand;
  return guard(command, args, io, async () => {
    const { device, access } = readArguments(args);
    const found = await findCloud(access, io);
    if ("looked" in found) {
      const why = `no credentials: no clouds.yaml in ${found.looked.join(", ")}`;
      return advise(verb, device, `${why}; give one with --clouds-yaml`, io);
    }
    for (const warning of found.warnings) io.stderr(`warning: ${warning}\n`);
    return reserve(verb, device, found.credentials, io);
  });
}

async function reserve(
  verb: Verb,
  device: Device,
  credentials: Credentials,
  io: Io,
): Promise<number> {
  const session = openSession(credentials);
  try {
    const outcome = await holdBack(session, device, verb === "cordon" ? "all" : "none");
    return tell(verb, device, outcome, io);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    io.stderr(`nova-pci ${verb}: ${describe(error)}\n`);
    const away = error.kind === "unreachable" || error.kind === "throttled";
    return away ? exitCodes.unreachable : exitCodes.finding;
  } finally {
    await session.close();
  }
}

function readArguments(args: readonly string[]): Asked {
  const { positionals, values } = understood(() =>
    parseArgs({ args: [...args], options: cloudOptions, allowPositionals: true }),
  );
  const [node, address, ...more] = positionals;
  if (node === undefined || address === undefined || more.length > 0)
    throw new UsageProblem("a node and an address are needed");
  return {
    device: { node, address: readAddress(address) },
    access: accessOf(values),
  };
}

function readAddress(text: string): string {
  const parts = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])$/.exec(text.toLowerCase());
  if (parts === null)
    throw new UsageProblem(
      `ADDRESS is ${JSON.stringify(text)}: write it as lspci -D does, such as 0000:81:00.0`,
    );
  return `${parts[1] ?? "0000"}:${parts[2] ?? ""}`;
}

function tell(verb: Verb, device: Device, outcome: HoldBack, io: Io): number {
  switch (outcome.is) {
    case "done":
      return tellDone(verb, outcome, io);
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
      return advise(verb, device, "this cloud has no Placement in its catalog", io);
    case "not-reported":
      return advise(
        verb,
        device,
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
    io.stderr(
      "note: the scheduler heeds this only with spec.placement.pciInPlacement in the PciPassthrough\n",
    );
  }
  return exitCodes.fine;
}

/** Says what to write into Git instead. */
function advise(verb: Verb, { node, address }: Device, why: string, io: Io): number {
  const how =
    verb === "cordon"
      ? "add this to the spec of the PciWhitelist that offers it"
      : "remove this from the spec of the PciWhitelist that offers it";
  io.stderr(`nothing was changed: ${why}.\nInstead, ${how}:\n`);
  io.stdout(`exclude:\n  - nodeName: ${node}\n    address: "${address}"\n`);
  return exitCodes.finding;
}

function names(all: readonly string[]): string {
  if (all.length === 0) return "none";
  const more = all.length > 10 ? ` and ${all.length - 10} more` : "";
  return `${all.slice(0, 10).join(", ")}${more}`;
}
