// The worked example of Nova's PCI passthrough guide, from deploy/examples, by the operator as a process
// with the rights of deploy/, on a real control plane. Kubelets are a stand-in; there is no cloud.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { stateName } from "../../src/api/names.ts";
import { stateKey, unpackState } from "../../src/cluster/views/state-codec.ts";
import { controlPlaneLane } from "../control-plane/lane.ts";
import { until } from "../control-plane/processes.ts";
import { isWrite, type OperatorProcess } from "./process.ts";
import { conditionOf } from "./rollouts/cloud-site.ts";
import { openScene, type NovaCloud, type Scene } from "./scene.ts";

const file = "/etc/nova/nova.conf.d/95-nova-pci.conf";

controlPlaneLane("worked example", () => {
  let scene: Scene;
  let cloud: NovaCloud;
  let operator: OperatorProcess;

  beforeAll(async () => {
    scene = await openScene();
    cloud = await scene.cloud();
    operator = await scene.bench.start();
    await cloud.applyExamples();
    await cloud.converged();
  });
  afterAll(() => scene.stop());

  const written = () =>
    scene.bench.proxy.seen.filter(isWrite).map((seen) => `${seen.verb} ${seen.path}`);

  /** Nothing is written for longer than any pause of the operator. */
  const quiet = async (millis: number) => {
    const before = written().length;
    await new Promise((resolve) => setTimeout(resolve, millis));
    return written().slice(before);
  };

  const reads = async (component: string, container: string, node?: string) => {
    const pods = await scene.plane.list(
      `/api/v1/namespaces/${cloud.namespace}/pods?labelSelector=component=${component}`,
    );
    const pod = pods.find((value) => node === undefined || value.spec.nodeName === node);
    return cloud.kubelets.reads(pod.metadata.name as string, container)?.[file];
  };

  const state = async () => {
    const { binaryData, metadata } = await scene.plane.get(
      `/api/v1/namespaces/${cloud.namespace}/configmaps/${stateName}`,
    );
    const view = unpackState(binaryData[stateKey] as string, metadata.resourceVersion as string);
    return view.is === "read" ? view.state : view;
  };

  test("exactly the pods whose fragment changed were restarted, computes before the API", () => {
    const restarts = cloud.restarts();
    expect([...restarts].sort()).toEqual([
      "compute a",
      "compute b",
      "os-api",
      "os-api",
      "scheduler",
    ]);
    const computes = ["compute a", "compute b"].map((text) => restarts.indexOf(text));
    expect(restarts.indexOf("os-api")).toBeGreaterThan(Math.max(...computes));
  });

  test("each service reads what the guide says, and nothing else", async () => {
    const [byAddress, byProduct, plain] = cloud.nodes;
    const alias = (name: string, product: string): string =>
      `alias = {"vendor_id":"8086","product_id":"${product}","device_type":"type-PF","name":"${name}"}`;
    const lines = (text: string | undefined): readonly string[] =>
      (text ?? "").split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const options = (text: string | undefined): readonly string[] =>
      lines(text).filter((line) => !line.startsWith("["));
    const api = options(await reads("os-api", "nova-osapi"));
    expect(api.length).toBe(2);
    expect(api.every((line) => line.startsWith("alias = "))).toBe(true);
    const first = options(await reads("compute", "nova-compute", byAddress));
    expect(first.filter((line) => line.startsWith("device_spec")).length).toBe(2);
    expect(first.filter((line) => line.startsWith("alias")).length).toBe(1);
    expect(first.join("\n")).toMatch(/0000:41:00\.0[\s\S]*0000:41:00\.1/);
    const second = options(await reads("compute", "nova-compute", byProduct));
    expect(second.filter((line) => line.startsWith("device_spec")).length).toBe(1);
    expect(second.join("\n")).toContain("10fb");
    expect(await reads("compute", "nova-compute", plain)).toBeUndefined();
    expect(await reads("scheduler", "nova-scheduler")).toContain("PciPassthroughFilter");
    expect(await reads("conductor", "nova-conductor")).toBeUndefined();
    expect(alias("a1", "154d")).toContain("154d");
  });

  test("status tells the truth, and the flavor says what it lacks", async () => {
    const installation = await cloud.object("PciPassthrough", "nova");
    expect(conditionOf(installation, "Ready")).toMatchObject({ status: "True", reason: "Live" });
    expect(conditionOf(installation, "Wired")).toMatchObject({ status: "True" });
    expect(installation.status.delivery).toBe("Injected");
    const flavor = await cloud.object("PciFlavor", "m1.large");
    const ready = conditionOf(flavor, "Ready");
    expect(ready).toMatchObject({ status: "False", reason: "NoCredentials" });
    expect(ready.message).toContain("kubectl");
  });

  test("converged means zero writes, also while nothing-saying things happen", async () => {
    const before = operator.log().length;
    const path = `/api/v1/nodes/${cloud.nodes[0]}/status`;
    for (let index = 0; index < 10; index++)
      await scene.plane.patch(path, { status: { nodeInfo: { bootID: `b${index}` } } });
    expect(await quiet(4000)).toEqual([]);
    const said = operator.log().slice(before);
    expect(said.filter((line) => line.level !== "debug")).toEqual([]);
  });

  test("a thousand ConfigMaps that concern nobody are never read", async () => {
    const path = `/api/v1/namespaces/${cloud.namespace}/configmaps`;
    const memory = async () => {
      const text = await (await fetch(operator.metrics)).text();
      return Number(/^nodejs_heap_size_used_bytes (\d+)/m.exec(text)?.[1]);
    };
    const before = await memory();
    const data = { blob: "x".repeat(20_000) };
    for (let from = 0; from < 1000; from += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          scene.plane.create(path, { metadata: { name: `noise-${from + index}` }, data }),
        ),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    // 20 MB were written; held, they would be seen.
    expect((await memory()) - before).toBeLessThan(15_000_000);
  });

  test("it is ready, leads, and counts under known names", async () => {
    expect((await fetch(`${operator.probes}/readyz`)).status).toBe(200);
    expect((await fetch(`${operator.probes}/healthz`)).status).toBe(200);
    const text = await (await fetch(operator.metrics)).text();
    expect(text).toMatch(/^leader_election_master_status\{.*\} 1$/m);
    expect(text).toMatch(/^controller_runtime_reconcile_total\{.*result="success"\} [1-9]/m);
    expect(text).toMatch(/^nova_pci_paused\{namespace="[^"]+"\} 0$/m);
  });

  test("a fragment that is deleted although it is named comes back identical", async () => {
    const { kubelets } = cloud;
    const named = (await cloud.maps()).find((map) =>
      /^nova-pci-compute-[0-9a-f]{16}$/.test(map.metadata.name as string),
    );
    const path = `/api/v1/namespaces/${cloud.namespace}/configmaps/${named.metadata.name}`;
    const answer = await scene.plane
      .impersonate("system:serviceaccount:kube-system:generic-garbage-collector")
      .request("DELETE", path);
    expect(answer.status).toBe(200);
    const starts = kubelets.starts.length;
    const back = await until("the fragment", async () => {
      const found = await scene.plane.get(path);
      return found !== undefined && found.metadata.uid !== named.metadata.uid && found;
    });
    expect(back.data).toEqual(named.data);
    expect(kubelets.starts.length).toBe(starts);
  });

  test("an added alias restarts the computes that can serve it, then the API, and no more", async () => {
    const before = cloud.restarts().length;
    const text = JSON.stringify({
      apiVersion: "pci.openstack.org/v1alpha1",
      kind: "PciAlias",
      metadata: { name: "a3" },
      spec: { match: [{ vendorId: "8086", productId: "10fb" }], deviceType: "type-PF" },
    });
    const mark = written().length;
    const planned = await scene.bench.command(
      ["plan", "-f", "-", "-n", cloud.namespace, "-o", "json"],
      text,
    );
    expect(planned.code).toBe(0);
    // How far it is, where that takes longer than a second.
    expect(planned.stderr).toMatch(/^(played until .*\n)*$/);
    const [told] = JSON.parse(planned.stdout) as readonly {
      readonly ended: boolean;
      readonly summary: { readonly restarts: object };
    }[];
    // It asked through the same proxy as the operator, and changed nothing.
    expect(written().slice(mark)).toEqual([]);
    // nova-api is rolled once, whatever number of pods it has.
    expect(told).toMatchObject({ ended: true, summary: { restarts: { compute: 1, api: 1 } } });
    await cloud.apply(text);
    await until("a3", async () => (await cloud.object("PciAlias", "a3")).status !== undefined);
    await cloud.converged();
    expect(cloud.restarts().slice(before)).toEqual(["compute b", "os-api", "os-api"]);
  });

  test("bad input is said and withdraws nothing", async () => {
    const before = cloud.restarts().length;
    // Nova refuses it without reportInPlacement; no schema can know that.
    await cloud.patch("PciWhitelist", "by-product", {
      spec: { devices: [{ vendorId: "8086", productId: "10fb", oneTimeUse: true }] },
    });
    const refused = await until("the verdict", async () => {
      const object = await cloud.object("PciWhitelist", "by-product");
      return conditionOf(object, "Accepted")?.status === "False" && object;
    });
    expect(conditionOf(refused, "Accepted").message).not.toBe("");
    expect(await reads("compute", "nova-compute", cloud.nodes[1])).toContain("10fb");
    await cloud.patch("PciWhitelist", "by-product", {
      spec: { devices: [{ vendorId: "8086", productId: "10fb" }] },
    });
    await cloud.converged();
    expect(cloud.restarts().length).toBe(before);
  });

  describe("at its end", () => {
    test("SIGTERM gives the Lease back, and the next one leads at once and writes nothing", async () => {
      await until("silence", async () => (await quiet(1500)).length === 0);
      operator.signal("SIGTERM");
      expect(await operator.ended).toBe(0);
      const lease = await scene.plane.get(
        "/apis/coordination.k8s.io/v1/namespaces/nova-pci-system/leases/nova-pci-operator",
      );
      expect(lease.spec.holderIdentity ?? "").toBe("");
      const before = written().length;
      const remembered = await state();
      operator = await scene.bench.start();
      await until(
        "the next leader",
        () => operator.log().some((line) => line.message === "this operator leads"),
        { hopeless: scene.bench.trouble },
      );
      await new Promise((resolve) => setTimeout(resolve, 3000));
      // First, because it says what was written anew.
      expect(await state()).toEqual(remembered);
      expect(written().slice(before)).toEqual([]);
    });

    test("deleting every kind restarts nothing and keeps what is live", async () => {
      const world = await cloud.finalWorld();
      const before = cloud.restarts().length;
      const kinds = ["pcialiases", "pciwhitelists", "pciflavors", "pcipassthroughs"].map(
        (plural) => `crd/${plural}.pci.openstack.org`,
      );
      const { code, stderr } = await scene.plane.kubectl(["delete", "--timeout=60s", ...kinds]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      await new Promise((resolve) => setTimeout(resolve, 3000));
      expect(cloud.restarts().length).toBe(before);
      expect(await cloud.finalWorld()).toEqual(world);
    });
  });
});
