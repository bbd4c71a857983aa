// nova.conf before the operator comes: the texts of test/openstack with the paths of a container,
// and without a host name, so that a pod is known by its own. No [pci].
import { novaConf, type Layout } from "../openstack/layout.ts";

/**
 * Same options later in a file win, and a section may come again. A token that was seen lately would
 * be taken for good for five minutes, whether Keystone answers or not.
 */
const inContainer = `[DEFAULT]
state_path = /var/lib/nova
[oslo_concurrency]
lock_path = /tmp/lock
[keystone_authtoken]
token_cache_time = -1
`;

/** The services with a database: nova-api, nova-scheduler, nova-conductor. */
export function controlConf(layout: Layout): string {
  return podConf(layout, true);
}

export function computeConf(layout: Layout): string {
  return podConf(layout, false);
}

/** openstack-helm mounts the Keystone sections a second time, as a drop-in. */
export function keystoneConf(layout: Layout): string {
  const sections = controlConf(layout).split(/^(?=\[)/m);
  return sections.filter((text) => text.startsWith("[keystone_authtoken]")).join("");
}

function podConf(layout: Layout, database: boolean): string {
  const text = novaConf({ ...layout, novaExtra: inContainer }, "unnamed", database);
  return text.replace(/^host = .*\n/m, "");
}
