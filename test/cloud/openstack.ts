// Answers "where is the cloud that Nova lives in?": MariaDB, RabbitMQ, Keystone and Placement as
// processes of the private namespace, and a named stand-in for Glance and Neutron. Nova itself
// runs in pods. The first run keeps the migrated databases and keys as a seed for the next ones.
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { rabbitProgram } from "../openstack/install.ts";
import { listens } from "../openstack/processes.ts";
import { fillCatalog } from "./catalog.ts";
import { cacheFolder, controlAddress, ports, root, urls, type Folders } from "./layout.ts";
import {
  authSection,
  controlConf,
  databaseUrl,
  keystoneConf,
  password,
  transportUrl,
} from "./nova-conf.ts";
import { run, start, tail, until, type Background } from "./processes.ts";

export type Programs = {
  /** Virtual environment of Nova, and of Keystone and Placement. */
  readonly nova: string;
  readonly identity: string;
};

/** serve.py, stub.py, commands.py, and nova-compute's driver. */
export const pieces = join(root, "test/openstack/python");

const databases = ["keystone", "placement", "nova_api", "nova", "nova_cell0"];

export async function startOpenStack(programs: Programs, where: Folders): Promise<void> {
  writeConfiguration(where);
  const seed = seedFolder(programs);
  const bus = startRabbit(where);
  if (!existsSync(seed)) await makeSeed(programs, where, seed);
  cpSync(seed, where.openstack, { recursive: true });
  await startMariadb(where);
  await Promise.all([
    startWeb("keystone", programs, where),
    startWeb("placement", programs, where),
    startStandIns(programs, where),
    bus(),
  ]);
}

/** Another Nova, another address or another set-up makes another seed. */
function seedFolder(programs: Programs): string {
  const key = createHash("sha256").update(`${programs.nova}\n${programs.identity}\n`);
  for (const file of ["openstack.ts", "catalog.ts", "nova-conf.ts", "layout.ts"])
    key.update(readFileSync(join(import.meta.dirname, file)));
  return join(cacheFolder(), "cloud", `seed-${key.digest("hex").slice(0, 12)}`);
}

async function makeSeed(programs: Programs, where: Folders, seed: string): Promise<void> {
  const data = where.openstack;
  await run("mariadb-install-db", [
    ...["--no-defaults", "--user=root", `--datadir=${data}/mariadb`, "--skip-test-db"],
    "--auth-root-authentication-method=normal",
  ]);
  const mariadb = await startMariadb(where);
  const create = databases.map((name) => `CREATE DATABASE ${name};`).join("");
  const user = `CREATE USER openstack@'%' IDENTIFIED BY '${password}';GRANT ALL ON *.* TO openstack@'%';`;
  await run("mariadb", [
    "--no-defaults",
    `--socket=${socketOf(where)}`,
    "-uroot",
    "-e",
    create + user,
  ]);
  await Promise.all([migrateKeystone(programs, where), migrateNova(programs, where)]);
  const keystone = await startWeb("keystone", programs, where);
  await fillCatalog();
  keystone.child.kill("SIGKILL");
  await run("mariadb-admin", [
    "--no-defaults",
    `--socket=${socketOf(where)}`,
    "-uroot",
    "shutdown",
  ]);
  while (!mariadb.ended()) await pause(50);
  const partial = `${seed}.${process.hrtime.bigint()}`;
  for (const folder of ["mariadb", "keys"])
    cpSync(join(data, folder), join(partial, folder), { recursive: true });
  renameSync(partial, seed);
  for (const folder of ["mariadb", "keys"])
    rmSync(join(data, folder), { recursive: true, force: true });
}

async function migrateKeystone(programs: Programs, where: Folders): Promise<void> {
  for (const folder of ["keys/fernet", "keys/credential"])
    mkdirSync(join(where.openstack, folder), { recursive: true, mode: 0o700 });
  const owner = ["--keystone-user", "root", "--keystone-group", "root"];
  const url = (kind: string) => [`--bootstrap-${kind}-url`, urls.keystone];
  const bootstrap = [
    ...["bootstrap", "--bootstrap-password", password, "--bootstrap-region-id", "RegionOne"],
    ...[...url("admin"), ...url("public"), ...url("internal")],
  ];
  await manage(programs.identity, "keystone.cmd.manage:main", keystoneFile(where), [
    ["db_sync"],
    ["fernet_setup", ...owner],
    ["credential_setup", ...owner],
    bootstrap,
  ]);
  const file = join(placementFolder(where), "placement.conf");
  await manage(programs.identity, "placement.cmd.manage:main", file, [["db", "sync"]]);
}

async function migrateNova(programs: Programs, where: Folders): Promise<void> {
  const cell = ["--database_connection", databaseUrl("nova"), "--transport-url", transportUrl];
  await manage(programs.nova, "nova.cmd.manage:main", join(where.openstack, "etc/nova/nova.conf"), [
    ["api_db", "sync"],
    ["cell_v2", "map_cell0", "--database_connection", databaseUrl("nova_cell0")],
    ["db", "sync"],
    ["cell_v2", "create_cell", "--name", "cell1", ...cell],
  ]);
}

async function manage(
  environment: string,
  main: string,
  file: string,
  commands: readonly (readonly string[])[],
): Promise<void> {
  const lines = commands.map((command) => ["--config-file", file, ...command]);
  const python = join(environment, "bin/python");
  await run(python, [join(pieces, "commands.py"), main, JSON.stringify(lines)]);
}

