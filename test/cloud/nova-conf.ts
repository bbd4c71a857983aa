// Answers "what does nova.conf say before the operator comes?": the files under ours, split as
// openstack-helm splits them (nova.conf, and a drop-in with the Keystone sections). No [pci] here.
import { controlAddress, ports, urls } from "./layout.ts";

export const password = "cloud-test";

export function databaseUrl(name: string): string {
  const account = `openstack:${password}@${controlAddress}:${ports.mariadb}`;
  return `mysql+pymysql://${account}/${name}?charset=utf8`;
}

export const transportUrl = `rabbit://guest:guest@${controlAddress}:${ports.rabbit}/`;

const nova = `[DEFAULT]
transport_url = ${transportUrl}
state_path = /var/lib/nova
my_ip = 127.0.0.1
use_stderr = true
report_interval = 2
service_down_time = 10
long_rpc_timeout = 60
graceful_shutdown_timeout = 5
sync_power_state_interval = -1
[oslo_concurrency]
lock_path = /tmp/lock
[oslo_messaging_notifications]
driver = noop
[api]
auth_strategy = keystone
[vnc]
enabled = false
[glance]
endpoint_override = ${urls.standIns}/image
[cinder]
catalog_info = volumev3:cinderv3:publicURL
`;

/** nova-api, nova-scheduler, nova-conductor: they alone know the databases. */
export const controlConf = `${nova}[api_database]
connection = ${databaseUrl("nova_api")}
[database]
connection = ${databaseUrl("nova")}
[scheduler]
workers = 1
discover_hosts_in_cells_interval = 2
[conductor]
workers = 1
`;

/** The driver reads its devices from a file; Nova imports drivers as nova.virt.NAME. */
export const computeConf = nova.replace(
  "[DEFAULT]\n",
  `[DEFAULT]
compute_driver = jsonpci.JsonPciDriver
update_resources_interval = 10
`,
);

/** The drop-in with the service users. */
export const keystoneConf = `${authSection("keystone_authtoken", "nova")}www_authenticate_uri = ${urls.keystone}
service_token_roles_required = true
${authSection("placement", "nova")}
${authSection("neutron", "nova")}endpoint_override = ${urls.standIns}/network
${authSection("service_user", "nova")}send_service_user_token = false
`;

export function authSection(section: string, user: string): string {
  return `[${section}]
auth_type = password
auth_url = ${urls.keystone}
username = ${user}
password = ${password}
project_name = service
user_domain_name = Default
project_domain_name = Default
region_name = RegionOne
`;
}
