// The webhook when something is not as it should be, with real operators behind a real API server: what
// is refused, what is not touched, and what comes back by itself.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import {
  fragmentKey,
  injectionLabel,
  operatorNamespace,
  webhookSecret,
} from "../../src/api/names.ts";
import { certificatesIn } from "../../src/webhook/certificates.ts";
import { compute, computePod } from "../admission/pods.ts";
import { chartShapes } from "../support/charts/shapes.ts";
import type { OperatorProcess } from "../operator/process.ts";
import { openChartSite, type ChartSite } from "./chart-site.ts";
import { contentTypes, type Json } from "./client.ts";
import { controlPlaneLane } from "./lane.ts";
import { assign, bare, dryRun, operatorUser, reserved } from "./policies.ts";
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

/** How long the webhook is away: more, to measure when the controllers try again. */
const outageSeconds = Number(process.env["OUTAGE_SECONDS"] ?? 5);

controlPlaneLane("webhook faults", () => {
  let plane: OwnControlPlane;
  let site: WebhookSite;
  let operator: OperatorProcess;
  const secretPath = `/api/v1/namespaces/${operatorNamespace}/secrets/${webhookSecret}`;
  const bundle = async (): Promise<string> => {
    const { webhooks } = await plane.get(webhookPath);
    return Buffer.from(webhooks[0].clientConfig.caBundle as string, "base64").toString("utf8");
  };
  const setBundle = async (text: string) => {
    const value = Buffer.from(text).toString("base64");
    const patch = [{ op: "add", path: "/webhooks/0/clientConfig/caBundle", value }];
    const headers = { "content-type": contentTypes.json };
    const answer = await plane.request("PATCH", webhookPath, patch, headers);
    expect(answer.status).toBe(200);
  };

  beforeAll(async () => {
    plane = await startControlPlane();
    await applied(plane, ...shipped("crds"));
    await applied(plane, ...shipped("deploy"));
    await applied(plane, ...shipped("deploy/guard"));
    site = await openWebhookSite(plane);
    operator = site.operator;
  });
  afterAll(async () => {
    await site.stop();
    await plane.stop();
  });

  const patient = { seconds: 150 };
  const away = async () => {
    operator.signal("SIGKILL");
    await operator.ended;
  };
  const back = async () => {
    operator = await site.bench.start("--webhook-bind-address", `127.0.0.1:${site.port}`);
    await until("its return", site.serves, patient);
  };

  test("an authority that the leaf is not of: refused, until the operator puts its own back", async () => {
    const good = await bundle();
    await setBundle(plane.ca);
    await until("the refusal", async () => !(await site.serves()));
    await until("the cure", site.serves, patient);
    expect(certificatesIn(await bundle())[0]).toBe(certificatesIn(good)[0]);
  });

  test("a Secret that was deleted comes back as it was, and nothing is refused", async () => {
    const before = await secretOf(plane);
    await plane.remove(secretPath);
    const refusals: Json[] = [];
    await until(
      "the Secret",
      async () => {
        if (!(await site.serves())) refusals.push(Date.now());
        return plane.get(secretPath);
      },
      patient,
    );
    expect(refusals).toEqual([]);
    expect((await secretOf(plane)).data).toEqual(before.data);
  });

  test("a new authority and a new leaf, and of the pods that are made meanwhile none is refused", async () => {
    const before = await secretOf(plane);
    // An authority at the end of its time: the next look makes another, the look after it a leaf.
    const old = certificatesIn(await bundle());
    const { makeAuthority, makeLeaf } = await import("../../src/webhook/certificates.ts");
    const past = Date.now() - 3000 * 24 * 60 * 60 * 1000;
    const authority = await makeAuthority(past);
    const names = [`${webhookSecret}.${operatorNamespace}.svc`];
    const all = [...names, `${names[0]!}.cluster.local`];
    const leaf = await makeLeaf(authority, all, Date.now());
    await setBundle([authority.cert, ...old].join(""));
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    await plane.patch(secretPath, {
      data: {
        "ca.crt": base64([authority.cert, ...old].join("")),
        "ca.key": base64(authority.key),
        "tls.crt": base64(leaf.cert),
        "tls.key": base64(leaf.key),
      },
    });
    let made = 0;
    const outcomes = new Set<boolean>();
    await until(
      "the new leaf",
      async () => {
        outcomes.add(await site.serves());
        made += 1;
        const { data } = await secretOf(plane);
        const served = data["tls.crt"] as string;
        return made >= 100 && served !== base64(leaf.cert) && served !== before.data["tls.crt"];
      },
      { seconds: 300, everyMillis: 100 },
    );
    expect([...outcomes]).toEqual([true]);
    expect(certificatesIn(await bundle()).length).toBeGreaterThan(1);
  });

  test("with every replica dead only selected pods wait, and all of them come when it is back", async () => {
    await away();
    const labelled = await plane.namespace({ [injectionLabel]: "enabled" });
    const unlabelled = await plane.namespace();
    const refused = await dryRun(plane, labelled, bare(computePod()));
    expect(refused.status).toBe(500);
    expect(refused.body.message).toContain('failed calling webhook "injection.pci.openstack.org"');
    const states: readonly (readonly [string, string, Json])[] = [
      ["another application", labelled, computePod({ labels: { application: "mariadb" } })],
      ["no label", labelled, computePod({ labels: {} })],
      ["no label of the namespace", unlabelled, computePod()],
      ["the operator's own namespace", operatorNamespace, computePod()],
    ];
    for (const [name, namespace, pod] of states) {
      const body = bare(pod);
      if (namespace === operatorNamespace) {
        // Its PodSecurity has words of its own; the webhook has none.
        const { body: said } = await dryRun(plane, namespace, body);
        expect(said.message ?? "").not.toContain("failed calling webhook");
        continue;
      }
      expect([name, (await dryRun(plane, namespace, body)).status]).toEqual([name, 201]);
    }
    await plane.patch(`/api/v1/namespaces/${labelled}`, {
      metadata: { labels: { [injectionLabel]: null } },
    });
    await until("the one command that lifts it", async () => {
      return (await dryRun(plane, labelled, bare(computePod()))).status === 201;
    });
    await back();
  });

  describe("while a DaemonSet is rolled out", () => {
    let chart: ChartSite;

    beforeAll(async () => {
      chart = await openChartSite(plane, chartShapes[0]!, () => undefined);
      const writer = plane.impersonate(operatorUser);
      const path = `/api/v1/namespaces/${chart.namespace}/configmaps`;
      await writer.create(path, {
        metadata: { name: compute },
        data: { [fragmentKey]: "[pci]\n" },
      });
      const nodes = Object.fromEntries(chart.nodes.map((node) => [node, compute]));
      await assign(writer, chart.namespace, { ...reserved, ...nodes });
    });
    afterAll(() => chart.stop());

    /** The operator dies, then the chart changes: the first pod is gone and none comes for it. */
    const rolledInVain = async (hash: string) => {
      await away();
      await chart.rollComputes(hash);
      const path = `/api/v1/namespaces/${chart.namespace}/pods?labelSelector=component=compute`;
      await until(
        "a pod to be missing",
        async () => (await plane.list(path)).length === 2,
        patient,
      );
    };
    const allInjected = async () => {
      await until("the pods", () => chart.computesSince().length >= 3, { seconds: 900 });
      expect(chart.computesSince()).toEqual(Array<string>(3).fill("[pci]\n"));
    };

    test("killed: its pods come after the return, none without its fragment", async () => {
      const began = Date.now();
      await rolledInVain("1");
      await pause(outageSeconds * 1000);
      const events = await plane.list(`/api/v1/namespaces/${chart.namespace}/events`);
      expect(events.map((event) => event.message as string)).toContainEqual(
        expect.stringContaining("failed calling webhook"),
      );
      await back();
      const returned = Date.now();
      await allInjected();
      const seconds = (from: number, to: number): number => Math.round((to - from) / 1000);
      process.stderr.write(
        `webhook away for ${seconds(began, returned)} s; all pods ${seconds(returned, Date.now())} s after its return\n`,
      );
    });

    test("everything started at once: API server, controllers, operator", async () => {
      await rolledInVain("2");
      await Promise.all([plane.coldStart(), back()]);
      await allInjected();
    });
  });
});
