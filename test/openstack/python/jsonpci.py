"""compute_driver = jsonpci.JsonPciDriver: Nova's own FakeDriver with PCI devices from a file.

<state_path>/pci-devices.json is read at every resource update, so a device can be plugged and
pulled. What FakeDriver keeps in memory is kept in files here, because a restarted nova-compute must
find its node and its servers again. While <state_path>/hold exists no spawn ends.
"""
import json
import os
import threading
import time

import nova.conf
from nova.virt import fake
from nova.virt import node

CONF = nova.conf.CONF


# A nova-compute with threads of the system ends several servers at once: they share one file.
saving = threading.Lock()


class JsonPciDriver(fake.MediumFakeDriver):
    vcpus = 64
    memory_mb = 262144
    local_gb = 2048

    def _path(self, name):
        return os.path.join(CONF.state_path, name)

    def _load(self, name):
        try:
            with open(self._path(name)) as file:
                return json.load(file)
        except FileNotFoundError:
            return []

    def _save(self):
        with saving:
            rows = [[i.uuid, i.name, i.state] for i in list(self.instances.values())]
            with open(self._path("instances.json.new"), "w") as file:
                json.dump(rows, file)
            os.rename(self._path("instances.json.new"), self._path("instances.json"))

    def init_host(self, host):
        super().init_host(host)
        for uuid, name, state in self._load("instances.json"):
            self.instances[uuid] = fake.FakeInstance(name, state, uuid)

    def spawn(self, *args, **kwargs):
        while os.path.exists(self._path("hold")):
            time.sleep(0.1)
        super().spawn(*args, **kwargs)
        self._save()

    def destroy(self, *args, **kwargs):
        super().destroy(*args, **kwargs)
        self._save()

    def finish_revert_migration(self, *args, **kwargs):
        # The only way back of a server that does not go through spawn().
        super().finish_revert_migration(*args, **kwargs)
        self._save()

    # FakeDriver invents a node UUID per process; Nova would refuse the node as a stranger's.
    def get_nodenames_by_uuid(self, refresh=False):
        return {node.get_local_node_uuid(): name for name in self.get_available_nodes()}

    def get_available_resource(self, nodename):
        resources = super().get_available_resource(nodename)
        resources["uuid"] = node.get_local_node_uuid()
        resources["pci_passthrough_devices"] = json.dumps(self._load("pci-devices.json"))
        return resources
