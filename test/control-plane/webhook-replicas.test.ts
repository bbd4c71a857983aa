// Two replicas of the operator behind one webhook, on a real API server: both make certificates at once,
// and one of them freezes.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { certificatesIn } from "../../src/webhook/certificates.ts";
import { controlPlaneLane } from "./lane.ts";
import { until } from "./processes.ts";
import { startControlPlane, type OwnControlPlane } from "./start.ts";
import {
  applied,
  openWebhookSite,
  secretOf,
  shipped,
  webhookPath,
  type WebhookSite,
} from "./webhook-site.ts";

controlPlaneLane("two replicas behind the webhook", () => {
  let plane: OwnControlPlane;
  let site: WebhookSite;

  beforeAll(async () => {
    plane = await startControlPlane();
    for (const folder of ["crds", "deploy", "deploy/guard"])
      await applied(plane, ...shipped(folder));
    site = await openWebhookSite(plane, { replicas: 2 });
  });
  afterAll(async () => {
    await site.stop();
    await plane.stop();
  });

  test("they agree on one authority, and each serves", async () => {
    const said = await until("both", async () => {
      const ready = site.operators.map((operator) => fetch(`${operator.probes}/readyz`));
      return (await Promise.all(ready)).every((response) => response.status === 200);
    });
    expect(said).toBe(true);
    // Connections go to the two in turn.
    for (let index = 0; index < 20; index++) expect(await site.serves()).toBe(true);
    const { webhooks } = await plane.get(webhookPath);
    const bundle = Buffer.from(webhooks[0].clientConfig.caBundle as string, "base64");
    const { data } = await secretOf(plane);
    const kept = Buffer.from(data["ca.crt"] as string, "base64");
    expect(certificatesIn(kept.toString())).toHaveLength(1);
    expect(bundle.toString()).toBe(kept.toString());
  });

  test("of a frozen one and one that answers, pods come to the second", async () => {
    site.operators[0]!.signal("SIGSTOP");
    try {
      // A controller tries again; the API server gives the frozen one five seconds.
      const made = async () => (await site.serves()) && (await site.serves());
      expect(await until("pods", made, { seconds: 60 })).toBe(true);
    } finally {
      site.operators[0]!.signal("SIGCONT");
    }
    await until("its return", site.serves);
  });
});
