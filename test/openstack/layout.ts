// The layout of a cloud on this machine: files, ports and configuration. Pure: values in, texts
// out. The options are the ones that were found to be necessary and enough.
import type { Installed } from "./install.ts";

export const portNames = [
  "keystone",
  "placement",
  "nova",
  "stub",
  "rabbit",
  "rabbitDist",
  "epmd",
  "mariadb",
] as const;
export type Ports = Readonly<Record<(typeof portNames)[number], number>>;

export type Layout = {
  /** Everything the cloud writes is below. */
  readonly folder: string;
  readonly installed: Installed;
  readonly ports: Ports;
  /** Address on which the HTTP services listen, and the one by which the catalog names them. */
  readonly listen: string;
  readonly advertise: string;
  /** Address of MariaDB and RabbitMQ, 127.0.0.1 when absent: containers need one they can reach. */
  readonly inner?: string;
  readonly adminPassword: string;
  readonly tokenSeconds: number;
  /** Further lines for every nova.conf, sections included. */
  readonly novaExtra: string;
};

export const region = "RegionOne";
const databases = ["keystone", "placement", "nova_api", "nova", "nova_cell0"] as const;
const servicePassword = "service-pw";
const databasePassword = "database-pw";

export type HttpService = "keystone" | "placement" | "nova" | "stub";

export function urlOf(layout: Layout, service: HttpService): string {
  return `http://${layout.advertise}:${layout.ports[service]}`;
}

export function innerAddress(layout: Layout): string {
  return layout.inner ?? "127.0.0.1";
}

export function databaseUrl(layout: Layout, name: (typeof databases)[number]): string {
  const server = `${innerAddress(layout)}:${layout.ports.mariadb}`;
  return `mysql+pymysql://openstack:${databasePassword}@${server}/${name}?charset=utf8`;
}

export function transportUrl(layout: Layout): string {
  return `rabbit://guest:guest@${innerAddress(layout)}:${layout.ports.rabbit}/`;
}

export function databaseSql(): string {
  const user = "'openstack'@'%'";
  return [
    `CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY '${databasePassword}'`,
    `GRANT ALL ON *.* TO ${user}`,
    ...databases.map((name) => `CREATE DATABASE IF NOT EXISTS ${name}`),
  ].join(";\n");
}

function sections(
  all: Readonly<Record<string, Readonly<Record<string, string | number>>>>,
): string {
  return Object.entries(all)
    .map(([name, options]) => {
      const lines = Object.entries(options).map(([key, value]) => `${key} = ${value}`);
      return [`[${name}]`, ...lines, ""].join("\n");
    })
    .join("");
}

function login(layout: Layout, user: string) {
  return {
    auth_type: "password",
    auth_url: `${urlOf(layout, "keystone")}/v3`,
    username: user,
    password: servicePassword,
    project_name: "service",
    user_domain_name: "Default",
    project_domain_name: "Default",
    region_name: region,
  };
}

/** Keystone checks every request of a service, so that a revoked token is refused at once. */
function tokenCheck(layout: Layout, user: string) {
  return {
    ...login(layout, user),
    www_authenticate_uri: `${urlOf(layout, "keystone")}/v3`,
    service_token_roles_required: "true",
    token_cache_time: -1,
  };
}

export function keystoneConf(layout: Layout): string {
  const keys = `${layout.folder}/keys`;
  return sections({
    DEFAULT: { use_stderr: "true" },
    database: { connection: databaseUrl(layout, "keystone") },
    token: { provider: "fernet", expiration: layout.tokenSeconds },
    fernet_tokens: { key_repository: `${keys}/fernet` },
    credential: { key_repository: `${keys}/credential` },
    identity: { password_hash_rounds: 4 },
    // Without it a request takes ten times as long.
    cache: { enabled: "true", backend: "oslo_cache.dict" },
  });
}

export function placementConf(layout: Layout): string {
  return sections({
    DEFAULT: { use_stderr: "true" },
    placement_database: { connection: databaseUrl(layout, "placement") },
    api: { auth_strategy: "keystone" },
    keystone_authtoken: tokenCheck(layout, "placement"),
  });
}

