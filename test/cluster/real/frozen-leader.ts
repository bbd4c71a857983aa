// A leader in a process of its own that changes something all the time, for a test that freezes it. Ends
// with code 7 when it lost the Lease.
import { holdLease } from "../../../src/cluster/lease.ts";
import { NotLeading } from "../../../src/cluster/wire/not-leading.ts";
import { openRest } from "../../../src/cluster/wire/rest.ts";

const [, , server = "", namespace = ""] = process.argv;
const access = {
  server,
  tls: { ca: process.env["CA"] ?? "" },
  headers: () => Promise.resolve({ authorization: `Bearer ${process.env["TOKEN"] ?? ""}` }),
  forget: () => undefined,
};
const free = openRest(access);
const lease = holdLease({
  rest: free,
  namespace,
  name: "frozen",
  identity: "frozen",
  times: { durationSeconds: 3, renewDeadlineSeconds: 2, retrySeconds: 0.2 },
  led: () => undefined,
  // Not before the loop below has tried once more: it is the fence that is tested.
  lost: () => setTimeout(() => process.exit(7), 500),
});
const fenced = openRest(access, { mayChange: () => lease.leads() });

for (let index = 0; ; index++) {
  try {
    await fenced.ask({
      method: "POST",
      path: `/api/v1/namespaces/${namespace}/configmaps`,
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `mark-${index}` } },
    });
  } catch (error) {
    if (!(error instanceof NotLeading)) throw error;
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
}