function keystoneFile(where: Folders): string {
  return join(where.openstack, "etc/keystone/keystone.conf");
}

function placementFolder(where: Folders): string {
  return join(where.openstack, "etc/placement");
}

function writeConfiguration(where: Folders): void {
  const etc = join(where.openstack, "etc");
  for (const name of ["keystone", "placement", "nova"])
    mkdirSync(join(etc, name), { recursive: true });
  writeFileSync(
    keystoneFile(where),
    `[DEFAULT]
use_stderr = true
[database]
connection = ${databaseUrl("keystone")}
[token]
provider = fernet
[fernet_tokens]
key_repository = ${where.openstack}/keys/fernet
[credential]
key_repository = ${where.openstack}/keys/credential
[identity]
password_hash_rounds = 4
[cache]
enabled = true
backend = oslo_cache.dict
`,
  );
  writeFileSync(
    join(etc, "placement/placement.conf"),
    `[DEFAULT]
use_stderr = true
[placement_database]
connection = ${databaseUrl("placement")}
[api]
auth_strategy = keystone
${authSection("keystone_authtoken", "placement")}www_authenticate_uri = ${urls.keystone}
`,
  );
  // Only nova-manage reads this one, when the databases are made.
  writeFileSync(join(etc, "nova/nova.conf"), `${controlConf}${keystoneConf}`);
}

function socketOf(where: Folders): string {
  return join(where.openstack, "mariadb.sock");
}

async function startMariadb(where: Folders): Promise<Background> {
  const log = join(where.logs, "mariadb.log");
  const server = start("mariadb", log, [
    ...(["mariadbd", "--no-defaults", "--user=root"] as const),
    ...[`--datadir=${where.openstack}/mariadb`, `--socket=${socketOf(where)}`],
    ...[`--bind-address=${controlAddress}`, `--port=${ports.mariadb}`, "--skip-name-resolve"],
    ...["--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M"],
    ...["--innodb-log-file-size=16M", "--performance-schema=off", "--max-connections=500"],
    ...["--character-set-server=utf8mb3", `--pid-file=${where.openstack}/mariadb.pid`],
  ]);
  await listening("MariaDB", ports.mariadb, server, log);
  return server;
}

/** Starts the bus; the answer waits until it listens. */
function startRabbit(where: Folders): () => Promise<void> {
  const folder = join(where.openstack, "rabbit");
  for (const below of ["mnesia", "log", "home"])
    mkdirSync(join(folder, below), { recursive: true });
  writeFileSync(join(folder, "enabled_plugins"), "[].\n");
  writeFileSync(join(folder, "env.conf"), "");
  // Its user `guest` may else come from 127.0.0.1 alone; pods do not.
  writeFileSync(join(folder, "rabbitmq.conf"), "loopback_users = none\n");
  const log = join(where.logs, "rabbitmq.log");
  const server = start("rabbitmq", log, [rabbitProgram], {
    env: {
      HOME: join(folder, "home"),
      RABBITMQ_MNESIA_BASE: join(folder, "mnesia"),
      RABBITMQ_LOG_BASE: join(folder, "log"),
      RABBITMQ_LOGS: "-",
      RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq"),
      RABBITMQ_CONF_ENV_FILE: join(folder, "env.conf"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
      RABBITMQ_PID_FILE: join(folder, "pid"),
      RABBITMQ_NODENAME: "cloud@localhost",
      RABBITMQ_NODE_IP_ADDRESS: controlAddress,
      RABBITMQ_NODE_PORT: String(ports.rabbit),
      RABBITMQ_DIST_PORT: String(ports.rabbitDistribution),
      ERL_EPMD_ADDRESS: "127.0.0.1",
      ERL_EPMD_PORT: String(ports.rabbitMapper),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}",
    },
  });
  return () => listening("RabbitMQ", ports.rabbit, server, log);
}

async function startWeb(
  name: "keystone" | "placement",
  programs: Programs,
  where: Folders,
): Promise<Background> {
  const log = join(where.logs, `${name}.log`);
  const server = start(
    name,
    log,
    [
      join(programs.identity, "bin/python"),
      ...[join(pieces, "serve.py"), `${name}.wsgi.api`, controlAddress, String(ports[name])],
    ],
    {
      env: {
        PYTHONUNBUFFERED: "1",
        OS_KEYSTONE_CONFIG_DIR: join(where.openstack, "etc/keystone"),
        OS_PLACEMENT_CONFIG_DIR: placementFolder(where),
      },
    },
  );
  await listening(name, ports[name], server, log);
  return server;
}

async function startStandIns(programs: Programs, where: Folders): Promise<void> {
  const log = join(where.logs, "glance-and-neutron-stand-in.log");
  const server = start(
    "glance-and-neutron-stand-in",
    log,
    [
      join(programs.identity, "bin/python"),
      ...[join(pieces, "stub.py"), controlAddress, String(ports.standIns)],
      join(where.openstack, "ports.json"),
    ],
    { env: { PYTHONUNBUFFERED: "1" } },
  );
  await listening("the stand-in of Glance and Neutron", ports.standIns, server, log);
}

async function listening(
  what: string,
  port: number,
  server: Background,
  log: string,
): Promise<void> {
  await until(what, () => listens(port, controlAddress), {
    seconds: 90,
    hopeless: () => (server.ended() ? `it ended: ${tail(log)}` : undefined),
  });
}
