// What a refused write lacks is asked of the API server as it judges it: group, resource and
// subresource apart. A question about something else is never allowed, and its gate never opens.

import { expect, test } from "@jest/globals";
import { watchLacks } from "../../src/cluster/reads/access-review.ts";
import { ApiFailure } from "../../src/cluster/wire/failures.ts";
import type { Call, Requests } from "../../src/cluster/wire/requests.ts";

/** As RBAC of the API server words it. */
function refusal(verb: string, resource: string, group: string): ApiFailure {
  const message = `${resource} "x" is forbidden: User "system:serviceaccount:a:b" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "openstack"`;
  return new ApiFailure(403, message, { reason: "Forbidden", causes: [] });
}

test.each([
  ["patch", "pcipassthroughs/status", "pci.openstack.org", "pcipassthroughs", "status"],
  ["patch", "pcialiases", "pci.openstack.org", "pcialiases", undefined],
  ["create", "pods/eviction", "", "pods", "eviction"],
  ["get", "pods/log", "", "pods", "log"],
  ["create", "configmaps", "", "configmaps", undefined],
  ["patch", "deployments", "apps", "deployments", undefined],
  ["list", "nodefeatures", "nfd.k8s-sigs.io", "nodefeatures", undefined],
])("%s %s of group '%s'", async (verb, refused, group, resource, subresource) => {
  const asked: Call[] = [];
  const rest = {
    ask: (call: Call) => {
      asked.push(call);
      return Promise.resolve({ status: { allowed: true } });
    },
  } as unknown as Requests;
  let now = 0;
  const lacks = watchLacks(rest, () => now);
  lacks.note(refusal(verb, refused, group));
  expect(await lacks.still("openstack")).toHaveLength(1);
  now = 60_000;
  expect(await lacks.still("openstack")).toEqual([]);
  expect(asked.map((call) => call.body)).toMatchObject([
    {
      spec: {
        resourceAttributes: {
          ...{ verb, group, resource, namespace: "openstack" },
          ...(subresource === undefined ? {} : { subresource }),
        },
      },
    },
  ]);
});
