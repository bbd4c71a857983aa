// A whole cloud: a real Keystone, Placement and Nova of one release on this machine, for a test, or
// for a person:
//   node test/openstack/stack.ts 34.0.0 FOLDER [COMPUTE...]     until interrupted
// Every service is a process of its own and listens on loopback unless told otherwise. Glance and
// Neutron are a stand-in (python/stub.py).
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { adminOf, eventually, type Admin } from "./admin.ts";
import {
  answers,
  environmentOf,
  fillKeystone,
  setTokenSeconds,
  prepareNova,
  startApi,
  startCompute,
  startControl,
  startKeystone,
  startMariadb,
  startPlacement,
  startRabbit,
  startStub,
  writeConfiguration,
  type Site,
} from "./bring-up.ts";
import { pciDevices, type Device } from "./devices.ts";
import { install, type Release } from "./install.ts";
import { cloudsYaml, configFolder, portNames, urlOf, type Layout, type Ports } from "./layout.ts";
import { endPortMapper, listens, openProcesses, type Processes } from "./processes.ts";

type StackOptions = {
  readonly release: Release;
  /** Host name -> its PCI devices. Each is a nova-compute of its own. */
  readonly computes?: Readonly<Record<string, readonly Device[]>>;
  /** nova-conductor and nova-scheduler (and RabbitMQ); always with computes. */
  readonly control?: boolean;
  /** nova-api as a process; false when a container runs it. */
  readonly api?: boolean;
  /** Fixed ports from here on, instead of free ones. */
  readonly portBase?: number;
  readonly folder?: string;
  readonly listen?: string;
  readonly advertise?: string;
  readonly novaExtra?: string;
  /** role (nova-api, nova-control, a compute's host) -> text of its 95-nova-pci.conf. */
  readonly fragments?: Readonly<Record<string, string>>;
};

export type Stack = {
  readonly layout: Layout;
  readonly processes: Processes;
  readonly cloudsYaml: string;
  /** A fresh admin of the tests, by plain requests. */
  readonly admin: Admin;
  readonly writeFragment: (role: string, text: string) => void;
  readonly setDevices: (host: string, devices: readonly Device[]) => void;
  /** While held, a server on this host stays in its task. */
  readonly hold: (host: string, held: boolean) => void;
  /** Bound ports as the stand-in for Neutron lists them. */
  readonly setPorts: (ports: readonly unknown[]) => void;
  /** How long tokens given from now on live. */
  readonly setTokenSeconds: (seconds: number) => Promise<void>;
  readonly stopApi: () => Promise<void>;
  readonly startApi: () => Promise<void>;
  readonly restartCompute: (host: string) => Promise<void>;
  readonly stop: () => Promise<void>;
};

