// Brings a cloud up: writes the configuration, prepares databases, keys, users and catalog, and
// starts each service as its own process. The order is the one that loses no time: what needs the
// longest is started first and waited for last.
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rabbitProgram } from "./install.ts";
import {
  catalogOf,
  configArguments,
  configFolder,
  databaseSql,
  databaseUrl,
  innerAddress,
  keystoneConf,
  novaConf,
  placementConf,
  rabbitEnvironment,
  region,
  servicePasswordOfTests,
  serviceUsers,
  transportUrl,
  urlOf,
  type HttpService,
  type Layout,
} from "./layout.ts";
import { listens, type Processes, type Started } from "./processes.ts";
import { adminOf, type Admin } from "./admin.ts";

const python = join(dirname(fileURLToPath(import.meta.url)), "python");

export type Site = { readonly layout: Layout; readonly processes: Processes };

/** What a deployment tool would render; the fragments of the operator go into nova.conf.d. */
export function writeConfiguration({ layout }: Site, computes: readonly string[]): void {
  const { folder, installed } = layout;
  for (const keys of ["fernet", "credential"])
    mkdirSync(join(folder, "keys", keys), { recursive: true, mode: 0o700 });
  write(join(configFolder(layout, "keystone"), "keystone.conf"), keystoneConf(layout));
  write(join(configFolder(layout, "placement"), "placement.conf"), placementConf(layout));
  for (const role of ["nova-api", "nova-control"]) writeNova(layout, role, "controller", true);
  const paste = "api-paste.ini";
  copyFileSync(
    join(installed.nova, "etc/nova", paste),
    join(configFolder(layout, "nova-api"), paste),
  );
  for (const host of computes) writeNova(layout, host, host, false);
}

function writeNova(layout: Layout, role: string, host: string, database: boolean): void {
  const folder = configFolder(layout, role);
  write(join(folder, "nova.conf"), novaConf(layout, host, database));
  mkdirSync(join(folder, "nova.conf.d"), { recursive: true });
  mkdirSync(join(layout.folder, "state", host), { recursive: true });
}

export function startRabbit({ layout, processes }: Site): Started {
  const folder = join(layout.folder, "rabbit");
  for (const part of ["home", "mnesia", "log"]) mkdirSync(join(folder, part), { recursive: true });
  write(join(folder, "enabled_plugins"), "[].\n");
  write(join(folder, "env.conf"), "");
  // Its user `guest` may come from 127.0.0.1 alone otherwise.
  write(join(folder, "rabbitmq.conf"), layout.inner === undefined ? "" : "loopback_users = none\n");
  return processes.start("rabbitmq", [rabbitProgram], rabbitEnvironment(layout));
}

export async function startMariadb({ layout, processes }: Site): Promise<void> {
  const folder = join(layout.folder, "mariadb");
  const data = join(folder, "data");
  const common = ["--no-defaults", "--user=root", `--datadir=${data}`];
  const socket = `--socket=${folder}/sock`;
  if (!existsSync(join(data, "mysql"))) {
    mkdirSync(folder, { recursive: true });
    const authentication = "--auth-root-authentication-method=normal";
    await processes.run("mariadb-install-db", [
      "mariadb-install-db",
      ...common,
      authentication,
      "--skip-test-db",
    ]);
  }
  const server = processes.start("mariadb", [
    "/usr/sbin/mariadbd",
    ...common,
    socket,
    `--port=${layout.ports.mariadb}`,
    `--bind-address=${innerAddress(layout)}`,
    `--pid-file=${folder}/pid`,
    "--skip-log-bin",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=64M",
    "--performance-schema=off",
    "--max-connections=500",
    "--character-set-server=utf8mb3",
    "--skip-name-resolve",
  ]);
  await processes.waitFor("MariaDB", server, () =>
    listens(layout.ports.mariadb, innerAddress(layout)),
  );
  await processes.run("mariadb-databases", [
    "mariadb",
    "--no-defaults",
    socket,
    "-uroot",
    "-e",
    databaseSql(),
  ]);
}

/** Keystone, and the admin who may do everything. */
export async function startKeystone(site: Site): Promise<Admin> {
  const { layout } = site;
  const url = `${urlOf(layout, "keystone")}/v3`;
  const file = ["--config-file", join(configFolder(layout, "keystone"), "keystone.conf")];
  const owner = ["--keystone-user", "root", "--keystone-group", "root"];
  await runCommands(site, "keystone-manage", "keystone.cmd.manage:main", [
    [...file, "db_sync"],
    [...file, "fernet_setup", ...owner],
    [...file, "credential_setup", ...owner],
    [
      ...file,
      "bootstrap",
      ...["--bootstrap-password", layout.adminPassword, "--bootstrap-region-id", region],
      ...["--bootstrap-admin-url", url, "--bootstrap-public-url", url],
      ...["--bootstrap-internal-url", url],
    ],
  ]);
  await serveKeystone(site);
  return adminOf(layout);
}

async function serveKeystone(site: Site): Promise<void> {
  const { layout, processes } = site;
  const keystone = startWsgi(site, "keystone", "keystone.wsgi.api");
  await processes.waitFor("Keystone", keystone, () => answers(layout, "keystone"));
}