/** A nova-compute has no database: it asks the conductor. */
export function novaConf(layout: Layout, host: string, database: boolean): string {
  const state = `${layout.folder}/state/${host}`;
  const connections = {
    api_database: { connection: databaseUrl(layout, "nova_api") },
    database: { connection: databaseUrl(layout, "nova") },
  };
  const text = sections({
    DEFAULT: {
      host,
      my_ip: "127.0.0.1",
      state_path: state,
      transport_url: transportUrl(layout),
      use_stderr: "true",
      report_interval: 2,
      service_down_time: 10,
      compute_driver: "jsonpci.JsonPciDriver",
      // Else the first discovery of hosts comes after up to a minute.
      periodic_fuzzy_delay: 0,
      sync_power_state_interval: -1,
      update_resources_interval: 5,
      long_rpc_timeout: 60,
      graceful_shutdown_timeout: 5,
      allow_resize_to_same_host: "true",
    },
    ...(database ? connections : {}),
    oslo_concurrency: { lock_path: `${state}/lock` },
    oslo_messaging_notifications: { driver: "noop" },
    api: { auth_strategy: "keystone" },
    cache: { enabled: "false" },
    vnc: { enabled: "false" },
    scheduler: { workers: 1, discover_hosts_in_cells_interval: 2 },
    conductor: { workers: 1 },
    glance: { endpoint_override: `${urlOf(layout, "stub")}/image` },
    cinder: { catalog_info: "volumev3:cinderv3:publicURL" },
    keystone_authtoken: tokenCheck(layout, "nova"),
    placement: login(layout, "nova"),
    neutron: { ...login(layout, "nova"), endpoint_override: `${urlOf(layout, "stub")}/network` },
    service_user: { ...login(layout, "nova"), send_service_user_token: "false" },
  });
  return text + layout.novaExtra;
}

/** Roles have a folder with nova.conf and the drop-in directory nova.conf.d each. */
export function configFolder(layout: Layout, role: string): string {
  return `${layout.folder}/etc/${role}`;
}

export function configArguments(layout: Layout, role: string): readonly string[] {
  const folder = configFolder(layout, role);
  return ["--config-file", `${folder}/nova.conf`, "--config-dir", `${folder}/nova.conf.d`];
}

type CatalogEntry = { readonly name: string; readonly type: string; readonly url: string };

export function catalogOf(layout: Layout): readonly CatalogEntry[] {
  const stub = urlOf(layout, "stub");
  return [
    { name: "nova", type: "compute", url: `${urlOf(layout, "nova")}/v2.1` },
    { name: "placement", type: "placement", url: urlOf(layout, "placement") },
    { name: "glance", type: "image", url: `${stub}/image` },
    { name: "neutron", type: "network", url: `${stub}/network` },
  ];
}

export const serviceUsers = ["nova", "placement"] as const;
export const servicePasswordOfTests = servicePassword;

/** What a person would write to use this cloud. */
export function cloudsYaml(layout: Layout): string {
  return `clouds:
  test:
    auth:
      auth_url: ${urlOf(layout, "keystone")}
      username: admin
      password: "${layout.adminPassword}"
      project_name: admin
      user_domain_name: Default
      project_domain_name: Default
    region_name: ${region}
    interface: public
    identity_api_version: 3
`;
}

/** RabbitMQ's own wrapper would change user and folder; this is what it needs to stay here. */
export function rabbitEnvironment(layout: Layout): Readonly<Record<string, string>> {
  const folder = `${layout.folder}/rabbit`;
  return {
    HOME: `${folder}/home`,
    RABBITMQ_MNESIA_BASE: `${folder}/mnesia`,
    RABBITMQ_LOG_BASE: `${folder}/log`,
    RABBITMQ_LOGS: "-",
    RABBITMQ_NODENAME: `test${layout.ports.rabbit}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: innerAddress(layout),
    RABBITMQ_NODE_PORT: `${layout.ports.rabbit}`,
    RABBITMQ_DIST_PORT: `${layout.ports.rabbitDist}`,
    ERL_EPMD_ADDRESS: "127.0.0.1",
    ERL_EPMD_PORT: `${layout.ports.epmd}`,
    RABBITMQ_CONFIG_FILE: `${folder}/rabbitmq`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/enabled_plugins`,
    RABBITMQ_CONF_ENV_FILE: `${folder}/env.conf`,
    RABBITMQ_PID_FILE: `${folder}/pid`,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}",
  };
}