export async function startStack(options: StackOptions): Promise<Stack> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "nova-pci-openstack-"));
  mkdirSync(folder, { recursive: true });
  const layout: Layout = {
    folder,
    installed: await install(options.release),
    ports: await portsFrom(options.portBase),
    listen: options.listen ?? "127.0.0.1",
    advertise: options.advertise ?? "127.0.0.1",
    adminPassword: randomBytes(12).toString("hex"),
    tokenSeconds: 3600,
    novaExtra: options.novaExtra ?? "",
  };
  const site: Site = { layout, processes: openProcesses(folder, environmentOf(layout)) };
  const stop = async () => {
    await site.processes.stop();
    endPortMapper(layout.ports.epmd);
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ...operations(site), admin: await bringUp(site, options), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bringUp(site: Site, options: StackOptions): Promise<Admin> {
  const { layout, processes } = site;
  const computes = Object.keys(options.computes ?? {});
  const control = options.control ?? computes.length > 0;
  writeConfiguration(site, computes);
  for (const [role, text] of Object.entries(options.fragments ?? {})) fragment(layout, role, text);
  for (const [host, devices] of Object.entries(options.computes ?? {}))
    writeDevices(layout, host, devices);
  const rabbit = control ? startRabbit(site) : undefined;
  await startMariadb(site);
  const admin = await startKeystone(site);
  startStub(site);
  const placement = await startPlacement(site);
  await fillKeystone(layout, admin);
  await prepareNova(site);
  const api = options.api === false ? undefined : startApi(site);
  if (rabbit !== undefined) {
    await processes.waitFor("RabbitMQ", rabbit, () => listens(layout.ports.rabbit));
    startControl(site, "nova-scheduler");
    const conductor = startControl(site, "nova-conductor");
    // A nova-compute that asks before the conductor listens waits ten seconds for its next try.
    const listening = () => conductor.log().includes("Starting conductor node");
    await processes.waitFor("nova-conductor", conductor, listening);
  }
  for (const host of computes) startCompute(site, host);
  await processes.waitFor("Placement", placement, () => answers(layout, "placement"));
  if (api !== undefined) await processes.waitFor("nova-api", api, () => answers(layout, "nova"));
  if (control) await allUp(admin, computes);
  return admin;
}

type ServiceRow = {
  readonly host: string;
  readonly binary: string;
  readonly state: string;
  readonly updated_at: string | null;
};

/** A new service counts as up from its first row on; its first heartbeat comes seconds later. */
async function allUp(admin: Admin, computes: readonly string[]): Promise<void> {
  const beats = ({ state, updated_at }: ServiceRow) => state === "up" && updated_at !== null;
  await eventually(
    "every Nova service up",
    () => serviceRows(admin),
    (rows) => rows.filter(beats).length >= 2 + computes.length,
  );
  // Listed only once the scheduler has mapped the host to its cell: no server starts before.
  const hypervisors = async () => (await admin.nova("GET", "/os-hypervisors")).body;
  await eventually("every host mapped", hypervisors, (body) => {
    const { hypervisors: known = [] } = body as { hypervisors?: readonly unknown[] };
    return known.length >= computes.length;
  });
}

async function serviceRows(admin: Admin): Promise<readonly ServiceRow[]> {
  const { body } = await admin.nova("GET", "/os-services");
  return (body as { services?: readonly ServiceRow[] }).services ?? [];
}

function operations(site: Site): Omit<Stack, "admin" | "stop"> {
  const { layout, processes } = site;
  return {
    layout,
    processes,
    cloudsYaml: cloudsYaml(layout),
    writeFragment: (role, text) => fragment(layout, role, text),
    setDevices: (host, devices) => writeDevices(layout, host, devices),
    hold: (host, held) => {
      const file = join(layout.folder, "state", host, "hold");
      if (held) writeFileSync(file, "");
      else rmSync(file, { force: true });
    },
    setPorts: (ports) => writeFileSync(join(layout.folder, "ports.json"), JSON.stringify(ports)),
    setTokenSeconds: (seconds) => setTokenSeconds(site, seconds),
    stopApi: () => processes.stop("nova-api"),
    startApi: async () => {
      const api = startApi(site);
      await processes.waitFor("nova-api", api, () => answers(layout, "nova"));
    },
    restartCompute: async (host) => {
      const admin = await adminOf(layout);
      await processes.stop(`nova-compute-${host}`);
      // `up` of the old process would be believed otherwise.
      const stateOf = async () =>
        (await serviceRows(admin)).find((row) => row.host === host)?.state;
      await eventually(`${host} down`, stateOf, (state) => state === "down");
      startCompute(site, host);
      await eventually(`${host} up`, stateOf, (state) => state === "up");
    },
  };
}

function fragment(layout: Layout, role: string, text: string): void {
  writeFileSync(join(configFolder(layout, role), "nova.conf.d/95-nova-pci.conf"), text);
}

function writeDevices(layout: Layout, host: string, devices: readonly Device[]): void {
  const file = join(layout.folder, "state", host, "pci-devices.json");
  writeFileSync(file, JSON.stringify(pciDevices(devices)));
}

async function portsFrom(base: number | undefined): Promise<Ports> {
  const numbers =
    base === undefined ? await freePorts(portNames.length) : portNames.map((_, at) => base + at);
  return Object.fromEntries(portNames.map((name, at) => [name, numbers[at]!])) as Ports;
}

/** All held open together, so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, openOne));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

function openOne(): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [release = "34.0.0", folder, ...hosts] = process.argv.slice(2);
  const card = { address: "0000:81:00.0", vendor: "10de", product: "20b0" };
  const stack = await startStack({
    release: release as Release,
    computes: Object.fromEntries(hosts.map((host) => [host, [card]])),
    ...(folder === undefined ? {} : { folder }),
  });
  process.stdout.write(`${stack.cloudsYaml}\n# Nova: ${urlOf(stack.layout, "nova")}/v2.1\n`);
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => void stack.stop().then(() => process.exit(0)));
  setInterval(() => undefined, 1 << 30);
}