/** From now on tokens live so long; those given before keep their end. */
export async function setTokenSeconds(site: Site, tokenSeconds: number): Promise<void> {
  const { layout, processes } = site;
  const text = keystoneConf({ ...layout, tokenSeconds });
  write(join(configFolder(layout, "keystone"), "keystone.conf"), text);
  await processes.stop("keystone");
  await serveKeystone(site);
}

export async function startPlacement(site: Site): Promise<Started> {
  const { layout, processes } = site;
  const manage = join(layout.installed.identity, "bin/placement-manage");
  const file = join(configFolder(layout, "placement"), "placement.conf");
  await processes.run("placement-manage", [manage, "--config-file", file, "db", "sync"]);
  return startWsgi(site, "placement", "placement.wsgi.api");
}

/** The stand-in for Glance and Neutron. */
export function startStub({ layout, processes }: Site): Started {
  return processes.start("stub", [
    join(layout.installed.nova, "bin/python"),
    join(python, "stub.py"),
    layout.listen,
    `${layout.ports.stub}`,
    join(layout.folder, "ports.json"),
  ]);
}

/** The project `service`, the users of the services, and the catalog. */
export async function fillKeystone(layout: Layout, admin: Admin): Promise<void> {
  const project = await admin.create("projects", { name: "service", domain_id: "default" });
  const roles = await admin.list("roles");
  for (const name of serviceUsers) {
    const password = servicePasswordOfTests;
    const user = await admin.create("users", { name, password, domain_id: "default" });
    for (const role of roles.filter((named) => named.name === "admin" || named.name === "service"))
      await admin.put(`/projects/${project}/users/${user}/roles/${role.id}`);
  }
  for (const { name, type, url } of catalogOf(layout)) {
    const service = await admin.create("services", { name, type });
    for (const kind of ["public", "internal", "admin"])
      await admin.create("endpoints", {
        service_id: service,
        interface: kind,
        url,
        region_id: region,
      });
  }
}

export async function prepareNova(site: Site): Promise<void> {
  const { layout } = site;
  const file = configArguments(layout, "nova-control");
  const cell = [
    ...["--name", "cell1", "--database_connection", databaseUrl(layout, "nova")],
    ...["--transport-url", transportUrl(layout)],
  ];
  const cell0 = ["--database_connection", databaseUrl(layout, "nova_cell0")];
  await runCommands(site, "nova-manage", "nova.cmd.manage:main", [
    [...file, "api_db", "sync"],
    [...file, "cell_v2", "map_cell0", ...cell0],
    [...file, "db", "sync"],
    [...file, "cell_v2", "create_cell", ...cell],
  ]);
}

export function startApi(site: Site): Started {
  return startWsgi(
    site,
    "nova",
    "nova.wsgi.osapi_compute",
    configArguments(site.layout, "nova-api"),
  );
}

export function startControl(
  { layout, processes }: Site,
  name: "nova-conductor" | "nova-scheduler",
) {
  const program = join(layout.installed.nova, "bin", name);
  return processes.start(name, [program, ...configArguments(layout, "nova-control")]);
}

export function startCompute({ layout, processes }: Site, host: string): Started {
  return processes.start(`nova-compute-${host}`, [
    join(layout.installed.nova, "bin/python"),
    join(python, "compute.py"),
    ...configArguments(layout, host),
  ]);
}

export async function answers(layout: Layout, service: HttpService): Promise<boolean> {
  const port = layout.ports[service];
  const address = layout.listen === "0.0.0.0" ? "127.0.0.1" : layout.listen;
  try {
    const answer = await fetch(`http://${address}:${port}/`, {
      signal: AbortSignal.timeout(30_000),
    });
    await answer.arrayBuffer();
    return answer.status < 500;
  } catch {
    return false;
  }
}

export function startWsgi(
  { layout, processes }: Site,
  service: "keystone" | "placement" | "nova",
  module: string,
  args: readonly string[] = [],
): Started {
  const { installed } = layout;
  const environment = service === "nova" ? installed.nova : installed.identity;
  return processes.start(service === "nova" ? "nova-api" : service, [
    join(environment, "bin/python"),
    join(python, "serve.py"),
    module,
    layout.listen,
    `${layout.ports[service]}`,
    ...args,
  ]);
}

/** The programs of one kind share their imports; see commands.py. */
async function runCommands(
  { layout, processes }: Site,
  name: "keystone-manage" | "nova-manage",
  entry: string,
  commandLines: readonly (readonly string[])[],
): Promise<void> {
  const { installed } = layout;
  const environment = name === "nova-manage" ? installed.nova : installed.identity;
  await processes.run(name, [
    join(environment, "bin/python"),
    join(python, "commands.py"),
    entry,
    JSON.stringify(commandLines),
  ]);
}

/** Where each WSGI application looks for its configuration. */
export function environmentOf(layout: Layout): Record<string, string> {
  const own: Record<string, string> = {
    PYTHONUNBUFFERED: "1",
    OS_NOVA_CONFIG_DIR: configFolder(layout, "nova-api"),
    OS_PLACEMENT_CONFIG_DIR: configFolder(layout, "placement"),
    OS_KEYSTONE_CONFIG_DIR: configFolder(layout, "keystone"),
  };
  for (const name of ["PATH", "LANG", "HOME", "TMPDIR"]) {
    const value = process.env[name];
    if (value !== undefined) own[name] = value;
  }
  return own;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
