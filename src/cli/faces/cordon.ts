// What cordon and uncordon are given, and their help.

import { faceOf } from "../terminal/face.ts";
import { cloud, cluster } from "../terminal/option-groups.ts";

const operands = {
  NODE: "name of the node",
  ADDRESS: "of the device, such as 0000:81:00.0",
} as const;

const about = `With PCI in Placement (spec.placement of the PciPassthrough) this sets \`reserved\` of the
device's provider: nothing restarts, and a server that has the device keeps it. Otherwise, or for a
VF, which Placement knows only as a part of its PF, the lines for \`exclude\` of the PciWhitelist are
printed and nothing is changed; applying them restarts nova-compute on that node.`;

const credentials = {
  ...cloud,
  "clouds-yaml": {
    says: "credentials; - reads standard input. Without it as the OpenStack client: $OS_CLIENT_CONFIG_FILE, ./clouds.yaml, ~/.config/openstack, /etc/openstack; where none is, the Secret that the operator uses is read from the cluster",
  },
} as const;

const exits =
  "0 done, 1 nothing was changed, 2 a wrong argument or file, 3 the cloud or the cluster did not answer";

export const cordonFace = faceOf({
  name: "cordon",
  summary: "Keep one broken device from new guests",
  operands,
  title: "keep one device of a node from new servers",
  examples: [
    "nova-pci cordon compute-7 0000:81:00.0 -n openstack",
    "nova-pci cordon compute-7 0000:81:00.0 -n openstack --apply",
  ],
  about,
  options: {
    patch: { without: ["apply"] },
    apply: {},
    until: { needs: ["patch", "apply"] },
    reason: { needs: ["patch", "apply"] },
    ...credentials,
    ...cluster,
  },
  exits,
});

export const uncordonFace = faceOf({
  name: "uncordon",
  summary: "Give a device back",
  operands,
  title: "let new servers have a device again",
  examples: [
    "nova-pci uncordon compute-7 0000:81:00.0 -n openstack",
    "nova-pci uncordon compute-7 0000:81:00.0 -n openstack --patch",
  ],
  about,
  options: {
    patch: { without: ["apply"] },
    apply: {},
    cleaned: {},
    ...credentials,
    ...cluster,
  },
  exits,
});
