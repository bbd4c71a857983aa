// The cloud that Nova lives in: MariaDB, RabbitMQ, Keystone, Placement and the stand-in of Glance
// and Neutron, as processes of the private namespace. Nova itself runs in pods. The first run keeps
// the migrated databases and keys as a seed for the next ones.
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  answers,
  environmentOf,
  fillKeystone,
  prepareNova,
  startKeystone,
  startMariadb,
  startPlacement,
  startRabbit,
  startStub,
  startWsgi,
  writeConfiguration,
  type Site,
} from "../openstack/bring-up.ts";
import { cacheFolder, type Installed } from "../openstack/install.ts";
import type { Layout } from "../openstack/layout.ts";
import { listens, openProcesses } from "../openstack/processes.ts";
import { controlAddress, ports, root, type Folders } from "./layout.ts";

/** What a seed consists of, below the folder of the cloud. */
const kept = ["mariadb", "keys"];

export function openstackLayout(installed: Installed, where: Folders): Layout {
  return {
    folder: where.openstack,
    installed,
    ports,
    listen: controlAddress,
    advertise: controlAddress,
    inner: controlAddress,
    adminPassword: "cloud-test",
    tokenSeconds: 4 * 3600,
    novaExtra: "",
  };
}

/** A service that can be taken away and given back. */
export type Outage = { readonly stop: () => Promise<void>; readonly start: () => Promise<void> };

export async function startOpenStack(layout: Layout): Promise<{ readonly keystone: Outage }> {
  const site: Site = {
    layout,
    processes: openProcesses(layout.folder, environmentOf(layout)),
  };
  writeConfiguration(site, []);
  const rabbit = startRabbit(site);
  const seed = seedFolder(layout);
  if (!existsSync(seed)) await makeSeed(site, seed);
  for (const folder of kept) {
    const target = join(layout.folder, folder);
    rmSync(target, { recursive: true, force: true });
    cpSync(join(seed, folder), target, { recursive: true });
  }
  await startMariadb(site);
  startStub(site);
  const { waitFor } = site.processes;
  const web = (["keystone", "placement"] as const).map((name) => {
    const started = startWsgi(site, name, `${name}.wsgi.api`);
    return waitFor(name, started, () => answers(layout, name));
  });
  const bus = waitFor("RabbitMQ", rabbit, () => listens(ports.rabbit, controlAddress));
  await Promise.all([...web, bus]);
  const keystone = async () => {
    const started = startWsgi(site, "keystone", "keystone.wsgi.api");
    await waitFor("keystone", started, () => answers(layout, "keystone"));
  };
  return { keystone: { stop: () => site.processes.stop("keystone"), start: keystone } };
}

async function makeSeed(site: Site, seed: string): Promise<void> {
  const { layout, processes } = site;
  await startMariadb(site);
  const [admin] = await Promise.all([startKeystone(site), prepareNova(site)]);
  await startPlacement(site);
  await fillKeystone(layout, admin);
  for (const name of ["keystone", "placement", "mariadb"]) await processes.stop(name);
  // One is enough: those of other set-ups would only fill the disk.
  for (const name of readdirSync(dirname(seed)))
    if (name.startsWith("seed-")) rmSync(join(dirname(seed), name), { recursive: true });
  const partial = `${seed}.${process.hrtime.bigint()}`;
  for (const folder of kept)
    cpSync(join(layout.folder, folder), join(partial, folder), { recursive: true });
  renameSync(partial, seed);
}

/** Another Nova, another address or another set-up makes another seed. */
function seedFolder(layout: Layout): string {
  const key = createHash("sha256").update(JSON.stringify({ ...layout, folder: "" }));
  for (const file of ["openstack/layout.ts", "openstack/bring-up.ts", "cloud/openstack.ts"])
    key.update(readFileSync(join(root, "test", file)));
  return join(cacheFolder(), "cloud", `seed-${key.digest("hex").slice(0, 12)}`);
}
